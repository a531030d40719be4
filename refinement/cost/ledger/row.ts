/** The ledger: what each property cost on each configuration, commit by commit. One record a line, schema `corres-cost-ledger/1`. */
import { existsSync, readFileSync } from 'node:fs';
import * as t from 'io-ts';
import { writeWhole } from '../../counterexample/store.ts';
import { InputError } from '../../input-error.ts';

const known = <C extends t.Mixed>(codec: C): t.UnionC<[t.NullC, C]> => t.union([t.null, codec]);

const ledgerRow = t.strict({
  schema: t.literal('corres-cost-ledger/1'),
  /** Full hash; and whether the tree differed from it. */
  commit: t.string,
  isChanged: t.boolean,
  /** Of the commit, year to day. */
  date: t.string,
  config: t.string,
  property: t.string,
  seed: t.number,
  runs: t.number,
  /** Kernel steps of these programs, and (operation, result) pairs seen in them. */
  steps: t.number,
  pairs: t.number,
  /** How often the property's interesting case came up. */
  exercised: t.number,
  /** Words compared and invariants asked, in all; null for a revision from before they were counted. */
  wordsCompared: known(t.number),
  evaluations: known(t.number),
  /** Statements of both kernels, and of what the property leads to; null where it cannot be told. */
  specStatements: known(t.number),
  implStatements: known(t.number),
  propertyStatements: known(t.number),
});
export type LedgerRow = t.TypeOf<typeof ledgerRow>;

/** What two rows are about is the same: the later one takes the place of the earlier. */
const subject = ({ commit, isChanged, config, property, seed, runs }: LedgerRow): string =>
  JSON.stringify([commit, isChanged, config, property, seed, runs]);

/** @throws InputError that names the line, for a ledger that was cut off or is none */
export function readLedger(path: string): readonly LedgerRow[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.flatMap((line, at): readonly LedgerRow[] => {
    if (line === '') return [];
    const decoded = ledgerRow.decode(parsed(line, `${path} line ${at + 1}`));
    if (decoded._tag === 'Right') return [decoded.right];
    const where = decoded.left[0]?.context.at(-1)?.key ?? '';
    throw new InputError(`${path} line ${at + 1}: is no row of a ledger: ${where}`);
  });
}

function parsed(line: string, where: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new InputError(`${where}: is no row of a ledger`);
  }
}

/** Written whole or not at all: an interruption loses none of the rows that were there. */
export function record(path: string, rows: readonly LedgerRow[]): void {
  const all = new Map([...readLedger(path), ...rows].map((row) => [subject(row), row]));
  writeWhole(path, [...all.values()].map((row) => `${JSON.stringify(row)}\n`).join(''));
}
