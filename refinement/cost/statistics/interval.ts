/** Intervals: how far a figure could be from what more data would give. All that is drawn at random is drawn from a seed. */
import { quantileSorted } from 'simple-statistics';
import type { Random } from '../../program/random.ts';
import { random } from '../../program/random.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Two-sided. */
export const CONFIDENCE = 0.95;
const RESAMPLES = 1_000;
/** Standard normal deviate of `CONFIDENCE`. */
const Z = 1.959963984540054;

/**
 * Percentile bootstrap: the middle `CONFIDENCE` of what the figure is over samples drawn from the data with replacement.
 *
 * @param figure null where it cannot be told of a sample; such samples are left out
 * @returns null if it could be told of fewer than half of the samples
 */
export function bootstrap<T>(
  data: readonly T[],
  figure: (sample: readonly T[]) => number | null,
  seed: number,
  resamples = RESAMPLES,
): Interval | null {
  if (data.length < 2) return null;
  const r = random(seed);
  const found: number[] = [];
  for (let n = 0; n < resamples; n++) {
    const value = figure(resample(data, r));
    if (value !== null && Number.isFinite(value)) found.push(value);
  }
  if (found.length < resamples / 2) return null;
  found.sort((a, b) => a - b);
  return { low: quantileSorted(found, (1 - CONFIDENCE) / 2), high: quantileSorted(found, (1 + CONFIDENCE) / 2) };
}

function resample<T>(data: readonly T[], r: Random): readonly T[] {
  return data.map(() => r.pick(data));
}

/** Wilson's interval for a share: `hits` of `trials`. */
export function shareInterval(hits: number, trials: number): Interval | null {
  if (trials === 0) return null;
  const share = hits / trials;
  const scale = 1 + Z ** 2 / trials;
  const centre = (share + Z ** 2 / (2 * trials)) / scale;
  const half = (Z / scale) * Math.sqrt((share * (1 - share)) / trials + Z ** 2 / (4 * trials ** 2));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
