/**
 * States of threads, and the request for another choice of who runs. Below everything that changes them.
 *
 * @source seL4 src/kernel/thread.c `setThreadState`, `scheduleTCB`, `rescheduleRequired`
 */
import { W, index, load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  ACTION_CHOOSE, ACTION_RESUME, KS_CUR_THREAD, KS_SCHEDULER_ACTION, STATE_BLOCKED_ON_RECEIVE, STATE_BLOCKED_ON_SEND,
  TCB_BLOCKING_BADGE_HI, TCB_BLOCKING_BADGE_LO, TCB_BLOCKING_FLAGS, TCB_BLOCKING_OBJECT, TCB_FAULT, TCB_FAULT_GUARD_HI, TCB_STATE, KS_CUR_DOMAIN,
  SCHED_CONTEXT_REFILL_MAX, TCB_DOMAIN, TCB_IN_RELEASE_QUEUE, TCB_SCHED_CONTEXT,
} from '../memory/layout.ts';
import { TIME_IS_BUDGETED } from '../variant.ts';
import { isRunnable, schedEnqueue } from './ready-queues.ts';

export { isRunnable } from './ready-queues.ts';

export function currentThread(): number {
  return load(KS_CUR_THREAD);
}

/** The thread can run, and has time to do so: its scheduling context is configured, and it does not wait for budget. */
export function isSchedulable(tcb: number): boolean {
  if (!isRunnable(tcb)) return false;
  if (!TIME_IS_BUDGETED) return true;
  const context = load(tcb + TCB_SCHED_CONTEXT);
  return context !== 0 && load(context + SCHED_CONTEXT_REFILL_MAX) !== 0 && load(tcb + TCB_IN_RELEASE_QUEUE) === 0;
}

/** Offers a thread that has become runnable: it is remembered as the one to switch to directly, or queued; not without time to run. */
export function possibleSwitchTo(tcb: number): void {
  if (TIME_IS_BUDGETED && (load(tcb + TCB_SCHED_CONTEXT) === 0 || load(tcb + TCB_IN_RELEASE_QUEUE) !== 0)) return;
  if (load(tcb + TCB_DOMAIN) !== load(KS_CUR_DOMAIN)) {
    schedEnqueue(tcb);
  } else if (load(KS_SCHEDULER_ACTION) !== ACTION_RESUME) {
    rescheduleRequired();
    schedEnqueue(tcb);
  } else {
    store(KS_SCHEDULER_ACTION, tcb);
  }
}

/**
 * Sets a state that carries nothing: what the thread was blocked on is forgotten. If the running thread stops being runnable, a choice
 * is asked for.
 */
export function setThreadState(tcb: number, state: number): void {
  const old = load(tcb + TCB_STATE);
  if (old >= STATE_BLOCKED_ON_RECEIVE && state < STATE_BLOCKED_ON_RECEIVE) {
    store(tcb + TCB_BLOCKING_OBJECT, 0);
    if (old <= STATE_BLOCKED_ON_SEND) {
      store(tcb + TCB_BLOCKING_BADGE_LO, 0);
      store(tcb + TCB_BLOCKING_BADGE_HI, 0);
      store(tcb + TCB_BLOCKING_FLAGS, 0);
    }
  }
  store(tcb + TCB_STATE, state);
  if (tcb === load(KS_CUR_THREAD) && load(KS_SCHEDULER_ACTION) === ACTION_RESUME && !isSchedulable(tcb)) {
    store(KS_SCHEDULER_ACTION, ACTION_CHOOSE);
  }
}

/** A sender becomes a waiter for its reply: what it was blocked with is forgotten, too. */
export function setBlockedOnReply(tcb: number, state: number): void {
  store(tcb + TCB_BLOCKING_OBJECT, 0);
  store(tcb + TCB_BLOCKING_BADGE_LO, 0);
  store(tcb + TCB_BLOCKING_BADGE_HI, 0);
  store(tcb + TCB_BLOCKING_FLAGS, 0);
  setThreadState(tcb, state);
}

/** A thread that was picked to run next goes back to its queue. */
export function rescheduleRequired(): void {
  const action = load(KS_SCHEDULER_ACTION);
  const isPicked = action !== ACTION_RESUME && action !== ACTION_CHOOSE;
  if (isPicked && (!TIME_IS_BUDGETED || isSchedulable(action))) schedEnqueue(action);
  store(KS_SCHEDULER_ACTION, ACTION_CHOOSE);
}

export function clearFault(tcb: number): void {
  const i = index(tcb + TCB_FAULT);
  W.fill(0, i, i + (TCB_FAULT_GUARD_HI - TCB_FAULT) / 4 + 1);
}
