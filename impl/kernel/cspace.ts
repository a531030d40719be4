/**
 * From capability pointers, as two halves, to capability table entries.
 *
 * @source seL4 src/kernel/cspace.c `resolveAddressBits`, `lookupSlotForCNodeOp`
 */
import { WORD_BITS } from '#impl-config';
// biome-ignore format: packed
import {
  FAILED_LOOKUP, FAILURE_DEPTH_MISMATCH, FAILURE_GUARD_MISMATCH, FAILURE_INVALID_ROOT, RANGE_ERROR,
} from '../abi.ts';
import { W, addressOf, index } from '../memory/heap.ts';
import { CAP_CNODE, CTE_BYTES, TCB_SLOT_CTABLE } from '../memory/layout.ts';
import { OK, failLookup, failRange, setFailure, setGuardFailure } from './outcome.ts';

const CTE_WORDS = CTE_BYTES / 4;

/** Entry found by the last successful lookup. */
export let foundSlot = 0;
/** Bits of the pointer it did not use. */
export let bitsRemaining = 0;

/** Halves as signed numbers: those the engine keeps in a variable without allocating. */
let fieldLo = 0;
let fieldHi = 0;

/** Bits `low` to `low + count - 1` of a word. */
function extract(lo: number, hi: number, low: number, count: number): void {
  if (low >= 32) {
    fieldLo = hi >> (low - 32);
    fieldHi = 0;
  } else if (low === 0) {
    fieldLo = lo | 0;
    fieldHi = hi | 0;
  } else {
    fieldLo = (lo >>> low) | (hi << (32 - low));
    fieldHi = hi >> low;
  }
  if (count <= 32) {
    fieldHi = 0;
    if (count < 32) fieldLo &= (1 << count) - 1;
  } else if (count < 64) {
    fieldHi &= (1 << (count - 32)) - 1;
  }
}

/**
 * Walks `bits` low bits of a pointer from the CNode capability in the entry `root`. True when an entry was found, in `foundSlot`; false with
 * the failure set. The guard is compared before anybody asks whether the level fits.
 */
export function resolveAddressBits(root: number, lo: number, hi: number, bits: number): boolean {
  let left = bits;
  let i = index(root);
  let meta = W[i + 1]!;
  if (meta >>> 27 !== CAP_CNODE) {
    setFailure(FAILURE_INVALID_ROOT, 0, 0);
    return false;
  }
  for (;;) {
    const guardBits = (meta >>> 16) & 63;
    const radix = (meta >>> 22) & 31;
    const guardLo = W[i + 2]! | 0;
    const guardHi = W[i + 3]! | 0;
    let fits = guardBits <= left;
    if (fits && guardBits > 0) {
      extract(lo, hi, left - guardBits, guardBits);
      fits = fieldLo === guardLo && fieldHi === guardHi;
    }
    if (!fits) {
      setGuardFailure(FAILURE_GUARD_MISMATCH, left, guardBits, guardLo, guardHi);
      return false;
    }
    const level = guardBits + radix;
    if (level > left) {
      setFailure(FAILURE_DEPTH_MISMATCH, left, level);
      return false;
    }
    left -= level;
    extract(lo, hi, left, radix);
    // Kept to 32 bits, or the engine computes it as a floating-point number.
    i = (index(W[i]!) + fieldLo * CTE_WORDS) | 0;
    foundSlot = addressOf(i);
    bitsRemaining = left;
    if (left === 0) return true;
    meta = W[i + 1]!;
    if (meta >>> 27 !== CAP_CNODE) return true;
  }
}

/** The entry that a pointer names in a thread's CSpace, in `foundSlot`; an empty one is found, too. */
export function lookupSlot(tcb: number, lo: number, hi: number): boolean {
  return resolveAddressBits(tcb + TCB_SLOT_CTABLE * CTE_BYTES, lo, hi, WORD_BITS);
}

/** The entry that a CNode operation names, in `foundSlot`. Every bit of `depth` must be used. */
export function lookupSlotForCNodeOp(
  isSource: number,
  root: number,
  lo: number,
  hi: number,
  depthLo: number,
  depthHi: number,
): number {
  if (W[index(root) + 1]! >>> 27 !== CAP_CNODE) {
    setFailure(FAILURE_INVALID_ROOT, 0, 0);
    return failLookup(FAILED_LOOKUP, isSource);
  }
  if (depthHi !== 0 || depthLo < 1 || depthLo > WORD_BITS) return failRange(RANGE_ERROR, 1, WORD_BITS);
  if (!resolveAddressBits(root, lo, hi, depthLo)) return failLookup(FAILED_LOOKUP, isSource);
  if (bitsRemaining === 0) return OK;
  setFailure(FAILURE_DEPTH_MISMATCH, bitsRemaining, 0);
  return failLookup(FAILED_LOOKUP, isSource);
}
