/**
 * Waiting for an answer in the MCS kernel: the callee offers a reply object when it receives, and who calls is tied to it. Where the caller's
 * scheduling context goes along, the reply objects of the calls are a stack on it, down which it comes back.
 *
 * @source l4v branch rt spec/abstract/IpcCancel_A.thy `reply_unlink_tcb`, `reply_push`, `reply_pop`, `reply_remove`, `reply_remove_tcb`; seL4
 * src/object/reply.c
 */
import { specAssert } from '../prelude.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getReply, getSchedContext, getTcb, setObject, threadState } from '../state/kernel-state.ts';
import { setThreadState } from '../state/ready-queues.ts';
import * as PMap from '../state/pmap.ts';
import type { ObjRef } from '../state/refs.ts';
import { updateSchedContext } from '../state/sched-context.ts';
import { schedContextDonate } from './sched-context-binding.ts';

/** The thread uses the reply object, which nobody uses. */
export function offerReply(s: KernelState, reply: ObjRef, thread: ObjRef): KernelState {
  const { tcb, schedContext } = getReply(s, reply);
  specAssert(tcb === null && schedContext === null, 'a reply object that is offered is free');
  return setObject(s, reply, { _tag: 'Reply', tcb: thread, schedContext: null });
}

/** Frees the reply object. The thread that it was tied to is stopped; whoever does this may set another state. */
export function replyUnlink(s: KernelState, reply: ObjRef, thread: ObjRef): KernelState {
  const { tcb, schedContext } = getReply(s, reply);
  specAssert(tcb === thread, 'a reply object knows the thread that names it');
  specAssert(schedContext === null, 'a reply object that is freed is no head of a call stack');
  return setThreadState(setObject(s, reply, { _tag: 'Reply', tcb: null, schedContext: null }), thread, {
    _tag: 'Inactive',
  });
}

/** The caller waits for an answer through the free reply object. A callee without time gets the caller's. */
export function replyPush(
  s: KernelState,
  caller: ObjRef,
  callee: ObjRef,
  reply: ObjRef,
  canDonate: boolean,
): KernelState {
  const t = setThreadState(offerReply(s, reply, caller), caller, { _tag: 'BlockedOnReply', reply });
  const { schedContext } = getTcb(t, caller);
  if (!canDonate || schedContext === null || getTcb(t, callee).schedContext !== null) return t;
  const stacked = setCallStack(t, schedContext, [reply, ...getSchedContext(t, schedContext).replies]);
  return schedContextDonate(stacked, schedContext, callee);
}

/** Only the head of a call stack knows whose it is. */
function setCallStack(s: KernelState, schedContext: ObjRef, replies: readonly ObjRef[]): KernelState {
  const [before] = getSchedContext(s, schedContext).replies;
  const [head] = replies;
  let t = updateSchedContext(s, schedContext, { replies });
  if (before !== undefined && before !== head) t = setHeadOf(t, before, null);
  return head === undefined || head === before ? t : setHeadOf(t, head, schedContext);
}

function setHeadOf(s: KernelState, reply: ObjRef, schedContext: ObjRef | null): KernelState {
  return setObject(s, reply, { _tag: 'Reply', tcb: getReply(s, reply).tcb, schedContext });
}

/** The context whose call stack the reply object is in. Only the head knows; of the others one looks. */
function stackOf(s: KernelState, reply: ObjRef): ObjRef | null {
  let found = getReply(s, reply).schedContext;
  if (found !== null) return found;
  PMap.forEach(s.heap, (object, key) => {
    if (object._tag === 'SchedContext' && object.replies.includes(reply)) found = key * 16;
  });
  return found;
}

/**
 * Takes the reply object out of whatever call stack it is in. The scheduling context comes back to the caller from the head of the
 * stack, unless it has another one by now; elsewhere the stack ends above it.
 */
export function replyRemove(s: KernelState, reply: ObjRef, caller: ObjRef): KernelState {
  const { schedContext } = getReply(s, reply);
  if (schedContext === null) return replyUnlink(breakStack(s, reply), reply, caller);
  const [, ...rest] = getSchedContext(s, schedContext).replies;
  const popped = setCallStack(s, schedContext, rest);
  const returned =
    getTcb(popped, caller).schedContext === null ? schedContextDonate(popped, schedContext, caller) : popped;
  return replyUnlink(returned, reply, caller);
}

/** Frees the reply object that a thread waits for an answer through. Its call stack is broken: the scheduling context does not come back. */
export function replyRemoveTcb(s: KernelState, thread: ObjRef): KernelState {
  const state = threadState(s, thread);
  specAssert(
    state._tag === 'BlockedOnReply' && state.reply !== undefined,
    'a thread that waits for an answer names the reply object',
  );
  return replyUnlink(breakStack(s, state.reply), state.reply, thread);
}

/** What is above the reply object stays in its call stack; it and what is below do not. */
function breakStack(s: KernelState, reply: ObjRef): KernelState {
  const schedContext = stackOf(s, reply);
  if (schedContext === null) return s;
  const { replies } = getSchedContext(s, schedContext);
  return setCallStack(s, schedContext, replies.slice(0, replies.indexOf(reply)));
}

/** The head of the stack is let go of, and with it what is below. */
export function schedContextUnbindReply(s: KernelState, schedContext: ObjRef): KernelState {
  return getSchedContext(s, schedContext).replies.length === 0 ? s : setCallStack(s, schedContext, []);
}
