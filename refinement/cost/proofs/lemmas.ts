/**
 * Size of a proof against size of its statement, lemma by lemma.
 *
 * @source the measure is like that of Matichuk et al., "Empirical Study Towards a Leading Indicator for Cost of Formal Software Verification" (ICSE
 * 2015), who find a quadratic; they had Isabelle's own dependencies, the data here comes from the text alone
 */
import { median, rSquared, linearRegression, linearRegressionLine } from 'simple-statistics';
import type { LemmaRow } from '../mined/rows.ts';
import type { Fit, Point } from '../statistics/fit.ts';
import { fit } from '../statistics/fit.ts';

export interface SessionFit {
  readonly group: string;
  readonly n: number;
  readonly medianStatement: number;
  readonly maxStatement: number;
  readonly medianProof: number;
  readonly maxProof: number;
  readonly linear: Fit;
  readonly quadratic: Fit;
  readonly power: Fit;
  /** The power through the medians of twenty groups of equal size, smaller statements first. */
  readonly binned: { readonly slope: number; readonly r2: number };
}

const GROUPS = 20;
/** Sessions in the order in which they build on each other. */
export const SESSIONS = ['AInvs', 'Access', 'InfoFlow', 'Refine', 'CRefine'] as const;

/** Of every session, and of all together. A statement that names no definition of the kernel says nothing of its size, and is left out. */
export function sessionFits(rows: readonly LemmaRow[]): readonly SessionFit[] {
  const sized = rows.filter((row) => row.stmt_constants_closure > 0);
  return [...SESSIONS, 'all'].map((session) => {
    const points = sized
      .filter((row) => session === 'all' || row.session === session)
      .map((row): Point => [row.stmt_constants_closure, row.proof_lines_closure]);
    return sessionFit(`RISCV64 ${session}`, points);
  });
}

function sessionFit(group: string, points: readonly Point[]): SessionFit {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [linear, quadratic, power] = [fit('linear', points), fit('quadratic', points), fit('power', points)];
  if (linear === null || quadratic === null || power === null) throw new Error(`${group} has lemmas of several sizes`);
  return {
    group,
    n: points.length,
    medianStatement: median(xs),
    maxStatement: largest(xs),
    medianProof: median(ys),
    maxProof: largest(ys),
    linear,
    quadratic,
    power,
    binned: throughMedians(points),
  };
}

function throughMedians(points: readonly Point[]): SessionFit['binned'] {
  const sorted = [...points].sort((a, b) => a[0] - b[0]);
  const medians = Array.from({ length: GROUPS }, (_, n): [number, number] => {
    const group = sorted.slice(
      Math.floor((n * points.length) / GROUPS),
      Math.floor(((n + 1) * points.length) / GROUPS),
    );
    return [Math.log(median(group.map(([x]) => x))), Math.log(median(group.map(([, y]) => y)))];
  });
  const line = linearRegression(medians);
  return { slope: line.m, r2: rSquared(medians, linearRegressionLine(line)) };
}

const largest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);
