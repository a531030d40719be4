/** How cost grows with the size of the kernel: three forms, how well each fits, and what that leaves open. */
import { hash } from '../../program/random.ts';
import type { Form, Point } from '../statistics/fit.ts';
import { FORMS, fit, leaveOneOutError } from '../statistics/fit.ts';
import type { Interval } from '../statistics/interval.ts';
import { bootstrap } from '../statistics/interval.ts';
import type { CostName, KernelRow } from './kernels.ts';
import { COSTS, middleCost, statements } from './kernels.ts';

export interface FormOfGrowth {
  readonly form: Form;
  /** Constant first; see `../statistics/fit.ts`. */
  readonly coefficients: readonly number[];
  readonly r2: number;
  /** How far it is off for a kernel that it was not fitted to. */
  readonly leaveOneOut: number | null;
  /** Of the last coefficient: slope, factor of the square, exponent. */
  readonly interval: Interval | null;
}

export interface Growth {
  readonly cost: CostName;
  /** Which kernels it was fitted to: of all kinds, or those made of the classic one by leaving out, which differ in nothing but size. */
  readonly of: 'all' | 'classic';
  readonly kernels: number;
  readonly smallest: number;
  readonly largest: number;
  readonly forms: readonly FormOfGrowth[];
  /** The same without the kernel of the greatest size, which a fit may hang on. */
  readonly linearR2WithoutLargest: number | null;
  /** In words: what these fits do not say. */
  readonly open: readonly string[];
}

export function growth(rows: readonly KernelRow[], cost: CostName, of: Growth['of'], seed: number): Growth | null {
  const chosen = of === 'all' ? rows : rows.filter(({ config }) => config === CLASSIC);
  const points = chosen.flatMap((row): readonly Point[] => {
    const value = middleCost(row, cost);
    return value === null ? [] : [[statements(row), value]];
  });
  const sizes = points.map(([size]) => size);
  const forms = FORMS.flatMap((form, at) => formOf(form, points, hash(seed, at)) ?? []);
  if (forms.length < FORMS.length) return null;
  const smallest = Math.min(...sizes);
  const largest = Math.max(...sizes);
  const withoutLargest = fit(
    'linear',
    points.filter(([size]) => size !== largest),
  );
  const found: Growth = {
    cost,
    of,
    kernels: points.length,
    smallest,
    largest,
    forms,
    linearR2WithoutLargest: withoutLargest?.r2 ?? null,
    open: [],
  };
  return { ...found, open: openQuestions(found) };
}

/** Configuration of the classic kernel. */
const CLASSIC = 'small';

function formOf(form: Form, points: readonly Point[], seed: number): FormOfGrowth | null {
  const found = fit(form, points);
  if (found === null) return null;
  const last = (sample: readonly Point[]): number | null => fit(form, sample)?.coefficients.at(-1) ?? null;
  return {
    form,
    coefficients: found.coefficients,
    r2: found.r2,
    leaveOneOut: leaveOneOutError(form, points),
    interval: bootstrap(points, last, seed),
  };
}

/** A form explains hardly anything below the first, and depends on one kernel if it loses so much without it. */
const LITTLE = 0.3;
const LOST = 0.25;

function openQuestions(growth: Growth): readonly string[] {
  const { smallest, largest, forms, linearR2WithoutLargest, kernels } = growth;
  const [linear, quadratic, power] = FORMS.map((form) => forms.find((one) => one.form === form));
  const open = [
    `sizes go from ${smallest} to ${largest} statements, a factor of ${(largest / smallest).toFixed(2)}: nothing is said of kernels beyond, and over so short a stretch every smooth curve is nearly a line`,
    `${kernels} kernels that share most of their code are not ${kernels} independent ones: the intervals are too narrow`,
  ];
  if (growth.of === 'all')
    open.push(
      'what is due to size and what to the MCS kernel, which is the largest and differs in more; that is told by the classic kernels alone',
    );
  const holds = (interval: Interval | null | undefined, value: number): boolean =>
    interval !== null && interval !== undefined && interval.low <= value && value <= interval.high;
  if (holds(linear?.interval, 0))
    open.push(`that ${COSTS[growth.cost]} grow with size at all: the interval of the slope has 0 in it`);
  if (holds(quadratic?.interval, 0))
    open.push('whether it is a parabola or a line: the interval of the factor of the square has 0 in it');
  if (holds(power?.interval, 1))
    open.push('whether it grows faster or slower than size: the interval of the exponent has 1 in it');
  if (Math.max(...forms.map(({ r2 }) => r2)) < LITTLE)
    open.push('what cost depends on: no form explains even a third of the variance, so size does not');
  if (linear !== undefined && linearR2WithoutLargest !== null && linear.r2 - linearR2WithoutLargest > LOST)
    open.push(
      `whether there is anything without the largest kernel: without it a line explains ${linearR2WithoutLargest.toFixed(2)} of the variance instead of ${linear.r2.toFixed(2)}`,
    );
  const errors = [linear, quadratic].map((one) => one?.leaveOneOut ?? Infinity);
  if ((errors[1] ?? Infinity) >= (errors[0] ?? Infinity))
    open.push('that a parabola is better: it is further off than a line for a kernel that it was not fitted to');
  return open;
}
