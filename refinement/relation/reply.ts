/**
 * Reply objects of the MCS kernel. Their links say what call stack they are in, which is compared with the scheduling context whose it is.
 *
 * @source l4v branch rt proof/refine/StateRelation.thy `reply_relation`
 */
import { powerOf2 } from '../../spec/abi/words.ts';
import type { Reply } from '../../spec/state/objects.ts';
import type { ObjRef } from '../../spec/state/refs.ts';
import type { Difference, Image } from './image.ts';
import { compareNumber, compareReference } from './image.ts';

export function compareReply(m: Image, ref: ObjRef, { tcb, schedContext }: Reply, out: Difference[]): void {
  const { layout: L } = m;
  compareReference(m, ref + L.REPLY_TCB, tcb, 'reply object', ref, 'thread', out);
  compareNumber(m, ref + L.REPLY_IS_HEAD, schedContext === null ? 0 : 1, 'reply object', ref, 'head of a stack', out);
  if (schedContext !== null)
    compareReference(m, ref + L.REPLY_NEXT, schedContext, 'reply object', ref, 'scheduling context', out);
  for (let at = ref + L.REPLY_IS_HEAD + 4; at < ref + powerOf2(m.config.replyBits); at += 4) {
    compareNumber(m, at, 0, 'reply object', ref, 'padding', out);
  }
}
