/**
 * Queues of endpoints and notifications, and taking threads out of whatever they wait for.
 *
 * @source seL4 src/object/endpoint.c `cancelIPC`, `cancelAllIPC`, `cancelBadgedSends`; notification.c `cancelSignal`; kernel/thread.c `suspend`
 */
import { REG_FAULT_IP, REG_NEXT_IP } from '#impl-config';
import { W, index, load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  CTE_BYTES, CTE_NEXT, EP_HEAD, EP_IDLE, EP_SEND, EP_STATE, EP_TAIL, NTFN_BOUND_TCB, NTFN_HEAD, NTFN_IDLE, NTFN_STATE, NTFN_WAITING,
  STATE_BLOCKED_ON_NOTIFICATION, STATE_BLOCKED_ON_RECEIVE, STATE_BLOCKED_ON_REPLY, STATE_BLOCKED_ON_SEND, STATE_INACTIVE, STATE_RESTART, STATE_RUNNING,
  TCB_BLOCKING_BADGE_HI, TCB_BLOCKING_BADGE_LO, TCB_BLOCKING_OBJECT, TCB_BOUND_NOTIFICATION, TCB_EP_NEXT, TCB_EP_PREV, TCB_FAULT, TCB_FAULT_GUARD_HI,
  TCB_SLOT_CALLER, TCB_SLOT_REPLY, TCB_STATE, CAP_ENDPOINT, CAP_NOTIFICATION, CAP_NULL,
} from '../memory/layout.ts';
import { capAddress, capType } from './caps.ts';
import { isFinalCapability, isMdbParentOf, unlink } from './mdb.ts';
import { registerHi, registerLo, setRegister } from './message.ts';
import { rescheduleRequired, setThreadState } from './scheduler.ts';
import { schedDequeue, schedEnqueue } from './ready-queues.ts';

/** Appends to the queue of an endpoint or notification: both start with head and tail. */
export function queueAppend(object: number, tcb: number): void {
  const tail = load(object + EP_TAIL);
  if (tail === 0) store(object + EP_HEAD, tcb);
  else store(tail + TCB_EP_NEXT, tcb);
  store(tcb + TCB_EP_PREV, tail);
  store(tcb + TCB_EP_NEXT, 0);
  store(object + EP_TAIL, tcb);
}

export function queueRemove(object: number, tcb: number): void {
  const next = load(tcb + TCB_EP_NEXT);
  const prev = load(tcb + TCB_EP_PREV);
  if (prev === 0) store(object + EP_HEAD, next);
  else store(prev + TCB_EP_NEXT, next);
  if (next === 0) store(object + EP_TAIL, prev);
  else store(next + TCB_EP_PREV, prev);
  store(tcb + TCB_EP_NEXT, 0);
  store(tcb + TCB_EP_PREV, 0);
}

export function clearFault(tcb: number): void {
  const i = index(tcb + TCB_FAULT);
  W.fill(0, i, i + (TCB_FAULT_GUARD_HI - TCB_FAULT) / 4 + 1);
}

/** Everybody in the queue issues the system call again. */
function restartQueue(object: number): void {
  for (let tcb = load(object + EP_HEAD); tcb !== 0; ) {
    const next = load(tcb + TCB_EP_NEXT);
    store(tcb + TCB_EP_NEXT, 0);
    store(tcb + TCB_EP_PREV, 0);
    setThreadState(tcb, STATE_RESTART);
    schedEnqueue(tcb);
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
      setThreadState(tcb, STATE_RESTART);
      schedEnqueue(tcb);
    }
    tcb = next;
  }
  if (load(endpoint + EP_HEAD) === 0) store(endpoint + EP_STATE, EP_IDLE);
  rescheduleRequired();
}

/** A thread that waits for a reply stays in that state: whoever calls this sets the next one. */
export function cancelIpc(tcb: number): void {
  switch (load(tcb + TCB_STATE)) {
    case STATE_BLOCKED_ON_SEND:
    case STATE_BLOCKED_ON_RECEIVE: {
      const endpoint = load(tcb + TCB_BLOCKING_OBJECT);
      queueRemove(endpoint, tcb);
      if (load(endpoint + EP_HEAD) === 0) store(endpoint + EP_STATE, EP_IDLE);
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
    case STATE_BLOCKED_ON_REPLY: {
      clearFault(tcb);
      const master = tcb + TCB_SLOT_REPLY * CTE_BYTES;
      const reply = load(master + CTE_NEXT);
      if (reply !== 0 && isMdbParentOf(master, reply)) cteDeleteOne(reply);
      break;
    }
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
      const bound = load(object + NTFN_BOUND_TCB);
      if (bound !== 0) unbindNotification(bound);
      cancelAllSignals(object);
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

export function deleteCallerCap(tcb: number): void {
  cteDeleteOne(tcb + TCB_SLOT_CALLER * CTE_BYTES);
}
