/**
 * MCS: arithmetic on 64-bit ticks, as halves. A result lies in `lo` and `hi`, as two numbers cannot be returned without making an object: signed
 * numbers, which the engine keeps in a variable without allocating. Halves may be given signed or not.
 *
 * @source seL4 libsel4 `time_t`, `ticks_t`; src/arch/x86/32/machine/timer.c and its like (conversions)
 */
import { KERNEL_WCET_US, MAX_PERIOD_US_HI, MAX_PERIOD_US_LO, TICKS_PER_US } from '#impl-config';
import { load, store } from '../memory/heap.ts';

export let lo = 0;
export let hi = 0;

/** Ticks that the kernel may need to be entered and left: less is no budget. */
export const MIN_BUDGET = 2 * KERNEL_WCET_US * TICKS_PER_US;
export const MIN_BUDGET_US = 2 * KERNEL_WCET_US;
const MAX_PERIOD = ((BigInt(MAX_PERIOD_US_HI) << 32n) | BigInt(MAX_PERIOD_US_LO)) * BigInt(TICKS_PER_US);
/** From this time on nothing is charged, so that five periods later is still a time. */
const MAX_RELEASE_TIME = 2n ** 64n - 1n - 5n * MAX_PERIOD;
export const MAX_RELEASE_LO = Number(MAX_RELEASE_TIME & 0xffff_ffffn);
export const MAX_RELEASE_HI = Number(MAX_RELEASE_TIME >> 32n);

export function isLess(aLo: number, aHi: number, bLo: number, bHi: number): boolean {
  return aHi >>> 0 < bHi >>> 0 || (aHi >>> 0 === bHi >>> 0 && aLo >>> 0 < bLo >>> 0);
}

/** Whether the word at address `a` is less than the one at `b`. */
export function isLessAt(a: number, b: number): boolean {
  return isLess(load(a), load(a + 4), load(b), load(b + 4));
}

export function add(aLo: number, aHi: number, bLo: number, bHi: number): void {
  lo = (aLo + bLo) | 0;
  hi = (aHi + bHi + (lo >>> 0 < aLo >>> 0 ? 1 : 0)) | 0;
}

export function subtract(aLo: number, aHi: number, bLo: number, bHi: number): void {
  lo = (aLo - bLo) | 0;
  hi = (aHi - bHi - (aLo >>> 0 < bLo >>> 0 ? 1 : 0)) | 0;
}

export function storeAt(at: number, valueLo: number, valueHi: number): void {
  store(at, valueLo);
  store(at + 4, valueHi);
}

export function addAt(at: number, bLo: number, bHi: number): void {
  add(load(at), load(at + 4), bLo, bHi);
  storeAt(at, lo, hi);
}

export function subtractAt(at: number, bLo: number, bHi: number): void {
  subtract(load(at), load(at + 4), bLo, bHi);
  storeAt(at, lo, hi);
}

export function usToTicks(usLo: number, usHi: number): void {
  const product = usLo * TICKS_PER_US;
  lo = product | 0;
  hi = (usHi * TICKS_PER_US + Math.floor(product / 2 ** 32)) | 0;
}

export function ticksToUs(ticksLo: number, ticksHi: number): void {
  hi = Math.floor(ticksHi / TICKS_PER_US) | 0;
  const rest = (ticksHi % TICKS_PER_US) * 2 ** 32 + ticksLo;
  lo = Math.floor(rest / TICKS_PER_US) | 0;
}
