/**
 * MCS: who holds a scheduling context: a thread, and beside it a notification that lends it.
 *
 * @source seL4 src/object/schedcontext.c `schedContext_bindTCB`, `schedContext_unbindTCB`, `schedContext_donate`, `schedContext_bindNtfn`,
 * `schedContext_completeYieldTo`; src/object/notification.c `maybeDonateSchedContext`, `maybeReturnSchedContext`
 */
import { REG_CAP, REG_MSG_INFO } from '#impl-config';
import { implAssert, load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  KS_CUR_SC, KS_CUR_THREAD, KS_SCHEDULER_ACTION, NTFN_SCHED_CONTEXT, SCHED_CONTEXT_CONSUMED_LO, SCHED_CONTEXT_NOTIFICATION,
  SCHED_CONTEXT_SPORADIC, SCHED_CONTEXT_TCB, SCHED_CONTEXT_YIELD_FROM, TCB_SCHED_CONTEXT, TCB_YIELD_TO,
} from '../memory/layout.ts';
import { lookupIpcBuffer, setMessageWord, setRegister } from './message.ts';
import { schedDequeue, schedEnqueue } from './ready-queues.ts';
import { refillUnblockCheck } from './refills.ts';
import { releaseRemove, schedContextResume } from './release-queue.ts';
import { isSchedulable, rescheduleRequired } from './thread-state.ts';
import { hi, lo, storeAt, ticksToUs } from './ticks.ts';

function bind(context: number, tcb: number): void {
  store(context + SCHED_CONTEXT_TCB, tcb);
  store(tcb + TCB_SCHED_CONTEXT, context);
}

/** A sporadic server's thread wakes up; the one that runs is awake. */
export function unblockIfSporadic(tcb: number): void {
  const context = load(tcb + TCB_SCHED_CONTEXT);
  if (context === 0 || context === load(KS_CUR_SC)) return;
  if (load(context + SCHED_CONTEXT_SPORADIC) !== 0) refillUnblockCheck(context);
}

/** The thread, which has none, gets the context from who has it. */
export function donate(context: number, to: number): void {
  implAssert(load(to + TCB_SCHED_CONTEXT) === 0, 'a thread that is given a scheduling context has none');
  const from = load(context + SCHED_CONTEXT_TCB);
  if (from !== 0) {
    schedDequeue(from);
    releaseRemove(from);
    store(from + TCB_SCHED_CONTEXT, 0);
    if (from === load(KS_CUR_THREAD) || from === load(KS_SCHEDULER_ACTION)) rescheduleRequired();
  }
  bind(context, to);
}

/** The thread runs on the context's time from now on, if it can run. */
export function bindTcb(context: number, tcb: number): void {
  bind(context, tcb);
  unblockIfSporadic(tcb);
  schedContextResume(context);
  if (!isSchedulable(tcb)) return;
  schedEnqueue(tcb);
  rescheduleRequired();
}

export function unbindTcb(context: number): void {
  const tcb = load(context + SCHED_CONTEXT_TCB);
  if (tcb === 0) return;
  if (tcb === load(KS_CUR_THREAD)) rescheduleRequired();
  schedDequeue(tcb);
  releaseRemove(tcb);
  store(tcb + TCB_SCHED_CONTEXT, 0);
  store(context + SCHED_CONTEXT_TCB, 0);
}

export function bindNtfn(context: number, notification: number): void {
  store(context + SCHED_CONTEXT_NOTIFICATION, notification);
  store(notification + NTFN_SCHED_CONTEXT, context);
}

export function unbindNtfn(context: number): void {
  const notification = load(context + SCHED_CONTEXT_NOTIFICATION);
  if (notification === 0) return;
  store(context + SCHED_CONTEXT_NOTIFICATION, 0);
  store(notification + NTFN_SCHED_CONTEXT, 0);
}

/** A thread without time that is signalled gets what the notification lends, if nobody has it. */
export function maybeDonate(tcb: number, notification: number): void {
  const context = load(notification + NTFN_SCHED_CONTEXT);
  if (context === 0 || load(tcb + TCB_SCHED_CONTEXT) !== 0 || load(context + SCHED_CONTEXT_TCB) !== 0) return;
  donate(context, tcb);
  schedContextResume(context);
}

/** A thread that is going to wait gives back what the notification lent it. */
export function maybeReturn(tcb: number, notification: number): void {
  const context = load(notification + NTFN_SCHED_CONTEXT);
  if (context === 0 || load(tcb + TCB_SCHED_CONTEXT) !== context) return;
  store(tcb + TCB_SCHED_CONTEXT, 0);
  store(context + SCHED_CONTEXT_TCB, 0);
  if (tcb === load(KS_CUR_THREAD)) rescheduleRequired();
}

/** Leaves what was used since somebody last asked, in microseconds, in `lo` and `hi` of the ticks. */
export function takeConsumed(context: number): void {
  const consumed = context + SCHED_CONTEXT_CONSUMED_LO;
  ticksToUs(load(consumed), load(consumed + 4));
  storeAt(consumed, 0, 0);
}

/** Tells the thread what the context that it yielded to used. */
export function completeYieldTo(tcb: number): void {
  const context = load(tcb + TCB_YIELD_TO);
  if (context === 0) return;
  takeConsumed(context);
  const length = setMessageWord(tcb, lookupIpcBuffer(true, tcb), 0, lo, hi);
  setRegister(tcb, REG_MSG_INFO, length, 0);
  setRegister(tcb, REG_CAP, 0, 0);
  cancelYieldTo(tcb);
}

export function cancelYieldTo(tcb: number): void {
  const context = load(tcb + TCB_YIELD_TO);
  if (context === 0) return;
  store(context + SCHED_CONTEXT_YIELD_FROM, 0);
  store(tcb + TCB_YIELD_TO, 0);
}

export function completeYieldFrom(context: number): void {
  const yielder = load(context + SCHED_CONTEXT_YIELD_FROM);
  if (yielder !== 0) completeYieldTo(yielder);
}
