/**
 * Points of difference between the two kernels in what operations do. What fills a point lies below it: it never calls an operation
 * that has a point of its own.
 *
 * @source l4v branches master and rt: spec/abstract/Ipc_A.thy, IpcCancel_A.thy, Tcb_A.thy
 */
import type { Variant } from '../abi/variant.ts';
import { lookupCap } from '../lookup/cspace.ts';
import { E } from '../prelude.ts';
import { isFaultHandler } from '../state/cap-rules.ts';
import type { Cap, EndpointCap } from '../state/caps.ts';
import { ALLOW_GRANT_REPLY } from '../state/caps.ts';
import type { KernelState } from '../state/kernel-state.ts';
import {
  getCap,
  getEndpoint,
  getNotification,
  getTcb,
  isCurrent,
  isRunnable,
  setNotificationState,
  setObject,
  slotAt,
  threadState,
  updateTcb,
} from '../state/kernel-state.ts';
import {
  possibleSwitchTo,
  readyQueue,
  rescheduleRequired,
  schedDequeue,
  schedEnqueue,
  setThreadState,
} from '../state/ready-queues.ts';
import type { ObjRef } from '../state/refs.ts';
import { releaseRemove, schedContextResume } from '../state/release-queue.ts';
import { unblockIfSporadic } from '../state/sched-context.ts';
import { MCS_TCB_FAULT_HANDLER, isSchedulable } from '../state/variant.ts';
import { replyCancelIpc, setupCallerCap, setupReplyMaster } from './reply-cap.ts';
import { replyPush, replyRemoveTcb, replyUnlink } from './reply-object.ts';
import { cancelYieldTo, completeYieldTo, releaseSchedContextOf } from './sched-context.ts';
import {
  maybeDonateSchedContext,
  maybeReturnSchedContext,
  schedContextDonate,
  schedContextUnbindNtfn,
} from './sched-context-binding.ts';

/** A message that has been handed over from a sender to a receiver; what is left is to say how both go on. */
export interface Delivered {
  readonly sender: ObjRef;
  readonly receiver: ObjRef;
  readonly isCall: boolean;
  readonly canGrant: boolean;
  readonly canGrantReply: boolean;
  /** What the receiver's capability allows the answer. */
  readonly receiverCanGrant: boolean;
  /** MCS: the reply object that the receiver offers. */
  readonly reply: ObjRef | null;
  /** MCS: whether the receiver may run on the sender's time. */
  readonly canDonate: boolean;
}

interface PerformPoints {
  /** Where a thread joins the queue of an endpoint or notification. */
  readonly joinQueue: (s: KernelState, queue: readonly ObjRef[], thread: ObjRef) => readonly ObjRef[];
  /** How both go on after a send met a waiting receiver. */
  readonly afterSend: (s: KernelState, delivered: Delivered) => KernelState;
  /** How both go on after a receive met a waiting sender. */
  readonly afterReceive: (s: KernelState, delivered: Delivered) => KernelState;
  /** What every cancelling of a thread's IPC begins with. */
  readonly beginCancel: (s: KernelState, thread: ObjRef) => KernelState;
  /** Ends a wait for an answer. */
  readonly cancelReply: (s: KernelState, thread: ObjRef) => KernelState;
  /** Lets go of a thread whose endpoint or notification lets go of everybody. */
  readonly letGo: (s: KernelState, thread: ObjRef) => KernelState;
  /** What a stopped thread needs, before it is offered to the scheduler again. */
  readonly beginRestart: (s: KernelState, thread: ObjRef) => KernelState;
  /** Offers a thread that restarts to the scheduler. */
  readonly offerRestarted: (s: KernelState, thread: ObjRef) => KernelState;
  /** What stopping a thread ends with. */
  readonly endSuspend: (s: KernelState, thread: ObjRef) => KernelState;
  readonly setPriority: (s: KernelState, thread: ObjRef, priority: number) => KernelState;
  /** The endpoint that a thread's faults go to, if it is a usable one. */
  readonly faultHandler: (s: KernelState, thread: ObjRef) => EndpointCap | null;
  /** Whether a fault is sent as a call, and whether it can be answered whatever the handler's capability says. */
  readonly faultIsCall: boolean;
  readonly faultCanGrantReply: (handler: EndpointCap) => boolean;
  /** The thread is going to be deleted, or the notification. */
  readonly releaseThread: (s: KernelState, thread: ObjRef) => KernelState;
  readonly releaseNotification: (s: KernelState, notification: ObjRef) => KernelState;
  /** A thread that was signalled is made to run. */
  readonly wakeSignalled: (s: KernelState, thread: ObjRef, notification: ObjRef) => KernelState;
  /** The running thread took a signal. */
  readonly signalTaken: (s: KernelState, thread: ObjRef, notification: ObjRef) => KernelState;
  /** A thread that is going to wait does not keep what the notification lent it. */
  readonly giveBack: (s: KernelState, thread: ObjRef, notification: ObjRef) => KernelState;
  /** Whether a fault's sender lends its time to the handler. */
  readonly faultDonates: (s: KernelState, thread: ObjRef) => boolean;
  /** What the thread that is going to run is told first. */
  readonly beforeUser: (s: KernelState, thread: ObjRef) => KernelState;
}

const PERFORM: Readonly<Record<Variant, PerformPoints>> = {
  classic: {
    joinQueue: (_s, queue, thread) => [...queue, thread],
    afterSend: (s, d) => awaitReplyCap(wake(s, d.receiver), d),
    afterReceive: (s, d) => (d.isCall ? awaitReplyCap(s, d) : wake(s, d.sender)),
    beginCancel: (s) => s,
    cancelReply: replyCancelIpc,
    letGo: (s, thread) => schedEnqueue(setThreadState(s, thread, { _tag: 'Restart' }), thread),
    beginRestart: setupReplyMaster,
    offerRestarted: (s, thread) => possibleSwitchTo(schedEnqueue(s, thread), thread),
    endSuspend: (s) => s,
    setPriority: setPriorityClassic,
    faultHandler: (s, thread) => {
      const found = lookupCap(s, thread, getTcb(s, thread).faultHandler);
      return E.isLeft(found) ? null : usable(found.right.cap);
    },
    faultIsCall: true,
    faultCanGrantReply: () => true,
    releaseThread: (s) => s,
    releaseNotification: (s) => s,
    wakeSignalled: (s, thread) => possibleSwitchTo(s, thread),
    signalTaken: (s) => s,
    giveBack: (s) => s,
    faultDonates: () => true,
    beforeUser: (s) => s,
  },
  mcs: {
    joinQueue: joinByPriority,
    afterSend: afterSendMcs,
    afterReceive: afterReceiveMcs,
    beginCancel: (s, thread) => (getTcb(s, thread).fault === null ? s : updateTcb(s, thread, { fault: null })),
    cancelReply: replyRemoveTcb,
    letGo: letGoMcs,
    beginRestart: (s) => s,
    offerRestarted: offerRestartedMcs,
    endSuspend: (s, thread) => cancelYieldTo(releaseRemove(s, thread), thread),
    setPriority: setPriorityMcs,
    faultHandler: (s, thread) => usable(getCap(s, slotAt(thread, MCS_TCB_FAULT_HANDLER))),
    faultIsCall: false,
    faultCanGrantReply: (handler) => (handler.rights & ALLOW_GRANT_REPLY) !== 0,
    releaseThread: releaseSchedContextOf,
    releaseNotification: (s, notification) => {
      const { schedContext } = getNotification(s, notification);
      return schedContext === null ? s : schedContextUnbindNtfn(s, schedContext);
    },
    wakeSignalled: (s, thread, notification) => {
      const t = unblockIfSporadic(maybeDonateSchedContext(s, thread, notification), thread);
      return isSchedulable(t, thread) ? possibleSwitchTo(t, thread) : t;
    },
    signalTaken: signalTakenMcs,
    giveBack: maybeReturnSchedContext,
    faultDonates: (s, thread) => getTcb(s, thread).schedContext !== null,
    beforeUser: completeYieldTo,
  },
};

export function performPoints(s: { readonly config: { readonly variant: Variant } }): PerformPoints {
  return PERFORM[s.config.variant];
}

function usable(cap: Cap): EndpointCap | null {
  return isFaultHandler(cap) ? cap : null;
}

function wake(s: KernelState, thread: ObjRef): KernelState {
  return possibleSwitchTo(setThreadState(s, thread, { _tag: 'Running' }), thread);
}

/** The receiver was made to run before the caller is blocked: the order decides who is switched to. */
function awaitReplyCap(s: KernelState, d: Delivered): KernelState {
  if (!d.isCall) return s;
  if (!d.canGrant && !d.canGrantReply) return setThreadState(s, d.sender, { _tag: 'Inactive' });
  return setupCallerCap(s, d.sender, d.receiver, d.receiverCanGrant);
}

/** Higher priorities first; behind those of the same. */
function joinByPriority(s: KernelState, queue: readonly ObjRef[], thread: ObjRef): readonly ObjRef[] {
  const { priority } = getTcb(s, thread);
  const at = queue.findIndex((other) => getTcb(s, other).priority < priority);
  return at < 0 ? [...queue, thread] : queue.toSpliced(at, 0, thread);
}

/** The caller is blocked before the receiver is made to run, which may need the caller's time. */
function afterSendMcs(s: KernelState, d: Delivered): KernelState {
  let t = d.reply === null ? s : replyUnlink(s, d.reply, d.receiver);
  if (isAwaited(t, d)) t = awaitReplyObject(t, d);
  else t = donate(t, d);
  return possibleSwitchTo(
    unblockIfSporadic(setThreadState(t, d.receiver, { _tag: 'Running' }), d.receiver),
    d.receiver,
  );
}

/** A receiver without time gets the sender's, who does not wait for an answer. */
function donate(s: KernelState, { sender, receiver, canDonate }: Delivered): KernelState {
  const { schedContext } = getTcb(s, sender);
  if (!canDonate || schedContext === null || getTcb(s, receiver).schedContext !== null) return s;
  return schedContextDonate(s, schedContext, receiver);
}

/** A fault for want of time takes no time along. */
function afterReceiveMcs(s: KernelState, d: Delivered): KernelState {
  const t = unblockIfSporadic(s, d.sender);
  if (!isAwaited(t, d)) return wake(t, d.sender);
  return awaitReplyObject(t, { ...d, canDonate: getTcb(t, d.sender).fault?._tag !== 'Timeout' });
}

/** Whoever faulted does not go on. */
function letGoMcs(s: KernelState, thread: ObjRef): KernelState {
  const { state, fault } = getTcb(s, thread);
  const offered = state._tag === 'BlockedOnReceive' ? state.reply : undefined;
  const t = offered === undefined ? s : replyUnlink(s, offered, thread);
  if (fault !== null) return setThreadState(t, thread, { _tag: 'Inactive' });
  return possibleSwitchTo(unblockIfSporadic(setThreadState(t, thread, { _tag: 'Restart' }), thread), thread);
}

function offerRestartedMcs(s: KernelState, thread: ObjRef): KernelState {
  const t = schedContextResume(unblockIfSporadic(s, thread), getTcb(s, thread).schedContext);
  return isSchedulable(t, thread) ? possibleSwitchTo(t, thread) : t;
}

function signalTakenMcs(s: KernelState, thread: ObjRef, notification: ObjRef): KernelState {
  const t = maybeDonateSchedContext(s, thread, notification);
  const { schedContext } = getTcb(t, thread);
  return schedContext !== null && schedContext === getNotification(t, notification).schedContext
    ? unblockIfSporadic(t, thread)
    : t;
}

/** A thread that faulted waits for an answer, though a fault is not sent as a call. */
function isAwaited(s: KernelState, d: Delivered): boolean {
  return d.isCall || getTcb(s, d.sender).fault !== null;
}

/** Nobody can answer a caller that may grant nothing, or whose callee offers no reply object. */
function awaitReplyObject(s: KernelState, d: Delivered): KernelState {
  if (d.reply === null || (!d.canGrant && !d.canGrantReply)) return setThreadState(s, d.sender, { _tag: 'Inactive' });
  return replyPush(s, d.sender, d.receiver, d.reply, d.canDonate);
}

/** @source l4v spec/abstract/Tcb_A.thy `set_priority` */
function setPriorityClassic(s: KernelState, thread: ObjRef, priority: number): KernelState {
  const t = updateTcb(schedDequeue(s, thread), thread, { priority });
  if (!isRunnable(threadState(t, thread))) return t;
  return isCurrent(t, thread) ? rescheduleRequired(t) : possibleSwitchTo(t, thread);
}

/** @source l4v branch rt spec/abstract/Tcb_A.thy `set_priority` */
function setPriorityMcs(s: KernelState, thread: ObjRef, priority: number): KernelState {
  const { state, domain, priority: before } = getTcb(s, thread);
  const set = (t: KernelState): KernelState => updateTcb(t, thread, { priority });
  switch (state._tag) {
    case 'Running':
    case 'Restart': {
      const competes = isCurrent(s, thread) || readyQueue(s, domain, before).includes(thread);
      return competes ? rescheduleRequired(schedEnqueue(set(schedDequeue(s, thread)), thread)) : set(s);
    }
    case 'BlockedOnReceive':
    case 'BlockedOnSend': {
      const t = set(s);
      const endpoint = getEndpoint(t, state.endpoint);
      if (endpoint._tag === 'IdleEP') return t;
      const [first, ...rest] = reordered(t, endpoint.queue, thread);
      return setObject(t, state.endpoint, { ...endpoint, queue: [first ?? thread, ...rest] });
    }
    case 'BlockedOnNotification': {
      const t = set(s);
      const { state: waiting } = getNotification(t, state.notification);
      if (waiting._tag !== 'WaitingNtfn') return t;
      const [first, ...rest] = reordered(t, waiting.queue, thread);
      return setNotificationState(t, state.notification, { _tag: 'WaitingNtfn', queue: [first ?? thread, ...rest] });
    }
    default:
      return set(s);
  }
}

/** The queue with the thread in its place, behind those of its priority. */
function reordered(s: KernelState, queue: readonly ObjRef[], thread: ObjRef): readonly ObjRef[] {
  const others = queue.filter((other) => other !== thread);
  return joinByPriority(s, others, thread);
}
