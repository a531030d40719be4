/** Tables for terminals. */
import Table from 'cli-table3';

export type Cell = string | number | null;

/** Numbers stand at the right and have their thousands apart; null is a dash. */
export function textTable(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const isNumber = head.map((_, at) => rows.some((row) => typeof row[at] === 'number'));
  const table = new Table({
    head: [...head],
    style: { head: [], border: [], compact: true },
    colAligns: isNumber.map((is) => (is ? 'right' : 'left')),
  });
  for (const row of rows) table.push(row.map(shown));
  return table.toString();
}

export function shown(cell: Cell): string {
  if (cell === null) return '-';
  if (typeof cell === 'string') return cell;
  const digits = Number.isInteger(cell) ? 0 : Math.abs(cell) < 10 ? 3 : 1;
  return cell.toLocaleString('en', { maximumFractionDigits: digits });
}
