import { describe, expect, it } from 'vitest';
import * as T from '../../impl/kernel/ticks.ts';

const MASK = 0xffff_ffff_ffff_ffffn;
/** Words at which a carry, a borrow or a sign can be got wrong. */
const CORNERS = [
  0n,
  1n,
  2n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  0x1_0000_0000n,
  0x7fff_ffff_ffff_ffffn,
  1n << 63n,
  MASK - 1n,
  MASK,
];
const halves = (word: bigint): readonly [number, number] => [Number(word & 0xffff_ffffn), Number(word >> 32n)];
const pairs = CORNERS.flatMap((a) => CORNERS.map((b) => [a, b] as const));
const result = (): bigint => BigInt.asUintN(32, BigInt(T.lo)) | (BigInt.asUintN(32, BigInt(T.hi)) << 32n);

describe('64-bit words as halves', () => {
  it('are added, subtracted and compared as whole words are', () => {
    for (const [a, b] of pairs) {
      T.add(...halves(a), ...halves(b));
      expect(result()).toBe((a + b) & MASK);
      T.subtract(...halves(a), ...halves(b));
      expect(result()).toBe((a - b) & MASK);
      expect(T.isLess(...halves(a), ...halves(b))).toBe(a < b);
    }
    expect(pairs.length).toBe(121);
  });

  it('may be results: signed halves mean the same', () => {
    for (const [a, b] of pairs) {
      T.add(...halves(a), 0, 0);
      const signed = [T.lo, T.hi] as const;
      T.subtract(...signed, ...halves(b));
      expect(result()).toBe((a - b) & MASK);
      expect(T.isLess(...signed, ...halves(b))).toBe(a < b);
      T.add(...signed, ...signed);
      expect(result()).toBe((a + a) & MASK);
    }
  });

  it('become microseconds, and ticks again', () => {
    // The configuration that tests get has a thousand ticks in a microsecond.
    for (const word of CORNERS) {
      T.ticksToUs(...halves(word));
      expect(result()).toBe(word / 1000n);
      const us = word / 1000n;
      T.usToTicks(...halves(us));
      expect(result()).toBe(us * 1000n);
    }
  });
});
