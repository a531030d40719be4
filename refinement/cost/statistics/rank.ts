/** Whether two figures order the same things alike. */
import { sampleCorrelation } from 'simple-statistics';
import type { Point } from './fit.ts';
import type { Interval } from './interval.ts';
import { bootstrap } from './interval.ts';

export interface RankCorrelation {
  /** Spearman's rho: 1 where both order alike, -1 where they order contrarily. */
  readonly rho: number;
  readonly interval: Interval | null;
  readonly n: number;
}

/** @returns null for fewer than three points, or where one of the figures is always the same */
export function rankCorrelation(points: readonly Point[], seed: number): RankCorrelation | null {
  const rho = spearman(points);
  return rho === null ? null : { rho, interval: bootstrap(points, spearman, seed), n: points.length };
}

function spearman(points: readonly Point[]): number | null {
  const xs = ranks(points.map(([x]) => x));
  const ys = ranks(points.map(([, y]) => y));
  if (new Set(xs).size < 2 || new Set(ys).size < 2 || points.length < 3) return null;
  return sampleCorrelation(xs, ys);
}

/** From 1 on; what is equal shares the mean of its ranks. */
function ranks(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  return values.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2 + 1);
}
