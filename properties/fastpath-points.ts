/**
 * What the fastpaths of the two kernels ask that the other's does not: where the caller is found that is to be answered, and of the MCS kernel the time.
 *
 * @source seL4 src/fastpath/fastpath.c, what is between `CONFIG_KERNEL_MCS`
 */
import { lookupCap } from '../spec/lookup/cspace.ts';
import { E } from '../spec/prelude.ts';
import type { KernelState } from '../spec/state/kernel-state.ts';
import { TCB_CALLER, getCap, getReply, object, slotAt } from '../spec/state/kernel-state.ts';
import type { Notification, Tcb } from '../spec/state/objects.ts';
import * as PMap from '../spec/state/pmap.ts';
import type { ObjRef } from '../spec/state/refs.ts';
import { getRegister } from '../spec/state/user-context.ts';
import { contextAt, isActive, leastBudget, tcbAt } from './invariants/runs.ts';

/** MCS: something follows from the time that has passed, before anything is done for the thread. */
export type TimeCase = 'no time left' | 'the budget of another thread has come';

export interface FastpathPoints {
  readonly timeCase: (s: KernelState) => TimeCase | null;
  /** Whether it is asked if a thread above the receiver is ready. */
  readonly mayBeOvertaken: (receiver: Tcb, caller: Tcb) => boolean;
  readonly receiverCase: (receiver: Tcb) => 'receiver has time of its own' | 'receiver offers no reply object' | null;
  /** Whether there is what the thread can answer through, and who is answered then. */
  readonly hasReply: (s: KernelState, thread: ObjRef) => boolean;
  readonly callerOf: (s: KernelState, thread: ObjRef) => ObjRef | 'no caller on this time';
  readonly callerCase: (caller: Tcb) => 'caller has time of its own' | null;
  /** Whether signals have a fastpath. */
  readonly signals: boolean;
}

export const CLASSIC_FASTPATH: FastpathPoints = {
  timeCase: () => null,
  mayBeOvertaken: (receiver, caller) => receiver.priority < caller.priority,
  receiverCase: () => null,
  hasReply: (s, thread) => getCap(s, slotAt(thread, TCB_CALLER))._tag === 'ReplyCap',
  callerOf: (s, thread) => {
    const reply = getCap(s, slotAt(thread, TCB_CALLER));
    return reply._tag === 'ReplyCap' ? reply.ref : 'no caller on this time';
  },
  callerCase: () => null,
  signals: false,
};

export const MCS_FASTPATH: FastpathPoints = {
  timeCase: (s) => {
    if (!lasts(s)) return 'no time left';
    const { releaseQueue } = s.globals.time;
    return releaseQueue.some((thread) => isDue(s, thread)) ? 'the budget of another thread has come' : null;
  },
  // The slow path lends time, and so looks who comes first in any case.
  mayBeOvertaken: () => true,
  receiverCase: ({ schedContext, state }) => {
    if (schedContext !== null) return 'receiver has time of its own';
    return state._tag === 'BlockedOnReceive' && state.reply !== undefined ? null : 'receiver offers no reply object';
  },
  hasReply: (s, thread) => replyObjectOf(s, thread) !== null,
  callerOf: (s, thread) => {
    const ref = replyObjectOf(s, thread);
    const reply = ref === null ? null : getReply(s, ref);
    const isOnThisTime =
      reply !== null && reply.schedContext !== null && reply.schedContext === s.globals.time.schedContext;
    return isOnThisTime && reply.tcb !== null ? reply.tcb : 'no caller on this time';
  },
  callerCase: ({ schedContext }) => (schedContext === null ? null : 'caller has time of its own'),
  signals: true,
};

/** The reply object that the thread names. */
function replyObjectOf(s: KernelState, thread: ObjRef): ObjRef | null {
  const found = lookupCap(s, thread, getRegister(s, thread, s.config.registers.reply));
  return E.isRight(found) && found.right.cap._tag === 'ReplyObjectCap' ? found.right.cap.ref : null;
}

/** With what has passed since the kernel looked at the timer last, the budget and the domain's slice suffice. */
function lasts(s: KernelState): boolean {
  const { config } = s;
  const { time, machine, domainTime } = s.globals;
  const passed = machine.time - time.now;
  const least = leastBudget(config);
  if (config.domains > 1 && passed + least >= domainTime) return false;
  const context = contextAt(s, time.schedContext);
  const [head] = context?.refills ?? [];
  return (
    context !== undefined && isActive(context) && head !== undefined && head.amount >= time.consumed + passed + least
  );
}

function isDue(s: KernelState, thread: ObjRef): boolean {
  const context = contextAt(s, tcbAt(s, thread)?.schedContext ?? null);
  const [head] = context?.refills ?? [];
  return head !== undefined && head.time <= s.globals.machine.time;
}

/** Somebody of a higher priority is ready in the current domain. */
export function isHigherReady(s: KernelState, priority: number): boolean {
  const { priorities } = s.config;
  const first = s.globals.currentDomain * priorities;
  let found = false;
  PMap.forEach(s.queues, (_, key) => {
    found ||= key > first + priority && key < first + priorities;
  });
  return found;
}

export type SignalCase = (typeof SIGNAL_CASES)[number];

/** What decides about a signal. */
export const SIGNAL_CASES = [
  'taken, nobody waits',
  'taken, somebody wakes up',
  'no time left',
  'the budget of another thread has come',
  'extra capabilities',
  'sender has a fault',
  'no such capability',
  'not a notification',
  'no send right',
  'receiver has no time',
  'receiver comes first',
  'another thread comes first',
  'receiver has no budget now',
  'receiver is a sporadic server',
] as const;

/** Who a signal wakes up; null for nobody. */
function wokenBy(s: KernelState, ref: ObjRef): ObjRef | null {
  const notification = notificationAt(s, ref);
  if (notification === undefined) return null;
  const { state, boundTcb } = notification;
  if (state._tag === 'WaitingNtfn') return state.queue[0];
  if (state._tag === 'ActiveNtfn' || boundTcb === null) return null;
  return tcbAt(s, boundTcb)?.state._tag === 'BlockedOnReceive' ? boundTcb : null;
}

function notificationAt(s: KernelState, ref: ObjRef): Notification | undefined {
  const value = object(s, ref);
  return value?._tag === 'Notification' ? value : undefined;
}

/** What speaks against waking up a thread on the fastpath; that nothing does otherwise. `current` is who signals. */
export function signalReceiverCase(s: KernelState, notification: ObjRef, current: Tcb): SignalCase {
  const woken = wokenBy(s, notification);
  const receiver = woken === null ? undefined : tcbAt(s, woken);
  if (receiver === undefined) return 'taken, nobody waits';
  const lent = notificationAt(s, notification)?.schedContext ?? null;
  const isFree = contextAt(s, lent)?.tcb === null;
  const context = contextAt(s, receiver.schedContext ?? (isFree ? lent : null));
  if (context === undefined) return 'receiver has no time';
  if (receiver.priority > current.priority) return 'receiver comes first';
  const isNear = receiver.domain === s.globals.currentDomain;
  if (isNear && isHigherReady(s, current.priority)) return 'another thread comes first';
  const [head] = context.refills;
  const isUsable = isActive(context) && head !== undefined && head.time <= s.globals.machine.time;
  if (!isUsable || head.amount < leastBudget(s.config)) return 'receiver has no budget now';
  return context.sporadic ? 'receiver is a sporadic server' : 'taken, somebody wakes up';
}
