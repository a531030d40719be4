/**
 * Points of difference between the two kernels in what they do: each by name, with what fills it in either. Chosen when the kernel is
 * bundled, so that the other filling is not even in the bundle. A filling lies below this file and so never calls an operation that has a
 * point itself; where an operation above must act, the point is a constant that the operation asks for by name.
 *
 * The points that are numbers are in `../variant.ts`. What is left out of the MCS kernel ends in `notModelled`.
 *
 * @source seL4 with and without CONFIG_KERNEL_MCS: src/object/{endpoint,notification,reply,tcb}.c, src/kernel/{thread,faulthandler}.c
 */
import { MCS } from '#impl-config';
import { load, notModelled } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  BLOCKING_CAN_GRANT_REPLY, BLOCKING_IS_CALL, CAP_ENDPOINT, CTE_BYTES, STATE_BLOCKED_ON_NOTIFICATION, STATE_BLOCKED_ON_RECEIVE, STATE_BLOCKED_ON_SEND,
  STATE_RESTART, TCB_FAULT, TCB_FAULT_HANDLER_HI, TCB_FAULT_HANDLER_LO, TCB_REPLY_OBJECT, TCB_SCHED_CONTEXT, TCB_SLOT_FAULT_HANDLER, TCB_STATE,
} from '../memory/layout.ts';
import { capField, capType } from './caps.ts';
import { foundSlot, lookupSlot } from './cspace.ts';
import { schedAppend, schedDequeue, schedEnqueue } from './ready-queues.ts';
import { awaitReplyCap, cancelReplyCap, deleteCallerCap, setupReplyMaster } from './reply-cap.ts';
import { awaitReplyObject, cancelReplyObject, refuseDonation, replyUnlink } from './reply-object.ts';
import { clearFault, currentThread, rescheduleRequired, setThreadState } from './thread-state.ts';
import { queueAppend, queueInsert } from './wait-queue.ts';

/** ReplyRecv answers by invoking the reply object that a register names. */
export const REPLY_RECV_INVOKES = MCS;
/** Receiving from an endpoint takes a reply object that a register names. */
export const RECEIVE_NAMES_REPLY = MCS;
/** TCB_SetSchedParams takes a scheduling context and a fault handler, too. */
export const SCHED_PARAMS_HAS_TIME = MCS;
/** TCB_SetSpace has its words and capabilities in other places. */
export const SET_SPACE_IS_MODELLED = !MCS;
/** A thread given a new priority goes to the head of its queue; otherwise it is offered like one that wakes. */
export const PRIORITY_REQUEUES = MCS;

/** Whether the thread has time to run in, if it can run at all. How much time is left is not modelled. */
export const hasTime: (tcb: number) => boolean = MCS ? (tcb) => load(tcb + TCB_SCHED_CONTEXT) !== 0 : () => true;

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
) => void = MCS ? awaitReplyObject : awaitReplyCap;

/** Receiving from an endpoint forgets a caller not answered yet. */
export const forgetCaller: (tcb: number) => void = MCS ? nothing : deleteCallerCap;

/** What every cancelling of a thread's IPC begins with, and how it ends a wait for an answer. */
export const beginCancel: (tcb: number) => void = MCS ? clearFault : nothing;
export const cancelReply = MCS ? cancelReplyObject : cancelReplyCap;
/** A thread that stops receiving takes back the reply object that it offered. */
export const withdrawOffer: (tcb: number) => void = MCS ? withdrawReply : nothing;
/** Lets go of a thread whose endpoint or notification lets go of it. */
export const letGo = MCS ? refuseLetGo : restartLater;

/** What a stopped thread needs before it is offered to the scheduler again. */
export const beginRestart: (tcb: number) => void = MCS ? nothing : setupReplyMaster;
export const enqueueRestarted: (tcb: number) => void = MCS ? nothing : schedEnqueue;

/** Entry with the endpoint capability that a thread's faults go to, 0 if there is none; and how a fault is sent there. */
export const lookupFaultHandler = MCS ? handlerInSlot : handlerByPointer;
export const faultFlags = MCS ? faultFlagsOfCap : faultFlagsOfCall;

export const checkPriorityChange: (tcb: number) => void = MCS ? refuseWaiting : nothing;
export const checkDeleteThread: (tcb: number) => void = MCS ? refuseBound : nothing;
export const checkInterrupt: () => void = MCS ? refuseInterrupts : nothing;
export const yieldCurrent = MCS ? refuseYield : yieldToQueue;

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
  if (isCallOrFault(sender, flags)) awaitReplyObject(sender, receiver, flags, false, reply);
  else refuseDonation(receiver, flags);
}

function withdrawReply(tcb: number): void {
  const reply = load(tcb + TCB_REPLY_OBJECT);
  if (load(tcb + TCB_STATE) === STATE_BLOCKED_ON_RECEIVE && reply !== 0) replyUnlink(reply, tcb);
}

function restartLater(tcb: number): void {
  setThreadState(tcb, STATE_RESTART);
  schedEnqueue(tcb);
}

function refuseLetGo(): void {
  notModelled('letting go of the threads that wait on an endpoint or notification');
}

function isFaultHandler(slot: number): boolean {
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

function refuseWaiting(tcb: number): void {
  const state = load(tcb + TCB_STATE);
  if (
    state === STATE_BLOCKED_ON_SEND ||
    state === STATE_BLOCKED_ON_RECEIVE ||
    state === STATE_BLOCKED_ON_NOTIFICATION
  ) {
    notModelled('changing the priority of a thread that waits in a queue');
  }
}

function refuseBound(tcb: number): void {
  if (load(tcb + TCB_SCHED_CONTEXT) !== 0) notModelled('deleting a thread that has a scheduling context');
}

function refuseInterrupts(): void {
  notModelled('interrupts, and with them the passing of time');
}

function yieldToQueue(): void {
  const thread = currentThread();
  schedDequeue(thread);
  schedAppend(thread);
  rescheduleRequired();
}

function refuseYield(): void {
  notModelled('the system call Yield');
}
