/** @source seL4 src/object/notification.c `sendSignal`, `receiveSignal`, `completeSignal`, `bindNotification` */
import { implAssert, load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  NTFN_ACTIVE, NTFN_BADGE_HI, NTFN_BADGE_LO, NTFN_BOUND_TCB, NTFN_HEAD, NTFN_IDLE, NTFN_STATE, NTFN_WAITING, STATE_BLOCKED_ON_NOTIFICATION,
  STATE_BLOCKED_ON_RECEIVE, STATE_RUNNING, TCB_BLOCKING_OBJECT, TCB_BOUND_NOTIFICATION, TCB_STATE,
} from '../memory/layout.ts';
import { cancelIpc } from './cancel.ts';
import { setBadge } from './message.ts';
import { setThreadState } from './scheduler.ts';
import { giveBack, joinQueue, signalTaken, wakeSignalled } from './variant.ts';
import { queueRemove } from './wait-queue.ts';

export function sendSignal(notification: number, badgeLo: number, badgeHi: number): void {
  switch (load(notification + NTFN_STATE)) {
    case NTFN_WAITING: {
      const tcb = load(notification + NTFN_HEAD);
      queueRemove(notification, tcb);
      if (load(notification + NTFN_HEAD) === 0) store(notification + NTFN_STATE, NTFN_IDLE);
      wake(tcb, notification, badgeLo, badgeHi);
      break;
    }
    case NTFN_ACTIVE:
      store(notification + NTFN_BADGE_LO, load(notification + NTFN_BADGE_LO) | badgeLo);
      store(notification + NTFN_BADGE_HI, load(notification + NTFN_BADGE_HI) | badgeHi);
      break;
    default: {
      const bound = load(notification + NTFN_BOUND_TCB);
      if (bound !== 0 && load(bound + TCB_STATE) === STATE_BLOCKED_ON_RECEIVE) {
        cancelIpc(bound);
        wake(bound, notification, badgeLo, badgeHi);
      } else {
        store(notification + NTFN_STATE, NTFN_ACTIVE);
        store(notification + NTFN_BADGE_LO, badgeLo);
        store(notification + NTFN_BADGE_HI, badgeHi);
      }
    }
  }
}

function wake(tcb: number, notification: number, badgeLo: number, badgeHi: number): void {
  setThreadState(tcb, STATE_RUNNING);
  setBadge(tcb, badgeLo, badgeHi);
  wakeSignalled(tcb, notification);
}

export function receiveSignal(thread: number, notification: number, blocking: boolean): void {
  if (load(notification + NTFN_STATE) === NTFN_ACTIVE) {
    completeSignal(notification, thread);
  } else if (blocking) {
    store(thread + TCB_BLOCKING_OBJECT, notification);
    setThreadState(thread, STATE_BLOCKED_ON_NOTIFICATION);
    giveBack(thread, notification);
    store(notification + NTFN_STATE, NTFN_WAITING);
    joinQueue(notification, thread);
  } else {
    setBadge(thread, 0, 0);
  }
}

export function completeSignal(notification: number, thread: number): void {
  implAssert(load(notification + NTFN_STATE) === NTFN_ACTIVE, 'a completed signal was active');
  setBadge(thread, load(notification + NTFN_BADGE_LO), load(notification + NTFN_BADGE_HI));
  store(notification + NTFN_STATE, NTFN_IDLE);
  store(notification + NTFN_BADGE_LO, 0);
  store(notification + NTFN_BADGE_HI, 0);
  signalTaken(thread, notification);
}

export function bindNotification(tcb: number, notification: number): void {
  store(notification + NTFN_BOUND_TCB, tcb);
  store(tcb + TCB_BOUND_NOTIFICATION, notification);
}
