/** A memory image of the small configuration that stands for a state: for tests of what must be true of images, written down plainly. */
import * as layout from '../../impl/memory/layout.ts';
import type { ImplMemory } from '../../properties/property.ts';
import type { Cap } from '../../spec/state/caps.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { object } from '../../spec/state/kernel-state.ts';
import type { SchedContext, Tcb } from '../../spec/state/objects.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { ObjRef, SlotRef } from '../../spec/state/refs.ts';
import { FRAME } from './states.ts';

const BITS_PER_BITMAP_WORD = 4;
/** The only fault in these states. */
const TIMEOUT_FAULT = 5;

export function poke(memory: ImplMemory, address: number, word: number): void {
  memory.words[(address - layout.KS_CUR_THREAD) / 4] = word;
}

export function peek(memory: ImplMemory, address: number): number {
  return memory.words[(address - layout.KS_CUR_THREAD) / 4] ?? 0;
}

/** @param allowed bit 0 load, 1 store, 2 fetch */
export function rememberPage(memory: ImplMemory, page: number, allowed: number, physical: number): void {
  const entry = layout.HW_TLB + (page % layout.TLB_ENTRIES) * layout.TLB_ENTRY_BYTES;
  poke(memory, layout.HW_TLB_USED, 1);
  poke(memory, entry, page);
  poke(memory, entry + 4, (1 << 27) | (allowed << 24));
  poke(memory, entry + 8, physical);
}

function poke64(memory: ImplMemory, address: number, word: bigint): void {
  poke(memory, address, Number(word & 0xffff_ffffn));
  poke(memory, address + 4, Number(word >> 32n));
}

/** @param of the layout of the state's configuration, where that is not the small one; what both have is in the same places */
export function imageOf(s: KernelState, of: ImplMemory['layout'] = layout): ImplMemory {
  const memory: ImplMemory = {
    words: new Uint32Array(s.config.ramSize / 4),
    layout: of,
  };
  writeGlobals(memory, s);
  writeTime(memory, s);
  PMap.forEach(s.memory, (value, key) => {
    poke64(memory, key * 8, value);
  });
  PMap.forEach(s.heap, (value, key) => {
    const ref = key * 16;
    if (value._tag === 'Tcb') writeTcb(memory, ref, value);
    if (value._tag === 'SendEP' || value._tag === 'RecvEP') {
      poke(memory, ref + layout.EP_STATE, value._tag === 'SendEP' ? layout.EP_SEND : layout.EP_RECV);
      writeList(memory, ref, value.queue, layout.TCB_EP_NEXT, layout.TCB_EP_PREV);
    }
    if (value._tag === 'Notification') {
      poke(memory, ref + layout.NTFN_BOUND_TCB, value.boundTcb ?? 0);
      poke(memory, ref + layout.NTFN_SCHED_CONTEXT, value.schedContext ?? 0);
      if (value.state._tag === 'WaitingNtfn') {
        poke(memory, ref + layout.NTFN_STATE, layout.NTFN_WAITING);
        writeList(memory, ref, value.state.queue, layout.TCB_EP_NEXT, layout.TCB_EP_PREV);
      }
    }
  });
  PMap.forEach(s.heap, (value, key) => {
    if (value._tag === 'SchedContext') writeContext(memory, key * 16, value);
    if (value._tag === 'Reply') poke(memory, key * 16 + layout.REPLY_TCB, value.tcb ?? 0);
  });
  PMap.forEach(s.queues, (queue, key) => {
    writeQueue(memory, s, key, queue);
  });
  PMap.forEach(s.cdt, (node, key) => {
    if (node.parent === null) writeTree(memory, s, key * 32);
  });
  return memory;
}

function writeGlobals(memory: ImplMemory, s: KernelState): void {
  const { globals } = s;
  poke(memory, layout.KS_CUR_THREAD, globals.currentThread);
  poke(memory, layout.KS_CUR_DOMAIN, globals.currentDomain);
  poke64(memory, layout.KS_DOMAIN_TIME_LO, globals.domainTime);
  poke(memory, layout.HW_PENDING_IRQ, layout.NO_IRQ);
  poke(memory, layout.HW_IRQ_IN_SERVICE, layout.NO_IRQ);
  poke(memory, layout.HW_TIMER_ARMED, 1);
  if (object(s, FRAME)?._tag === 'DataPage') rememberPage(memory, 1, 1, FRAME);
}

function writeTime(memory: ImplMemory, { globals: { time, machine } }: KernelState): void {
  poke64(memory, layout.KS_CUR_TIME_LO, time.now);
  poke64(memory, layout.KS_CONSUMED_LO, time.consumed);
  poke(memory, layout.KS_CUR_SC, time.schedContext ?? 0);
  poke64(memory, layout.HW_TIME_LO, machine.time);
  poke64(memory, layout.HW_DEADLINE_LO, machine.deadline);
  writeList(memory, layout.KS_RELEASE_HEAD, time.releaseQueue, layout.TCB_SCHED_NEXT, layout.TCB_SCHED_PREV);
  for (const thread of time.releaseQueue) poke(memory, thread + layout.TCB_IN_RELEASE_QUEUE, 1);
}

/** With the links of its call stack, and its refills from the first place of the buffer on. */
function writeContext(memory: ImplMemory, ref: ObjRef, context: SchedContext): void {
  const { replies, refills } = context;
  poke(memory, ref + layout.SCHED_CONTEXT_TCB, context.tcb ?? 0);
  poke64(memory, ref + layout.SCHED_CONTEXT_PERIOD_LO, context.period);
  poke(memory, ref + layout.SCHED_CONTEXT_REFILL_MAX, context.refillMax);
  poke(memory, ref + layout.SCHED_CONTEXT_REFILL_TAIL, Math.max(0, refills.length - 1));
  poke(memory, ref + layout.SCHED_CONTEXT_NOTIFICATION, context.notification ?? 0);
  poke(memory, ref + layout.SCHED_CONTEXT_YIELD_FROM, context.yieldFrom ?? 0);
  refills.forEach(({ time, amount }, n) => {
    const at = ref + layout.SCHED_CONTEXT_CORE_BYTES + n * layout.REFILL_BYTES;
    poke64(memory, at + layout.REFILL_TIME_LO, time);
    poke64(memory, at + layout.REFILL_AMOUNT_LO, amount);
  });
  poke(memory, ref + layout.SCHED_CONTEXT_REPLY, replies[0] ?? 0);
  replies.forEach((reply, n) => {
    poke(memory, reply + layout.REPLY_NEXT, replies[n - 1] ?? ref);
    poke(memory, reply + layout.REPLY_PREV, replies[n + 1] ?? 0);
    poke(memory, reply + layout.REPLY_IS_HEAD, n === 0 ? 1 : 0);
  });
}

function writeList(memory: ImplMemory, at: number, queue: readonly ObjRef[], next: number, prev: number): void {
  poke(memory, at, queue[0] ?? 0);
  poke(memory, at + 4, queue.at(-1) ?? 0);
  queue.forEach((thread, index) => {
    poke(memory, thread + next, queue[index + 1] ?? 0);
    poke(memory, thread + prev, queue[index - 1] ?? 0);
  });
}

function writeQueue(memory: ImplMemory, s: KernelState, key: number, queue: readonly ObjRef[]): void {
  const { priorities } = s.config;
  writeList(
    memory,
    layout.KS_READY_QUEUES + key * layout.READY_QUEUE_BYTES,
    queue,
    layout.TCB_SCHED_NEXT,
    layout.TCB_SCHED_PREV,
  );
  for (const thread of queue) poke(memory, thread + layout.TCB_QUEUED, 1);
  const domain = Math.floor(key / priorities);
  const word = Math.floor((key % priorities) / BITS_PER_BITMAP_WORD);
  const level1 = layout.KS_L1_BITMAP + domain * 4;
  const level2 = layout.KS_L2_BITMAP + (domain * layout.PRIORITY_WORDS + layout.PRIORITY_WORDS - 1 - word) * 4;
  poke(memory, level1, peek(memory, level1) | (1 << word));
  poke(memory, level2, peek(memory, level2) | (1 << (key % BITS_PER_BITMAP_WORD)));
}

const STATES: Readonly<Record<Tcb['state']['_tag'], number>> = {
  Inactive: layout.STATE_INACTIVE,
  Running: layout.STATE_RUNNING,
  Restart: layout.STATE_RESTART,
  BlockedOnReceive: layout.STATE_BLOCKED_ON_RECEIVE,
  BlockedOnSend: layout.STATE_BLOCKED_ON_SEND,
  BlockedOnReply: layout.STATE_BLOCKED_ON_REPLY,
  BlockedOnNotification: layout.STATE_BLOCKED_ON_NOTIFICATION,
  IdleThreadState: layout.STATE_IDLE,
};

function writeTcb(memory: ImplMemory, ref: ObjRef, tcb: Tcb): void {
  const { state } = tcb;
  poke(memory, ref + layout.TCB_STATE, STATES[state._tag]);
  if ('endpoint' in state) poke(memory, ref + layout.TCB_BLOCKING_OBJECT, state.endpoint);
  if ('notification' in state) poke(memory, ref + layout.TCB_BLOCKING_OBJECT, state.notification);
  if ('reply' in state) poke(memory, ref + layout.TCB_REPLY_OBJECT, state.reply ?? 0);
  poke(memory, ref + layout.TCB_SCHED_CONTEXT, tcb.schedContext ?? 0);
  poke(memory, ref + layout.TCB_YIELD_TO, tcb.yieldTo ?? 0);
  poke(memory, ref + layout.TCB_FAULT, tcb.fault === null ? 0 : TIMEOUT_FAULT);
  if (state._tag === 'BlockedOnSend') poke64(memory, ref + layout.TCB_BLOCKING_BADGE_LO, state.badge);
  poke(memory, ref + layout.TCB_PRIORITY, tcb.priority);
  poke(memory, ref + layout.TCB_MCP, tcb.mcp);
  poke(memory, ref + layout.TCB_DOMAIN, tcb.domain);
  poke(memory, ref + layout.TCB_TIME_SLICE, tcb.timeSlice);
  poke(memory, ref + layout.TCB_BOUND_NOTIFICATION, tcb.boundNotification ?? 0);
  poke64(memory, ref + layout.TCB_IPC_BUFFER_LO, tcb.ipcBuffer);
  tcb.context.forEach((word, index) => {
    poke64(memory, ref + layout.TCB_CONTEXT + index * 8, word);
  });
}

/** A tree of the derivation as one list, in pre-order. */
function writeTree(memory: ImplMemory, s: KernelState, rootSlot: SlotRef): void {
  const order: SlotRef[] = [];
  const visit = (slot: SlotRef): void => {
    order.push(slot);
    PMap.get(s.cdt, slot / 32)?.children.forEach(visit);
  };
  visit(rootSlot);
  order.forEach((slot, index) => {
    const cap = PMap.get(s.caps, slot / 32);
    if (cap === undefined) return;
    writeCap(memory, slot, cap);
    const original = PMap.get(s.cdt, slot / 32)?.original === true;
    poke(memory, slot + layout.CTE_NEXT, order[index + 1] ?? 0);
    poke(memory, slot + layout.CTE_PREV, order[index - 1] ?? 0);
    poke(memory, slot + layout.CTE_MDB_FLAGS, original ? layout.MDB_REVOCABLE | layout.MDB_FIRST_BADGED : 0);
  });
}

function writeCap(memory: ImplMemory, slot: SlotRef, cap: Cap): void {
  const [type, meta, word] = packed(cap);
  poke(memory, slot + layout.CTE_META, ((type << layout.CAP_TYPE_SHIFT) | meta) >>> 0);
  poke(memory, slot + layout.CTE_PTR_LO, 'ref' in cap ? cap.ref : 0);
  poke64(memory, slot + layout.CTE_WORD_LO, word);
}

/** Type, bits from 16 on, and word; only of what the states of these tests hold. */
function packed(cap: Cap): readonly [type: number, meta: number, word: bigint] {
  switch (cap._tag) {
    case 'UntypedCap':
      return [layout.CAP_UNTYPED, (Number(cap.device) << 16) | (cap.sizeBits << 17), BigInt(cap.freeIndex)];
    case 'EndpointCap':
      return [layout.CAP_ENDPOINT, cap.rights << 16, cap.badge];
    case 'NotificationCap':
      return [layout.CAP_NOTIFICATION, cap.rights << 16, cap.badge];
    case 'ReplyCap':
      return [layout.CAP_REPLY, (Number(cap.master) << 16) | (Number(cap.canGrant) << 17), 0n];
    case 'CNodeCap':
      return [layout.CAP_CNODE, (cap.guardBits << 16) | (cap.radixBits << 22), cap.guard];
    case 'ThreadCap':
      return [layout.CAP_THREAD, 0, 0n];
    case 'Zombie':
      return [layout.CAP_ZOMBIE, cap.radixBits === null ? 1 << 16 : cap.radixBits << 17, BigInt(cap.count)];
    case 'FrameCap':
      return [layout.CAP_FRAME, 3 << 19, 0n];
    case 'PagingCap':
      return [layout.CAP_PAGING, (3 << 16) | (1 << 18), 0n];
    case 'ASIDPoolCap':
      return [layout.CAP_ASID_POOL, 0, 0n];
    case 'IRQControlCap':
      return [layout.CAP_IRQ_CONTROL, 0, 0n];
    case 'IRQHandlerCap':
      return [layout.CAP_IRQ_HANDLER, 0, BigInt(cap.irq)];
    case 'ReplyObjectCap':
      return [layout.CAP_REPLY_OBJECT, Number(cap.canGrant) << 17, 0n];
    case 'SchedContextCap':
      return [layout.CAP_SCHED_CONTEXT, cap.sizeBits << 17, 0n];
    case 'DomainCap':
      return [layout.CAP_DOMAIN, 0, 0n];
    default:
      throw new Error(`no ${cap._tag} in these tests`);
  }
}
