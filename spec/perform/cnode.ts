/**
 * What CNode invocations do.
 *
 * @source l4v spec/abstract/CSpace_A.thy `invoke_cnode`; seL4 src/object/cnode.c
 */
import type { CNodeInvocation } from '../decode/invocation.ts';
import { right } from '../prelude.ts';
import { moveSlot, swapSlots } from '../state/cdt.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { TCB_CALLER, getCap, slotAt } from '../state/kernel-state.ts';
import { cancelBadgedSends } from './cancel.ts';
import { capInsert } from './cap-insert.ts';
import { capDelete, capRevoke } from './delete.ts';
import type { Preemptible } from './outcome.ts';

export function invokeCNode(s: KernelState, invocation: CNodeInvocation): Preemptible {
  switch (invocation._tag) {
    case 'Revoke':
      return capRevoke(s, invocation.slot);
    case 'Delete':
      return capDelete(s, invocation.slot);
    case 'Insert':
      return right(capInsert(s, invocation.cap, invocation.source, invocation.target));
    case 'Move':
      return right(moveSlot(s, invocation.source, invocation.target, invocation.cap));
    case 'CancelBadgedSends': {
      // Unbadged senders are not marked by anything: cancelling "badge 0" does nothing.
      const { ref, badge } = invocation.endpoint;
      return right(badge === 0n ? s : cancelBadgedSends(s, ref, badge));
    }
    case 'Rotate': {
      const { source, sourceCap, pivot, pivotCap, target } = invocation;
      if (source === target) return right(swapSlots(s, source, sourceCap, pivot, pivotCap));
      return right(moveSlot(moveSlot(s, pivot, target, pivotCap), source, pivot, sourceCap));
    }
    case 'SaveCaller': {
      const caller = slotAt(s.globals.currentThread, TCB_CALLER);
      const reply = getCap(s, caller);
      return right(reply._tag === 'NullCap' ? s : moveSlot(s, caller, invocation.target, reply));
    }
  }
}
