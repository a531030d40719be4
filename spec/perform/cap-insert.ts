/**
 * Putting a capability made from another one into an empty slot.
 *
 * @source l4v spec/abstract/CSpace_A.thy `cap_insert`, `set_untyped_cap_as_full`
 */
import { specAssert } from '../prelude.ts';
import { isRevocableCopy, shouldBeParentOf } from '../state/cap-rules.ts';
import type { Cap } from '../state/caps.ts';
import { withFreeIndex } from '../state/caps.ts';
import { insertChild, insertSibling, isOriginal } from '../state/cdt.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getCap, setCap } from '../state/kernel-state.ts';
import type { SlotRef } from '../state/refs.ts';

/**
 * The new capability becomes the first child of its source if that is an original one, otherwise its next sibling.
 * An untyped that is copied counts as full from now on, so that memory is not given out twice.
 */
export function capInsert(s: KernelState, cap: Cap, source: SlotRef, target: SlotRef): KernelState {
  specAssert(getCap(s, target)._tag === 'NullCap', 'a capability is inserted into an empty slot');
  const sourceCap = getCap(s, source);
  const original = isRevocableCopy(cap, sourceCap);
  const isChild = shouldBeParentOf(s.config, sourceCap, isOriginal(s, source), cap, original);
  const t = setUntypedCapAsFull(s, sourceCap, cap, source);
  return isChild ? insertChild(t, source, target, cap, original) : insertSibling(t, source, target, cap, original);
}

function setUntypedCapAsFull(s: KernelState, sourceCap: Cap, cap: Cap, source: SlotRef): KernelState {
  const isCopy =
    sourceCap._tag === 'UntypedCap' &&
    cap._tag === 'UntypedCap' &&
    sourceCap.ref === cap.ref &&
    sourceCap.sizeBits === cap.sizeBits;
  return isCopy ? setCap(s, source, withFreeIndex(sourceCap, 2 ** sourceCap.sizeBits)) : s;
}
