/**
 * How the 64 bits that a state is known by are computed: the words are taken in two at a time, and mixed by rounds that can be undone, each half being
 * changed by what is in the other. Of a state of two words or one, the 64 bits are therefore its own and no other's.
 */
import type { Num } from './term.ts';
import { bitAnd, bitXor, shiftRight, times } from './term.ts';
import type { Writer } from './writer.ts';

/** Writes what leaves the 64 bits of some words in two locals. */
export function writeFingerprint(
  writer: Writer,
  words: readonly Num[],
  { bits, seed }: FingerprintOptions,
): { readonly hi: Num; readonly lo: Num } {
  const [x, y] = [writer.local(), writer.local()];
  writer.assign(x, seed);
  writer.assign(y, 0);
  const round = (): void => {
    const t = writer.hold(times(bitXor(y, shiftRight(y, 16)), 0x85ebca6b));
    writer.assign(x, bitXor(bitXor(x, t), bitXor(shiftRight(t, 13), 0x9e3779b9)));
    const u = writer.hold(times(bitXor(x, shiftRight(x, 15)), 0xc2b2ae35));
    writer.assign(y, bitXor(bitXor(y, u), shiftRight(u, 16)));
  };
  for (const [at, word] of words.entries()) {
    const half = at % 2 === 0 ? x : y;
    writer.assign(half, bitXor(half, word));
    if (at % 2 === 1 || at === words.length - 1) {
      round();
      round();
    }
  }
  // Fewer bits: the lowest are dropped, those of `lo` first.
  if (bits < 64) writer.assign(y, bitAnd(y, bits > 32 ? -1 << (64 - bits) : 0));
  if (bits < 32) writer.assign(x, bitAnd(x, -1 << (32 - bits)));
  return { hi: x, lo: y };
}

export interface FingerprintOptions {
  /** 1 to 64. Fewer than 64 are for showing that too few are noticed. */
  readonly bits: number;
  /** Another number makes other states alike, if any are: a search that counts the same with two seeds has hardly lost a state. */
  readonly seed: number;
}

/** Whether no two states have the same 64 bits. */
export const isExact = (words: number, bits: number): boolean => words <= 2 && bits === 64;

/** That two of so many states were taken for one, at most. */
export const collision = (states: number, words: number, bits: number): number =>
  isExact(words, bits) ? 0 : Math.min(1, (states / 2 ** bits) * (states / 2));
