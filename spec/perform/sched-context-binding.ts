/**
 * Who holds a scheduling context: a thread, and beside it a notification that lends it. Below everything that hands one on.
 *
 * @source l4v branch rt spec/abstract/SchedContext_A.thy `sched_context_donate`, `sched_context_bind_tcb`, `sched_context_unbind_tcb`,
 * `maybe_donate_sc`, `maybe_return_sc`; seL4 src/object/schedcontext.c
 */
import { specAssert } from '../prelude.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getNotification, getSchedContext, getTcb, isCurrent, setObject, updateTcb } from '../state/kernel-state.ts';
import { rescheduleRequired, schedDequeue, schedEnqueue } from '../state/ready-queues.ts';
import type { ObjRef } from '../state/refs.ts';
import { releaseRemove, schedContextResume } from '../state/release-queue.ts';
import { unblockIfSporadic, updateSchedContext } from '../state/sched-context.ts';
import { isSchedulable } from '../state/variant.ts';

function bind(s: KernelState, ref: ObjRef, thread: ObjRef): KernelState {
  return updateTcb(updateSchedContext(s, ref, { tcb: thread }), thread, { schedContext: ref });
}

/** Takes the thread's context away. Whoever does so says who has it next. */
function takeFrom(s: KernelState, thread: ObjRef): KernelState {
  return updateTcb(releaseRemove(schedDequeue(s, thread), thread), thread, { schedContext: null });
}

/** The thread, which has none, gets the context from who has it. */
export function schedContextDonate(s: KernelState, ref: ObjRef, to: ObjRef): KernelState {
  specAssert(getTcb(s, to).schedContext === null, 'a thread that is given a scheduling context has none');
  const from = getSchedContext(s, ref).tcb;
  if (from === null) return bind(s, ref, to);
  const taken = takeFrom(s, from);
  const { schedulerAction: action } = taken.globals;
  const isChosen = isCurrent(taken, from) || (action._tag === 'SwitchToThread' && action.thread === from);
  return bind(isChosen ? rescheduleRequired(taken) : taken, ref, to);
}

/** The thread runs on the context's time from now on, if it can run. */
export function schedContextBindTcb(s: KernelState, ref: ObjRef, thread: ObjRef): KernelState {
  const bound = unblockIfSporadic(bind(s, ref, thread), thread);
  const t = schedContextResume(bound, ref);
  return isSchedulable(t, thread) ? rescheduleRequired(schedEnqueue(t, thread)) : t;
}

export function schedContextUnbindTcb(s: KernelState, ref: ObjRef): KernelState {
  const { tcb } = getSchedContext(s, ref);
  if (tcb === null) return s;
  const t = isCurrent(s, tcb) ? rescheduleRequired(s) : s;
  return updateSchedContext(takeFrom(t, tcb), ref, { tcb: null });
}

export function schedContextBindNtfn(s: KernelState, ref: ObjRef, notification: ObjRef): KernelState {
  return updateSchedContext(setLent(s, notification, ref), ref, { notification });
}

export function schedContextUnbindNtfn(s: KernelState, ref: ObjRef): KernelState {
  const { notification } = getSchedContext(s, ref);
  if (notification === null) return s;
  return updateSchedContext(setLent(s, notification, null), ref, { notification: null });
}

function setLent(s: KernelState, notification: ObjRef, schedContext: ObjRef | null): KernelState {
  const { state, boundTcb } = getNotification(s, notification);
  return setObject(s, notification, { _tag: 'Notification', state, boundTcb, schedContext });
}

/** A thread without time that is signalled gets the context that the notification lends, if nobody has it. */
export function maybeDonateSchedContext(s: KernelState, thread: ObjRef, notification: ObjRef): KernelState {
  const { schedContext: ref } = getNotification(s, notification);
  if (ref === null || getTcb(s, thread).schedContext !== null || getSchedContext(s, ref).tcb !== null) return s;
  return schedContextResume(schedContextDonate(s, ref, thread), ref);
}

/** A thread that is going to wait gives back what the notification lent it. */
export function maybeReturnSchedContext(s: KernelState, thread: ObjRef, notification: ObjRef): KernelState {
  const { schedContext: ref } = getNotification(s, notification);
  if (ref === null || getTcb(s, thread).schedContext !== ref) return s;
  const t = updateTcb(updateSchedContext(s, ref, { tcb: null }), thread, { schedContext: null });
  return isCurrent(t, thread) ? rescheduleRequired(t) : t;
}
