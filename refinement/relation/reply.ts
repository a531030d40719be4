/**
 * Reply objects of the MCS kernel. Their links say what call stack they are in: that of a scheduling context is compared with it. What was cut off
 * from one is in no list of the specification; there the links need only lead back, and only reply objects that somebody waits for have any.
 *
 * @source l4v branch rt proof/refine/StateRelation.thy `reply_relation`, `sc_replies_relation`
 */
import { powerOf2 } from '../../spec/abi/words.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { object } from '../../spec/state/kernel-state.ts';
import type { Reply } from '../../spec/state/objects.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { ObjRef } from '../../spec/state/refs.ts';
import type { Difference, Image } from './image.ts';
import { compareNumber, compareReference, differ, hex, load, reference } from './image.ts';
import { compareCallStack } from './time.ts';

export function compareReply(m: Image, s: KernelState, ref: ObjRef, reply: Reply, out: Difference[]): void {
  const { layout: L } = m;
  const isHead = reply.schedContext === null ? 0 : 1;
  compareReference(m, ref + L.REPLY_TCB, reply.tcb, 'reply object', ref, 'thread', out);
  compareNumber(m, ref + L.REPLY_IS_HEAD, isHead, 'reply object', ref, 'head of a call stack', out);
  const context = stackOf(s, ref);
  if (context === null) compareLoose(m, s, ref, reply, out);
  else compareCallStack(m, context, repliesOf(s, context), out);
  for (let at = ref + L.REPLY_IS_HEAD + 4; at < ref + powerOf2(m.config.replyBits); at += 4) {
    compareNumber(m, at, 0, 'reply object', ref, 'padding', out);
  }
}

/** In no call stack of a scheduling context. */
function compareLoose(m: Image, s: KernelState, ref: ObjRef, { tcb }: Reply, out: Difference[]): void {
  const { layout: L } = m;
  const awaited = tcb === null ? undefined : object(s, tcb);
  const mayHaveLinks = awaited?._tag === 'Tcb' && awaited.state._tag === 'BlockedOnReply';
  const compareLink = (link: number, back: number, field: string): void => {
    const other = load(m, ref + link);
    if (other === 0 || (mayHaveLinks && isLoose(s, other) && load(m, other + back) === ref)) return;
    const expected = mayHaveLinks ? 'none, or one that leads back' : 'none';
    differ(out, `reply object ${hex(ref)}`, field, expected, reference(other));
  };
  compareLink(L.REPLY_PREV, L.REPLY_NEXT, 'call before');
  compareLink(L.REPLY_NEXT, L.REPLY_PREV, 'call after');
}

function isLoose(s: KernelState, ref: ObjRef): boolean {
  return object(s, ref)?._tag === 'Reply' && stackOf(s, ref) === null;
}

function repliesOf(s: KernelState, context: ObjRef): readonly ObjRef[] {
  const found = object(s, context);
  return found?._tag === 'SchedContext' ? found.replies : [];
}

let last: { readonly heap: KernelState['heap']; readonly stacks: ReadonlyMap<ObjRef, ObjRef> } | null = null;

/** The scheduling context whose call stack the reply object is in. */
function stackOf({ heap }: KernelState, reply: ObjRef): ObjRef | null {
  if (last?.heap !== heap) {
    const stacks = new Map<ObjRef, ObjRef>();
    PMap.forEach(heap, (value, key) => {
      if (value._tag === 'SchedContext') for (const one of value.replies) stacks.set(one, key * 16);
    });
    last = { heap, stacks };
  }
  return last.stacks.get(reply) ?? null;
}
