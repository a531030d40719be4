/**
 * Waiting for an answer in the MCS kernel: the callee offers a reply object when it receives, and who calls is tied to it.
 *
 * Call stacks are not modelled: they begin where a scheduling context is donated, and that ends in `NotModelled` (caveat `mcs-time`).
 *
 * @source l4v branch rt spec/abstract/IpcCancel_A.thy `reply_unlink_tcb`, `reply_push`, `reply_remove_tcb`; seL4 src/object/reply.c
 */
import { notModelled, specAssert } from '../prelude.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getReply, getTcb, setObject, threadState } from '../state/kernel-state.ts';
import { setThreadState } from '../state/ready-queues.ts';
import type { ObjRef } from '../state/refs.ts';

/** The thread offers the reply object, which nobody uses, while it waits to receive. */
export function offerReply(s: KernelState, reply: ObjRef, thread: ObjRef): KernelState {
  specAssert(getReply(s, reply).tcb === null, 'a reply object that is offered is free');
  return setObject(s, reply, { _tag: 'Reply', tcb: thread, schedContext: null });
}

/** Frees the reply object. The thread that it was tied to is stopped; whoever does this may set another state. */
export function replyUnlink(s: KernelState, reply: ObjRef, thread: ObjRef): KernelState {
  specAssert(getReply(s, reply).tcb === thread, 'a reply object knows the thread that names it');
  return setThreadState(setObject(s, reply, { _tag: 'Reply', tcb: null, schedContext: null }), thread, {
    _tag: 'Inactive',
  });
}

/** The caller waits for an answer through the free reply object. */
export function replyPush(
  s: KernelState,
  caller: ObjRef,
  callee: ObjRef,
  reply: ObjRef,
  canDonate: boolean,
): KernelState {
  if (canDonate) refuseDonation(s, callee);
  return setThreadState(offerReply(s, reply, caller), caller, { _tag: 'BlockedOnReply', reply });
}

/** A thread without a scheduling context would run on its caller's. */
export function refuseDonation(s: KernelState, thread: ObjRef): void {
  if (getTcb(s, thread).schedContext === null) notModelled('donating a scheduling context');
}

/** Frees the reply object that a thread waits for an answer through. */
export function replyRemoveTcb(s: KernelState, thread: ObjRef): KernelState {
  const state = threadState(s, thread);
  specAssert(
    state._tag === 'BlockedOnReply' && state.reply !== undefined,
    'a thread that waits for an answer names the reply object',
  );
  return replyUnlink(s, state.reply, thread);
}
