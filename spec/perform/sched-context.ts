/**
 * Scheduling contexts of the MCS kernel, as far as they are modelled (caveat `mcs-time`).
 *
 * @source l4v branch rt spec/abstract/SchedContext_A.thy `sched_context_bind_tcb`; seL4 src/object/schedcontext.c
 */
import type { KernelState } from '../state/kernel-state.ts';
import { getSchedContext, setObject, updateTcb } from '../state/kernel-state.ts';
import { rescheduleRequired, schedEnqueue } from '../state/ready-queues.ts';
import type { ObjRef, Word } from '../state/refs.ts';
import { isSchedulable } from '../state/variant.ts';

export function configureSchedContext(s: KernelState, ref: ObjRef, budget: Word): KernelState {
  return setObject(s, ref, { ...getSchedContext(s, ref), budget });
}

/** The thread runs on the context's time from now on, at once if it can. */
export function bindSchedContext(s: KernelState, ref: ObjRef, thread: ObjRef): KernelState {
  const bound = setObject(s, ref, { ...getSchedContext(s, ref), tcb: thread });
  const t = updateTcb(bound, thread, { schedContext: ref });
  return isSchedulable(t, thread) ? rescheduleRequired(schedEnqueue(t, thread)) : t;
}
