/**
 * Taking threads out of whatever they wait for, and the deletion of capabilities that is quick. Both lie below the general
 * deletion, which needs them, so that there is no cycle.
 *
 * @source l4v spec/abstract/IpcCancel_A.thy `cancel_ipc`, `cancel_all_ipc`, `cancel_all_signals`, `cancel_badged_sends`, `suspend`,
 * `unbind_notification`, `unbind_maybe_notification`, `fast_finalise`, `empty_slot`, `cap_delete_one`; seL4
 * src/object/{endpoint,notification,tcb}.c
 */
import { specAssert } from '../prelude.ts';
import { isFinalCap } from '../state/cap-rules.ts';
import type { Cap } from '../state/caps.ts';
import { removeSlot } from '../state/cdt.ts';
import type { KernelState } from '../state/kernel-state.ts';
import {
  getCap,
  getEndpoint,
  getNotification,
  getReply,
  getTcb,
  setBoundTcb,
  setNotificationState,
  setObject,
  threadState,
  updateTcb,
} from '../state/kernel-state.ts';
import type { Endpoint, Notification, ReadonlyNonEmpty } from '../state/objects.ts';
import { rescheduleRequired, schedDequeue, setThreadState } from '../state/ready-queues.ts';
import type { ObjRef, SlotRef, Word } from '../state/refs.ts';
import { getRegister, setRegister } from '../state/user-context.ts';
import { replyRemove, replyUnlink } from './reply-object.ts';
import { performPoints } from './variant.ts';

export function isNonEmpty<T>(list: readonly T[]): list is ReadonlyNonEmpty<T> {
  return list.length > 0;
}

/** An endpoint with the given threads waiting to send; idle if there are none. */
export function sendingEndpoint(queue: readonly ObjRef[]): Endpoint {
  return isNonEmpty(queue) ? { _tag: 'SendEP', queue } : { _tag: 'IdleEP' };
}

/** An endpoint with the given threads waiting to receive; idle if there are none. */
export function receivingEndpoint(queue: readonly ObjRef[]): Endpoint {
  return isNonEmpty(queue) ? { _tag: 'RecvEP', queue } : { _tag: 'IdleEP' };
}

export function waitingState(queue: readonly ObjRef[]): Notification['state'] {
  return isNonEmpty(queue) ? { _tag: 'WaitingNtfn', queue } : { _tag: 'IdleNtfn' };
}

/** Lets go of everybody who waits on the endpoint: each issues its system call again. */
export function cancelAllIpc(s: KernelState, ref: ObjRef): KernelState {
  const endpoint = getEndpoint(s, ref);
  if (endpoint._tag === 'IdleEP') return s;
  return restartAll(setObject(s, ref, { _tag: 'IdleEP' }), endpoint.queue);
}

export function cancelAllSignals(s: KernelState, ref: ObjRef): KernelState {
  const notification = getNotification(s, ref);
  if (notification.state._tag !== 'WaitingNtfn') return s;
  const idle = setNotificationState(s, ref, { _tag: 'IdleNtfn' });
  return restartAll(idle, notification.state.queue);
}

function restartAll(s: KernelState, threads: readonly ObjRef[]): KernelState {
  let t = s;
  const { letGo } = performPoints(s);
  for (const thread of threads) t = letGo(t, thread);
  return rescheduleRequired(t);
}

/** Lets go of the senders with one badge. A new choice of thread is asked for even if nobody had it. */
export function cancelBadgedSends(s: KernelState, ref: ObjRef, badge: Word): KernelState {
  const endpoint = getEndpoint(s, ref);
  if (endpoint._tag !== 'SendEP') return s;
  let t = s;
  const rest: ObjRef[] = [];
  for (const thread of endpoint.queue) {
    const state = threadState(t, thread);
    if (state._tag === 'BlockedOnSend' && state.badge === badge) {
      t = performPoints(t).letGo(t, thread);
    } else {
      rest.push(thread);
    }
  }
  return rescheduleRequired(setObject(t, ref, sendingEndpoint(rest)));
}

/**
 * Ends whatever IPC the thread is in the middle of. One that waits for a reply in the classic kernel stays in that state: the caller sets
 * the next one.
 */
export function cancelIpc(start: KernelState, thread: ObjRef): KernelState {
  const s = performPoints(start).beginCancel(start, thread);
  const state = threadState(s, thread);
  switch (state._tag) {
    case 'BlockedOnSend':
    case 'BlockedOnReceive': {
      const endpoint = getEndpoint(s, state.endpoint);
      specAssert(endpoint._tag !== 'IdleEP', 'a thread blocked on an endpoint is in its queue');
      const rest = endpoint.queue.filter((other) => other !== thread);
      const after = endpoint._tag === 'SendEP' ? sendingEndpoint(rest) : receivingEndpoint(rest);
      const t = setObject(s, state.endpoint, after);
      const offered = state._tag === 'BlockedOnReceive' ? state.reply : undefined;
      return offered === undefined ? setThreadState(t, thread, { _tag: 'Inactive' }) : replyUnlink(t, offered, thread);
    }
    case 'BlockedOnNotification': {
      const notification = getNotification(s, state.notification);
      specAssert(notification.state._tag === 'WaitingNtfn', 'a thread blocked on a notification is in its queue');
      const rest = notification.state.queue.filter((other) => other !== thread);
      const after = setNotificationState(s, state.notification, waitingState(rest));
      return setThreadState(after, thread, { _tag: 'Inactive' });
    }
    case 'BlockedOnReply':
      return performPoints(s).cancelReply(s, thread);
    default:
      return s;
  }
}

/** @source l4v spec/abstract/IpcCancel_A.thy `suspend` */
export function suspend(s: KernelState, thread: ObjRef): KernelState {
  let t = cancelIpc(s, thread);
  if (threadState(t, thread)._tag === 'Running') t = updateRestartPC(t, thread);
  return performPoints(t).endSuspend(schedDequeue(setThreadState(t, thread, { _tag: 'Inactive' }), thread), thread);
}

/** A thread stopped in user mode goes on where it was. */
function updateRestartPC(s: KernelState, thread: ObjRef): KernelState {
  const { faultIP, nextIP } = s.config.registers;
  return setRegister(s, thread, faultIP, getRegister(s, thread, nextIP));
}

/** Unbinds the thread that is bound to the notification, if one is. */
export function unbindMaybeNotification(s: KernelState, notification: ObjRef): KernelState {
  const { boundTcb } = getNotification(s, notification);
  return boundTcb === null ? s : unbindNotification(s, boundTcb);
}

/** Unbinds the notification that is bound to the thread, if one is. */
export function unbindNotification(s: KernelState, thread: ObjRef): KernelState {
  const { boundNotification } = getTcb(s, thread);
  if (boundNotification === null) return s;
  return updateTcb(setBoundTcb(s, boundNotification, null), thread, { boundNotification: null });
}

/** What deleting a capability to an endpoint or notification does to the object, when it was the last one. */
export function fastFinalise(s: KernelState, cap: Cap, isFinal: boolean): KernelState {
  switch (cap._tag) {
    case 'EndpointCap':
      return isFinal ? cancelAllIpc(s, cap.ref) : s;
    case 'NotificationCap':
      return isFinal ? finaliseNotification(s, cap.ref) : s;
    case 'ReplyObjectCap':
      return isFinal ? replyFinalise(s, cap.ref) : s;
    default:
      specAssert(cap._tag === 'ReplyCap' || cap._tag === 'NullCap', 'only simple capabilities are deleted at once');
      return s;
  }
}

function finaliseNotification(s: KernelState, ref: ObjRef): KernelState {
  return cancelAllSignals(unbindMaybeNotification(performPoints(s).releaseNotification(s, ref), ref), ref);
}

/** Nobody can answer through the reply object any more, or offer it. Whoever waits for the answer has its time back, and stays stopped. */
function replyFinalise(s: KernelState, reply: ObjRef): KernelState {
  const { tcb } = getReply(s, reply);
  if (tcb === null) return s;
  return threadState(s, tcb)._tag === 'BlockedOnReply' ? replyRemove(s, reply, tcb) : cancelIpc(s, tcb);
}

export function emptySlot(s: KernelState, slot: SlotRef): KernelState {
  return getCap(s, slot)._tag === 'NullCap' ? s : removeSlot(s, slot);
}

/** Deletes a capability that needs no long deletion: to an endpoint or notification, or a reply. */
export function capDeleteOne(s: KernelState, slot: SlotRef): KernelState {
  const cap = getCap(s, slot);
  if (cap._tag === 'NullCap') return s;
  return emptySlot(fastFinalise(s, cap, isFinalCap(s, slot, cap)), slot);
}
