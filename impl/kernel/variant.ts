/**
 * Points of difference between the two kernels in what they do: each by name, with what fills it in either. Chosen when the kernel is
 * bundled, so that the other filling is not even in the bundle. A filling lies below this file and so never calls an operation that has a
 * point itself; where an operation above must act, the point is a constant that the operation asks for by name.
 *
 * The points that are numbers are in `../variant.ts`.
 *
 * @source seL4 with and without CONFIG_KERNEL_MCS: src/object/{endpoint,notification,reply,tcb}.c, src/kernel/{thread,faulthandler}.c
 */
import { MCS } from '#impl-config';
import { load, store } from '../memory/heap.ts';
import { FAULT_TIMEOUT } from '../variant.ts';
// biome-ignore format: packed
import {
  BLOCKING_CAN_DONATE, BLOCKING_CAN_GRANT_REPLY, BLOCKING_IS_CALL, CAP_ENDPOINT, CTE_BYTES, NTFN_SCHED_CONTEXT, STATE_BLOCKED_ON_NOTIFICATION,
  STATE_BLOCKED_ON_RECEIVE, STATE_BLOCKED_ON_SEND, STATE_INACTIVE, STATE_RESTART, STATE_RUNNING, TCB_BLOCKING_OBJECT, TCB_FAULT,
  TCB_FAULT_HANDLER_HI, TCB_FAULT_HANDLER_LO, TCB_PRIORITY, TCB_QUEUED, TCB_REPLY_OBJECT, TCB_SCHED_CONTEXT, TCB_SLOT_FAULT_HANDLER, TCB_STATE,
} from '../memory/layout.ts';
import { capField, capType } from './caps.ts';
import { foundSlot, lookupSlot } from './cspace.ts';
import { fastpath as classicFastpath } from './fastpath.ts';
import { fastpathWithTime } from './fastpath-mcs.ts';
import { schedDequeue, schedEnqueue } from './ready-queues.ts';
import { releaseRemove, schedContextResume } from './release-queue.ts';
import { awaitReplyCap, cancelReplyCap, deleteCallerCap, setupReplyMaster } from './reply-cap.ts';
import { awaitReplyObject, cancelReplyObject, replyUnlink } from './reply-object.ts';
// biome-ignore format: packed
import {
  cancelYieldTo, completeYieldFrom, donate, maybeDonate, maybeReturn, unbindNtfn, unbindTcb, unblockIfSporadic,
} from './sched-context-binding.ts';
// biome-ignore format: packed
import {
  clearFault, currentThread, isRunnable, isSchedulable, possibleSwitchTo, rescheduleRequired, setThreadState,
} from './thread-state.ts';
import { queueAppend, queueInsert, queueRemove } from './wait-queue.ts';

/** ReplyRecv answers by invoking the reply object that a register names. */
export const REPLY_RECV_INVOKES = MCS;
/** Receiving from an endpoint takes a reply object that a register names. */
export const RECEIVE_NAMES_REPLY = MCS;
/** TCB_SetSchedParams takes a scheduling context and a fault handler, too. */
export const SCHED_PARAMS_HAS_TIME = MCS;

/** Where a thread joins the queue of an endpoint or notification. */
export const joinQueue = MCS ? queueInsert : queueAppend;

/** A message went to a waiting receiver: what becomes of a sender, before the receiver is made to run and after it. */
export const beforeWake: (sender: number, receiver: number, flags: number) => void = MCS ? settleSender : nothing;
export const afterWake = MCS ? nothing : awaitReplyCap;

/** Whether a sender waits for an answer, and what it then waits with. */
export const awaitsAnswer: (sender: number, flags: number) => boolean = MCS ? isCallOrFault : isCall;
export const awaitAnswer: (
  sender: number,
  receiver: number,
  flags: number,
  receiverCanGrant: boolean,
  reply: number,
) => void = MCS ? awaitInTurn : awaitReplyCap;

/** Receiving from an endpoint forgets a caller not answered yet. */
export const forgetCaller: (tcb: number) => void = MCS ? nothing : deleteCallerCap;

/** What every cancelling of a thread's IPC begins with, and how it ends a wait for an answer. */
export const beginCancel: (tcb: number) => void = MCS ? clearFault : nothing;
export const cancelReply = MCS ? cancelReplyObject : cancelReplyCap;
/** A thread that stops receiving takes back the reply object that it offered. */
export const withdrawOffer: (tcb: number) => void = MCS ? withdrawReply : nothing;
/** Lets go of a thread whose endpoint or notification lets go of it. */
export const letGo = MCS ? letGoUnlessFaulted : restartLater;
/** What stopping a thread ends with, and what deleting it begins with. */
export const endSuspend: (tcb: number) => void = MCS ? leaveTime : nothing;
export const releaseThread: (tcb: number) => void = MCS ? releaseContext : nothing;
export const releaseNotification: (notification: number) => void = MCS ? releaseLent : nothing;

/** What a stopped thread needs before it is offered to the scheduler again. */
export const beginRestart: (tcb: number) => void = MCS ? nothing : setupReplyMaster;
export const offerRestarted: (tcb: number) => void = MCS ? offerWithTime : enqueueAndOffer;
/** A thread goes on that waited for a message to be sent or taken. */
export const awakes: (tcb: number) => void = MCS ? unblockIfSporadic : nothing;

/** A thread that was signalled is made to run; the running thread took a signal; and one that is going to wait gives back what it was lent. */
export const wakeSignalled: (tcb: number, notification: number) => void = MCS ? wakeWithTime : possibleSwitchTo;
export const signalTaken: (tcb: number, notification: number) => void = MCS ? takeLent : nothing;
export const giveBack: (tcb: number, notification: number) => void = MCS ? maybeReturn : nothing;
export const setPriority = MCS ? setPriorityInQueues : setPriorityAndOffer;

/** Entry with the endpoint capability that a thread's faults go to, 0 if there is none; and how a fault is sent there. */
export const lookupFaultHandler = MCS ? handlerInSlot : handlerByPointer;
export const faultFlags = MCS ? faultFlagsOfCap : faultFlagsOfCall;

/** What of the system calls is done without the general path. */
export const fastpath: (number: number) => boolean = MCS ? fastpathWithTime : classicFastpath;

function nothing(): void {
  return;
}

function isCall(_sender: number, flags: number): boolean {
  return (flags & BLOCKING_IS_CALL) !== 0;
}

/** A fault is not sent as a call, but waits for its answer all the same. */
function isCallOrFault(sender: number, flags: number): boolean {
  return (flags & BLOCKING_IS_CALL) !== 0 || load(sender + TCB_FAULT) !== 0;
}

function settleSender(sender: number, receiver: number, flags: number): void {
  const reply = load(receiver + TCB_REPLY_OBJECT);
  if (reply !== 0) replyUnlink(reply, receiver);
  if (isCallOrFault(sender, flags)) {
    awaitReplyObject(sender, receiver, flags, false, reply);
    return;
  }
  const context = load(sender + TCB_SCHED_CONTEXT);
  const lends = (flags & BLOCKING_CAN_DONATE) !== 0 && context !== 0 && load(receiver + TCB_SCHED_CONTEXT) === 0;
  if (lends) donate(context, receiver);
}

/** What a sender that waited was allowed; a fault for want of time takes no time along. */
function awaitInTurn(sender: number, receiver: number, flags: number, canGrant: boolean, reply: number): void {
  const lends = load(sender + TCB_FAULT) === FAULT_TIMEOUT ? 0 : BLOCKING_CAN_DONATE;
  awaitReplyObject(sender, receiver, flags | lends, canGrant, reply);
}

function withdrawReply(tcb: number): void {
  const reply = load(tcb + TCB_REPLY_OBJECT);
  if (load(tcb + TCB_STATE) === STATE_BLOCKED_ON_RECEIVE && reply !== 0) replyUnlink(reply, tcb);
}

function restartLater(tcb: number): void {
  setThreadState(tcb, STATE_RESTART);
  schedEnqueue(tcb);
}

/** Whoever faulted does not go on. */
function letGoUnlessFaulted(tcb: number): void {
  withdrawReply(tcb);
  if (load(tcb + TCB_FAULT) !== 0) {
    setThreadState(tcb, STATE_INACTIVE);
    return;
  }
  setThreadState(tcb, STATE_RESTART);
  unblockIfSporadic(tcb);
  possibleSwitchTo(tcb);
}

function leaveTime(tcb: number): void {
  releaseRemove(tcb);
  cancelYieldTo(tcb);
}

function releaseContext(tcb: number): void {
  const context = load(tcb + TCB_SCHED_CONTEXT);
  if (context === 0) return;
  unbindTcb(context);
  completeYieldFrom(context);
}

function releaseLent(notification: number): void {
  const context = load(notification + NTFN_SCHED_CONTEXT);
  if (context !== 0) unbindNtfn(context);
}

function enqueueAndOffer(tcb: number): void {
  schedEnqueue(tcb);
  possibleSwitchTo(tcb);
}

function offerWithTime(tcb: number): void {
  unblockIfSporadic(tcb);
  schedContextResume(load(tcb + TCB_SCHED_CONTEXT));
  if (isSchedulable(tcb)) possibleSwitchTo(tcb);
}

function wakeWithTime(tcb: number, notification: number): void {
  maybeDonate(tcb, notification);
  unblockIfSporadic(tcb);
  if (isSchedulable(tcb)) possibleSwitchTo(tcb);
}

function takeLent(tcb: number, notification: number): void {
  maybeDonate(tcb, notification);
  const context = load(tcb + TCB_SCHED_CONTEXT);
  if (context !== 0 && context === load(notification + NTFN_SCHED_CONTEXT)) unblockIfSporadic(tcb);
}

/** An endpoint that one may send to and be answered through. */
export function isFaultHandler(slot: number): boolean {
  const rights = capField(slot, 16, 15);
  return capType(slot) === CAP_ENDPOINT && (rights & 1) !== 0 && (rights & 12) !== 0;
}

function handlerByPointer(tcb: number): number {
  const found = lookupSlot(tcb, load(tcb + TCB_FAULT_HANDLER_LO), load(tcb + TCB_FAULT_HANDLER_HI));
  return found && isFaultHandler(foundSlot) ? foundSlot : 0;
}

function handlerInSlot(tcb: number): number {
  const slot = tcb + TCB_SLOT_FAULT_HANDLER * CTE_BYTES;
  return isFaultHandler(slot) ? slot : 0;
}

/** Whatever the handler's capability says, a faulting thread may be answered. */
function faultFlagsOfCall(): number {
  return BLOCKING_CAN_GRANT_REPLY | BLOCKING_IS_CALL;
}

function faultFlagsOfCap(slot: number): number {
  return (capField(slot, 16, 15) & 8) !== 0 ? BLOCKING_CAN_GRANT_REPLY : 0;
}

function setPriorityAndOffer(tcb: number, priority: number): void {
  schedDequeue(tcb);
  store(tcb + TCB_PRIORITY, priority);
  if (!isRunnable(tcb)) return;
  if (tcb === currentThread()) rescheduleRequired();
  else possibleSwitchTo(tcb);
}

/** At the head of its new ready queue, or behind its equals where it waits. */
function setPriorityInQueues(tcb: number, priority: number): void {
  switch (load(tcb + TCB_STATE)) {
    case STATE_BLOCKED_ON_SEND:
    case STATE_BLOCKED_ON_RECEIVE:
    case STATE_BLOCKED_ON_NOTIFICATION: {
      const object = load(tcb + TCB_BLOCKING_OBJECT);
      queueRemove(object, tcb);
      store(tcb + TCB_PRIORITY, priority);
      queueInsert(object, tcb);
      return;
    }
    case STATE_RUNNING:
    case STATE_RESTART:
      if (load(tcb + TCB_QUEUED) === 0 && tcb !== currentThread()) break;
      schedDequeue(tcb);
      store(tcb + TCB_PRIORITY, priority);
      schedEnqueue(tcb);
      rescheduleRequired();
      return;
    default:
  }
  store(tcb + TCB_PRIORITY, priority);
}
