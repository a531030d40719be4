/**
 * MCS: scheduling contexts in the state, as far as they are looked at and charged from below the operations.
 *
 * @source l4v branch rt spec/abstract/SchedContext_A.thy, Structures_A.thy `default_sched_context`; seL4 src/kernel/sporadic.c
 */
import { specAssert } from '../prelude.ts';
import type { KernelState, TimeState } from './kernel-state.ts';
import { getSchedContext, getTcb, setGlobals, setObject } from './kernel-state.ts';
import type { SchedContext } from './objects.ts';
import {
  isConfigured,
  isRefillReady,
  isRefillSufficient,
  isRoundRobin,
  refillBudgetCheck,
  refillUnblockCheck,
} from './refills.ts';
import type { ObjRef, Word } from './refs.ts';

/** Bound to nobody, and without time. */
export function newSchedContext(sizeBits: number): SchedContext {
  return {
    _tag: 'SchedContext',
    sizeBits,
    tcb: null,
    notification: null,
    yieldFrom: null,
    replies: [],
    period: 0n,
    budget: 0n,
    refillMax: 0,
    refills: [],
    consumed: 0n,
    badge: 0n,
    sporadic: false,
  };
}

/** Written out, which is several times faster than spreading two objects into one. */
function copyTime({ now, consumed, schedContext, idleSchedContext, reprogram, releaseQueue }: TimeState): TimeState {
  return { now, consumed, schedContext, idleSchedContext, reprogram, releaseQueue };
}

export function setTime(s: KernelState, change: Partial<TimeState>): KernelState {
  return setGlobals(s, { time: Object.assign(copyTime(s.globals.time), change) });
}

/** The timer must be programmed again before the kernel is left. */
export function reprogramTimer(s: KernelState): KernelState {
  return s.globals.time.reprogram ? s : setTime(s, { reprogram: true });
}

export function updateSchedContext(s: KernelState, ref: ObjRef, change: Partial<SchedContext>): KernelState {
  return setObject(s, ref, Object.assign({ ...getSchedContext(s, ref) }, change));
}

/** What was used since somebody last asked, in microseconds. */
export function updateConsumed(s: KernelState, ref: ObjRef): { readonly state: KernelState; readonly consumed: Word } {
  const { consumed } = getSchedContext(s, ref);
  return { state: updateSchedContext(s, ref, { consumed: 0n }), consumed: consumed / s.config.ticksPerUs };
}

/** It has been configured, and its budget can be used now. */
export function isReleased(s: KernelState, ref: ObjRef): boolean {
  const context = getSchedContext(s, ref);
  return isConfigured(context) && isRefillReady(context, s.globals.time.now);
}

/** Somebody may run on it at once. */
export function isReadyAndSufficient(s: KernelState, ref: ObjRef): boolean {
  const context = getSchedContext(s, ref);
  return isRefillReady(context, s.globals.time.now) && isRefillSufficient(s.config, context, 0n);
}

/** @source l4v branch rt `refill_unblock_check` */
export function unblockCheck(s: KernelState, ref: ObjRef): KernelState {
  const context = getSchedContext(s, ref);
  const { now } = s.globals.time;
  if (isRoundRobin(context) || !isRefillReady(context, now)) return s;
  return reprogramTimer(setObject(s, ref, refillUnblockCheck(context, now)));
}

/** A sporadic server's thread wakes up. The one that runs is awake. */
export function unblockIfSporadic(s: KernelState, thread: ObjRef): KernelState {
  const { schedContext } = getTcb(s, thread);
  if (schedContext === null || schedContext === s.globals.time.schedContext) return s;
  return getSchedContext(s, schedContext).sporadic ? unblockCheck(s, schedContext) : s;
}

/** Charges what was used to the current scheduling context, which has that much. @source seL4 include/kernel/thread.h `commitTime` */
export function commitTime(s: KernelState): KernelState {
  const { schedContext: ref, idleSchedContext, consumed } = s.globals.time;
  if (ref === null || ref === idleSchedContext || consumed === 0n) return consumed === 0n ? s : forgetConsumed(s);
  const context = getSchedContext(s, ref);
  if (!isConfigured(context)) return forgetConsumed(s);
  const charged = isRoundRobin(context) ? useSlice(context, consumed) : refillBudgetCheck(s.config, context, consumed);
  return forgetConsumed(setObject(s, ref, { ...charged, consumed: context.consumed + consumed }));
}

export function forgetConsumed(s: KernelState): KernelState {
  return s.globals.time.consumed === 0n ? s : setTime(s, { consumed: 0n });
}

function useSlice(context: SchedContext, used: bigint): SchedContext {
  const [head, tail] = context.refills;
  specAssert(head !== undefined && tail !== undefined, 'round robin has two refills');
  const refills = [
    { time: head.time, amount: head.amount - used },
    { time: tail.time, amount: tail.amount + used },
  ];
  return { ...context, refills };
}
