/**
 * What scheduling contexts are asked to do: by their own capability, by that to configure them, and when the last one goes.
 *
 * @source l4v branch rt spec/abstract/SchedContext_A.thy, Tcb_A.thy `invoke_sched_context`, `invoke_sched_control_configure_flags`; seL4
 * src/object/schedcontext.c, src/object/schedcontrol.c
 */
import type { SchedContextInvocation, SchedControlInvocation } from '../decode/invocation.ts';
import { lookupIpcBuffer } from '../lookup/ipc-buffer.ts';
import type { Either } from '../prelude.ts';
import { right, specAssert } from '../prelude.ts';
import type { KernelState } from '../state/kernel-state.ts';
import {
  getSchedContext,
  getTcb,
  isCurrent,
  isRunnable,
  setObject,
  threadState,
  updateTcb,
} from '../state/kernel-state.ts';
import { possibleSwitchTo, rescheduleRequired, schedDequeue, schedEnqueue } from '../state/ready-queues.ts';
import { MIN_REFILLS, isConfigured, refillNew, refillUpdate } from '../state/refills.ts';
import type { ObjRef } from '../state/refs.ts';
import { releaseRemove, schedContextResume } from '../state/release-queue.ts';
import { commitTime, updateConsumed, updateSchedContext } from '../state/sched-context.ts';
import { isSchedulable } from '../state/variant.ts';
import { setBadgeAndInfo, setMessageRegisters } from './message.ts';
import type { Answer, Preempted } from './outcome.ts';
import { schedContextUnbindReply } from './reply-object.ts';
import {
  schedContextBindNtfn,
  schedContextBindTcb,
  schedContextUnbindNtfn,
  schedContextUnbindTcb,
} from './sched-context-binding.ts';

export function invokeSchedContext(s: KernelState, invocation: SchedContextInvocation): Either<Preempted, Answer> {
  const { schedContext: ref } = invocation;
  const done = (state: KernelState): Either<Preempted, Answer> => right({ state, words: [] });
  switch (invocation._tag) {
    case 'BindTcb':
      return done(schedContextBindTcb(s, ref, invocation.thread));
    case 'BindNotification':
      return done(schedContextBindNtfn(s, ref, invocation.notification));
    case 'UnbindTcb':
      return done(schedContextUnbindTcb(s, ref));
    case 'UnbindNotification':
      return done(schedContextUnbindNtfn(s, ref));
    case 'Unbind':
      return done(schedContextUnbindReply(schedContextUnbindNtfn(schedContextUnbindTcb(s, ref), ref), ref));
    case 'Consumed': {
      const { state, consumed } = updateConsumed(s, ref);
      return right({ state, words: [consumed] });
    }
    case 'YieldTo':
      return yieldTo(s, ref);
  }
}

/**
 * The context's thread runs next, and whoever yielded is told what it used when it runs again. A thread of lower priority comes first in its
 * queue, and one that cannot run does not run: the answer is given at once then.
 */
function yieldTo(start: KernelState, ref: ObjRef): Either<Preempted, Answer> {
  const yielder = start.globals.currentThread;
  const s = schedContextResume(completeYieldFrom(start, ref), ref);
  const { tcb: target } = getSchedContext(s, ref);
  specAssert(target !== null && target !== yielder, 'one yields to another thread');
  const atOnce = (state: KernelState): Either<Preempted, Answer> => {
    const asked = updateConsumed(state, ref);
    return right({ state: asked.state, words: [asked.consumed] });
  };
  if (!isSchedulable(s, target)) return atOnce(s);
  if (getTcb(s, target).priority < getTcb(s, yielder).priority)
    return atOnce(schedEnqueue(schedDequeue(s, target), target));
  const marked = updateSchedContext(updateTcb(s, yielder, { yieldTo: ref }), ref, { yieldFrom: yielder });
  const queued = schedEnqueue(schedEnqueue(schedDequeue(marked, target), yielder), target);
  // What the answer says comes later.
  return right({ state: rescheduleRequired(queued), words: [] });
}

/** Whoever yielded to the context is told. */
function completeYieldFrom(s: KernelState, ref: ObjRef): KernelState {
  const { yieldFrom } = getSchedContext(s, ref);
  return yieldFrom === null ? s : completeYieldTo(s, yieldFrom);
}

/** Tells the thread what the context that it yielded to used. */
export function completeYieldTo(s: KernelState, yielder: ObjRef): KernelState {
  const { yieldTo: ref } = getTcb(s, yielder);
  if (ref === null) return s;
  const { state, consumed } = updateConsumed(s, ref);
  const written = setMessageRegisters(state, yielder, lookupIpcBuffer(state, true, yielder), [consumed]);
  const info = { label: 0n, capsUnwrapped: 0, extraCaps: 0, length: written.length };
  return cancelYieldTo(setBadgeAndInfo(written.state, yielder, 0n, info), yielder);
}

export function cancelYieldTo(s: KernelState, yielder: ObjRef): KernelState {
  const { yieldTo: ref } = getTcb(s, yielder);
  return ref === null ? s : updateTcb(updateSchedContext(s, ref, { yieldFrom: null }), yielder, { yieldTo: null });
}

/**
 * New parameters. While the context is in use, what is left of its budget counts on; otherwise it begins anew. What was used so far is charged by
 * the old parameters.
 */
export function configureSchedContext(start: KernelState, control: SchedControlInvocation): KernelState {
  const { schedContext: ref, budget, period, refillMax, badge, sporadic } = control;
  const { tcb } = getSchedContext(start, ref);
  let s = tcb === null ? start : schedDequeue(releaseRemove(start, tcb), tcb);
  if (tcb !== null && ref === s.globals.time.schedContext) s = commitTime(s);
  const context = getSchedContext(s, ref);
  const { now } = s.globals.time;
  const isUsed = isConfigured(context) && tcb !== null && isRunnable(threadState(s, tcb));
  const changed =
    period === budget
      ? refillNew(context, MIN_REFILLS, budget, 0n, now)
      : isUsed
        ? refillUpdate(context, refillMax, budget, period, now)
        : refillNew(context, refillMax, budget, period, now);
  s = setObject(s, ref, { ...changed, badge, sporadic });
  if (tcb === null) return s;
  s = schedContextResume(s, ref);
  if (isCurrent(s, tcb)) return rescheduleRequired(s);
  return isRunnable(threadState(s, tcb)) ? possibleSwitchTo(s, tcb) : s;
}

/** The last capability to the context goes. */
export function finaliseSchedContext(start: KernelState, ref: ObjRef): KernelState {
  const unbound = schedContextUnbindReply(schedContextUnbindNtfn(schedContextUnbindTcb(start, ref), ref), ref);
  const s = completeYieldFrom(unbound, ref);
  return updateSchedContext(s, ref, { refillMax: 0, refills: [], budget: 0n, sporadic: false });
}

/** The thread is going to be deleted. */
export function releaseSchedContextOf(s: KernelState, thread: ObjRef): KernelState {
  const { schedContext } = getTcb(s, thread);
  return schedContext === null ? s : completeYieldFrom(schedContextUnbindTcb(s, schedContext), schedContext);
}
