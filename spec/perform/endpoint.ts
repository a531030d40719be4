/**
 * Sending and receiving through endpoints. Queues are first in, first out.
 *
 * @source l4v spec/abstract/Ipc_A.thy `send_ipc`, `receive_ipc`, `setup_caller_cap`; seL4 src/object/endpoint.c
 */
import { absurd } from '../prelude.ts';
import type { EndpointCap } from '../state/caps.ts';
import { ALLOW_GRANT } from '../state/caps.ts';
import type { KernelState } from '../state/kernel-state.ts';
import {
  TCB_CALLER,
  TCB_REPLY,
  getEndpoint,
  getNotification,
  getTcb,
  setObject,
  slotAt,
  threadState,
} from '../state/kernel-state.ts';
import { specAssert } from '../prelude.ts';
import { possibleSwitchTo, setThreadState } from '../state/ready-queues.ts';
import type { ObjRef, Word } from '../state/refs.ts';
import { setRegister } from '../state/user-context.ts';
import { receivingEndpoint, sendingEndpoint } from './cancel.ts';
import { capInsert } from './cap-insert.ts';
import { completeSignal } from './notification.ts';
import { doIpcTransfer } from './transfer.ts';

export interface Send {
  readonly thread: ObjRef;
  readonly endpoint: ObjRef;
  readonly blocking: boolean;
  readonly isCall: boolean;
  readonly badge: Word;
  readonly canGrant: boolean;
  readonly canGrantReply: boolean;
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
  return setObject(t, endpoint, sendingEndpoint([...queue, thread]));
}

/** The receiver is made to run before the caller is blocked: the order decides who is switched to. */
function deliver(s: KernelState, send: Send, receiver: ObjRef): KernelState {
  const { thread: sender, endpoint, badge, canGrant } = send;
  const waiting = threadState(s, receiver);
  specAssert(waiting._tag === 'BlockedOnReceive', 'a thread in a receive queue waits to receive');
  let t = doIpcTransfer(s, { sender, receiver, endpoint, badge, canGrant });
  t = possibleSwitchTo(setThreadState(t, receiver, { _tag: 'Running' }), receiver);
  if (!send.isCall) return t;
  if (!canGrant && !send.canGrantReply) return setThreadState(t, sender, { _tag: 'Inactive' });
  return setupCallerCap(t, sender, receiver, waiting.canGrant);
}

/** The caller waits for a reply; the receiver holds the one capability to give it. */
function setupCallerCap(s: KernelState, sender: ObjRef, receiver: ObjRef, canGrant: boolean): KernelState {
  const t = setThreadState(s, sender, { _tag: 'BlockedOnReply' });
  const reply = { _tag: 'ReplyCap', ref: sender, master: false, canGrant } as const;
  return capInsert(t, reply, slotAt(sender, TCB_REPLY), slotAt(receiver, TCB_CALLER));
}

/**
 * Take the message of the first waiting sender, or wait, or, when not blocking, find nothing. A signal that waits on the bound
 * notification comes first, and the endpoint is not touched then.
 */
export function receiveIpc(s: KernelState, thread: ObjRef, cap: EndpointCap, blocking: boolean): KernelState {
  const bound = getTcb(s, thread).boundNotification;
  if (bound !== null && getNotification(s, bound).state._tag === 'ActiveNtfn') return completeSignal(s, bound, thread);
  const endpoint = getEndpoint(s, cap.ref);
  const canGrant = (cap.rights & ALLOW_GRANT) !== 0;
  if (endpoint._tag === 'SendEP') {
    const [sender, ...waiting] = endpoint.queue;
    return takeFrom(setObject(s, cap.ref, sendingEndpoint(waiting)), cap.ref, sender, thread, canGrant);
  }
  if (!blocking) return setRegister(s, thread, s.config.registers.cap, 0n);
  const queue = endpoint._tag === 'RecvEP' ? endpoint.queue : [];
  const t = setThreadState(s, thread, { _tag: 'BlockedOnReceive', endpoint: cap.ref, canGrant });
  return setObject(t, cap.ref, receivingEndpoint([...queue, thread]));
}

/** What the sender was allowed when it blocked counts, not what its capability says now. */
function takeFrom(
  s: KernelState,
  endpoint: ObjRef,
  sender: ObjRef,
  receiver: ObjRef,
  receiverCanGrant: boolean,
): KernelState {
  const sending = threadState(s, sender);
  specAssert(sending._tag === 'BlockedOnSend', 'a thread in a send queue waits to send');
  const { badge, canGrant, canGrantReply, isCall } = sending;
  const t = doIpcTransfer(s, { sender, receiver, endpoint, badge, canGrant });
  if (!isCall) return possibleSwitchTo(setThreadState(t, sender, { _tag: 'Running' }), sender);
  if (!canGrant && !canGrantReply) return setThreadState(t, sender, { _tag: 'Inactive' });
  return setupCallerCap(t, sender, receiver, receiverCanGrant);
}
