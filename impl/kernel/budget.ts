/**
 * MCS: what becomes of the running thread when its budget is used up.
 *
 * @source seL4 src/kernel/thread.c `chargeBudget`, `endTimeslice`; include/kernel/thread.h `checkBudget`, `checkBudgetRestart`, `mcsPreemptionPoint`;
 * src/api/syscall.c `handleYield`
 */
import { load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  IDLE_SCHED_CONTEXT, KS_CONSUMED_HI, KS_CONSUMED_LO, KS_CUR_SC, KS_REPROGRAM, REFILL_AMOUNT_LO, SCHED_CONTEXT_CONSUMED_LO, STATE_RESTART,
} from '../memory/layout.ts';
import { forgetConsumed, isDomainExpired } from './clock.ts';
import { handleTimeout, timeoutHandler } from './fault.ts';
import { schedAppend } from './ready-queues.ts';
// biome-ignore format: packed
import {
  isConfigured, isReadyAndSufficient, isRoundRobin, isSufficient, refillBudgetCheck, refillHead, refillSlice,
} from './refills.ts';
import { postpone } from './release-queue.ts';
import { currentThread, isRunnable, isSchedulable, rescheduleRequired, setThreadState } from './thread-state.ts';
import { add, addAt, hi, lo, storeAt } from './ticks.ts';

function chargeBudget(usedLo: number, usedHi: number, canTimeoutFault: boolean): void {
  const context = load(KS_CUR_SC);
  if (context !== IDLE_SCHED_CONTEXT) {
    if (isRoundRobin(context)) refillSlice(context);
    else refillBudgetCheck(context, usedLo, usedHi);
    addAt(context + SCHED_CONTEXT_CONSUMED_LO, usedLo, usedHi);
  }
  forgetConsumed();
  if (!isSchedulable(currentThread())) return;
  endTimeslice(context, canTimeoutFault);
  rescheduleRequired();
  store(KS_REPROGRAM, 1);
}

/** The handler is told, except in round robin; otherwise the thread is queued behind the others, or waits for its next budget. */
function endTimeslice(context: number, canTimeoutFault: boolean): void {
  const thread = currentThread();
  if (canTimeoutFault && !isRoundRobin(context) && timeoutHandler(thread) !== 0) handleTimeout(thread);
  else if (isReadyAndSufficient(context)) schedAppend(thread);
  else postpone(context);
}

/** Whether there is budget left, and of the domain's slice. */
export function checkBudget(): boolean {
  const usedLo = load(KS_CONSUMED_LO);
  const usedHi = load(KS_CONSUMED_HI);
  if (isSufficient(load(KS_CUR_SC), usedLo, usedHi)) return !isDomainExpired();
  chargeBudget(usedLo, usedHi, true);
  return false;
}

/** Without budget nothing is done for the thread: it comes again with what it wanted. */
export function checkBudgetRestart(): boolean {
  if (checkBudget()) return true;
  const thread = currentThread();
  if (isRunnable(thread)) setThreadState(thread, STATE_RESTART);
  return false;
}

/** A long operation was interrupted, by which thread and context may be gone. */
export function chargePreempted(): void {
  if (isSchedulable(currentThread())) checkBudget();
  else if (isConfigured(load(KS_CUR_SC))) chargeBudget(load(KS_CONSUMED_LO), load(KS_CONSUMED_HI), false);
  else forgetConsumed();
}

/** Gives up the rest of the head refill. What counts as consumed is what was used. */
export function yieldBudget(): void {
  const context = load(KS_CUR_SC);
  const consumed = context + SCHED_CONTEXT_CONSUMED_LO;
  add(load(consumed), load(consumed + 4), load(KS_CONSUMED_LO), load(KS_CONSUMED_HI));
  const consumedLo = lo;
  const consumedHi = hi;
  const amount = refillHead(context) + REFILL_AMOUNT_LO;
  chargeBudget(load(amount), load(amount + 4), false);
  storeAt(consumed, consumedLo, consumedHi);
}
