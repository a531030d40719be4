/** A ledger, for terminals: what each configuration cost, commit by commit. */
import { textTable } from '../text-table.ts';
import type { LedgerRow } from './row.ts';

export function renderLedger(rows: readonly LedgerRow[]): string {
  const kernels = rows.filter(({ property }) => property === 'refinement');
  return textTable(
    ['commit', 'date', 'config', 'spec', 'impl', 'properties', 'steps', 'pairs', 'words and invariants per step'],
    kernels.map((row) => [
      `${row.commit.slice(0, 9)}${row.isChanged ? ' changed' : ''}`,
      row.date,
      row.config,
      row.specStatements,
      row.implStatements,
      rows.filter((one) => one.commit === row.commit && one.isChanged === row.isChanged && one.config === row.config)
        .length,
      row.steps,
      row.pairs,
      row.wordsCompared === null || row.evaluations === null
        ? null
        : Math.round((row.wordsCompared + row.evaluations) / row.steps),
    ]),
  );
}
