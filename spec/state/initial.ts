/**
 * The first state, from a boot description.
 *
 * @source l4v spec/abstract/Init_A / KernelInit_A.thy; seL4 src/kernel/boot.c (what the root task finds)
 */
import type { KernelConfig } from '../abi/config.ts';
import type { BootDescription, BootObject } from './boot.ts';
import type { CdtNode, DomainEntry, IrqState, KernelState } from './kernel-state.ts';
import {
  getSchedContext,
  getTcb,
  setGlobals,
  setMachine,
  setObject,
  setPte,
  slotKey,
  updateTcb,
} from './kernel-state.ts';
import type { Mapping } from './caps.ts';
import type { KernelObject, Notification, Pte, SchedContext, Tcb } from './objects.ts';
import * as PMap from './pmap.ts';
import { RESUME_CURRENT_THREAD, schedAppend } from './ready-queues.ts';
import type { ObjRef, SlotRef, Word } from './refs.ts';
import { asidHigh, assignASID, findVSpaceForASID, newPageTable, setASIDTableEntry, setVMRoot, walk } from './vspace.ts';
import { MIN_REFILLS, refillHead, refillNew, usToTicks } from './refills.ts';
import { newSchedContext } from './sched-context.ts';
import { initialContext } from './user-context.ts';
import { specAssert } from '../prelude.ts';

export function bootState(config: KernelConfig, boot: BootDescription): KernelState {
  let s = emptyState(config, boot);
  for (const made of boot.objects) s = setObject(s, made.address, bootObject(config, made, boot.time ?? 0n));
  for (let irq = 0; irq < config.irqs; irq++) {
    s = setObject(s, boot.irqNode + irq * 32, { _tag: 'CNode', radixBits: 0 });
  }
  s = setObject(s, boot.idleThread, { ...newTcb(config), state: { _tag: 'IdleThreadState' } });
  if (boot.idleSchedContext !== undefined) s = withIdleTime(s, boot.idleSchedContext, boot.idleThread);
  s = withMappings(withCaps(s, boot), boot);
  for (const thread of boot.threads) {
    const { tcb, state, ...rest } = thread;
    s = updateTcb(s, tcb, { ...rest, state: { _tag: state } });
    if (rest.schedContext !== undefined)
      s = setObject(s, rest.schedContext, { ...getSchedContext(s, rest.schedContext), tcb });
    if (state === 'Running' && tcb !== boot.currentThread) s = schedAppend(s, tcb);
  }
  s = withWaiting(s, boot);
  return setVMRoot(boot.idleSchedContext === undefined ? s : withTimer(s), boot.currentThread);
}

/** MCS: servers without time of their own. */
function withWaiting(start: KernelState, { receivers = [], waiters = [] }: BootDescription): KernelState {
  let s = start;
  for (const { tcb, endpoint, reply, lent } of receivers) {
    s = updateTcb(s, tcb, { state: { _tag: 'BlockedOnReceive', endpoint, canGrant: true, reply } });
    s = setObject(s, endpoint, { _tag: 'RecvEP', queue: [tcb] });
    s = setObject(s, reply, { _tag: 'Reply', tcb, schedContext: null });
    if (lent === undefined) continue;
    s = updateTcb(s, tcb, { boundNotification: lent.notification });
    s = withLender(s, { ...lent, state: { _tag: 'IdleNtfn' }, boundTcb: tcb });
  }
  for (const { tcb, notification, schedContext } of waiters) {
    const state = { _tag: 'WaitingNtfn', queue: [tcb] } as const;
    s = updateTcb(s, tcb, { state: { _tag: 'BlockedOnNotification', notification } });
    s = withLender(s, { notification, schedContext, state, boundTcb: null });
  }
  return s;
}

function withLender(
  s: KernelState,
  {
    notification,
    schedContext,
    state,
    boundTcb,
  }: Pick<Notification, 'state' | 'boundTcb'> & {
    readonly notification: ObjRef;
    readonly schedContext: ObjRef;
  },
): KernelState {
  const t = setObject(s, notification, { _tag: 'Notification', state, boundTcb, schedContext });
  return setObject(t, schedContext, { ...getSchedContext(t, schedContext), notification });
}

/** MCS: the idle thread looks up after every slice, which nobody charges. */
function withIdleTime(s: KernelState, ref: ObjRef, thread: ObjRef): KernelState {
  const slice = usToTicks(s.config, s.config.bootTimeSliceUs);
  const context = newSchedContext(s.config.minSchedContextBits);
  const filled = refillNew(context, MIN_REFILLS, slice, 0n, s.globals.time.now);
  return updateTcb(setObject(s, ref, { ...filled, tcb: thread }), thread, { schedContext: ref });
}

/** MCS: time is charged to whoever runs first, until whose budget is used up. */
function withTimer(s: KernelState): KernelState {
  const { schedContext } = getTcb(s, s.globals.currentThread);
  specAssert(schedContext !== null, 'the first thread has a scheduling context');
  const t = setGlobals(s, { time: { ...s.globals.time, schedContext } });
  const { amount } = refillHead(getSchedContext(t, schedContext));
  const { domainTime } = t.globals;
  const first = t.config.domains > 1 && domainTime < amount ? domainTime : amount;
  return setMachine(t, { deadline: t.globals.time.now + first - t.config.timerPrecision });
}

/**
 * The address spaces that the capabilities tell of: the first mapped paging structure of an ASID is its root, the others come after the ones
 * that lead to them, and frames are mapped with the rights of the first capability that says where. What nothing leads to is left out.
 */
function withMappings(start: KernelState, { caps }: BootDescription): KernelState {
  let s = start;
  const done = new Set<ObjRef>();
  for (const { cap } of caps) {
    if (cap._tag === 'ASIDPoolCap') s = setASIDTableEntry(s, asidHigh(s.config, cap.base), cap.ref);
  }
  for (const { cap } of caps) {
    if (cap._tag !== 'PagingCap' || cap.mapped === null || done.has(cap.ref)) continue;
    done.add(cap.ref);
    s =
      findVSpaceForASID(s, cap.mapped.asid) === null
        ? assignASID(s, cap.mapped.asid, cap.ref)
        : linkAtBoot(s, cap.mapped, null, { _tag: 'PageTablePTE', ref: cap.ref, attributes: 0 });
  }
  for (const { cap } of caps) {
    if (cap._tag !== 'FrameCap' || cap.mapped === null || done.has(cap.ref)) continue;
    done.add(cap.ref);
    const { ref, size, rights } = cap;
    s = linkAtBoot(s, cap.mapped, s.config.frameBits[size], { _tag: 'PagePTE', ref, size, rights, attributes: 0 });
  }
  return s;
}

/** @param bits span of the entry to be filled; null for the first one on the way that leads to no further table */
function linkAtBoot(s: KernelState, { asid, vaddr }: Mapping, bits: number | null, pte: Pte): KernelState {
  const root = findVSpaceForASID(s, asid);
  if (root === null) return s;
  const { table, index, bitsLeft, entry } = walk(s, root, vaddr, bits ?? s.config.frameBits.Small);
  const isThere = entry === undefined && (bits === null ? bitsLeft > s.config.frameBits.Small : bitsLeft === bits);
  return isThere ? setPte(s, table, index, pte) : s;
}

function emptyState(config: KernelConfig, boot: BootDescription): KernelState {
  const domainSchedule: DomainEntry[] = Array.from({ length: config.domainScheduleLength }, (_, index) => {
    return boot.domainSchedule[index] ?? { domain: 0, duration: 0n };
  });
  const first = domainSchedule[0];
  specAssert(first !== undefined && first.duration > 0n, 'the domain schedule has an entry');
  const isIdle = boot.currentThread === boot.idleThread;
  const irqStates = bootIrqStates(config, boot);
  return {
    config,
    heap: PMap.emptyMap(),
    caps: PMap.emptyMap(),
    cdt: PMap.emptyMap(),
    memory: PMap.emptyMap(),
    queues: PMap.emptyMap(),
    globals: {
      currentThread: boot.currentThread,
      idleThread: boot.idleThread,
      schedulerAction: RESUME_CURRENT_THREAD,
      currentDomain: first.domain,
      domainTime: first.duration,
      domainIndex: 0,
      domainStart: 0,
      domainSchedule,
      workUnits: 0,
      irqStates,
      time: {
        now: boot.time ?? 0n,
        consumed: 0n,
        schedContext: null,
        idleSchedContext: boot.idleSchedContext ?? null,
        reprogram: false,
        releaseQueue: [],
      },
      irqNode: boot.irqNode,
      fpuOwner: isIdle ? null : boot.currentThread,
      ioPorts: [],
      asidTable: Array.from({ length: config.asidTableLength }, () => null),
      machine: {
        pendingIrq: null,
        irqArrival: null,
        stale: [],
        irqMasked: Array.from({ length: config.irqLines }, (_, irq) => irqStates[irq] === 'Inactive'),
        fpu: { enabled: !isIdle, registers: 0n },
        vspace: { root: null, asid: 0 },
        portIn: 0,
        portOut: null,
        time: boot.time ?? 0n,
        lookTicks: 0n,
        deadline: 0n,
      },
    },
  };
}

/** An interrupt whose handler capability somebody has signals; the kernel keeps those that users cannot have. */
function bootIrqStates(config: KernelConfig, boot: BootDescription): IrqState[] {
  const states = Array.from({ length: config.irqs }, (_, irq) => initialIrqState(config, irq));
  for (const { cap } of boot.caps) if (cap._tag === 'IRQHandlerCap') states[cap.irq] = 'Signal';
  return states;
}

function initialIrqState({ timerIrq, irqController }: KernelConfig, irq: number): IrqState {
  if (irq === timerIrq) return 'Timer';
  return irq >= irqController.userMin && irq <= irqController.userMax ? 'Inactive' : 'Reserved';
}

function newTcb(config: KernelConfig): Tcb {
  return {
    _tag: 'Tcb',
    state: { _tag: 'Inactive' },
    fault: null,
    faultHandler: 0n,
    ipcBuffer: 0n,
    boundNotification: null,
    domain: 0,
    priority: 0,
    mcp: 0,
    timeSlice: config.timeSlice,
    flags: 0,
    context: initialContext(config),
    fpu: 0n,
    schedContext: null,
    yieldTo: null,
  };
}

function bootSchedContext(made: BootObject & { readonly type: 'SchedContext' }, now: Word): SchedContext {
  const { sizeBits, budget, period, refillMax, sporadic = false } = made;
  const context = { ...newSchedContext(sizeBits), sporadic };
  return refillMax === 0 ? context : refillNew(context, refillMax, budget, period, now);
}

/** @param now when the budgets of scheduling contexts begin */
function bootObject(config: KernelConfig, made: BootObject, now: Word): KernelObject {
  switch (made.type) {
    case 'CNode':
      return { _tag: 'CNode', radixBits: made.radixBits };
    case 'Tcb':
      return newTcb(config);
    case 'Endpoint':
      return { _tag: 'IdleEP' };
    case 'Notification':
      return { _tag: 'Notification', state: { _tag: 'IdleNtfn' }, boundTcb: null, schedContext: null };
    case 'SchedContext':
      return bootSchedContext(made, now);
    case 'Reply':
      return { _tag: 'Reply', tcb: null, schedContext: null };
    case 'Frame':
      return { _tag: 'DataPage', size: made.size, device: made.device };
    case 'ASIDPool':
      return { _tag: 'ASIDPool', entries: PMap.emptyMap() };
    default:
      return newPageTable(config, made.type);
  }
}

/** The list is in pre-order, so children come in the order in which they stand in it. */
function withCaps(s: KernelState, boot: BootDescription): KernelState {
  let { caps, cdt } = s;
  const children = new Map<SlotRef, SlotRef[]>();
  for (const { slot, parent } of boot.caps) {
    if (parent === null) continue;
    const siblings = children.get(parent) ?? [];
    siblings.push(slot);
    children.set(parent, siblings);
  }
  for (const { slot, cap, parent, original } of boot.caps) {
    const node: CdtNode = { parent, children: children.get(slot) ?? [], original };
    caps = PMap.set(caps, slotKey(slot), cap);
    cdt = PMap.set(cdt, slotKey(slot), node);
  }
  return { ...s, caps, cdt };
}
