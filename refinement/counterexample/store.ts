/**
 * The folder `.corres` beside the user's work: counterexamples found here, one file each. Files are written whole or not at all.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { InputError } from '../input-error.ts';
import type { Counterexample } from './format.ts';
import { decodeCounterexample, encodeCounterexample } from './format.ts';

export interface Store {
  readonly folder: string;
}

export function storeAt(folder: string): Store {
  return { folder: resolve(folder) };
}

const FAILURES = 'failures';
/** Failures that no longer show, kept for whoever wants them back. */
const MENDED = 'mended';

/** Writes beside the target first, so that a full disk or a kill leaves the old file or none. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Path of the file. */
export function save(store: Store, counterexample: Counterexample): string {
  const path = join(store.folder, FAILURES, `${counterexample.id}.json`);
  mkdirSync(store.folder, { recursive: true });
  const ignore = join(store.folder, '.gitignore');
  if (!existsSync(ignore)) writeWhole(ignore, '*\n');
  writeWhole(path, encodeCounterexample(counterexample));
  return path;
}

/** Lets go of one that a better one stands for. */
export function discard(store: Store, id: string): void {
  rmSync(join(store.folder, FAILURES, `${id}.json`), { force: true });
}

export function readCounterexample(path: string): Counterexample {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new InputError(`${path}: cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
  return decodeCounterexample(text, path);
}

export function failureFiles(store: Store, folder = FAILURES): readonly string[] {
  const path = join(store.folder, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(path, name));
}

export function retire(store: Store, path: string): void {
  const target = join(store.folder, MENDED, basename(path));
  mkdirSync(dirname(target), { recursive: true });
  renameSync(path, target);
}

/** The file of an id, of the beginning of one, or of a path. `more` are further folders to look in. */
export function findCounterexample(store: Store, idOrFile: string, more: readonly string[] = []): string {
  if (existsSync(idOrFile) && idOrFile.endsWith('.json')) return idOrFile;
  const all = [
    ...failureFiles(store),
    ...failureFiles(store, MENDED),
    ...more.flatMap((folder) => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [])),
  ].filter((path) => path.endsWith('.json'));
  const exact = all.filter((path) => basename(path, '.json') === idOrFile);
  const matching = exact.length > 0 ? exact : all.filter((path) => basename(path).startsWith(idOrFile));
  const [found, second] = matching;
  if (found === undefined) {
    const known = all.map((path) => basename(path, '.json'));
    throw new InputError(
      `no counterexample '${idOrFile}' in ${store.folder}${known.length > 0 ? `; there are: ${known.slice(0, 10).join(', ')}` : ', which holds none'}`,
    );
  }
  if (second !== undefined && exact.length === 0)
    throw new InputError(`'${idOrFile}' is the beginning of more than one id`);
  return found;
}
