/** Ways to break each invariant of a memory image, one for each clause. */
import * as layout from '../../impl/memory/layout.ts';
import type { ImplMemory } from '../../properties/property.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { slotAt } from '../../spec/state/kernel-state.ts';
import { peek, poke, rememberPage } from './image.ts';
import { A, B, C, CHILD_EP, D, E, EP, EP_SENDING, F, FRAME, UNTYPED_END, slots, withObject } from './states.ts';

export interface ImageBreak {
  readonly clause: string;
  /** Changes the image; returns another state when that is what is wrong. */
  readonly edit: (memory: ImplMemory, s: KernelState) => KernelState | undefined;
  readonly fullOnly?: true;
}

type Write = readonly [address: number, word: number];
const pokes = (clause: string, ...writes: readonly Write[]): ImageBreak => ({
  clause,
  edit: (memory) => {
    for (const [address, word] of writes) poke(memory, address, word);
    return undefined;
  },
});
const remembering = (clause: string, page: number, allowed: number, physical: number): ImageBreak => ({
  clause,
  edit: (memory) => {
    rememberPage(memory, page, allowed, physical);
    return undefined;
  },
});
const full = (entry: ImageBreak): ImageBreak => ({ ...entry, fullOnly: true });

const { CTE_NEXT, CTE_PREV, CTE_MDB_FLAGS, CTE_META, CTE_PTR_LO, CTE_WORD_LO } = layout;
const queue = (priority: number): number => layout.KS_READY_QUEUES + priority * layout.READY_QUEUE_BYTES;
/** Level-2 word of domain 0 with the bits of priorities 0 to 3. */
const LOWEST_WORD = layout.KS_L2_BITMAP + (layout.PRIORITY_WORDS - 1) * 4;

/** Moves an entry of the derivation list behind another, keeping the list a list. */
const moved = (clause: string, slot: number, behind: number): ImageBreak => ({
  clause,
  edit: (memory) => {
    const [prev, next] = [peek(memory, slot + CTE_PREV), peek(memory, slot + CTE_NEXT)];
    if (prev !== 0) poke(memory, prev + CTE_NEXT, next);
    if (next !== 0) poke(memory, next + CTE_PREV, prev);
    const after = peek(memory, behind + CTE_NEXT);
    poke(memory, behind + CTE_NEXT, slot);
    poke(memory, slot + CTE_PREV, behind);
    poke(memory, slot + CTE_NEXT, after);
    if (after !== 0) poke(memory, after + CTE_PREV, slot);
    return undefined;
  },
});

const tcbField = (clause: string, offset: number, word: number, tcb = B): ImageBreak =>
  pokes(clause, [tcb + offset, word]);

export const IMAGE_BREAKS: Readonly<Record<string, readonly ImageBreak[]>> = {
  "no_0_obj'": [
    {
      clause: 'an object at address 0',
      edit: (_, s) => withObject(0, { _tag: 'IdleEP' })(s),
    },
  ],
  valid_nullcaps: [
    pokes('an empty slot on a list', [slots.empty + CTE_NEXT, slots.ep]),
    pokes('an empty slot with a mark', [slots.empty + CTE_MDB_FLAGS, 1]),
    pokes('an empty slot with a pointer', [slots.empty + CTE_PTR_LO, EP]),
  ],
  valid_dlist: [
    pokes('a next that does not lead back', [slots.badged + CTE_PREV, slots.a]),
    pokes('a previous that does not lead on', [slots.ep + CTE_NEXT, 0]),
  ],
  mdb_chain_0: [
    pokes('a circle', [slots.irqControl + CTE_PREV, slots.irqHandler], [slots.irqHandler + CTE_NEXT, slots.irqControl]),
    pokes('on to an empty slot', [slots.irqHandler + CTE_NEXT, slots.empty]),
  ],
  mdb_chunked: [
    moved('a copy apart from its original', slots.badged, slots.b),
    moved('a copy on another list', slots.badged, slots.irqHandler),
    moved('an object on another list than its untyped', slots.childEp, slots.domain),
    moved('an object of the inner untyped outside of it', slots.childEp, slots.a),
  ],
  valid_badges: [pokes('another badge that is not first', [slots.badged + CTE_MDB_FLAGS, 1])],
  class_links: [moved('an endpoint after an interrupt', slots.badged, slots.irqHandler)],
  "ut_revocable'": [pokes('not revocable', [slots.childUntyped + CTE_MDB_FLAGS, 2])],
  distinct_zombies: [
    {
      clause: 'another capability to the object of a zombie',
      edit: (memory) => {
        poke(memory, slots.innerCnode + CTE_PTR_LO, peek(memory, slots.zombie + CTE_PTR_LO));
        return undefined;
      },
    },
  ],
  irq_control: [
    pokes('not revocable', [slots.irqControl + CTE_MDB_FLAGS, 0]),
    pokes('a second one', [slots.domain + CTE_META, (layout.CAP_IRQ_CONTROL << layout.CAP_TYPE_SHIFT) >>> 0]),
  ],
  reply_masters_rvk_fb: [
    pokes('not revocable', [slotAt(B, 2) + CTE_MDB_FLAGS, 2]),
    pokes('not first badged', [slotAt(B, 2) + CTE_MDB_FLAGS, 1]),
  ],
  valid_bitmaps: [
    pokes('a queue without its bit', [LOWEST_WORD, 0]),
    pokes('a bit without a queue', [LOWEST_WORD, 0b1001]),
    pokes('level 2 without level 1', [layout.KS_L1_BITMAP, 0]),
    pokes('level 1 without level 2', [layout.KS_L1_BITMAP, 0b11]),
  ],
  list_queue_relation: [
    pokes('a tail that is not the last', [queue(3) + 4, A]),
    pokes('no thread', [queue(3), EP]),
    tcbField('in the queue without the mark', layout.TCB_QUEUED, 0),
    tcbField('of another priority', layout.TCB_PRIORITY, 4),
    tcbField('somebody before the first', layout.TCB_SCHED_PREV, C),
    tcbField('a circle', layout.TCB_SCHED_NEXT, B),
    tcbField('the mark without the queue', layout.TCB_QUEUED, 1, C),
  ],
  sym_heap_sched_pointers: [
    tcbField('a next that does not lead back', layout.TCB_SCHED_NEXT, C),
    tcbField('a previous that does not lead on', layout.TCB_SCHED_PREV, C),
  ],
  valid_sched_pointers: [
    tcbField('a next without the mark', layout.TCB_SCHED_NEXT, B, C),
    tcbField('a previous without the mark', layout.TCB_SCHED_PREV, B, C),
  ],
  ct_not_inQ: [tcbField('current and queued', layout.TCB_QUEUED, 1, A)],
  sch_act_wf: [
    tcbField('going on while blocked', layout.TCB_STATE, layout.STATE_BLOCKED_ON_REPLY, A),
    pokes('no thread to switch to', [layout.KS_SCHEDULER_ACTION, EP]),
    pokes('a blocked thread to switch to', [layout.KS_SCHEDULER_ACTION, C]),
    pokes('a thread of another domain to switch to', [layout.KS_SCHEDULER_ACTION, B], [B + layout.TCB_DOMAIN, 1]),
  ],
  "ct_idle_or_in_cur_domain'": [tcbField('of another domain', layout.TCB_DOMAIN, 1, A)],
  no_orphans: [
    tcbField('running', layout.TCB_QUEUED, 0),
    tcbField('to be restarted', layout.TCB_STATE, layout.STATE_RESTART, C),
  ],
  "tcb_queue_relation'": [
    pokes('a tail that is not the last', [EP + layout.EP_TAIL, D]),
    pokes('idle with a queue', [EP + layout.EP_STATE, 0]),
    pokes('waiting without a queue', [EP_SENDING + layout.EP_HEAD, 0], [EP_SENDING + layout.EP_TAIL, 0]),
    pokes('no thread', [EP + layout.EP_HEAD, slots.ep]),
    tcbField('somebody before the first', layout.TCB_EP_PREV, D, C),
    tcbField('a circle', layout.TCB_EP_NEXT, F, F),
    tcbField('blocked on another one', layout.TCB_BLOCKING_OBJECT, EP, E),
  ],
  "valid_tcb'": [
    tcbField('domain', layout.TCB_DOMAIN, 2),
    tcbField('priority', layout.TCB_PRIORITY, 16),
    tcbField('maximum controlled priority', layout.TCB_MCP, 16),
    tcbField('state', layout.TCB_STATE, 8),
    tcbField('mark', layout.TCB_QUEUED, 2),
    tcbField('flags', layout.TCB_FLAGS, 2),
    tcbField('time slice', layout.TCB_TIME_SLICE, 4),
    tcbField('a link to no thread', layout.TCB_SCHED_NEXT, EP),
    tcbField('a link of the endpoint to no thread', layout.TCB_EP_PREV, EP),
  ],
  tcb_unused_fields_zero: [
    tcbField('an object of a thread that is not blocked', layout.TCB_BLOCKING_OBJECT, EP),
    tcbField('a link of a thread that is not blocked', layout.TCB_EP_NEXT, C),
    tcbField('a badge of one that does not send', layout.TCB_BLOCKING_BADGE_HI, 1, C),
    tcbField('flags of one that is not blocked on an endpoint', layout.TCB_BLOCKING_FLAGS, 1, E),
    tcbField('a fault word without a fault', layout.TCB_FAULT_BITS_LEFT, 1),
    tcbField('memory behind the last field', layout.TCB_BYTES, 1),
  ],
  "untyped_ranges_zero'": [
    full(pokes('a word in free memory', [UNTYPED_END - 4, 1])),
    full(pokes('a word in free memory of an inner one', [CHILD_EP + 0x20, 1])),
    full(pokes('a free index too low', [slots.untyped + CTE_WORD_LO, 0x800])),
  ],
  irqs_acknowledged: [pokes('pending', [layout.HW_PENDING_IRQ, 2]), pokes('in service', [layout.HW_IRQ_IN_SERVICE, 5])],
  timer_armed: [pokes('not armed', [layout.HW_TIMER_ARMED, 0])],
  tlb_consistent: [
    remembering('a page that is not mapped', 5, 1, FRAME),
    remembering('another frame than the one that is mapped', 1, 1, FRAME + 512),
  ],
};
