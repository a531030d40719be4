/**
 * From capability pointers to slots.
 *
 * @source l4v spec/abstract/CSpace_A.thy `resolve_address_bits`, `lookup_slot_for_thread`, `lookup_cap`, `lookup_slot_for_cnode_op`,
 * `lookup_source_slot`, `lookup_target_slot`
 */
import type { ErrorOf } from '../abi/error-codes.ts';
import type { LookupFailure } from '../abi/failure.ts';
import { bitField } from '../abi/words.ts';
import type { Either } from '../prelude.ts';
import { E, left, right } from '../prelude.ts';
import type { Cap } from '../state/caps.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { TCB_CTABLE, getCap, slotAt } from '../state/kernel-state.ts';
import type { CPtr, ObjRef, SlotRef, Word } from '../state/refs.ts';

export interface Resolved {
  readonly slot: SlotRef;
  /** Bits of the pointer that were not used: a capability that is no CNode was met early. */
  readonly bitsRemaining: number;
}

/** A slot and what is in it. */
export interface SlotCap {
  readonly slot: SlotRef;
  readonly cap: Cap;
}

const INVALID_ROOT: LookupFailure = { _tag: 'InvalidRoot' };

/**
 * Walks `bits` low bits of `cptr` from `root`, level by level: guard first, then whether the level fits.
 * Ends early, successfully, at a capability that is no CNode.
 */
export function resolveAddressBits(
  s: KernelState,
  root: Cap,
  cptr: CPtr,
  bits: number,
): Either<LookupFailure, Resolved> {
  if (root._tag !== 'CNodeCap') return left(INVALID_ROOT);
  let cnode = root;
  let bitsLeft = bits;
  for (;;) {
    const levelBits = cnode.radixBits + cnode.guardBits;
    const guardFits =
      cnode.guardBits <= bitsLeft && bitField(cptr, bitsLeft - cnode.guardBits, cnode.guardBits) === cnode.guard;
    if (!guardFits) return left({ _tag: 'GuardMismatch', bitsLeft, guard: cnode.guard, guardBits: cnode.guardBits });
    if (levelBits > bitsLeft) return left({ _tag: 'DepthMismatch', bitsLeft, bitsFound: levelBits });
    bitsLeft -= levelBits;
    const slot = slotAt(cnode.ref, Number(bitField(cptr, bitsLeft, cnode.radixBits)));
    if (bitsLeft === 0) return right({ slot, bitsRemaining: 0 });
    const next = getCap(s, slot);
    if (next._tag !== 'CNodeCap') return right({ slot, bitsRemaining: bitsLeft });
    cnode = next;
  }
}

/** The slot a pointer names in a thread's CSpace; bits left over are ignored. */
export function lookupSlot(s: KernelState, thread: ObjRef, cptr: CPtr): Either<LookupFailure, SlotRef> {
  const found = resolveAddressBits(s, getCap(s, slotAt(thread, TCB_CTABLE)), cptr, s.config.wordBits);
  return E.isLeft(found) ? found : right(found.right.slot);
}

/** The slot and the capability a pointer names in a thread's CSpace; an empty slot is found, too. */
export function lookupCap(s: KernelState, thread: ObjRef, cptr: CPtr): Either<LookupFailure, SlotCap> {
  const found = lookupSlot(s, thread, cptr);
  return E.isLeft(found) ? found : right({ slot: found.right, cap: getCap(s, found.right) });
}

/** What is wrong with a root, index and depth. */
export type NoSlot = ErrorOf<'FailedLookup' | 'RangeError'>;

/**
 * The slot that a CNode operation names by root, index and depth. All bits must be used.
 *
 * @param isSource whether the error says that the source was looked up
 */
export function lookupSlotForCNodeOp(
  s: KernelState,
  isSource: boolean,
  root: Cap,
  index: Word,
  depth: Word,
): Either<NoSlot, SlotRef> {
  const failed = (failure: LookupFailure): Either<NoSlot, SlotRef> => left({ _tag: 'FailedLookup', isSource, failure });
  if (root._tag !== 'CNodeCap') return failed(INVALID_ROOT);
  if (depth < 1n || depth > BigInt(s.config.wordBits)) {
    return left({ _tag: 'RangeError', min: 1, max: s.config.wordBits });
  }
  const found = resolveAddressBits(s, root, index, Number(depth));
  if (E.isLeft(found)) return failed(found.left);
  const { slot, bitsRemaining } = found.right;
  return bitsRemaining === 0 ? right(slot) : failed({ _tag: 'DepthMismatch', bitsLeft: bitsRemaining, bitsFound: 0 });
}

export function lookupSourceSlot(s: KernelState, root: Cap, index: Word, depth: Word): Either<NoSlot, SlotRef> {
  return lookupSlotForCNodeOp(s, true, root, index, depth);
}

export function lookupTargetSlot(s: KernelState, root: Cap, index: Word, depth: Word): Either<NoSlot, SlotRef> {
  return lookupSlotForCNodeOp(s, false, root, index, depth);
}
