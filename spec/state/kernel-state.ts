/**
 * The abstract kernel state, a persistent value, and the smallest reads and writes on it. Nothing here decides anything.
 *
 * @source l4v spec/abstract/Structures_A.thy `abstract_state`, Deterministic_A.thy `det_ext`
 */
import type { KernelConfig } from '../abi/config.ts';
import { specAssert } from '../prelude.ts';
import type { Cap } from './caps.ts';
import { NULL_CAP } from './caps.ts';
import type {
  ASIDPool,
  Endpoint,
  KernelObject,
  Notification,
  PagePte,
  PageTable,
  Pte,
  Reply,
  SchedContext,
  Tcb,
  ThreadState,
} from './objects.ts';
import * as PMap from './pmap.ts';
import type { ObjRef, SlotRef, Word } from './refs.ts';

/** Where a capability stands in the derivation tree. Every non-null slot has one. */
export interface CdtNode {
  /** Slot of the capability it was derived from, or null. */
  readonly parent: SlotRef | null;
  /** Slots derived from it, the most recent first (l4v's `cdt_list`). */
  readonly children: readonly SlotRef[];
  /** l4v's `is_original_cap`. */
  readonly original: boolean;
}

export type SchedulerAction =
  | { readonly _tag: 'ResumeCurrentThread' }
  | { readonly _tag: 'ChooseNewThread' }
  | { readonly _tag: 'SwitchToThread'; readonly thread: ObjRef };

export interface DomainEntry {
  readonly domain: number;
  /** Timer ticks, up to 2^56 - 1; an entry of domain 0 and duration 0 marks the end. */
  readonly duration: Word;
}

export type IrqState = 'Inactive' | 'Signal' | 'Timer' | 'Reserved';

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** MCS: the kernel's view of time, and who waits for it. @source l4v branch rt Structures_A.thy `cur_time`, `consumed_time`, `cur_sc`, `reprogram_timer`, `release_queue` */
export interface TimeState {
  /** The timer as the kernel read it last. */
  readonly now: Word;
  /** Used since the last charge, by the current scheduling context. */
  readonly consumed: Word;
  /** The scheduling context that time is charged to; null in the classic kernel. */
  readonly schedContext: ObjRef | null;
  readonly idleSchedContext: ObjRef | null;
  /** The timer must be programmed again before the kernel is left. */
  readonly reprogram: boolean;
  /** Threads whose next refill lies in the future, the earliest first. */
  readonly releaseQueue: readonly ObjRef[];
}

/** What does not live in an object. */
export interface Globals {
  readonly currentThread: ObjRef;
  readonly idleThread: ObjRef;
  readonly schedulerAction: SchedulerAction;
  readonly currentDomain: number;
  /** Ticks left of the current domain's slice. */
  readonly domainTime: Word;
  readonly domainIndex: number;
  readonly domainStart: number;
  readonly domainSchedule: readonly DomainEntry[];
  readonly workUnits: number;
  readonly irqStates: readonly IrqState[];
  /** MCS; at rest in the classic kernel. */
  readonly time: TimeState;
  /** Address of the first IRQ node; node i is one slot further per interrupt. */
  readonly irqNode: SlotRef;
  /** The thread whose floating-point registers are in the unit. */
  readonly fpuOwner: ObjRef | null;
  /** ASID pools by the high bits of the identifiers in them. */
  readonly asidTable: readonly (ObjRef | null)[];
  /** Ranges of I/O ports that somebody has, in the order in which they were given away. */
  readonly ioPorts: readonly PortRange[];
  readonly machine: Machine;
}

export interface StaleTranslation {
  readonly asid: number;
  readonly vaddr: Word;
  readonly page: PagePte;
}

/** The part of the hardware that the kernel reads. */
export interface Machine {
  readonly pendingIrq: number | null;
  /** Looks for interrupts still to pass before one comes, and which one; null for never. */
  readonly irqArrival: { readonly countdown: number; readonly irq: number } | null;
  /** By line of the interrupt controller. */
  readonly irqMasked: readonly boolean[];
  readonly fpu: { readonly enabled: boolean; readonly registers: Word };
  /** The root that addresses are translated by, null for the kernel's own, which holds nothing of users'. */
  readonly vspace: { readonly root: ObjRef | null; readonly asid: number };
  /** Translations that no table has any more, and that the processor may go on using, because the kernel has not told it to forget them. */
  readonly stale: readonly StaleTranslation[];
  /** What a device answers when a port is read next. */
  readonly portIn: number;
  /** MCS: what the timer reads, which is the outside's to say at every entry. Ticks. */
  readonly time: Word;
  /** MCS: ticks that pass between two readings within one entry. */
  readonly lookTicks: Word;
  /** MCS: when the timer is going to interrupt. */
  readonly deadline: Word;
  /** What was written to a port last, and in how many bits. */
  readonly portOut: { readonly port: number; readonly bits: number; readonly value: number } | null;
}

export interface KernelState {
  readonly config: KernelConfig;
  /** Objects by `objectKey` of their address. An object stays until its untyped is reset, also when nothing refers to it. */
  readonly heap: PMap.PMap<KernelObject>;
  /** Capabilities by `slotKey`; an absent slot holds NullCap. */
  readonly caps: PMap.PMap<Cap>;
  /** Derivation tree by `slotKey`; present exactly for the non-null slots. */
  readonly cdt: PMap.PMap<CdtNode>;
  /** User memory by `wordKey`, one 64-bit word each; absent is 0. */
  readonly memory: PMap.PMap<Word>;
  /** Ready queues by domain * priorities + priority; absent is empty. The head runs first. */
  readonly queues: PMap.PMap<readonly ObjRef[]>;
  readonly globals: Globals;
}

/** All fields of a record, to be written once: a field that a copy forgets, even an optional one, is a type error. */
type Fresh<T> = { -readonly [Field in keyof Required<T>]: T[Field] };

/*
 * Records that steps copy again and again are copied field by field. A spread would say the same; but the engine gives every copy of a copy a
 * layout of its own. Making it takes ten times as long, and whoever reads such records afterwards meets layouts without end.
 */

/** A copy to be changed by whoever made it, before anybody else sees it. */
export function copyState({ config, heap, caps, cdt, memory, queues, globals }: KernelState): Fresh<KernelState> {
  return { config, heap, caps, cdt, memory, queues, globals };
}

function copyGlobals(globals: Globals): Fresh<Globals> {
  return {
    currentThread: globals.currentThread,
    idleThread: globals.idleThread,
    schedulerAction: globals.schedulerAction,
    currentDomain: globals.currentDomain,
    domainTime: globals.domainTime,
    domainIndex: globals.domainIndex,
    domainStart: globals.domainStart,
    domainSchedule: globals.domainSchedule,
    workUnits: globals.workUnits,
    irqStates: globals.irqStates,
    time: globals.time,
    irqNode: globals.irqNode,
    fpuOwner: globals.fpuOwner,
    asidTable: globals.asidTable,
    ioPorts: globals.ioPorts,
    machine: globals.machine,
  };
}

export function copyMachine(machine: Machine, change: Partial<Machine>): Machine {
  return Object.assign(freshMachine(machine), change);
}

function freshMachine({
  pendingIrq,
  irqArrival,
  irqMasked,
  fpu,
  vspace,
  stale,
  portIn,
  portOut,
  time,
  lookTicks,
  deadline,
}: Machine): Fresh<Machine> {
  return { pendingIrq, irqArrival, irqMasked, fpu, vspace, stale, portIn, portOut, time, lookTicks, deadline };
}

function copyTcb(tcb: Tcb): Fresh<Tcb> {
  return {
    _tag: 'Tcb',
    state: tcb.state,
    fault: tcb.fault,
    faultHandler: tcb.faultHandler,
    ipcBuffer: tcb.ipcBuffer,
    boundNotification: tcb.boundNotification,
    domain: tcb.domain,
    priority: tcb.priority,
    mcp: tcb.mcp,
    timeSlice: tcb.timeSlice,
    flags: tcb.flags,
    context: tcb.context,
    fpu: tcb.fpu,
    schedContext: tcb.schedContext,
    yieldTo: tcb.yieldTo,
  };
}

/** Objects are at least 16 bytes, slots are 32, words 8: dense keys for the maps, below 2^32 for addresses below 2^35. */
export const objectKey = (ref: ObjRef): number => ref / 16;
export const slotKey = (slot: SlotRef): number => slot / 32;
export const wordKey = (address: number): number => address / 8;

export function object(s: KernelState, ref: ObjRef): KernelObject | undefined {
  return PMap.get(s.heap, objectKey(ref));
}

export function setObject(s: KernelState, ref: ObjRef, value: KernelObject | undefined): KernelState {
  const t = copyState(s);
  t.heap = PMap.set(s.heap, objectKey(ref), value);
  return t;
}

export function getTcb(s: KernelState, ref: ObjRef): Tcb {
  const found = object(s, ref);
  specAssert(found?._tag === 'Tcb', 'a thread reference leads to a TCB');
  return found;
}

export function updateTcb(s: KernelState, ref: ObjRef, change: Partial<Tcb>): KernelState {
  return setObject(s, ref, Object.assign(copyTcb(getTcb(s, ref)), change));
}

export function getEndpoint(s: KernelState, ref: ObjRef): Endpoint {
  const found = object(s, ref);
  specAssert(
    found !== undefined && (found._tag === 'IdleEP' || found._tag === 'SendEP' || found._tag === 'RecvEP'),
    'an endpoint reference leads to an endpoint',
  );
  return found;
}

export function getNotification(s: KernelState, ref: ObjRef): Notification {
  const found = object(s, ref);
  specAssert(found?._tag === 'Notification', 'a notification reference leads to a notification');
  return found;
}

export function setNotificationState(s: KernelState, ref: ObjRef, state: Notification['state']): KernelState {
  const { boundTcb, schedContext } = getNotification(s, ref);
  return setObject(s, ref, { _tag: 'Notification', state, boundTcb, schedContext });
}

export function setBoundTcb(s: KernelState, ref: ObjRef, boundTcb: ObjRef | null): KernelState {
  const { state, schedContext } = getNotification(s, ref);
  return setObject(s, ref, { _tag: 'Notification', state, boundTcb, schedContext });
}

export function getReply(s: KernelState, ref: ObjRef): Reply {
  const found = object(s, ref);
  specAssert(found?._tag === 'Reply', 'a reply reference leads to a reply object');
  return found;
}

export function getSchedContext(s: KernelState, ref: ObjRef): SchedContext {
  const found = object(s, ref);
  specAssert(found?._tag === 'SchedContext', 'a scheduling context reference leads to a scheduling context');
  return found;
}

export function getPageTable(s: KernelState, ref: ObjRef): PageTable {
  const found = object(s, ref);
  specAssert(found?._tag === 'PageTable', 'a page table reference leads to a page table');
  return found;
}

/** `undefined` makes the entry say nothing. */
export function setPte(s: KernelState, ref: ObjRef, index: number, pte: Pte | undefined): KernelState {
  const { level, entries, kernelMappings } = getPageTable(s, ref);
  return setObject(s, ref, { _tag: 'PageTable', level, entries: PMap.set(entries, index, pte), kernelMappings });
}

export function getASIDPool(s: KernelState, ref: ObjRef): ASIDPool {
  const found = object(s, ref);
  specAssert(found?._tag === 'ASIDPool', 'an ASID pool reference leads to an ASID pool');
  return found;
}

export function setASIDPoolEntry(s: KernelState, ref: ObjRef, index: number, root: ObjRef | undefined): KernelState {
  return setObject(s, ref, { _tag: 'ASIDPool', entries: PMap.set(getASIDPool(s, ref).entries, index, root) });
}

export function threadState(s: KernelState, ref: ObjRef): ThreadState {
  return getTcb(s, ref).state;
}

export function isRunnable(state: ThreadState): boolean {
  return state._tag === 'Running' || state._tag === 'Restart';
}

export function getCap(s: KernelState, slot: SlotRef): Cap {
  return PMap.get(s.caps, slotKey(slot)) ?? NULL_CAP;
}

/** Writes a slot's capability and leaves its place in the derivation tree alone. */
export function setCap(s: KernelState, slot: SlotRef, cap: Cap): KernelState {
  const t = copyState(s);
  t.caps = PMap.set(s.caps, slotKey(slot), cap._tag === 'NullCap' ? undefined : cap);
  return t;
}

export function setGlobals(s: KernelState, change: Partial<Globals>): KernelState {
  const t = copyState(s);
  t.globals = Object.assign(copyGlobals(s.globals), change);
  return t;
}

export function setMachine(s: KernelState, change: Partial<Machine>): KernelState {
  return setGlobals(s, { machine: copyMachine(s.globals.machine, change) });
}

export function loadWord(s: KernelState, address: number): Word {
  return PMap.get(s.memory, wordKey(address)) ?? 0n;
}

export function storeWord(s: KernelState, address: number, value: Word): KernelState {
  const t = copyState(s);
  t.memory = PMap.set(s.memory, wordKey(address), value === 0n ? undefined : value);
  return t;
}

export function isCurrent(s: KernelState, thread: ObjRef): boolean {
  return s.globals.currentThread === thread;
}

/** TCB slots of the classic kernel; `state/variant.ts` has what is elsewhere in the MCS kernel. @source l4v Structures_A.thy `tcb_cnode_index` */
export const TCB_CTABLE = 0;
export const TCB_VTABLE = 1;
export const TCB_REPLY = 2;
export const TCB_CALLER = 3;
export const TCB_BUFFER = 4;
export const TCB_SLOTS = 5;

export function slotAt(object: ObjRef, index: number): SlotRef {
  return object + index * 32;
}

/** Where the notification capability of an interrupt is kept. */
export function irqSlot(s: KernelState, irq: number): SlotRef {
  return slotAt(s.globals.irqNode, irq);
}
