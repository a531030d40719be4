/**
 * MCS: waiting for an answer through the reply object that the callee offered. Where the caller's scheduling context goes along, the reply objects
 * are a doubly linked stack on it: PREV leads to the call before, NEXT to the call after, or at the head to the context.
 *
 * @source seL4 src/object/reply.c `reply_push`, `reply_pop`, `reply_remove`, `reply_remove_tcb`, `reply_unlink`
 */
import { implAssert, load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  BLOCKING_CAN_DONATE, BLOCKING_CAN_GRANT, BLOCKING_CAN_GRANT_REPLY, REPLY_IS_HEAD, REPLY_NEXT, REPLY_PREV, REPLY_TCB, SCHED_CONTEXT_REPLY,
  STATE_BLOCKED_ON_REPLY, STATE_INACTIVE, TCB_REPLY_OBJECT, TCB_SCHED_CONTEXT,
} from '../memory/layout.ts';
import { donate } from './sched-context-binding.ts';
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

/** A caller that may grant nothing, or whose callee offered nothing, is never answered. A callee without time gets the caller's. */
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
  setBlockedOnReply(sender, STATE_BLOCKED_ON_REPLY);
  replyLink(reply, sender);
  const context = load(sender + TCB_SCHED_CONTEXT);
  if ((flags & BLOCKING_CAN_DONATE) === 0 || context === 0 || load(receiver + TCB_SCHED_CONTEXT) !== 0) return;
  push(reply, context);
  donate(context, receiver);
}

function push(reply: number, context: number): void {
  const before = load(context + SCHED_CONTEXT_REPLY);
  store(reply + REPLY_PREV, before);
  if (before !== 0) setNext(before, reply, 0);
  setNext(reply, context, 1);
  store(context + SCHED_CONTEXT_REPLY, reply);
}

function setNext(reply: number, next: number, isHead: number): void {
  store(reply + REPLY_NEXT, next);
  store(reply + REPLY_IS_HEAD, isHead);
}

/** Takes the reply object out of its stack. From the head the context comes back to the caller, if that has none by now. */
export function replyRemove(reply: number, caller: number): void {
  if (load(reply + REPLY_IS_HEAD) === 0) {
    breakStack(reply);
  } else {
    const context = load(reply + REPLY_NEXT);
    const before = load(reply + REPLY_PREV);
    store(context + SCHED_CONTEXT_REPLY, before);
    if (before !== 0) setNext(before, context, 1);
    setNext(reply, 0, 0);
    store(reply + REPLY_PREV, 0);
    if (load(caller + TCB_SCHED_CONTEXT) === 0) donate(context, caller);
  }
  replyUnlink(reply, caller);
}

/** The stack ends above the reply object; what is below has no context any more. */
function breakStack(reply: number): void {
  const next = load(reply + REPLY_NEXT);
  const before = load(reply + REPLY_PREV);
  if (next !== 0) store(next + (load(reply + REPLY_IS_HEAD) === 0 ? REPLY_PREV : SCHED_CONTEXT_REPLY), 0);
  if (before !== 0) setNext(before, 0, 0);
  setNext(reply, 0, 0);
  store(reply + REPLY_PREV, 0);
}

/** The thread waits for the answer no more. The context stays where it is. */
export function cancelReplyObject(tcb: number): void {
  const reply = load(tcb + TCB_REPLY_OBJECT);
  breakStack(reply);
  replyUnlink(reply, tcb);
}

/** The head of the context's stack is let go of. */
export function unbindReply(context: number): void {
  const head = load(context + SCHED_CONTEXT_REPLY);
  if (head === 0) return;
  setNext(head, 0, 0);
  store(context + SCHED_CONTEXT_REPLY, 0);
}
