/** Ways to break each invariant of a memory image of the MCS kernel, one for each clause. */
import * as layout from '../../impl/memory/layout.ts';
import type { ImageBreak } from './image-breaks.ts';
import { poke } from './image.ts';
import { A, B, CLIENT, EP, LOWER, P, Q, RE_CLIENT, RE_FIRST, RE_OFFERED, SC_B, SC_CALL, SC_P } from './mcs-states.ts';

const pokes = (clause: string, ...writes: readonly (readonly [address: number, word: number])[]): ImageBreak => ({
  clause,
  edit: (memory) => {
    for (const [address, word] of writes) poke(memory, address, word);
    return undefined;
  },
});
const { REPLY_NEXT, REPLY_PREV, REPLY_IS_HEAD, TCB_SCHED_NEXT, TCB_SCHED_PREV, TCB_IN_RELEASE_QUEUE } = layout;
const firstRefill = (context: number): number => context + layout.SCHED_CONTEXT_CORE_BYTES;

export const MCS_IMAGE_BREAKS: Readonly<Record<string, readonly ImageBreak[]>> = {
  "valid_sched_context'": [
    pokes('a head behind the buffer', [SC_B + layout.SCHED_CONTEXT_REFILL_HEAD, 2]),
    pokes('a tail behind the buffer', [SC_B + layout.SCHED_CONTEXT_REFILL_TAIL, 2]),
    pokes('a buffer behind the memory', [SC_B + layout.SCHED_CONTEXT_REFILL_MAX, 3]),
  ],
  "valid_replies'": [
    pokes('a head that is none', [RE_OFFERED + REPLY_IS_HEAD, 1]),
    pokes('a head of another', [RE_FIRST + REPLY_NEXT, SC_B]),
    pokes('a context that does not know its head', [SC_CALL + layout.SCHED_CONTEXT_REPLY, 0]),
    pokes('a context whose head does not know', [SC_B + layout.SCHED_CONTEXT_REPLY, RE_CLIENT]),
    pokes('a next that does not lead back', [RE_OFFERED + REPLY_NEXT, RE_FIRST]),
    pokes('a previous that does not lead on', [RE_CLIENT + REPLY_NEXT, 0]),
    pokes('no reply object before', [RE_CLIENT + REPLY_PREV, EP]),
    pokes('a head before another', [RE_CLIENT + REPLY_IS_HEAD, 1]),
    pokes(
      'a circle',
      [RE_FIRST + REPLY_IS_HEAD, 0],
      [RE_FIRST + REPLY_NEXT, RE_CLIENT],
      [RE_CLIENT + REPLY_PREV, RE_FIRST],
      [SC_CALL + layout.SCHED_CONTEXT_REPLY, 0],
    ),
  ],
  valid_release_queue: [
    pokes('a tail that is not the last', [layout.KS_RELEASE_TAIL, P]),
    pokes('no thread', [layout.KS_RELEASE_HEAD, EP]),
    pokes('a circle', [Q + TCB_SCHED_NEXT, P]),
    pokes('somebody before the first', [P + TCB_SCHED_PREV, B]),
    pokes('in it without the mark', [P + TCB_IN_RELEASE_QUEUE, 0]),
    pokes('the mark without being in it', [CLIENT + TCB_IN_RELEASE_QUEUE, 1]),
    pokes('ready as well', [P + layout.TCB_QUEUED, 1]),
    pokes('the later first', [firstRefill(SC_P) + layout.REFILL_TIME_LO, 1_071]),
    pokes('much later first', [firstRefill(SC_P) + layout.REFILL_TIME_HI, 1]),
  ],
  valid_sched_pointers: [
    pokes('a next without a mark', [CLIENT + TCB_SCHED_NEXT, B]),
    pokes('in the release queue without the mark', [Q + TCB_IN_RELEASE_QUEUE, 0]),
  ],
  sym_heap_sched_pointers: [pokes('a next in the release queue that does not lead back', [Q + TCB_SCHED_PREV, 0])],
  no_orphans: [
    pokes('ready with time, but not marked', [B + layout.TCB_QUEUED, 0]),
    pokes('waiting for time, but not marked', [P + TCB_IN_RELEASE_QUEUE, 0]),
  ],
  ct_not_inQ: [pokes('current and queued', [A + layout.TCB_QUEUED, 1])],
  tcb_unused_fields_zero: [
    pokes('a reply object of one that is not blocked', [B + layout.TCB_REPLY_OBJECT, RE_OFFERED]),
    pokes('behind the reply object of a receiver', [LOWER + layout.TCB_BLOCKING_BADGE_HI, 1]),
    pokes('a pointer to a fault handler', [B + layout.TCB_FAULT_HANDLER_LO, 1]),
  ],
};
