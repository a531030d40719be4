/** Comma-separated values, decoded as they enter: what does not fit is named by file, line and column. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import type * as t from 'io-ts';
import { InputError } from '../../input-error.ts';

/**
 * The rows of a file with a header, compressed if its name ends in `.gz`.
 *
 * @throws InputError for a file that cannot be read, is no such table, or has a row that the codec refuses
 */
export function readTable<A>(path: string, codec: t.Decoder<unknown, A>): readonly A[] {
  const name = basename(path);
  const records = parsed(name, textOf(path));
  return records.map((record, index) => {
    const decoded = codec.decode(record);
    if (decoded._tag === 'Right') return decoded.right;
    const column = decoded.left[0]?.context.at(1)?.key ?? '';
    // One line for the header, and lines count from 1.
    const place = `${name} line ${index + 2}`;
    throw new InputError(
      column in record
        ? `${place}: column ${column} has '${record[column] ?? ''}', which does not belong there`
        : `${place}: column ${column} is missing`,
    );
  });
}

function textOf(path: string): string {
  try {
    const bytes = readFileSync(path);
    return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (error) {
    throw new InputError(`${path}: cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
}

function parsed(name: string, text: string): readonly Readonly<Record<string, string>>[] {
  try {
    return parse(text, { columns: true, skip_empty_lines: true });
  } catch (error) {
    throw new InputError(`${name}: is no table (${error instanceof Error ? error.message : String(error)})`);
  }
}
