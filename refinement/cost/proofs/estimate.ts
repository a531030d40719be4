/**
 * How many lines of proof a change of so many lines of specification changed, going by the commits of l4v that changed both; and how well the years up
 * to one would have foretold the next.
 */
import { quantile } from 'simple-statistics';
import type { CommitRow } from '../mined/rows.ts';
import type { Point } from '../statistics/fit.ts';
import { fit } from '../statistics/fit.ts';
import { joint, proofChurn, specChurn, yearOf } from './churn.ts';

const QUANTILES = { p10: 0.1, p25: 0.25, median: 0.5, p75: 0.75, p90: 0.9 } as const;
export type Spread = Readonly<Record<keyof typeof QUANTILES, number>>;

/**
 * Ratio: proof grows with the change as it did in the middle of the cases. Power: it grows as a power of it, fitted. Constant: the size of the change says
 * nothing, which whoever claims to know more must beat.
 */
export const MODELS = ['ratio', 'power', 'constant'] as const;
export type Model = (typeof MODELS)[number];

/** Lines of proof for lines of specification, by tenths and quarters of the cases. */
export type Estimator = (lines: number) => Spread;

export function estimator(model: Model, rows: readonly CommitRow[]): Estimator | null {
  const points = rows.map((row): Point => [specChurn(row), proofChurn(row)]);
  if (points.length < 2) return null;
  switch (model) {
    case 'ratio':
      return scaled(
        points.map(([spec, proof]) => proof / spec),
        (lines) => lines,
      );
    case 'power': {
      const power = fit('power', points);
      if (power === null) return null;
      return scaled(
        points.map(([spec, proof]) => proof / power.at(spec)),
        (lines) => power.at(lines),
      );
    }
    case 'constant':
      return scaled(
        points.map(([, proof]) => proof),
        () => 1,
      );
  }
}

function scaled(ratios: readonly number[], by: (lines: number) => number): Estimator {
  const spread = Object.fromEntries(
    Object.entries(QUANTILES).map(([name, share]) => [name, quantile([...ratios], share)]),
  ) as Spread;
  return (lines) =>
    Object.fromEntries(
      Object.entries(spread).map(([name, ratio]) => [name, lines <= 0 ? 0 : ratio * by(lines)]),
    ) as Spread;
}

export interface Foretold {
  readonly model: Model;
  /** The year that was foretold from all before it. */
  readonly year: number;
  /** Commits before it, and of it. */
  readonly before: number;
  readonly commits: number;
  /** By what factor the estimate was off, in the middle of the cases; 1 is exact. */
  readonly factor: number;
  /** Share of the commits within the quarters, which should be a half, and within the tenths, which should be four fifths. */
  readonly withinHalf: number;
  readonly withinMost: number;
  /** Lines of proof changed in the whole year, and as foretold: by the middle of each estimate, which leaves the few large ones out. */
  readonly proof: number;
  readonly foretold: number;
}

/** A year with fewer commits than this before it foretells nothing. */
const ENOUGH = 20;

export function backTest(rows: readonly CommitRow[]): readonly Foretold[] {
  const all = joint(rows);
  const years = [...new Set(all.map(yearOf))].sort((a, b) => a - b);
  return MODELS.flatMap((model) =>
    years.flatMap((year): readonly Foretold[] => {
      const before = all.filter((row) => yearOf(row) < year);
      const estimate = before.length < ENOUGH ? null : estimator(model, before);
      return estimate === null
        ? []
        : [
            foretell(
              model,
              year,
              before.length,
              all.filter((row) => yearOf(row) === year),
              estimate,
            ),
          ];
    }),
  );
}

function foretell(
  model: Model,
  year: number,
  before: number,
  commits: readonly CommitRow[],
  estimate: Estimator,
): Foretold {
  const cases = commits.map((row) => ({ is: proofChurn(row), was: estimate(specChurn(row)) }));
  const share = (holds: (one: (typeof cases)[number]) => boolean): number => cases.filter(holds).length / cases.length;
  return {
    model,
    year,
    before,
    commits: cases.length,
    factor: quantile(
      cases.map(({ is, was }) => Math.max(is / was.median, was.median / is)),
      0.5,
    ),
    withinHalf: share(({ is, was }) => is >= was.p25 && is <= was.p75),
    withinMost: share(({ is, was }) => is >= was.p10 && is <= was.p90),
    proof: cases.reduce((sum, { is }) => sum + is, 0),
    foretold: cases.reduce((sum, { was }) => sum + was.median, 0),
  };
}

export interface ModelMerit {
  readonly model: Model;
  readonly commits: number;
  /** As of a year, over all commits foretold. */
  readonly factor: number;
  readonly withinHalf: number;
  readonly withinMost: number;
}

/** Each commit counts once, whatever year it is of; the factor is the mean, by logarithm, of those of the years. */
export function merits(foretold: readonly Foretold[]): readonly ModelMerit[] {
  return MODELS.map((model) => {
    const of = foretold.filter((one) => one.model === model);
    const commits = of.reduce((sum, one) => sum + one.commits, 0);
    const mean = (figure: (one: Foretold) => number): number =>
      of.reduce((sum, one) => sum + figure(one) * one.commits, 0) / commits;
    return {
      model,
      commits,
      factor: Math.exp(mean((one) => Math.log(one.factor))),
      withinHalf: mean((one) => one.withinHalf),
      withinMost: mean((one) => one.withinMost),
    };
  });
}

export interface ProofEstimate extends Spread {
  readonly model: Model;
  readonly basis: string;
}

/** What a change of so many lines cost, by the model that would have foretold best. */
export function estimateProof(rows: readonly CommitRow[], lines: number): ProofEstimate {
  const found = merits(backTest(rows));
  const best = [...found].sort((a, b) => a.factor - b.factor)[0];
  const known = joint(rows);
  const estimate = best === undefined ? null : estimator(best.model, known);
  if (best === undefined || estimate === null) throw new Error('there are commits enough to estimate from');
  const spread = Object.fromEntries(
    Object.entries(estimate(lines)).map(([name, value]) => [name, Math.round(value)]),
  ) as Spread;
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  return {
    model: best.model,
    ...spread,
    basis:
      `${known.length} commits of l4v that changed specification and proof together; from the years before a commit the estimate would have been off by a ` +
      `factor of ${best.factor.toFixed(1)} in the middle of the cases, and ${percent(best.withinMost)} of them lay in what is said of four of five; most repairs come in other commits`,
  };
}
