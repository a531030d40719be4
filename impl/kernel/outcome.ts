/**
 * How a piece of the kernel ends, and the words that go with it. A module-level word, unlike an object, costs nothing to return; each is valid
 * from the call that sets it to the next one.
 */

export const OK = 0;
/** A syscall error: `errorCode` and its words. */
export const ERROR = 1;
/** An interrupt ended a long operation. */
export const PREEMPTED = 2;

export let errorCode = 0;
/** Argument or capability number, or bytes free. */
export let errorWord = 0;
export let errorMin = 0;
export let errorMax = 0;
export let errorMaxHi = 0;
/** Of a failed lookup: whether the source was looked up. */
export let errorIsSource = 0;

export let failureType = 0;
export let failureBitsLeft = 0;
export let failureBitsFound = 0;
export let failureGuardLo = 0;
export let failureGuardHi = 0;

export function fail(code: number): number {
  errorCode = code;
  return ERROR;
}

export function failWith(code: number, word: number): number {
  errorCode = code;
  errorWord = word;
  return ERROR;
}

export function failRange(code: number, min: number, max: number): number {
  errorCode = code;
  errorMin = min;
  errorMax = max;
  errorMaxHi = 0;
  return ERROR;
}

/** The same with a limit of 64 bits. */
export function failRangeWord(code: number, min: number, maxLo: number, maxHi: number): number {
  failRange(code, min, maxLo);
  errorMaxHi = maxHi;
  return ERROR;
}

/** The failure itself is in the lookup words already. */
export function failLookup(code: number, isSource: number): number {
  errorCode = code;
  errorIsSource = isSource;
  return ERROR;
}

export function setFailure(type: number, bitsLeft: number, bitsFound: number): void {
  failureType = type;
  failureBitsLeft = bitsLeft;
  failureBitsFound = bitsFound;
  failureGuardLo = 0;
  failureGuardHi = 0;
}

export function setGuardFailure(type: number, bitsLeft: number, guardBits: number, lo: number, hi: number): void {
  failureType = type;
  failureBitsLeft = bitsLeft;
  failureBitsFound = guardBits;
  failureGuardLo = lo;
  failureGuardHi = hi;
}
