/**
 * Points of difference between the two kernels in what operations do. What fills a point lies below it: it never calls an operation
 * that has a point of its own.
 *
 * @source l4v branches master and rt: spec/abstract/Ipc_A.thy, IpcCancel_A.thy, Tcb_A.thy
 */
import type { Variant } from '../abi/variant.ts';
import { lookupCap } from '../lookup/cspace.ts';
import { E, notModelled } from '../prelude.ts';
import { isFaultHandler } from '../state/cap-rules.ts';
import type { Cap, EndpointCap } from '../state/caps.ts';
import { ALLOW_GRANT_REPLY } from '../state/caps.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getCap, getTcb, isCurrent, isRunnable, slotAt, threadState, updateTcb } from '../state/kernel-state.ts';
import {
  possibleSwitchTo,
  readyQueue,
  rescheduleRequired,
  schedDequeue,
  schedEnqueue,
  setThreadState,
} from '../state/ready-queues.ts';
import type { ObjRef } from '../state/refs.ts';
import { MCS_TCB_FAULT_HANDLER } from '../state/variant.ts';
import { replyCancelIpc, setupCallerCap, setupReplyMaster } from './reply-cap.ts';
import { refuseDonation, replyPush, replyRemoveTcb, replyUnlink } from './reply-object.ts';

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
  readonly enqueueRestarted: (s: KernelState, thread: ObjRef) => KernelState;
  readonly setPriority: (s: KernelState, thread: ObjRef, priority: number) => KernelState;
  /** The endpoint that a thread's faults go to, if it is a usable one. */
  readonly faultHandler: (s: KernelState, thread: ObjRef) => EndpointCap | null;
  /** Whether a fault is sent as a call, and whether it can be answered whatever the handler's capability says. */
  readonly faultIsCall: boolean;
  readonly faultCanGrantReply: (handler: EndpointCap) => boolean;
  /** Deleting the last capability to a thread. */
  readonly checkDeleteThread: (s: KernelState, thread: ObjRef) => void;
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
    enqueueRestarted: schedEnqueue,
    setPriority: setPriorityClassic,
    faultHandler: (s, thread) => {
      const found = lookupCap(s, thread, getTcb(s, thread).faultHandler);
      return E.isLeft(found) ? null : usable(found.right.cap);
    },
    faultIsCall: true,
    faultCanGrantReply: () => true,
    checkDeleteThread: () => undefined,
  },
  mcs: {
    joinQueue: joinByPriority,
    afterSend: afterSendMcs,
    afterReceive: (s, d) => (isAwaited(s, d) ? awaitReplyObject(s, d) : wake(s, d.sender)),
    beginCancel: (s, thread) => (getTcb(s, thread).fault === null ? s : updateTcb(s, thread, { fault: null })),
    cancelReply: replyRemoveTcb,
    letGo: () => notModelled('letting go of the threads that wait on an endpoint or notification'),
    beginRestart: (s) => s,
    enqueueRestarted: (s) => s,
    setPriority: setPriorityMcs,
    faultHandler: (s, thread) => usable(getCap(s, slotAt(thread, MCS_TCB_FAULT_HANDLER))),
    faultIsCall: false,
    faultCanGrantReply: (handler) => (handler.rights & ALLOW_GRANT_REPLY) !== 0,
    checkDeleteThread: (s, thread) => {
      if (getTcb(s, thread).schedContext !== null) notModelled('deleting a thread that has a scheduling context');
    },
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
  else if (d.canDonate) refuseDonation(t, d.receiver);
  return wake(t, d.receiver);
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
  const tcb = getTcb(s, thread);
  const isWaiting =
    tcb.state._tag === 'BlockedOnSend' ||
    tcb.state._tag === 'BlockedOnReceive' ||
    tcb.state._tag === 'BlockedOnNotification';
  if (isWaiting) notModelled('changing the priority of a thread that waits in a queue');
  const competes = isCurrent(s, thread) || readyQueue(s, tcb.domain, tcb.priority).includes(thread);
  if (!isRunnable(tcb.state) || !competes) return updateTcb(s, thread, { priority });
  return rescheduleRequired(schedEnqueue(updateTcb(schedDequeue(s, thread), thread, { priority }), thread));
}
