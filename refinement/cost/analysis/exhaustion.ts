/** What each feature multiplies all there is to see by, and which features multiply each other. Every choice of features was exhausted, so nothing is estimated. */
import { mean } from 'simple-statistics';
import type { Exhausted } from '../exhaust/exhaust.ts';
import type { Group } from '../exhaust/groups.ts';
import { GROUP_NAMES } from '../exhaust/groups.ts';
import { pairsOf } from '../ablation/ablation.ts';
import type { Point } from '../statistics/fit.ts';
import { FORMS, fit, leaveOneOutError } from '../statistics/fit.ts';
import type { Form } from '../statistics/fit.ts';

export interface Multiplier {
  readonly feature: Group;
  /** States with it to states without, the geometric mean over all choices of the others; and the least and the most that it was. */
  readonly factor: number;
  readonly least: number;
  readonly most: number;
}

export interface MultiplierPair {
  readonly features: readonly [Group, Group];
  /** What both multiply by, to what each does by itself, multiplied: 1 where they have nothing to do with each other. */
  readonly factor: number;
}

export interface Exhaustion {
  readonly rows: readonly Exhausted[];
  readonly features: readonly Multiplier[];
  readonly pairs: readonly MultiplierPair[];
  /** States against the number of events. */
  readonly byEvents: readonly {
    readonly form: Form;
    readonly r2: number;
    readonly leaveOneOut: number | null;
    readonly coefficients: readonly number[];
  }[];
  /** The logarithm of states against the number of features, as a line: what another feature multiplies by, and how much of the variance that explains. */
  readonly perFeature: { readonly factor: number; readonly r2: number } | null;
}

export function exhaustion(rows: readonly Exhausted[]): Exhaustion {
  const key = (features: readonly Group[]): string => GROUP_NAMES.filter((name) => features.includes(name)).join(' ');
  const states = new Map(rows.map((row) => [key(row.features), row.states]));
  /** Logarithm of states of what was exhausted, with these features more. */
  const log = ({ features }: Exhausted, more: readonly Group[]): number | null => {
    const found = states.get(key([...features, ...more]));
    return found === undefined ? null : Math.log(found);
  };
  const differences = (feature: Group): readonly number[] =>
    rows
      .filter(({ features }) => !features.includes(feature))
      .flatMap((row) => minus(log(row, [feature]), log(row, [])) ?? []);
  const together = (a: Group, b: Group): readonly number[] =>
    rows
      .filter(({ features }) => !features.includes(a) && !features.includes(b))
      .flatMap((row) => minus(minus(log(row, [a, b]), log(row, [a])), minus(log(row, [b]), log(row, []))) ?? []);
  const points = rows.map(({ events, states: count }): Point => [events, count]);
  const line = fit(
    'linear',
    rows.map(({ features, states: count }): Point => [features.length, Math.log(count)]),
  );
  return {
    rows,
    features: GROUP_NAMES.flatMap((feature) => {
      const found = differences(feature);
      return found.length === 0
        ? []
        : [
            {
              feature,
              factor: Math.exp(mean([...found])),
              least: Math.exp(Math.min(...found)),
              most: Math.exp(Math.max(...found)),
            },
          ];
    }),
    pairs: pairsOf(GROUP_NAMES).flatMap(([a, b]) => {
      const found = together(a, b);
      return found.length === 0 ? [] : [{ features: [a, b] as const, factor: Math.exp(mean([...found])) }];
    }),
    byEvents: FORMS.flatMap((form) => {
      const found = fit(form, points);
      return found === null
        ? []
        : [{ form, r2: found.r2, leaveOneOut: leaveOneOutError(form, points), coefficients: found.coefficients }];
    }),
    perFeature: line === null ? null : { factor: Math.exp(line.coefficients[1] ?? NaN), r2: line.r2 },
  };
}

const minus = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a - b);
