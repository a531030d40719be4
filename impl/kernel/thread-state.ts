/**
 * States of threads, and the request for another choice of who runs. Below everything that changes them.
 *
 * @source seL4 src/kernel/thread.c `setThreadState`, `scheduleTCB`, `rescheduleRequired`
 */
import { W, index, load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  ACTION_CHOOSE, ACTION_RESUME, KS_CUR_THREAD, KS_SCHEDULER_ACTION, STATE_BLOCKED_ON_RECEIVE, STATE_BLOCKED_ON_SEND,
  TCB_BLOCKING_BADGE_HI, TCB_BLOCKING_BADGE_LO, TCB_BLOCKING_FLAGS, TCB_BLOCKING_OBJECT, TCB_FAULT, TCB_FAULT_GUARD_HI, TCB_STATE,
} from '../memory/layout.ts';
import { isRunnable, schedEnqueue } from './ready-queues.ts';

export { isRunnable } from './ready-queues.ts';

export function currentThread(): number {
  return load(KS_CUR_THREAD);
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
  if (tcb === load(KS_CUR_THREAD) && load(KS_SCHEDULER_ACTION) === ACTION_RESUME && !isRunnable(tcb)) {
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
  if (action !== ACTION_RESUME && action !== ACTION_CHOOSE) schedEnqueue(action);
  store(KS_SCHEDULER_ACTION, ACTION_CHOOSE);
}

export function clearFault(tcb: number): void {
  const i = index(tcb + TCB_FAULT);
  W.fill(0, i, i + (TCB_FAULT_GUARD_HI - TCB_FAULT) / 4 + 1);
}
