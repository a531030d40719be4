/**
 * What invocations of the domain capability do.
 *
 * @source l4v spec/abstract/Tcb_A.thy `invoke_domain`, `set_domain`; seL4 src/object/domain.c, src/kernel/thread.c `setDomain`
 */
import type { DomainInvocation } from '../decode/invocation.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { isCurrent, setGlobals, updateTcb } from '../state/kernel-state.ts';
import { rescheduleRequired, schedDequeue, schedEnqueue } from '../state/ready-queues.ts';
import type { ObjRef } from '../state/refs.ts';
import { isSchedulable } from '../state/variant.ts';
import { fpuRelease } from './fpu.ts';

export function invokeDomain(s: KernelState, invocation: DomainInvocation): KernelState {
  switch (invocation._tag) {
    case 'SetDomain': {
      const { thread, domain } = invocation;
      return setDomain(domain === s.globals.currentDomain ? s : fpuRelease(s, thread), thread, domain);
    }
    case 'ConfigureEntry': {
      const { index, entry } = invocation;
      return setGlobals(s, { domainSchedule: s.globals.domainSchedule.with(index, entry) });
    }
    case 'SetStart':
      // The current slice is over, and whatever follows the last entry but one is an end marker.
      return rescheduleRequired(
        setGlobals(s, {
          domainStart: invocation.index,
          domainTime: 0n,
          domainIndex: s.globals.domainSchedule.length - 2,
        }),
      );
  }
}

function setDomain(s: KernelState, thread: ObjRef, domain: number): KernelState {
  const moved = updateTcb(schedDequeue(s, thread), thread, { domain });
  const queued = isSchedulable(moved, thread) ? schedEnqueue(moved, thread) : moved;
  return isCurrent(queued, thread) ? rescheduleRequired(queued) : queued;
}
