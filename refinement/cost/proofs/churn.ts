/** What changes of the specification cost in changes of the proofs, commit by commit. */
import type { CommitRow } from '../mined/rows.ts';
import type { Fit, Point } from '../statistics/fit.ts';
import { fit } from '../statistics/fit.ts';

export const specChurn = ({ spec_add: added, spec_del: removed }: CommitRow): number => added + removed;
export const proofChurn = ({ proof_add: added, proof_del: removed }: CommitRow): number => added + removed;
export const yearOf = ({ author_date: date }: CommitRow): number => Number(date.slice(0, 4));

/** Those that are work: no imports, moves or renames. */
export function normalCommits(rows: readonly CommitRow[]): readonly CommitRow[] {
  return rows.filter(({ kind }) => kind === 'normal');
}

/** Those that change specification and proof together. */
export function joint(rows: readonly CommitRow[]): readonly CommitRow[] {
  return normalCommits(rows).filter((row) => specChurn(row) > 0 && proofChurn(row) > 0);
}

export interface YearOfChange {
  readonly year: number;
  readonly commits: number;
  readonly specification: number;
  readonly proof: number;
  readonly library: number;
}

export function changeByYear(rows: readonly CommitRow[]): readonly YearOfChange[] {
  const years = new Map<number, CommitRow[]>();
  for (const row of normalCommits(rows)) years.set(yearOf(row), [...(years.get(yearOf(row)) ?? []), row]);
  return [...years]
    .sort(([a], [b]) => a - b)
    .map(([year, of]) => ({
      year,
      commits: of.length,
      specification: sum(of, specChurn),
      proof: sum(of, proofChurn),
      library: sum(of, (row) => row.churn_lib),
    }));
}

export interface ChangeTogether {
  readonly specificationOnly: number;
  readonly proofOnly: number;
  readonly both: number;
  /** Proof against specification, of the commits that change both; a power. */
  readonly perCommit: Fit;
  /** The same as lines by month of arrival on the main line. */
  readonly perMonth: Fit;
}

export function changeTogether(rows: readonly CommitRow[]): ChangeTogether {
  const normal = normalCommits(rows);
  const both = joint(rows);
  const perCommit = fit(
    'power',
    both.map((row): Point => [specChurn(row), proofChurn(row)]),
  );
  const months = new Map<string, [number, number]>();
  for (const row of normal) {
    const month = row.commit_date.slice(0, 7);
    const [spec, proof] = months.get(month) ?? [0, 0];
    months.set(month, [spec + specChurn(row), proof + proofChurn(row)]);
  }
  const perMonth = fit('linear', [...months.values()]);
  if (perCommit === null || perMonth === null) throw new Error('there are commits of several sizes in several months');
  return {
    specificationOnly: normal.filter((row) => specChurn(row) > 0 && proofChurn(row) === 0).length,
    proofOnly: normal.filter((row) => specChurn(row) === 0 && proofChurn(row) > 0).length,
    both: both.length,
    perCommit,
    perMonth,
  };
}

function sum(rows: readonly CommitRow[], of: (row: CommitRow) => number): number {
  return rows.reduce((total, row) => total + of(row), 0);
}
