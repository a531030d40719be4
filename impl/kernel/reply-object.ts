/**
 * Waiting for an answer in the MCS kernel: through the reply object that the callee offered. Call stacks are not modelled.
 *
 * @source seL4 src/object/reply.c `reply_push`, `reply_unlink`, `reply_remove_tcb`
 */
import { implAssert, load, notModelled, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  BLOCKING_CAN_GRANT, BLOCKING_CAN_GRANT_REPLY, BLOCKING_CAN_DONATE, REPLY_TCB, STATE_BLOCKED_ON_REPLY, STATE_INACTIVE, 
  TCB_REPLY_OBJECT, TCB_SCHED_CONTEXT,
} from '../memory/layout.ts';
import { setBlockedOnReply, setThreadState } from './thread-state.ts';

/** The thread, a receiver or a caller, uses the free reply object. */
export function replyLink(reply: number, tcb: number): void {
  implAssert(load(reply + REPLY_TCB) === 0, 'a reply object that is taken is free');
  store(reply + REPLY_TCB, tcb);
  store(tcb + TCB_REPLY_OBJECT, reply);
}

/** Frees the reply object, and stops the thread that used it. */
export function replyUnlink(reply: number, tcb: number): void {
  implAssert(load(reply + REPLY_TCB) === tcb, 'a reply object knows the thread that names it');
  store(reply + REPLY_TCB, 0);
  store(tcb + TCB_REPLY_OBJECT, 0);
  setThreadState(tcb, STATE_INACTIVE);
}

/** A caller that may grant nothing, or whose callee offered nothing, is never answered. */
export function awaitReplyObject(
  sender: number,
  receiver: number,
  flags: number,
  _receiverCanGrant: boolean,
  reply: number,
): void {
  if (reply === 0 || (flags & (BLOCKING_CAN_GRANT | BLOCKING_CAN_GRANT_REPLY)) === 0) {
    setThreadState(sender, STATE_INACTIVE);
    return;
  }
  refuseDonation(receiver, flags);
  setBlockedOnReply(sender, STATE_BLOCKED_ON_REPLY);
  replyLink(reply, sender);
}

/** A thread without a scheduling context would run on its caller's. */
export function refuseDonation(receiver: number, flags: number): void {
  if ((flags & BLOCKING_CAN_DONATE) !== 0 && load(receiver + TCB_SCHED_CONTEXT) === 0) {
    notModelled('donating a scheduling context');
  }
}

export function cancelReplyObject(tcb: number): void {
  replyUnlink(load(tcb + TCB_REPLY_OBJECT), tcb);
}
