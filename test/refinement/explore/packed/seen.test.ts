/** The table has what was put in and nothing else, in little room. */
import { describe, expect, it } from 'vitest';
import { Seen } from '../../../../refinement/explore/packed/seen.ts';
import { random } from '../../../../refinement/program/random.ts';

const BATCH = 500;

/** Adds all, some at a time; the indices of those that were new. */
function addAll(seen: Seen, pairs: readonly (readonly [number, number])[]): number[] {
  const found: number[] = [];
  const fresh = new Int32Array(BATCH);
  for (let from = 0; from < pairs.length; from += BATCH) {
    const some = pairs.slice(from, from + BATCH);
    const lo = Int32Array.from(some, ([low]) => low);
    const hi = Int32Array.from(some, ([, high]) => high);
    const added = seen.add(lo, hi, some.length, fresh);
    found.push(...Array.from(fresh.subarray(0, added), (index) => from + index));
  }
  return found;
}

describe('the states that were seen', () => {
  it('are those that a set of strings has', () => {
    const r = random(1);
    // Few different numbers, so that halves are alike and many pairs come again, 0 0 among them.
    const pairs = Array.from({ length: 40_000 }, () => [r.below(200) - 100, (r.below(200) - 100) << 24] as const);
    const strings = new Set<string>();
    const expected = pairs.flatMap((pair, index) => {
      const isNew = !strings.has(pair.join());
      strings.add(pair.join());
      return isNew ? [index] : [];
    });
    const seen = new Seen();
    expect(addAll(seen, pairs)).toEqual(expected);
    expect(seen.size).toBe(strings.size);
    expect(addAll(seen, pairs)).toEqual([]);
    expect(strings.has('0,0')).toBe(true);
  });

  it('take 16 bytes each at most in a table of more than a mebibyte, just after it has grown', () => {
    const r = random(2);
    const seen = new Seen();
    const sizes: number[] = [];
    for (let n = 0; n < 2000; n++) {
      const before = seen.bytes;
      addAll(
        seen,
        Array.from({ length: BATCH }, () => [r.below(2 ** 32) | 0, r.below(2 ** 32) | 0] as const),
      );
      if (seen.bytes !== before && seen.bytes > 2 ** 20) sizes.push(seen.bytes / seen.size);
    }
    expect(sizes.length).toBeGreaterThan(0);
    expect(Math.max(...sizes)).toBeLessThan(16.1);
  });
});
