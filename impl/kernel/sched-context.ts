/**
 * MCS: invocations about time. Scheduling contexts are configured by SchedControl, and asked by their own capability.
 *
 * @source seL4 src/object/schedcontrol.c `decodeSchedControl_ConfigureFlags`, `invokeSchedControl_ConfigureFlags`; src/object/schedcontext.c
 * `decodeSchedContextInvocation`, `invokeSchedContext_YieldTo`; src/object/tcb.c `decodeSetSchedParams`
 */
import { MAX_PERIOD_US_HI, MAX_PERIOD_US_LO } from '#impl-config';
// biome-ignore format: packed
import {
  ILLEGAL_OPERATION, INVALID_CAPABILITY, LABEL_SCHED_CONTEXT_BIND, LABEL_SCHED_CONTEXT_CONSUMED, LABEL_SCHED_CONTEXT_UNBIND,
  LABEL_SCHED_CONTEXT_UNBIND_OBJECT, LABEL_SCHED_CONTEXT_YIELD_TO, LABEL_SCHED_CONTROL_CONFIGURE_FLAGS, RANGE_ERROR, TRUNCATED_MESSAGE,
} from '../abi.ts';
import { load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  CAP_NOTIFICATION, CAP_NULL, CAP_SCHED_CONTEXT, CAP_THREAD, KS_CUR_SC, NTFN_SCHED_CONTEXT, REFILL_BYTES, SCHED_CONTEXT_BADGE_LO,
  SCHED_CONTEXT_CORE_BYTES, SCHED_CONTEXT_NOTIFICATION, SCHED_CONTEXT_SPORADIC, SCHED_CONTEXT_TCB,
  SCHED_CONTEXT_YIELD_FROM, STATE_BLOCKED_ON_NOTIFICATION, STATE_BLOCKED_ON_RECEIVE, TCB_MCP, TCB_PRIORITY, TCB_SCHED_CONTEXT,
  TCB_STATE, TCB_YIELD_TO,
} from '../memory/layout.ts';
import { argCount, argExceeds, argHi, argLo } from './arguments.ts';
import { capAddress, capField, capType } from './caps.ts';
import { commitTime } from './clock.ts';
import { beginPerform } from './cnode.ts';
import { OK, fail, failRange, failRangeWord, failWith } from './outcome.ts';
import { schedDequeue, schedEnqueue } from './ready-queues.ts';
import { MIN_REFILLS, isConfigured, isReleased, refillNew, refillUpdate } from './refills.ts';
import { releaseRemove, schedContextResume } from './release-queue.ts';
import { unbindAll } from './sched-context-end.ts';
// biome-ignore format: packed
import {
  bindNtfn, bindTcb, completeYieldFrom, takeConsumed, unbindNtfn, unbindTcb,
} from './sched-context-binding.ts';
// biome-ignore format: packed
import {
  currentThread, isRunnable, isSchedulable, possibleSwitchTo, rescheduleRequired,
} from './thread-state.ts';
import { answerWord } from './answer.ts';
import { MIN_BUDGET, MIN_BUDGET_US, hi, isLess, lo, storeAt, usToTicks } from './ticks.ts';
import { extraCapCount, extraCaps } from './transfer.ts';
import { isFaultHandler } from './variant.ts';

/** The first extra capability is missed before words are; ranges are checked before it is looked at. */
export function decodeSchedControl(label: number): number {
  if (label !== LABEL_SCHED_CONTROL_CONFIGURE_FLAGS) return fail(ILLEGAL_OPERATION);
  if (extraCapCount < 1 || argCount < 5) return fail(TRUNCATED_MESSAGE);
  const isLong = (n: number): boolean => isLess(MAX_PERIOD_US_LO, MAX_PERIOD_US_HI, argLo[n]!, argHi[n]!);
  const outOfRange = (maxLo: number, maxHi: number): number => failRangeWord(RANGE_ERROR, MIN_BUDGET_US, maxLo, maxHi);
  if (isLong(0) || isLong(1)) return outOfRange(MAX_PERIOD_US_LO, MAX_PERIOD_US_HI);
  usToTicks(argLo[0]!, argHi[0]!);
  const budgetLo = lo;
  const budgetHi = hi;
  usToTicks(argLo[1]!, argHi[1]!);
  const periodLo = lo;
  const periodHi = hi;
  if (isLess(budgetLo, budgetHi, MIN_BUDGET, 0) || isLess(periodLo, periodHi, MIN_BUDGET, 0))
    return outOfRange(MAX_PERIOD_US_LO, MAX_PERIOD_US_HI);
  if (isLess(periodLo, periodHi, budgetLo, budgetHi)) return outOfRange(argLo[1]!, argHi[1]!);
  const slot = extraCaps[0]!;
  if (capType(slot) !== CAP_SCHED_CONTEXT) return failWith(INVALID_CAPABILITY, 1);
  const room = Math.floor((2 ** capField(slot, 17, 63) - SCHED_CONTEXT_CORE_BYTES) / REFILL_BYTES) - MIN_REFILLS;
  if (argExceeds(2, room)) return failRange(RANGE_ERROR, 0, room);
  const context = capAddress(slot);
  const refills = argLo[2]! + MIN_REFILLS;
  const badgeLo = argLo[3]!;
  const badgeHi = argHi[3]!;
  const sporadic = argLo[4]! & 1;
  beginPerform();
  configure(context, budgetLo, budgetHi, periodLo, periodHi, refills);
  storeAt(context + SCHED_CONTEXT_BADGE_LO, badgeLo, badgeHi);
  store(context + SCHED_CONTEXT_SPORADIC, sporadic);
  return OK;
}

/** What was used is charged by the old parameters. A thread that can run keeps what is left of its head refill. */
function configure(
  context: number,
  budgetLo: number,
  budgetHi: number,
  periodLo: number,
  periodHi: number,
  refills: number,
): void {
  const tcb = load(context + SCHED_CONTEXT_TCB);
  if (tcb !== 0) {
    releaseRemove(tcb);
    schedDequeue(tcb);
    if (context === load(KS_CUR_SC)) commitTime();
  }
  if (budgetLo === periodLo && budgetHi === periodHi) refillNew(context, MIN_REFILLS, budgetLo, budgetHi, 0, 0);
  else if (isConfigured(context) && tcb !== 0 && isRunnable(tcb))
    refillUpdate(context, refills, budgetLo, budgetHi, periodLo, periodHi);
  else refillNew(context, refills, budgetLo, budgetHi, periodLo, periodHi);
  if (tcb === 0) return;
  schedContextResume(context);
  if (tcb === currentThread()) rescheduleRequired();
  else if (isRunnable(tcb)) possibleSwitchTo(tcb);
}

export function decodeSchedContext(slot: number, label: number, isCall: boolean): number {
  const context = capAddress(slot);
  switch (label) {
    case LABEL_SCHED_CONTEXT_BIND:
      return decodeBind(context);
    case LABEL_SCHED_CONTEXT_UNBIND_OBJECT:
      return decodeUnbindObject(context);
    case LABEL_SCHED_CONTEXT_UNBIND:
      if (load(context + SCHED_CONTEXT_TCB) === currentThread()) return fail(ILLEGAL_OPERATION);
      beginPerform();
      unbindAll(context);
      return OK;
    case LABEL_SCHED_CONTEXT_CONSUMED:
      beginPerform();
      answerConsumed(context, isCall);
      return OK;
    case LABEL_SCHED_CONTEXT_YIELD_TO:
      return decodeYieldTo(context, isCall);
    default:
      return fail(ILLEGAL_OPERATION);
  }
}

function answerConsumed(context: number, isCall: boolean): void {
  takeConsumed(context);
  if (isCall) answerWord(lo, hi);
}

function isBlocked(tcb: number): boolean {
  const state = load(tcb + TCB_STATE);
  return state >= STATE_BLOCKED_ON_RECEIVE && state <= STATE_BLOCKED_ON_NOTIFICATION;
}

function decodeBind(context: number): number {
  if (extraCapCount < 1) return fail(TRUNCATED_MESSAGE);
  const slot = extraCaps[0]!;
  const object = capAddress(slot);
  switch (capType(slot)) {
    case CAP_THREAD:
      if (load(context + SCHED_CONTEXT_TCB) !== 0 || load(object + TCB_SCHED_CONTEXT) !== 0)
        return fail(ILLEGAL_OPERATION);
      if (isBlocked(object) && !isReleased(context)) return fail(ILLEGAL_OPERATION);
      beginPerform();
      bindTcb(context, object);
      return OK;
    case CAP_NOTIFICATION:
      if (load(context + SCHED_CONTEXT_NOTIFICATION) !== 0 || load(object + NTFN_SCHED_CONTEXT) !== 0)
        return fail(ILLEGAL_OPERATION);
      beginPerform();
      bindNtfn(context, object);
      return OK;
    default:
      return failWith(INVALID_CAPABILITY, 1);
  }
}

function decodeUnbindObject(context: number): number {
  if (extraCapCount < 1) return fail(TRUNCATED_MESSAGE);
  const slot = extraCaps[0]!;
  const object = capAddress(slot);
  switch (capType(slot)) {
    case CAP_THREAD:
      if (load(context + SCHED_CONTEXT_TCB) !== object || object === currentThread()) return fail(ILLEGAL_OPERATION);
      beginPerform();
      unbindTcb(context);
      return OK;
    case CAP_NOTIFICATION:
      if (load(context + SCHED_CONTEXT_NOTIFICATION) !== object) return fail(ILLEGAL_OPERATION);
      beginPerform();
      unbindNtfn(context);
      return OK;
    default:
      return failWith(INVALID_CAPABILITY, 1);
  }
}

/** The context's thread runs next; what it used is told at once only if it does not run, or not before the caller. */
function decodeYieldTo(context: number, isCall: boolean): number {
  const yielder = currentThread();
  const target = load(context + SCHED_CONTEXT_TCB);
  if (target === 0 || target === yielder) return fail(ILLEGAL_OPERATION);
  if (load(target + TCB_PRIORITY) > load(yielder + TCB_MCP)) return fail(ILLEGAL_OPERATION);
  beginPerform();
  completeYieldFrom(context);
  schedContextResume(context);
  if (isSchedulable(target)) {
    schedDequeue(target);
    if (load(target + TCB_PRIORITY) >= load(yielder + TCB_PRIORITY)) {
      store(yielder + TCB_YIELD_TO, context);
      store(context + SCHED_CONTEXT_YIELD_FROM, yielder);
      schedEnqueue(yielder);
      schedEnqueue(target);
      rescheduleRequired();
      // What the answer says comes when the caller runs again.
      return OK;
    }
    schedEnqueue(target);
  }
  answerConsumed(context, isCall);
  return OK;
}

/** What TCB_SetSchedParams asks of the entries of the scheduling context and of the fault handler. */
export function checkTime(tcb: number, slot: number, handler: number): number {
  switch (capType(slot)) {
    case CAP_SCHED_CONTEXT: {
      const context = capAddress(slot);
      const bound = load(tcb + TCB_SCHED_CONTEXT);
      if (context !== bound && (bound !== 0 || load(context + SCHED_CONTEXT_TCB) !== 0)) return fail(ILLEGAL_OPERATION);
      if (isBlocked(tcb) && !isReleased(context)) return fail(ILLEGAL_OPERATION);
      break;
    }
    case CAP_NULL:
      if (tcb === currentThread()) return fail(ILLEGAL_OPERATION);
      break;
    default:
      return failWith(INVALID_CAPABILITY, 2);
  }
  return isHandlerOrNone(handler) ? OK : failWith(INVALID_CAPABILITY, 3);
}

export function isHandlerOrNone(slot: number): boolean {
  return capType(slot) === CAP_NULL || isFaultHandler(slot);
}

/** The thread runs on the context from now on; on none if that is 0. */
export function runOn(tcb: number, context: number): void {
  const bound = load(tcb + TCB_SCHED_CONTEXT);
  if (context === bound) return;
  if (context !== 0) bindTcb(context, tcb);
  else unbindTcb(bound);
}
