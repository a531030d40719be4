/**
 * How much work it takes until nothing new is seen: what was seen by how many steps, how much there seems to be in all, and when most of it had been seen.
 *
 * How much there is is estimated twice, by a curve fitted to what was seen and by how much was seen only once or twice (Chao's estimator of unseen species).
 * Both can only know of what the same programs could reach in longer runs.
 */
import { levenbergMarquardt } from 'ml-levenberg-marquardt';
import type { Point } from '../statistics/fit.ts';

export interface Saturation {
  readonly seen: number;
  /** How much there is, by the fitted curve; null where none fits. */
  readonly fitted: number | null;
  /** The same, at least, by what was seen once and twice. */
  readonly chao: number;
  /** Steps until `SHARE` of what the second estimate says had been seen; null if that never was. */
  readonly steps: number | null;
}

/** Share of all there is that counts as saturated. */
export const SHARE = 0.8;
/** Points that the curve is fitted to, evenly by the logarithm of the steps. */
const POINTS = 24;

/** @param firsts steps until each thing was first seen; @param times how often it was seen */
export function saturation(firsts: readonly number[], times: readonly number[], steps: number): Saturation {
  const sorted = [...firsts].sort((a, b) => a - b);
  const chao = chaoEstimate(times);
  const needed = Math.ceil(SHARE * chao);
  return {
    seen: sorted.length,
    fitted: plateau(curve(sorted, steps)),
    chao,
    steps: needed <= sorted.length ? (sorted[needed - 1] ?? 0) : null,
  };
}

/** About the length of a program, to the end of which things count as seen. */
const FIRST = 200;

/** Things seen by so many steps. */
export function curve(firsts: readonly number[], steps: number): readonly Point[] {
  const sorted = [...firsts].sort((a, b) => a - b);
  return Array.from({ length: POINTS }, (_, n): Point => {
    const at = Math.round(FIRST * (steps / FIRST) ** (n / (POINTS - 1)));
    return [at, sorted.filter((first) => first <= at).length];
  });
}

/** Bias-corrected form, which also serves where nothing was seen exactly twice. */
function chaoEstimate(times: readonly number[]): number {
  const once = times.filter((n) => n === 1).length;
  const twice = times.filter((n) => n === 2).length;
  return times.length + (once * (once - 1)) / (2 * (twice + 1));
}

/** Of P x^h / (k^h + x^h), P: what the curve goes to. Null if it does not settle, or fits badly. */
export function plateau(points: readonly Point[]): number | null {
  const last = points.at(-1);
  if (last === undefined || last[1] === 0) return null;
  const [steps, seen] = last;
  const data = { x: points.map(([at]) => at / steps), y: points.map(([, count]) => count / seen) };
  // By the logarithms of its parameters, so that none of them can become negative on the way.
  const hill =
    ([p = 0, k = 0, h = 0]: readonly number[]) =>
    (at: number): number =>
      Math.exp(p) / (1 + Math.exp(Math.exp(h) * (k - Math.log(at))));
  try {
    const { parameterValues, parameterError } = levenbergMarquardt(data, hill, {
      initialValues: [Math.log(1.1), Math.log(0.1), Math.log(0.7)],
      // There is no less than was seen.
      minValues: [0, Math.log(1e-6), Math.log(FLATTEST)],
      maxValues: [Math.log(MOST), Math.log(1e4), Math.log(5)],
      maxIterations: 500,
      errorTolerance: 1e-9,
      gradientDifference: 1e-4,
      centralDifference: true,
    });
    const times = Math.exp(parameterValues[0] ?? NaN);
    return times < MOST / 2 && parameterError / points.length < WORST ? times * seen : null;
  } catch {
    // The method runs into a matrix that it cannot take apart where the points do not tell the parameters.
    return null;
  }
}

/** A curve that rises more slowly hardly bends, and then anything could be its plateau. */
const FLATTEST = 0.3;
/** A plateau so many times as high as what was seen is none. */
const MOST = 100;
/** Mean square of what the fitted curve may be off, as a share of what was seen. */
const WORST = 0.01;
