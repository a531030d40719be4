/**
 * Sending and receiving through endpoints.
 *
 * @source l4v spec/abstract/Ipc_A.thy `send_ipc`, `receive_ipc`; seL4 src/object/endpoint.c
 */
import { absurd } from '../prelude.ts';
import type { EndpointCap } from '../state/caps.ts';
import { ALLOW_GRANT } from '../state/caps.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getEndpoint, getNotification, getTcb, setObject, threadState } from '../state/kernel-state.ts';
import { specAssert } from '../prelude.ts';
import { setThreadState } from '../state/ready-queues.ts';
import type { ObjRef, Word } from '../state/refs.ts';
import { setRegister } from '../state/user-context.ts';
import { receivingEndpoint, sendingEndpoint } from './cancel.ts';
import { completeSignal } from './notification.ts';
import { offerReply } from './reply-object.ts';
import { doIpcTransfer } from './transfer.ts';
import { performPoints } from './variant.ts';

export interface Send {
  readonly thread: ObjRef;
  readonly endpoint: ObjRef;
  readonly blocking: boolean;
  readonly isCall: boolean;
  readonly badge: Word;
  readonly canGrant: boolean;
  readonly canGrantReply: boolean;
  /** MCS: whether a receiver without time may have the sender's. */
  readonly canDonate?: boolean;
}

/**
 * Hand the message to the first waiting receiver, or queue the sender, or, when the sender will not block, drop the message.
 *
 * A caller that may not grant anything is never answered: it stays inactive.
 */
export function sendIpc(s: KernelState, send: Send): KernelState {
  const endpoint = getEndpoint(s, send.endpoint);
  switch (endpoint._tag) {
    case 'RecvEP': {
      const [receiver, ...waiting] = endpoint.queue;
      return deliver(setObject(s, send.endpoint, receivingEndpoint(waiting)), send, receiver);
    }
    case 'SendEP':
      return send.blocking ? blockSender(s, send, endpoint.queue) : s;
    case 'IdleEP':
      return send.blocking ? blockSender(s, send, []) : s;
    default:
      return absurd(endpoint);
  }
}

function blockSender(s: KernelState, send: Send, queue: readonly ObjRef[]): KernelState {
  const { thread, endpoint, badge, canGrant, canGrantReply, isCall } = send;
  const t = setThreadState(s, thread, { _tag: 'BlockedOnSend', endpoint, badge, canGrant, canGrantReply, isCall });
  return setObject(t, endpoint, sendingEndpoint(performPoints(t).joinQueue(t, queue, thread)));
}

function deliver(s: KernelState, send: Send, receiver: ObjRef): KernelState {
  const { thread: sender, endpoint, badge, canGrant, canGrantReply, isCall, canDonate = false } = send;
  const waiting = threadState(s, receiver);
  specAssert(waiting._tag === 'BlockedOnReceive', 'a thread in a receive queue waits to receive');
  const sent = doIpcTransfer(s, { sender, receiver, endpoint, badge, canGrant });
  const { canGrant: receiverCanGrant, reply = null } = waiting;
  return performPoints(s).afterSend(sent, {
    sender,
    receiver,
    isCall,
    canGrant,
    canGrantReply,
    receiverCanGrant,
    reply,
    canDonate,
  });
}

/**
 * Take the message of the first waiting sender, or wait, or, when not blocking, find nothing. A signal that waits on the bound
 * notification comes first, and the endpoint is not touched then.
 *
 * @param reply MCS: the free reply object that the thread offers
 */
export function receiveIpc(
  start: KernelState,
  thread: ObjRef,
  cap: EndpointCap,
  blocking: boolean,
  reply: ObjRef | null = null,
): KernelState {
  const bound = getTcb(start, thread).boundNotification;
  if (bound !== null && getNotification(start, bound).state._tag === 'ActiveNtfn')
    return completeSignal(start, bound, thread);
  const s = bound !== null && blocking ? performPoints(start).giveBack(start, thread, bound) : start;
  const endpoint = getEndpoint(s, cap.ref);
  const canGrant = (cap.rights & ALLOW_GRANT) !== 0;
  if (endpoint._tag === 'SendEP') {
    const [sender, ...waiting] = endpoint.queue;
    return takeFrom(setObject(s, cap.ref, sendingEndpoint(waiting)), cap.ref, sender, thread, canGrant, reply);
  }
  if (!blocking) return setRegister(s, thread, s.config.registers.cap, 0n);
  const queue = endpoint._tag === 'RecvEP' ? endpoint.queue : [];
  const waiting = { _tag: 'BlockedOnReceive', endpoint: cap.ref, canGrant } as const;
  const t =
    reply === null
      ? setThreadState(s, thread, waiting)
      : setThreadState(offerReply(s, reply, thread), thread, { ...waiting, reply });
  return setObject(t, cap.ref, receivingEndpoint(performPoints(t).joinQueue(t, queue, thread)));
}

/** What the sender was allowed when it blocked counts, not what its capability says now. */
function takeFrom(
  s: KernelState,
  endpoint: ObjRef,
  sender: ObjRef,
  receiver: ObjRef,
  receiverCanGrant: boolean,
  reply: ObjRef | null,
): KernelState {
  const sending = threadState(s, sender);
  specAssert(sending._tag === 'BlockedOnSend', 'a thread in a send queue waits to send');
  const { badge, canGrant, canGrantReply, isCall } = sending;
  const t = doIpcTransfer(s, { sender, receiver, endpoint, badge, canGrant });
  const delivered = { sender, receiver, isCall, canGrant, canGrantReply, receiverCanGrant, reply, canDonate: true };
  return performPoints(t).afterReceive(t, delivered);
}
