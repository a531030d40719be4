/**
 * Reply objects and scheduling contexts of the MCS kernel. What belongs to no field is 0.
 *
 * @source l4v branch rt proof/refine/StateRelation.thy `reply_relation`, `sc_relation`
 */
import { powerOf2 } from '../../spec/abi/words.ts';
import type { Reply, SchedContext } from '../../spec/state/objects.ts';
import type { ObjRef } from '../../spec/state/refs.ts';
import type { Difference, Image } from './image.ts';
import { compareNumber, compareReference, compareWord } from './image.ts';

export function compareReply(m: Image, ref: ObjRef, reply: Reply, out: Difference[]): void {
  compareReference(m, ref + m.layout.REPLY_TCB, reply.tcb, 'reply object', ref, 'thread', out);
  for (let at = ref + 4; at < ref + powerOf2(m.config.replyBits); at += 4) {
    compareNumber(m, at, 0, 'reply object', ref, 'padding', out);
  }
}

export function compareSchedContext(m: Image, ref: ObjRef, context: SchedContext, out: Difference[]): void {
  const { layout: L } = m;
  compareReference(m, ref + L.SCHED_CONTEXT_TCB, context.tcb, 'scheduling context', ref, 'thread', out);
  compareNumber(m, ref + 4, 0, 'scheduling context', ref, 'padding', out);
  compareWord(m, ref + L.SCHED_CONTEXT_BUDGET_LO, context.budget, 'scheduling context', ref, 'budget', out);
  for (let at = ref + 16; at < ref + powerOf2(context.sizeBits); at += 4) {
    compareNumber(m, at, 0, 'scheduling context', ref, 'padding', out);
  }
}
