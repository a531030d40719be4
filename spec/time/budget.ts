/**
 * MCS: who pays for the time that passes, and what becomes of a thread whose budget is used up.
 *
 * @source l4v branch rt spec/abstract/Schedule_A.thy `charge_budget`, `check_budget`, `check_budget_restart`, `end_timeslice`; seL4
 * src/kernel/thread.c, include/kernel/thread.h
 */
import { handleTimeout, timeoutHandler } from '../perform/fault.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getSchedContext, isRunnable, setObject, threadState } from '../state/kernel-state.ts';
import type { SchedContext } from '../state/objects.ts';
import { isCurDomainExpired } from '../state/clock.ts';
import { rescheduleRequired, schedAppend, setThreadState } from '../state/ready-queues.ts';
import { isConfigured, isRefillSufficient, isRoundRobin, refillBudgetCheck, refillHead } from '../state/refills.ts';
import type { ObjRef, Word } from '../state/refs.ts';
import { postpone } from '../state/release-queue.ts';
import { forgetConsumed, isReadyAndSufficient, reprogramTimer, updateSchedContext } from '../state/sched-context.ts';
import { isSchedulable } from '../state/variant.ts';
import { specAssert } from '../prelude.ts';

function currentSchedContext(s: KernelState): ObjRef {
  const { schedContext } = s.globals.time;
  specAssert(schedContext !== null, 'the MCS kernel always charges to a scheduling context');
  return schedContext;
}

/** Round robin: what was used of the slice is there again. */
function refillSlice(context: SchedContext): SchedContext {
  const [head, tail] = context.refills;
  specAssert(head !== undefined && tail !== undefined, 'round robin has two refills');
  return {
    ...context,
    refills: [
      { time: head.time, amount: head.amount + tail.amount },
      { time: tail.time, amount: 0n },
    ],
  };
}

/** The running thread's turn is over: `used` is charged, and it waits until there is budget again. */
export function chargeBudget(start: KernelState, used: Word, canTimeoutFault: boolean): KernelState {
  const ref = currentSchedContext(start);
  let s = start;
  if (ref !== s.globals.time.idleSchedContext) {
    const context = getSchedContext(s, ref);
    const charged = isRoundRobin(context) ? refillSlice(context) : refillBudgetCheck(s.config, context, used);
    s = setObject(s, ref, { ...charged, consumed: context.consumed + used });
  }
  s = forgetConsumed(s);
  if (!isSchedulable(s, s.globals.currentThread)) return s;
  return reprogramTimer(rescheduleRequired(endTimeslice(s, ref, canTimeoutFault)));
}

/** A handler of timeouts is told, except in round robin; otherwise the thread is queued, behind the others, or waits for its next budget. */
function endTimeslice(s: KernelState, ref: ObjRef, canTimeoutFault: boolean): KernelState {
  const thread = s.globals.currentThread;
  const isTold = canTimeoutFault && !isRoundRobin(getSchedContext(s, ref)) && timeoutHandler(s, thread) !== null;
  if (isTold) return handleTimeout(s, thread);
  return isReadyAndSufficient(s, ref) ? schedAppend(s, thread) : postpone(s, ref);
}

interface Checked {
  readonly state: KernelState;
  /** There is budget, and the domain's slice is not over. */
  readonly goesOn: boolean;
}

export function checkBudget(s: KernelState): Checked {
  const { consumed } = s.globals.time;
  const context = getSchedContext(s, currentSchedContext(s));
  if (isRefillSufficient(s.config, context, consumed)) return { state: s, goesOn: !isCurDomainExpired(s) };
  return { state: chargeBudget(s, consumed, true), goesOn: false };
}

/** Without budget nothing is done for the thread: it comes again with what it wanted, unless a handler is told. */
export function checkBudgetRestart(s: KernelState): Checked {
  const checked = checkBudget(s);
  const { currentThread } = checked.state.globals;
  if (checked.goesOn || !isRunnable(threadState(checked.state, currentThread))) return checked;
  return { state: setThreadState(checked.state, currentThread, { _tag: 'Restart' }), goesOn: false };
}

/** A long operation was interrupted, by which thread and context may be gone. */
export function chargePreempted(s: KernelState): KernelState {
  if (isSchedulable(s, s.globals.currentThread)) return checkBudget(s).state;
  return isConfigured(getSchedContext(s, currentSchedContext(s)))
    ? chargeBudget(s, s.globals.time.consumed, false)
    : forgetConsumed(s);
}

/** Gives up what is left of the head refill. What counts as consumed is what was used. @source seL4 src/api/syscall.c `handleYield` */
export function yieldBudget(s: KernelState): KernelState {
  const ref = currentSchedContext(s);
  const context = getSchedContext(s, ref);
  const consumed = context.consumed + s.globals.time.consumed;
  return updateSchedContext(chargeBudget(s, refillHead(context).amount, false), ref, { consumed });
}
