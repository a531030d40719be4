/**
 * Notifications: state, badge, waiting threads and bound thread.
 *
 * @source l4v proof/refine/StateRelation.thy `ntfn_relation`
 */
import { powerOf2 } from '../../spec/abi/words.ts';
import type { Notification } from '../../spec/state/objects.ts';
import type { ObjRef } from '../../spec/state/refs.ts';
import type { Difference, Image } from './image.ts';
import { compareNumber, compareReference, compareWord, differ, hex, load } from './image.ts';
import { EMPTY_QUEUE, compareQueue } from './queue.ts';

export function compareNotification(m: Image, ref: ObjRef, notification: Notification, out: Difference[]): void {
  const { layout: L } = m;
  const { state } = notification;
  const word = load(m, ref + L.NTFN_STATE);
  const expected =
    state._tag === 'IdleNtfn' ? L.NTFN_IDLE : state._tag === 'WaitingNtfn' ? L.NTFN_WAITING : L.NTFN_ACTIVE;
  if (word !== expected) differ(out, `notification ${hex(ref)}`, 'state', state._tag, `state word ${word}`);
  const queue = state._tag === 'WaitingNtfn' ? state.queue : EMPTY_QUEUE;
  compareQueue(m, ref + L.NTFN_HEAD, L.TCB_EP_NEXT, L.TCB_EP_PREV, queue, 'notification', ref, out);
  const badge = state._tag === 'ActiveNtfn' ? state.badge : 0n;
  compareWord(m, ref + L.NTFN_BADGE_LO, badge, 'notification', ref, 'badge', out);
  compareReference(m, ref + L.NTFN_BOUND_TCB, notification.boundTcb, 'notification', ref, 'bound thread', out);
  compareReference(
    m,
    ref + L.NTFN_SCHED_CONTEXT,
    notification.schedContext,
    'notification',
    ref,
    'scheduling context',
    out,
  );
  // The words behind belong to no field.
  for (let at = ref + L.NTFN_SCHED_CONTEXT + 4; at < ref + powerOf2(m.config.notificationBits); at += 4) {
    compareNumber(m, at, 0, 'notification', ref, 'padding', out);
  }
}
