/**
 * Endpoints. A state word that contradicts the queue is a difference in itself.
 *
 * @source l4v proof/refine/StateRelation.thy `ep_relation`
 */
import type { Endpoint } from '../../spec/state/objects.ts';
import type { ObjRef } from '../../spec/state/refs.ts';
import type { Difference, Image } from './image.ts';
import { compareNumber, differ, hex, load } from './image.ts';
import { EMPTY_QUEUE, compareQueue } from './queue.ts';

export function compareEndpoint(m: Image, ref: ObjRef, endpoint: Endpoint, out: Difference[]): void {
  const { layout: L } = m;
  const state = load(m, ref + L.EP_STATE);
  const expected = endpoint._tag === 'IdleEP' ? L.EP_IDLE : endpoint._tag === 'SendEP' ? L.EP_SEND : L.EP_RECV;
  if (state !== expected) differ(out, `endpoint ${hex(ref)}`, 'state', endpoint._tag, `state word ${state}`);
  const queue = endpoint._tag === 'IdleEP' ? EMPTY_QUEUE : endpoint.queue;
  compareQueue(m, ref + L.EP_HEAD, L.TCB_EP_NEXT, L.TCB_EP_PREV, queue, 'endpoint', ref, out);
  // The fourth word belongs to no field.
  compareNumber(m, ref + L.EP_STATE + 4, 0, 'endpoint', ref, 'padding', out);
}
