/**
 * The abstraction function: from words of memory to abstract entities. The relation compares, and that is enough as long as both sides agree; where they
 * do not, this says what state the implementation is in, so that a property can judge that state itself.
 *
 * What exists is taken from the specification's state. Words that stand for nothing abstract give what is nearest.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Cap, FrameSize, Mapping, VmRights } from '../../spec/state/caps.ts';
import { NULL_CAP } from '../../spec/state/caps.ts';
import type { CdtNode, Globals, KernelState, SchedulerAction, TimeState } from '../../spec/state/kernel-state.ts';
import { getCap, object as objectAt, setGlobals, slotKey } from '../../spec/state/kernel-state.ts';
import type {
  Endpoint,
  Fault,
  KernelObject,
  Notification,
  Pte,
  SchedContext,
  Tcb,
  ThreadState,
} from '../../spec/state/objects.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { SlotRef } from '../../spec/state/refs.ts';
import { isMdbParentOf } from './cdt.ts';
import type { Image } from './image.ts';
import { inMemory, load, load64 } from './image.ts';
import { readRefills } from './time.ts';

/** What of an abstract state is to be read anew. */
export interface Doubtful {
  readonly objects: readonly number[];
  readonly slots: readonly SlotRef[];
  readonly queues: readonly number[];
  /** Addresses of 64-bit words of user memory. */
  readonly words: readonly number[];
}

/** The state that memory is in: `s`, with what is in doubt as it is in memory. */
export function abstractState(m: Image, s: KernelState, { objects, slots, queues, words }: Doubtful): KernelState {
  let { heap, caps, queues: ready, memory } = s;
  for (const ref of objects) {
    const value = objectAt(s, ref);
    if (value === undefined) continue;
    const read = readObject(m, ref, value);
    // What is the same is known by its reference.
    if (!isDeepStrictEqual(read, value)) heap = PMap.set(heap, ref / 16, read);
  }
  for (const slot of slots) {
    const cap = readCap(m, slot);
    if (!isDeepStrictEqual(cap, getCap(s, slot)))
      caps = PMap.set(caps, slotKey(slot), cap._tag === 'NullCap' ? undefined : cap);
  }
  for (const key of queues) {
    const queue = readList(m, m.layout.KS_READY_QUEUES + key * m.layout.READY_QUEUE_BYTES, m.layout.TCB_SCHED_NEXT);
    if (!isDeepStrictEqual(queue, PMap.get(ready, key) ?? []))
      ready = PMap.set(ready, key, queue.length === 0 ? undefined : queue);
  }
  for (const address of words) {
    const word = load64(m, address);
    memory = PMap.set(memory, address / 8, word === 0n ? undefined : word);
  }
  const t: KernelState = { ...s, heap, caps, queues: ready, memory };
  return setGlobals(slots.length === 0 ? t : { ...t, cdt: readCdt(m, t, slots) }, readGlobals(m, s.globals));
}

const RIGHTS: readonly VmRights[] = ['KernelOnly', 'KernelOnly', 'ReadOnly', 'ReadWrite'];
const SIZES: readonly FrameSize[] = ['Small', 'Large', 'Huge'];
const LEVELS = ['PageTable', 'PageDirectory', 'PDPT', 'PML4'] as const;

export function readCap(m: Image, slot: SlotRef): Cap {
  const { layout: L } = m;
  const meta = load(m, slot + L.CTE_META);
  const bits = (meta >>> 16) & 0x7ff;
  const ref = (meta & 0xffff) * 0x1_0000_0000 + load(m, slot + L.CTE_PTR_LO);
  const lo = load(m, slot + L.CTE_WORD_LO);
  const word = load64(m, slot + L.CTE_WORD_LO);
  const mapping = (): Mapping => ({ asid: Number(word >> 48n), vaddr: word & 0xffff_ffff_ffffn });
  switch (meta >>> L.CAP_TYPE_SHIFT) {
    case L.CAP_UNTYPED:
      return {
        _tag: 'UntypedCap',
        device: (bits & 1) !== 0,
        ref,
        sizeBits: (meta >>> 17) & 63,
        freeIndex: Number(word),
      };
    case L.CAP_ENDPOINT:
      return { _tag: 'EndpointCap', ref, badge: word, rights: bits & 15 };
    case L.CAP_NOTIFICATION:
      return { _tag: 'NotificationCap', ref, badge: word, rights: bits & 3 };
    case L.CAP_REPLY_OBJECT:
      return { _tag: 'ReplyObjectCap', ref, canGrant: (bits & 2) !== 0 };
    case L.CAP_SCHED_CONTEXT:
      return { _tag: 'SchedContextCap', ref, sizeBits: (meta >>> 17) & 63 };
    case L.CAP_SCHED_CONTROL:
      return { _tag: 'SchedControlCap' };
    case L.CAP_REPLY:
      return { _tag: 'ReplyCap', ref, master: (bits & 1) !== 0, canGrant: (bits & 2) !== 0 };
    case L.CAP_CNODE:
      return { _tag: 'CNodeCap', ref, radixBits: (meta >>> 22) & 31, guard: word, guardBits: bits & 63 };
    case L.CAP_THREAD:
      return { _tag: 'ThreadCap', ref };
    case L.CAP_DOMAIN:
      return { _tag: 'DomainCap' };
    case L.CAP_IRQ_CONTROL:
      return { _tag: 'IRQControlCap' };
    case L.CAP_IRQ_HANDLER:
      return { _tag: 'IRQHandlerCap', irq: lo };
    case L.CAP_ZOMBIE:
      return { _tag: 'Zombie', ref, radixBits: (bits & 1) !== 0 ? null : (meta >>> 17) & 63, count: lo };
    case L.CAP_FRAME:
      return {
        _tag: 'FrameCap',
        ref,
        size: SIZES[bits & 3] ?? 'Small',
        device: (bits & 4) !== 0,
        rights: RIGHTS[(meta >>> 19) & 3] ?? 'KernelOnly',
        mapped: (meta & (1 << 21)) === 0 ? null : mapping(),
      };
    case L.CAP_PAGING:
      return {
        _tag: 'PagingCap',
        level: LEVELS[bits & 3] ?? 'PageTable',
        ref,
        mapped: (bits & 4) === 0 ? null : mapping(),
      };
    case L.CAP_ASID_CONTROL:
      return { _tag: 'ASIDControlCap' };
    case L.CAP_ASID_POOL:
      return { _tag: 'ASIDPoolCap', ref, base: lo };
    case L.CAP_IO_PORT:
      return { _tag: 'IOPortCap', first: lo % 0x1_0000, last: Math.floor(lo / 0x1_0000) };
    case L.CAP_IO_PORT_CONTROL:
      return { _tag: 'IOPortControlCap' };
    case L.CAP_IO_SPACE:
      return { _tag: 'IOSpaceCap' };
    default:
      return NULL_CAP;
  }
}

/** Threads, or reply objects, from the head on; a list that comes back to where it was ends there. */
function readList(m: Image, head: number, next: number): readonly number[] {
  const queue: number[] = [];
  for (let at = load(m, head); at !== 0 && !queue.includes(at); at = load(m, at + next)) queue.push(at);
  return queue;
}

function readObject(m: Image, ref: number, like: KernelObject): KernelObject {
  const { layout: L } = m;
  switch (like._tag) {
    case 'IdleEP':
    case 'SendEP':
    case 'RecvEP': {
      const [first, ...rest] = readList(m, ref + L.EP_HEAD, L.TCB_EP_NEXT);
      if (first === undefined) return { _tag: 'IdleEP' };
      const read: Endpoint = {
        _tag: load(m, ref + L.EP_STATE) === L.EP_SEND ? 'SendEP' : 'RecvEP',
        queue: [first, ...rest],
      };
      return read;
    }
    case 'Notification':
      return {
        _tag: 'Notification',
        state: readNotificationState(m, ref),
        boundTcb: load(m, ref + L.NTFN_BOUND_TCB) || null,
        schedContext: load(m, ref + L.NTFN_SCHED_CONTEXT) || null,
      };
    case 'Reply': {
      const isHead = load(m, ref + L.REPLY_IS_HEAD) === 1;
      return {
        _tag: 'Reply',
        tcb: load(m, ref + L.REPLY_TCB) || null,
        schedContext: isHead ? load(m, ref + L.REPLY_NEXT) || null : null,
      };
    }
    case 'SchedContext':
      return readSchedContext(m, ref, like);
    case 'Tcb':
      return readTcb(m, ref, like);
    case 'PageTable': {
      let { entries } = like;
      const users = 2 ** (m.config.pageTableBits - 3) / (like.kernelMappings ? 2 : 1);
      for (let index = 0; index < users; index++) {
        const was = PMap.get(entries, index);
        const is = readPte(m, load64(m, ref + index * 8), was);
        if (is !== was) entries = PMap.set(entries, index, is);
      }
      return entries === like.entries ? like : { ...like, entries };
    }
    case 'ASIDPool': {
      let { entries } = like;
      for (let index = 0; index < 2 ** (m.config.asidPoolBits - 3); index++)
        entries = PMap.set(entries, index, load(m, ref + index * 8) || undefined);
      return { _tag: 'ASIDPool', entries };
    }
    default:
      return like;
  }
}

/** What a scheduling context without a budget has in its refills means nothing. */
function readSchedContext(m: Image, ref: number, like: SchedContext): SchedContext {
  const { layout: L } = m;
  const refillMax = load(m, ref + L.SCHED_CONTEXT_REFILL_MAX);
  const refills = refillMax === 0 ? like.refills : readRefills(m, ref, like.sizeBits);
  return {
    _tag: 'SchedContext',
    sizeBits: like.sizeBits,
    tcb: load(m, ref + L.SCHED_CONTEXT_TCB) || null,
    notification: load(m, ref + L.SCHED_CONTEXT_NOTIFICATION) || null,
    yieldFrom: load(m, ref + L.SCHED_CONTEXT_YIELD_FROM) || null,
    replies: readList(m, ref + L.SCHED_CONTEXT_REPLY, L.REPLY_PREV),
    period: load64(m, ref + L.SCHED_CONTEXT_PERIOD_LO),
    budget: refillMax === 0 ? like.budget : refills.reduce((sum, { amount }) => sum + amount, 0n),
    refillMax,
    refills,
    consumed: load64(m, ref + L.SCHED_CONTEXT_CONSUMED_LO),
    badge: load64(m, ref + L.SCHED_CONTEXT_BADGE_LO),
    sporadic: load(m, ref + L.SCHED_CONTEXT_SPORADIC) === 1,
  };
}

function readNotificationState(m: Image, ref: number): Notification['state'] {
  const { layout: L } = m;
  const [first, ...rest] = readList(m, ref + L.NTFN_HEAD, L.TCB_EP_NEXT);
  if (first !== undefined) return { _tag: 'WaitingNtfn', queue: [first, ...rest] };
  return load(m, ref + L.NTFN_STATE) === L.NTFN_ACTIVE
    ? { _tag: 'ActiveNtfn', badge: load64(m, ref + L.NTFN_BADGE_LO) }
    : { _tag: 'IdleNtfn' };
}

/** Where an entry leads and what may be done there; attributes are those of the entry that it should be. */
function readPte(m: Image, word: bigint, was: Pte | undefined): Pte | undefined {
  const isX86 = m.config.arch.name === 'x86_64';
  if ((word & 1n) === 0n) return undefined;
  const unit = BigInt(m.config.pageTableBits);
  const ref = isX86
    ? Number(((word & 0xf_ffff_ffff_f000n) >> 12n) << unit)
    : Number(((word >> 10n) & 0xfff_ffff_ffffn) << unit);
  const attributes = was?.attributes ?? 0;
  const isPage =
    was === undefined
      ? inMemory(m, ref) && (isX86 ? (word & 4n) !== 0n : (word & 0xen) !== 0n)
      : was._tag === 'PagePTE';
  if (!isPage) return was?.ref === ref ? was : { _tag: 'PageTablePTE', ref, attributes };
  const canWrite = isX86 ? (word & 2n) !== 0n : (word & 4n) !== 0n;
  const canRead = isX86 ? (word & 4n) !== 0n : (word & 2n) !== 0n;
  const rights: VmRights = !canRead ? 'KernelOnly' : canWrite ? 'ReadWrite' : 'ReadOnly';
  const size = was?._tag === 'PagePTE' ? was.size : 'Small';
  return was?._tag === 'PagePTE' && was.ref === ref && was.rights === rights
    ? was
    : { _tag: 'PagePTE', ref, size, rights, attributes };
}

function readTcb(m: Image, ref: number, like: Tcb): Tcb {
  const { layout: L } = m;
  const context = like.context.map((_, register) => load64(m, ref + L.TCB_CONTEXT + register * 8));
  return {
    _tag: 'Tcb',
    state: readThreadState(m, ref),
    fault: readFault(m, ref, like.fault),
    faultHandler: load64(m, ref + L.TCB_FAULT_HANDLER_LO),
    ipcBuffer: load64(m, ref + L.TCB_IPC_BUFFER_LO),
    boundNotification: load(m, ref + L.TCB_BOUND_NOTIFICATION) || null,
    domain: load(m, ref + L.TCB_DOMAIN),
    priority: load(m, ref + L.TCB_PRIORITY),
    mcp: load(m, ref + L.TCB_MCP),
    timeSlice: load(m, ref + L.TCB_TIME_SLICE),
    flags: load(m, ref + L.TCB_FLAGS),
    context: context.every((word, n) => word === like.context[n]) ? like.context : context,
    fpu: load64(m, ref + L.TCB_FPU_LO),
    schedContext: load(m, ref + L.TCB_SCHED_CONTEXT) || null,
    yieldTo: load(m, ref + L.TCB_YIELD_TO) || null,
  };
}

function readThreadState(m: Image, ref: number): ThreadState {
  const { layout: L } = m;
  const waitsFor = load(m, ref + L.TCB_BLOCKING_OBJECT);
  const flags = load(m, ref + L.TCB_BLOCKING_FLAGS);
  const canGrant = (flags & L.BLOCKING_CAN_GRANT) !== 0;
  const reply = load(m, ref + L.TCB_REPLY_OBJECT);
  switch (load(m, ref + L.TCB_STATE)) {
    case L.STATE_RUNNING:
      return { _tag: 'Running' };
    case L.STATE_RESTART:
      return { _tag: 'Restart' };
    case L.STATE_IDLE:
      return { _tag: 'IdleThreadState' };
    case L.STATE_BLOCKED_ON_RECEIVE:
      return { _tag: 'BlockedOnReceive', endpoint: waitsFor, canGrant, ...(reply === 0 ? {} : { reply }) };
    case L.STATE_BLOCKED_ON_SEND:
      return {
        _tag: 'BlockedOnSend',
        endpoint: waitsFor,
        badge: load64(m, ref + L.TCB_BLOCKING_BADGE_LO),
        canGrant,
        canGrantReply: (flags & L.BLOCKING_CAN_GRANT_REPLY) !== 0,
        isCall: (flags & L.BLOCKING_IS_CALL) !== 0,
      };
    case L.STATE_BLOCKED_ON_REPLY:
      return { _tag: 'BlockedOnReply', ...(reply === 0 ? {} : { reply }) };
    case L.STATE_BLOCKED_ON_NOTIFICATION:
      return { _tag: 'BlockedOnNotification', notification: waitsFor };
    default:
      return { _tag: 'Inactive' };
  }
}

/** A fault of another kind than it should be is told apart, and no more. */
function readFault(m: Image, ref: number, like: Fault | null): Fault | null {
  const { layout: L } = m;
  const word = load(m, ref + L.TCB_FAULT);
  if (word === 0) return null;
  return like ?? { _tag: 'UserException', number: BigInt(word), code: 0 };
}

function readGlobals(m: Image, like: Globals): Globals {
  const { layout: L } = m;
  const root = load(m, L.HW_VSPACE_ROOT);
  const domainSchedule = like.domainSchedule.map((entry, n) => {
    const at = L.KS_DOMAIN_SCHEDULE + n * L.DOMAIN_ENTRY_BYTES;
    const is = { domain: load(m, at), duration: load64(m, at + 8) };
    return is.domain === entry.domain && is.duration === entry.duration ? entry : is;
  });
  const irqStates = like.irqStates.map(
    (_, irq) => (['Inactive', 'Signal', 'Timer', 'Reserved'] as const)[load(m, L.KS_IRQ_STATE + irq * 4)] ?? 'Reserved',
  );
  const irqMasked = like.machine.irqMasked.map((_, irq) => load(m, L.HW_IRQ_MASKED + irq * 4) === 1);
  const asidTable = like.asidTable.map((_, high) => load(m, L.KS_ASID_TABLE + high * 4) || null);
  const action = load(m, L.KS_SCHEDULER_ACTION);
  const schedulerAction: SchedulerAction =
    action === L.ACTION_RESUME
      ? { _tag: 'ResumeCurrentThread' }
      : action === L.ACTION_CHOOSE
        ? { _tag: 'ChooseNewThread' }
        : { _tag: 'SwitchToThread', thread: action };
  return {
    ...like,
    currentThread: load(m, L.KS_CUR_THREAD),
    schedulerAction: schedulerAction._tag === like.schedulerAction._tag ? like.schedulerAction : schedulerAction,
    currentDomain: load(m, L.KS_CUR_DOMAIN),
    domainTime: load64(m, L.KS_DOMAIN_TIME_LO),
    domainIndex: load(m, L.KS_DOMAIN_INDEX),
    domainStart: load(m, L.KS_DOMAIN_START),
    domainSchedule: kept(like.domainSchedule, domainSchedule),
    workUnits: load(m, L.KS_WORK_UNITS),
    irqStates: kept(like.irqStates, irqStates),
    fpuOwner: load(m, L.KS_FPU_OWNER) || null,
    asidTable: kept(like.asidTable, asidTable),
    time: readTime(m, like.time),
    machine: {
      ...like.machine,
      time: load64(m, L.HW_TIME_LO),
      lookTicks: load64(m, L.HW_LOOK_TICKS_LO),
      deadline: load64(m, L.HW_DEADLINE_LO),
      irqMasked: kept(like.machine.irqMasked, irqMasked),
      fpu: { enabled: load(m, L.HW_FPU_ENABLED) === 1, registers: load64(m, L.HW_FPU_LO) },
      vspace: { root: root === L.KS_GLOBAL_ROOT ? null : root, asid: load(m, L.HW_VSPACE_ASID) },
    },
  };
}

function readTime(m: Image, like: TimeState): TimeState {
  const { layout: L } = m;
  const releaseQueue = readList(m, L.KS_RELEASE_HEAD, L.TCB_SCHED_NEXT);
  const is: TimeState = {
    now: load64(m, L.KS_CUR_TIME_LO),
    consumed: load64(m, L.KS_CONSUMED_LO),
    schedContext: load(m, L.KS_CUR_SC) || null,
    idleSchedContext: like.idleSchedContext,
    reprogram: load(m, L.KS_REPROGRAM) === 1,
    releaseQueue,
  };
  return isDeepStrictEqual(is, like) ? like : is;
}

/** The list itself where nothing of it changed: what is the same is known by its reference. */
function kept<T>(was: readonly T[], is: readonly T[]): readonly T[] {
  return is.every((one, n) => one === was[n]) ? was : is;
}

/**
 * The derivation tree that the list gives: a slot's parent is the nearest one before it that counts as one, and its list of children those that have it
 * as their parent. Roots of which the list knows no ancestor have none. Where the tree knows more than the list it is kept.
 */
function readCdt(m: Image, s: KernelState, slots: readonly SlotRef[]): PMap.PMap<CdtNode> {
  const { layout: L } = m;
  let { cdt } = s;
  // Only the trees in doubt are built again: those that the slots are in now or were in before.
  const heads = new Set<SlotRef>();
  for (const slot of slots) {
    let at = slot;
    const seen = new Set<SlotRef>();
    for (
      let prev = load(m, at + L.CTE_PREV);
      prev !== 0 && inMemory(m, prev) && !seen.has(prev);
      prev = load(m, at + L.CTE_PREV)
    ) {
      seen.add(prev);
      at = prev;
    }
    heads.add(at);
    if (!PMap.get(s.caps, slotKey(slot))) cdt = PMap.set(cdt, slotKey(slot), undefined);
  }
  for (const head of heads) {
    const path: SlotRef[] = [];
    const parents = new Map<SlotRef, SlotRef | null>();
    const children = new Map<SlotRef, SlotRef[]>();
    for (let at = head; at !== 0 && inMemory(m, at) && !parents.has(at); at = load(m, at + L.CTE_NEXT)) {
      if (PMap.get(s.caps, slotKey(at)) === undefined) continue;
      while (path.length > 0 && !isMdbParentOf(m, path.at(-1) ?? 0, at)) path.pop();
      const parent = path.at(-1) ?? null;
      parents.set(at, parent);
      if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), at]);
      path.push(at);
    }
    for (const [at, parent] of parents) {
      const original = (load(m, at + L.CTE_MDB_FLAGS) & L.MDB_REVOCABLE) !== 0;
      const was = PMap.get(cdt, slotKey(at));
      const is = children.get(at) ?? [];
      const isSame =
        was?.parent === parent &&
        was.original === original &&
        was.children.length === is.length &&
        is.every((child, n) => child === was.children[n]);
      if (!isSame) cdt = PMap.set(cdt, slotKey(at), { parent, children: is, original });
    }
  }
  return cdt;
}
