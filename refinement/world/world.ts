/**
 * The world that random programs start in: a root task with a few threads, endpoints, notifications and untypeds, like the root task
 * of a small system. A boot description, and names for what is in it.
 */
import type { KernelConfig } from '../../spec/abi/config.ts';
import type { BootCap, BootDescription, BootObject, BootThread } from '../../spec/state/boot.ts';
import type { Cap } from '../../spec/state/caps.ts';
import { ALL_RIGHTS, ALLOW_GRANT_REPLY, ALLOW_READ, ALLOW_WRITE } from '../../spec/state/caps.ts';
import { TCB_CTABLE, TCB_REPLY, TCB_VTABLE, slotAt } from '../../spec/state/kernel-state.ts';
import { minBudget } from '../../spec/state/refills.ts';
import { TIME_SLOTS, TIME_VARIANTS, placeTime } from './time.ts';
import { MCS_TCB_FAULT_HANDLER, MCS_TCB_TIMEOUT_HANDLER, statePoints } from '../../spec/state/variant.ts';

export interface World {
  readonly boot: BootDescription;
  /** Address of the root CNode, whose slot number is what a capability pointer of most threads says. */
  readonly rootCNode: number;
  /** Slots of the root CNode by name, and the other way round. */
  readonly slots: Readonly<Record<string, number>>;
  readonly slotNames: ReadonlyMap<number, string>;
  /** Other CNodes whose slots have the same names. */
  readonly cnodes?: ReadonlySet<number>;
  /** Objects by address. */
  readonly objectNames: ReadonlyMap<number, string>;
}

export interface KernelPlaces {
  readonly idleThread: number;
  readonly irqNode: number;
  /** MCS: what the idle thread runs on. */
  readonly idleSchedContext?: number;
}

export const ROOT_RADIX = 6;
/** Level-one CNode of thread C, whose slot 3 leads on to the root CNode. */
export const SECOND_RADIX = 3;
export const SECOND_TO_ROOT = 3;

const SLOTS = {
  TCB: 1,
  CNODE: 2,
  VSPACE: 3,
  IRQC: 4,
  ASIDC: 5,
  ASIDP: 6,
  IOPC: 7,
  IPCROOT: 10,
  DOM: 11,
  U0: 12,
  U1: 13,
  U2: 14,
  UD: 15,
  tcbA: 16,
  tcbB: 17,
  tcbC: 18,
  frame1: 19,
  frame2: 20,
  cs2: 21,
  ep1: 22,
  ep2: 23,
  nt1: 24,
  nt2: 25,
  ep1badged: 26,
  ep2copy: 27,
  nt1badged: 28,
  irq0: 29,
  irq1: 30,
  /** Below the root of the address space, the largest first; RISC-V has two. */
  table1: 31,
  table2: 32,
  table3: 33,
  ...TIME_SLOTS,
  /** Where things are oblique: a table that is nowhere. */
  table4: 44,
} as const;
const TABLES = ['table1', 'table2', 'table3'] as const;

const RW = ALLOW_READ | ALLOW_WRITE;

/** What a world has beyond what all have: which domains there are, who is in them, and which interrupts have a notification. */
interface Variant {
  readonly domainSchedule: BootDescription['domainSchedule'];
  readonly domainOf: Readonly<Partial<Record<'A' | 'B' | 'C', number>>>;
  /** The first interrupt signals `nt1badged`, the second one nt2. */
  readonly bindsInterrupts: boolean;
  /**
   * What the other worlds have in the simplest form is harder: the way from thread C's CNode to the root CNode has a guard, the address space has
   * an identifier of the second pool, a frame and a table are not mapped, and whoever has `ep2copy` may only receive.
   */
  readonly isOblique: boolean;
}

/** Of the way from thread C's CNode to the root CNode where there is one. */
const INNER_GUARD = { guard: 0b10110n, guardBits: 5 };

const ONE_DOMAIN: Variant = {
  domainSchedule: [{ domain: 0, duration: 2n ** 56n - 1n }],
  domainOf: {},
  bindsInterrupts: false,
  isOblique: false,
};

const VARIANTS: readonly Variant[] = [
  ONE_DOMAIN,
  { ...ONE_DOMAIN, bindsInterrupts: true, isOblique: true },
  {
    domainSchedule: [
      { domain: 0, duration: 3n },
      { domain: 1, duration: 2n },
    ],
    domainOf: { B: 1 },
    bindsInterrupts: true,
    isOblique: false,
  },
  {
    domainSchedule: [
      { domain: 0, duration: 1n },
      { domain: 1, duration: 2n },
      { domain: 0, duration: 2n },
    ],
    domainOf: { A: 1, C: 1 },
    bindsInterrupts: false,
    isOblique: false,
  },
];

/** How many worlds a kernel has. In the MCS kernel time makes twice as many of them. */
export function worldCount({ variant }: KernelConfig): number {
  return variant === 'mcs' ? TIME_VARIANTS.length : VARIANTS.length;
}

/** @param variant from 0 to before `worldCount` */
export function world(config: KernelConfig, places: KernelPlaces, variant = 0): World {
  const {
    domainSchedule: schedule,
    domainOf,
    bindsInterrupts,
    isOblique,
  } = VARIANTS[variant % VARIANTS.length] ?? ONE_DOMAIN;
  const ofTime = TIME_VARIANTS[variant];
  const isMcs = places.idleSchedContext !== undefined && ofTime !== undefined;
  const { tcbBuffer } = statePoints(config);
  // The timer has many ticks where the classic kernel counts one.
  const domainSchedule = isMcs
    ? schedule.map(({ domain, duration }) => ({
        domain,
        duration: duration > 100n ? duration : duration * 20n * minBudget(config),
      }))
    : schedule;
  let next = config.ramBase + config.kernelSize;
  const place = (bits: number): number => {
    const at = Math.ceil(next / 2 ** bits) * 2 ** bits;
    next = at + 2 ** bits;
    return at;
  };
  const bufferBytes = BigInt(2 ** config.ipcBufferBits);
  const page = (n: number): bigint => BigInt(n * 2 ** config.frameBits.Small);
  const cnodeBits = ROOT_RADIX + config.slotBits;
  const rootTcb = place(config.tcbBits);
  const vspaceRoot = place(config.pageTableBits);
  const asidPool = place(config.asidPoolBits);
  const levels = config.arch.pagingLevels.slice(1).map((level) => ({ level, address: place(config.pageTableBits) }));
  const spare = isOblique ? { level: 'PageTable' as const, address: place(config.pageTableBits) } : null;
  const rootFrame = place(config.frameBits.Small);
  const rootCNode = place(cnodeBits);
  const u0Bits = Math.max(config.tcbBits, config.frameBits.Small) + (isMcs ? 4 : 3);
  const u0 = place(u0Bits);
  const end = next;
  next = u0;
  const tcbA = place(config.tcbBits);
  const tcbB = place(config.tcbBits);
  const tcbC = place(config.tcbBits);
  const frame1 = place(config.frameBits.Small);
  const cs2 = place(SECOND_RADIX + config.slotBits);
  const ep1 = place(config.endpointBits);
  const ep2 = place(config.endpointBits);
  const nt1 = place(config.notificationBits);
  const nt2 = place(config.notificationBits);
  const timed = isMcs ? placeTime(config, ofTime, { B: tcbB, C: tcbC, ep1, ep2, nt1 }, place) : null;
  const u0Free = next - u0;
  next = end;
  // What is made of the second untyped can be taken away without the end of everything.
  const u1Bits = Math.max(config.tcbBits, config.frameBits.Small) + 2;
  const u1 = place(u1Bits);
  next = u1;
  const frame2 = place(config.frameBits.Small);
  const u1Free = next - u1;
  next = u1 + 2 ** u1Bits;
  const u2Bits = config.tcbBits + 4;
  const u2 = place(u2Bits);
  const device = 2 ** 32 - 2 ** 20;
  const deviceBits = config.frameBits.Small + 1;

  const objects: BootObject[] = [
    { type: 'Tcb', address: rootTcb },
    { type: config.arch.vspaceRoot, address: vspaceRoot },
    { type: 'ASIDPool', address: asidPool },
    ...levels.map(({ level, address }) => ({ type: level, address })),
    ...(spare === null ? [] : [{ type: spare.level, address: spare.address }]),
    { type: 'Frame', address: rootFrame, size: 'Small', device: false },
    { type: 'CNode', address: rootCNode, radixBits: ROOT_RADIX },
    { type: 'Tcb', address: tcbA },
    { type: 'Tcb', address: tcbB },
    { type: 'Tcb', address: tcbC },
    { type: 'Frame', address: frame1, size: 'Small', device: false },
    { type: 'Frame', address: frame2, size: 'Small', device: false },
    { type: 'CNode', address: cs2, radixBits: SECOND_RADIX },
    { type: 'Endpoint', address: ep1 },
    { type: 'Endpoint', address: ep2 },
    { type: 'Notification', address: nt1 },
    { type: 'Notification', address: nt2 },
    ...(timed?.objects ?? []),
  ];
  const objectNames = new Map<number, string>([
    [places.idleThread, 'idle'],
    [rootTcb, 'root'],
    [vspaceRoot, 'VSPACE'],
    [asidPool, 'ASIDP'],
    ...levels.map(({ address }, n) => [address, TABLES[n] ?? ''] as const),
    ...(spare === null ? [] : [[spare.address, 'table4'] as const]),
    [rootFrame, 'IPCROOT'],
    [rootCNode, 'CNODE'],
    [tcbA, 'A'],
    [tcbB, 'B'],
    [tcbC, 'C'],
    [frame1, 'frame1'],
    [frame2, 'frame2'],
    [cs2, 'cs2'],
    [ep1, 'ep1'],
    [ep2, 'ep2'],
    [nt1, 'nt1'],
    [nt2, 'nt2'],
    ...(timed?.names ?? []),
  ]);
  if (places.idleSchedContext !== undefined) objectNames.set(places.idleSchedContext, 'idle context');

  const caps: BootCap[] = [];
  const slot = (name: keyof typeof SLOTS): number => slotAt(rootCNode, SLOTS[name]);
  const put = (at: number, cap: Cap, parent: number | null, original: boolean): void => {
    caps.push({ slot: at, cap, parent, original });
  };
  const cnode: Cap = { _tag: 'CNodeCap', ref: rootCNode, radixBits: ROOT_RADIX, guard: 0n, guardBits: 64 - ROOT_RADIX };
  const inner = isOblique ? INNER_GUARD : { guard: 0n, guardBits: 0 };
  const inSecond: Cap = { ...cnode, ...inner };
  const second: Cap = {
    _tag: 'CNodeCap',
    ref: cs2,
    radixBits: SECOND_RADIX,
    guard: 0n,
    guardBits: 64 - SECOND_RADIX - inner.guardBits - ROOT_RADIX,
  };
  const poolBase = isOblique ? 2 ** (config.asidPoolBits - 3) : 0;
  const asid = poolBase + 1;
  const vspace: Cap = {
    _tag: 'PagingCap',
    level: config.arch.vspaceRoot,
    ref: vspaceRoot,
    mapped: { asid, vaddr: 0n },
  };
  const frame = (ref: number, vaddr: bigint | null): Cap => ({
    _tag: 'FrameCap',
    ref,
    size: 'Small',
    device: false,
    rights: 'ReadWrite',
    mapped: vaddr === null ? null : { asid, vaddr },
  });
  const untyped = (ref: number, sizeBits: number, freeIndex: number, isDevice: boolean): Cap => ({
    _tag: 'UntypedCap',
    device: isDevice,
    ref,
    sizeBits,
    freeIndex,
  });
  const endpoint = (ref: number, badge: bigint, rights: number): Cap => ({ _tag: 'EndpointCap', ref, badge, rights });
  const notification = (ref: number, badge: bigint): Cap => ({ _tag: 'NotificationCap', ref, badge, rights: RW });
  const master = (ref: number): Cap => ({ _tag: 'ReplyCap', ref, master: true, canGrant: true });

  put(slot('TCB'), { _tag: 'ThreadCap', ref: rootTcb }, null, true);
  put(slot('CNODE'), cnode, null, true);
  for (const tcb of [rootTcb, tcbA, tcbB]) put(slotAt(tcb, TCB_CTABLE), cnode, slot('CNODE'), false);
  put(slotAt(cs2, SECOND_TO_ROOT), inSecond, slot('CNODE'), false);
  put(slot('VSPACE'), vspace, null, true);
  for (const tcb of [rootTcb, tcbA, tcbB, tcbC]) put(slotAt(tcb, TCB_VTABLE), vspace, slot('VSPACE'), false);
  put(slot('IRQC'), { _tag: 'IRQControlCap' }, null, true);
  const { userMin } = config.irqController;
  put(slot('irq1'), { _tag: 'IRQHandlerCap', irq: userMin + 1 }, slot('IRQC'), true);
  put(slot('irq0'), { _tag: 'IRQHandlerCap', irq: userMin }, slot('IRQC'), true);
  put(slot('ASIDC'), { _tag: 'ASIDControlCap' }, null, true);
  put(slot('ASIDP'), { _tag: 'ASIDPoolCap', ref: asidPool, base: poolBase }, null, true);
  levels.forEach(({ level, address }, n) => {
    const name = TABLES[n];
    if (name !== undefined)
      put(slot(name), { _tag: 'PagingCap', level, ref: address, mapped: { asid, vaddr: 0n } }, null, true);
  });
  if (spare !== null)
    put(slot('table4'), { _tag: 'PagingCap', level: spare.level, ref: spare.address, mapped: null }, null, true);
  if (config.arch.name === 'x86_64') put(slot('IOPC'), { _tag: 'IOPortControlCap' }, null, true);
  put(slot('IPCROOT'), frame(rootFrame, page(1)), null, true);
  put(slotAt(rootTcb, tcbBuffer), frame(rootFrame, null), slot('IPCROOT'), false);
  put(slot('DOM'), { _tag: 'DomainCap' }, null, true);
  if (!isMcs) for (const tcb of [rootTcb, tcbA, tcbB]) put(slotAt(tcb, TCB_REPLY), master(tcb), null, true);
  if (isMcs) put(slot('SCHEDC'), { _tag: 'SchedControlCap' }, null, true);

  put(slot('U0'), untyped(u0, u0Bits, u0Free, false), null, true);
  for (const { name, cap } of timed?.caps ?? []) put(slot(name), cap, slot('U0'), true);
  put(slot('nt2'), notification(nt2, 0n), slot('U0'), true);
  if (bindsInterrupts) put(slotAt(places.irqNode, userMin + 1), notification(nt2, 0n), slot('nt2'), false);
  put(slot('nt1'), notification(nt1, 0n), slot('U0'), true);
  put(slot('nt1badged'), notification(nt1, 1n), slot('nt1'), true);
  if (bindsInterrupts) put(slotAt(places.irqNode, userMin), notification(nt1, 1n), slot('nt1badged'), false);
  put(slot('ep2'), endpoint(ep2, 0n, ALL_RIGHTS), slot('U0'), true);
  put(slot('ep2copy'), endpoint(ep2, 0n, isOblique || ofTime?.isServerLow ? ALLOW_READ : RW), slot('ep2'), false);
  put(slotAt(cs2, 1), endpoint(ep2, 0n, ALL_RIGHTS), slot('ep2'), false);
  const handler = endpoint(ep2, 0n, ALL_RIGHTS);
  if (isMcs) {
    put(slotAt(rootTcb, MCS_TCB_FAULT_HANDLER), handler, slot('ep2'), false);
    put(slotAt(tcbC, MCS_TCB_FAULT_HANDLER), handler, slot('ep2'), false);
    put(slotAt(tcbB, MCS_TCB_TIMEOUT_HANDLER), handler, slot('ep2'), false);
  }
  put(slot('ep1'), endpoint(ep1, 0n, ALL_RIGHTS), slot('U0'), true);
  // What a client has: it may call, and nothing else goes with its messages.
  const client = endpoint(ep1, 7n, RW | ALLOW_GRANT_REPLY);
  put(slot('ep1badged'), client, slot('ep1'), true);
  if (isMcs) {
    put(slotAt(tcbA, MCS_TCB_FAULT_HANDLER), client, slot('ep1badged'), false);
    put(slotAt(tcbA, MCS_TCB_TIMEOUT_HANDLER), client, slot('ep1badged'), false);
  }
  put(slot('cs2'), second, slot('U0'), true);
  put(slotAt(tcbC, TCB_CTABLE), second, slot('cs2'), false);
  put(slot('frame1'), frame(frame1, page(2)), slot('U0'), true);
  put(slotAt(tcbA, tcbBuffer), frame(frame1, null), slot('frame1'), false);
  put(slot('tcbC'), { _tag: 'ThreadCap', ref: tcbC }, slot('U0'), true);
  put(slot('tcbB'), { _tag: 'ThreadCap', ref: tcbB }, slot('U0'), true);
  put(slot('tcbA'), { _tag: 'ThreadCap', ref: tcbA }, slot('U0'), true);
  put(slot('U1'), untyped(u1, u1Bits, u1Free, false), null, true);
  put(slot('frame2'), frame(frame2, isOblique ? null : page(3)), slot('U1'), true);
  put(slotAt(tcbB, tcbBuffer), frame(frame2, null), slot('frame2'), false);
  put(slot('U2'), untyped(u2, u2Bits, 0, false), null, true);
  put(slot('UD'), untyped(device, deviceBits, 0, true), null, true);

  const top = config.priorities - 1;
  /** MCS: with time of its own, unless it is passive; handlers of faults are capabilities. */
  const inTime = (name: 'Root' | 'A' | 'B' | 'C', thread: BootThread): BootThread => {
    if (timed === null) return thread;
    const isPassive = (name === 'B' || name === 'C') && ofTime?.passive[name] !== undefined;
    const time = isPassive ? { state: 'Inactive' as const } : { schedContext: timed.address[`sc${name}`] };
    return { ...thread, ...time, faultHandler: 0n };
  };
  const thread = (tcb: number, priority: number, mcp: number, rest: Partial<BootThread>): BootThread => ({
    tcb,
    state: 'Running',
    priority,
    mcp,
    domain: 0,
    ipcBuffer: 0n,
    faultHandler: 0n,
    ...rest,
  });
  const threads: BootThread[] = [
    inTime('Root', thread(rootTcb, 10, top, { ipcBuffer: page(1) + bufferBytes, faultHandler: BigInt(SLOTS.ep2) })),
    inTime(
      'A',
      thread(tcbA, 10, 12, { domain: domainOf.A ?? 0, ipcBuffer: page(2), faultHandler: BigInt(SLOTS.ep1badged) }),
    ),
    inTime('B', thread(tcbB, ofTime?.isServerLow ? 8 : 10, 9, { domain: domainOf.B ?? 0, ipcBuffer: page(3) })),
    inTime(
      'C',
      thread(tcbC, 12, top, {
        domain: domainOf.C ?? 0,
        state: 'Inactive',
        faultHandler: BigInt(1 << (inner.guardBits + ROOT_RADIX)),
      }),
    ),
  ];
  return {
    boot: {
      currentThread: rootTcb,
      idleThread: places.idleThread,
      ...(places.idleSchedContext === undefined ? {} : { idleSchedContext: places.idleSchedContext }),
      ...timed?.boot,
      irqNode: places.irqNode,
      objects,
      caps,
      threads,
      domainSchedule,
    },
    rootCNode,
    slots: SLOTS,
    slotNames: new Map(Object.entries(SLOTS).map(([name, number]) => [number, name])),
    objectNames,
  };
}
