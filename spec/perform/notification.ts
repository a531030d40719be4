/**
 * Signals: badges that accumulate until somebody takes them.
 *
 * @source l4v spec/abstract/Ipc_A.thy `send_signal`, `receive_signal`, `complete_signal`; seL4 src/object/notification.c
 */
import { specAssert } from '../prelude.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getNotification, setBoundTcb, setNotificationState, threadState, updateTcb } from '../state/kernel-state.ts';
import { setThreadState } from '../state/ready-queues.ts';
import type { ObjRef, Word } from '../state/refs.ts';
import { setRegister } from '../state/user-context.ts';
import { cancelIpc, waitingState } from './cancel.ts';
import { performPoints } from './variant.ts';

/**
 * Wake the first waiting thread, or the bound thread if it waits to receive on an endpoint, or remember the badge. A woken thread gets the
 * badge and nothing else: its message registers stay as they were.
 */
export function sendSignal(s: KernelState, ref: ObjRef, badge: Word): KernelState {
  const { state, boundTcb } = getNotification(s, ref);
  switch (state._tag) {
    case 'IdleNtfn':
      if (boundTcb !== null && threadState(s, boundTcb)._tag === 'BlockedOnReceive') {
        return wake(cancelIpc(s, boundTcb), boundTcb, ref, badge);
      }
      return setNotificationState(s, ref, { _tag: 'ActiveNtfn', badge });
    case 'WaitingNtfn': {
      const [first, ...rest] = state.queue;
      return wake(setNotificationState(s, ref, waitingState(rest)), first, ref, badge);
    }
    case 'ActiveNtfn':
      return setNotificationState(s, ref, { _tag: 'ActiveNtfn', badge: state.badge | badge });
  }
}

function wake(s: KernelState, thread: ObjRef, notification: ObjRef, badge: Word): KernelState {
  const running = setThreadState(s, thread, { _tag: 'Running' });
  const told = setRegister(running, thread, s.config.registers.cap, badge);
  return performPoints(told).wakeSignalled(told, thread, notification);
}

/** Take the badges collected, or wait, or, when not blocking, find nothing. */
export function receiveSignal(s: KernelState, thread: ObjRef, ref: ObjRef, blocking: boolean): KernelState {
  const notification = getNotification(s, ref);
  if (notification.state._tag === 'ActiveNtfn') return completeSignal(s, ref, thread);
  if (!blocking) return setRegister(s, thread, s.config.registers.cap, 0n);
  const queue = notification.state._tag === 'WaitingNtfn' ? notification.state.queue : [];
  const waiting = setThreadState(s, thread, { _tag: 'BlockedOnNotification', notification: ref });
  const t = performPoints(s).giveBack(waiting, thread, ref);
  return setNotificationState(t, ref, waitingState(performPoints(t).joinQueue(t, queue, thread)));
}

/** The thread takes the badges of an active notification. */
export function completeSignal(s: KernelState, ref: ObjRef, thread: ObjRef): KernelState {
  const notification = getNotification(s, ref);
  specAssert(notification.state._tag === 'ActiveNtfn', 'a completed signal was active');
  const t = setRegister(s, thread, s.config.registers.cap, notification.state.badge);
  const taken = setNotificationState(t, ref, { _tag: 'IdleNtfn' });
  return performPoints(taken).signalTaken(taken, thread, ref);
}

/** @source l4v spec/abstract/Tcb_A.thy `bind_notification` */
export function bindNotification(s: KernelState, thread: ObjRef, ref: ObjRef): KernelState {
  const t = setBoundTcb(s, ref, thread);
  return updateTcb(t, thread, { boundNotification: ref });
}
