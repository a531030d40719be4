/** Tables of a study: what a column is called and means is said once, and CSV, Parquet, JSON and their schema are made of it. */
export type Value = string | number | boolean | null;
export type ColumnType = 'string' | 'number' | 'boolean';

export interface Column<Row> {
  readonly name: string;
  readonly type: ColumnType;
  /** What it means, with its unit. */
  readonly about: string;
  readonly of: (row: Row) => Value;
}

/** Columns and rows, for whoever writes them down. */
export interface Table {
  readonly name: string;
  /** What a row is. */
  readonly about: string;
  readonly columns: readonly { readonly name: string; readonly type: ColumnType; readonly about: string }[];
  readonly rows: readonly (readonly Value[])[];
}

export function table<Row>(name: string, about: string, rows: readonly Row[], columns: readonly Column<Row>[]): Table {
  return { name, about, columns, rows: rows.map((row) => columns.map(({ of }) => of(row))) };
}

export const text = <Row>(name: string, about: string, of: (row: Row) => string | null): Column<Row> => ({
  name,
  type: 'string',
  about,
  of,
});
export const number = <Row>(name: string, about: string, of: (row: Row) => number | null | undefined): Column<Row> => ({
  name,
  type: 'number',
  about,
  of: (row) => rounded(of(row) ?? null),
});
export const truth = <Row>(name: string, about: string, of: (row: Row) => boolean): Column<Row> => ({
  name,
  type: 'boolean',
  about,
  of,
});

/** Digits that are kept: the last ones of a mean or a fit are not the same on every processor. */
const DIGITS = 9;

function rounded(value: number | null): number | null {
  if (value === null || !Number.isFinite(value)) return null;
  return Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS));
}
