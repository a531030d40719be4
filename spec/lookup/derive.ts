/**
 * Deriving one capability from another: what a copy of it is, and whether it may be copied now.
 *
 * @source l4v spec/abstract/CSpace_A.thy `derive_cap`, `ensure_no_children`, `ensure_empty`; X64/ArchCSpace_A.thy `arch_derive_cap`
 */
import type { ErrorOf } from '../abi/error-codes.ts';
import { ILLEGAL } from '../abi/error-codes.ts';
import type { Either } from '../prelude.ts';
import { left, right } from '../prelude.ts';
import type { Cap } from '../state/caps.ts';
import { NULL_CAP, frameCap } from '../state/caps.ts';
import { hasChildren } from '../state/cdt.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getCap } from '../state/kernel-state.ts';
import type { SlotRef } from '../state/refs.ts';

/** The copy of `cap`, which lies in `slot`; NullCap when its type cannot be copied. Copies of frames are not mapped. */
export function deriveCap(
  s: KernelState,
  slot: SlotRef,
  cap: Cap,
): Either<ErrorOf<'IllegalOperation' | 'RevokeFirst'>, Cap> {
  switch (cap._tag) {
    case 'Zombie':
    case 'IRQControlCap':
    case 'ReplyCap':
    case 'IOPortControlCap':
    case 'IOSpaceCap':
      return right(NULL_CAP);
    case 'UntypedCap':
      return hasChildren(s, slot) ? left({ _tag: 'RevokeFirst' }) : right(cap);
    case 'FrameCap':
      return right(frameCap(cap, cap.rights, null));
    case 'PagingCap':
      return cap.mapped === null ? left(ILLEGAL) : right(cap);
    default:
      return right(cap);
  }
}

export function ensureEmpty(s: KernelState, slot: SlotRef): ErrorOf<'DeleteFirst'> | null {
  return getCap(s, slot)._tag === 'NullCap' ? null : { _tag: 'DeleteFirst' };
}
