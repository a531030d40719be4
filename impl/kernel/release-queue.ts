/**
 * MCS: threads whose budget comes later, the earliest first. Linked like the ready queues, since no thread is in both.
 *
 * @source seL4 src/object/tcb.c `tcbReleaseEnqueue`, `tcbReleaseRemove`; src/kernel/thread.c `awaken`, `postpone`
 */
import { load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  KS_RELEASE_HEAD, KS_RELEASE_TAIL, KS_REPROGRAM, REFILL_TIME_LO, SCHED_CONTEXT_TCB, TCB_IN_RELEASE_QUEUE, TCB_SCHED_CONTEXT, TCB_SCHED_NEXT,
  TCB_SCHED_PREV,
} from '../memory/layout.ts';
import { schedDequeue } from './ready-queues.ts';
import { isReadyAndSufficient, refillHead } from './refills.ts';
import { isSchedulable } from './thread-state.ts';
import { isLessAt } from './ticks.ts';

/** Address of the time at which the thread's budget comes. */
export function releaseTime(tcb: number): number {
  return refillHead(load(tcb + TCB_SCHED_CONTEXT)) + REFILL_TIME_LO;
}

/** Behind those of the same time and of earlier ones. */
function releaseEnqueue(tcb: number): void {
  const time = releaseTime(tcb);
  let before = load(KS_RELEASE_TAIL);
  while (before !== 0 && isLessAt(time, releaseTime(before))) before = load(before + TCB_SCHED_PREV);
  const next = before === 0 ? load(KS_RELEASE_HEAD) : load(before + TCB_SCHED_NEXT);
  store(tcb + TCB_SCHED_PREV, before);
  store(tcb + TCB_SCHED_NEXT, next);
  store(tcb + TCB_IN_RELEASE_QUEUE, 1);
  if (before === 0) store(KS_RELEASE_HEAD, tcb);
  else store(before + TCB_SCHED_NEXT, tcb);
  if (next === 0) store(KS_RELEASE_TAIL, tcb);
  else store(next + TCB_SCHED_PREV, tcb);
}

/** Nothing if it is not there. The timer waits for the first in the queue. */
export function releaseRemove(tcb: number): void {
  if (load(tcb + TCB_IN_RELEASE_QUEUE) === 0) return;
  const next = load(tcb + TCB_SCHED_NEXT);
  const prev = load(tcb + TCB_SCHED_PREV);
  if (prev === 0) {
    store(KS_RELEASE_HEAD, next);
    store(KS_REPROGRAM, 1);
  } else {
    store(prev + TCB_SCHED_NEXT, next);
  }
  if (next === 0) store(KS_RELEASE_TAIL, prev);
  else store(next + TCB_SCHED_PREV, prev);
  store(tcb + TCB_SCHED_NEXT, 0);
  store(tcb + TCB_SCHED_PREV, 0);
  store(tcb + TCB_IN_RELEASE_QUEUE, 0);
}

/** The context's thread waits for its budget. */
export function postpone(context: number): void {
  const tcb = load(context + SCHED_CONTEXT_TCB);
  schedDequeue(tcb);
  releaseEnqueue(tcb);
  store(KS_REPROGRAM, 1);
}

/** A thread that could run, if only its budget had come, waits for it. */
export function schedContextResume(context: number): void {
  if (context === 0 || !isSchedulable(load(context + SCHED_CONTEXT_TCB))) return;
  if (!isReadyAndSufficient(context)) postpone(context);
}
