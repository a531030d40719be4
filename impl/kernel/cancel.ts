/**
 * Taking threads out of whatever they wait for.
 *
 * @source seL4 src/object/endpoint.c `cancelIPC`, `cancelAllIPC`, `cancelBadgedSends`; notification.c `cancelSignal`; kernel/thread.c `suspend`
 */
import { REG_FAULT_IP, REG_NEXT_IP } from '#impl-config';
import { load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  EP_HEAD, EP_IDLE, EP_SEND, EP_STATE, EP_TAIL, NTFN_BOUND_TCB, NTFN_HEAD, NTFN_IDLE, NTFN_STATE, NTFN_WAITING, STATE_BLOCKED_ON_NOTIFICATION,
  STATE_BLOCKED_ON_RECEIVE, STATE_BLOCKED_ON_REPLY, STATE_BLOCKED_ON_SEND, STATE_INACTIVE, STATE_RUNNING, TCB_BLOCKING_BADGE_HI,
  TCB_BLOCKING_BADGE_LO, TCB_BLOCKING_OBJECT, TCB_BOUND_NOTIFICATION, TCB_EP_NEXT, TCB_EP_PREV, TCB_STATE, CAP_ENDPOINT, CAP_NOTIFICATION,
  CAP_NULL, CAP_REPLY_OBJECT, REPLY_TCB,
} from '../memory/layout.ts';
import { capAddress, capType } from './caps.ts';
import { isFinalCapability, unlink } from './mdb.ts';
import { registerHi, registerLo, setRegister } from './message.ts';
import { schedDequeue } from './ready-queues.ts';
import { rescheduleRequired, setThreadState } from './scheduler.ts';
import { replyRemove } from './reply-object.ts';
import { beginCancel, cancelReply, endSuspend, letGo, releaseNotification, withdrawOffer } from './variant.ts';
import { queueRemove } from './wait-queue.ts';

/** Everybody in the queue issues the system call again. */
function restartQueue(object: number): void {
  for (let tcb = load(object + EP_HEAD); tcb !== 0; ) {
    const next = load(tcb + TCB_EP_NEXT);
    store(tcb + TCB_EP_NEXT, 0);
    store(tcb + TCB_EP_PREV, 0);
    letGo(tcb);
    tcb = next;
  }
  store(object + EP_HEAD, 0);
  store(object + EP_TAIL, 0);
  rescheduleRequired();
}

export function cancelAllIpc(endpoint: number): void {
  if (load(endpoint + EP_STATE) === EP_IDLE) return;
  store(endpoint + EP_STATE, EP_IDLE);
  restartQueue(endpoint);
}

export function cancelAllSignals(notification: number): void {
  if (load(notification + NTFN_STATE) !== NTFN_WAITING) return;
  store(notification + NTFN_STATE, NTFN_IDLE);
  restartQueue(notification);
}

export function cancelBadgedSends(endpoint: number, badgeLo: number, badgeHi: number): void {
  if (load(endpoint + EP_STATE) !== EP_SEND) return;
  for (let tcb = load(endpoint + EP_HEAD); tcb !== 0; ) {
    const next = load(tcb + TCB_EP_NEXT);
    if (load(tcb + TCB_BLOCKING_BADGE_LO) === badgeLo && load(tcb + TCB_BLOCKING_BADGE_HI) === badgeHi) {
      queueRemove(endpoint, tcb);
      letGo(tcb);
    }
    tcb = next;
  }
  if (load(endpoint + EP_HEAD) === 0) store(endpoint + EP_STATE, EP_IDLE);
  rescheduleRequired();
}

/** A thread that waits for a reply stays in that state in the classic kernel: whoever calls this sets the next one. */
export function cancelIpc(tcb: number): void {
  beginCancel(tcb);
  switch (load(tcb + TCB_STATE)) {
    case STATE_BLOCKED_ON_SEND:
    case STATE_BLOCKED_ON_RECEIVE: {
      const endpoint = load(tcb + TCB_BLOCKING_OBJECT);
      queueRemove(endpoint, tcb);
      if (load(endpoint + EP_HEAD) === 0) store(endpoint + EP_STATE, EP_IDLE);
      withdrawOffer(tcb);
      setThreadState(tcb, STATE_INACTIVE);
      break;
    }
    case STATE_BLOCKED_ON_NOTIFICATION: {
      const notification = load(tcb + TCB_BLOCKING_OBJECT);
      queueRemove(notification, tcb);
      if (load(notification + NTFN_HEAD) === 0) store(notification + NTFN_STATE, NTFN_IDLE);
      setThreadState(tcb, STATE_INACTIVE);
      break;
    }
    case STATE_BLOCKED_ON_REPLY:
      cancelReply(tcb);
      break;
    default:
  }
}

export function suspend(tcb: number): void {
  cancelIpc(tcb);
  if (load(tcb + TCB_STATE) === STATE_RUNNING) {
    setRegister(tcb, REG_FAULT_IP, registerLo(tcb, REG_NEXT_IP), registerHi(tcb, REG_NEXT_IP));
  }
  setThreadState(tcb, STATE_INACTIVE);
  schedDequeue(tcb);
  endSuspend(tcb);
}

export function unbindNotification(tcb: number): void {
  const notification = load(tcb + TCB_BOUND_NOTIFICATION);
  if (notification === 0) return;
  store(notification + NTFN_BOUND_TCB, 0);
  store(tcb + TCB_BOUND_NOTIFICATION, 0);
}

/** What losing a capability to an endpoint or notification does, when it was the last. */
export function finaliseSimple(slot: number, isFinal: boolean): void {
  if (!isFinal) return;
  const object = capAddress(slot);
  switch (capType(slot)) {
    case CAP_ENDPOINT:
      cancelAllIpc(object);
      break;
    case CAP_NOTIFICATION: {
      releaseNotification(object);
      const bound = load(object + NTFN_BOUND_TCB);
      if (bound !== 0) unbindNotification(bound);
      cancelAllSignals(object);
      break;
    }
    case CAP_REPLY_OBJECT: {
      const user = load(object + REPLY_TCB);
      // Whoever waits for the answer has its time back, and stays stopped.
      if (user !== 0 && load(user + TCB_STATE) === STATE_BLOCKED_ON_REPLY) replyRemove(object, user);
      else if (user !== 0) cancelIpc(user);
      break;
    }
    default:
  }
}

/** Deletes a capability that needs no long deletion: to an endpoint or notification, or a reply. */
export function cteDeleteOne(slot: number): void {
  if (capType(slot) === CAP_NULL) return;
  finaliseSimple(slot, isFinalCapability(slot));
  unlink(slot);
}
