/** A state with a little of everything, built by hand, and small edits of it. */
import { SMALL } from '../../spec/abi/config.ts';
import type { Cap } from '../../spec/state/caps.ts';
import type { PagingLevel } from '../../spec/abi/arch.ts';
import type { BootCap, BootDescription } from '../../spec/state/boot.ts';
import { bootState } from '../../spec/state/initial.ts';
import type { CdtNode, Globals, KernelState } from '../../spec/state/kernel-state.ts';
import { getTcb, object, setGlobals, setObject, slotAt, slotKey, storeWord } from '../../spec/state/kernel-state.ts';
import type { KernelObject, Tcb } from '../../spec/state/objects.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { ObjRef, SlotRef } from '../../spec/state/refs.ts';

/** Interrupt nodes and idle thread, where the small configuration's layout has them. A test compares. */
export const IRQ_NODE = 0x10260;
export const IDLE = 0x10400;

/** Slots of the root CNode. */
export const root = (index: number): SlotRef => 0x11000 + index * 32;
/** A CNode of eight slots for the capabilities to page tables. */
const TABLES = 0x11400;
export const UNTYPED = 0x12000;
/** A runs, B is ready, C receives, D waits for a reply by A, E waits for a notification, F sends. */
export const [A, B, C, D] = [0x12000, 0x12200, 0x12400, 0x12600];
export const [E, F] = [0x12800, 0x12a00];
export const [EP, EP_SENDING] = [0x12c00, 0x12c10];
/** Bound to A; and the one that E waits for. */
export const [NTFN, NTFN_WAITED] = [0x12c20, 0x12c40];
export const [CNODE, FRAME, PML4, DEAD_CNODE] = [0x12c80, 0x12e00, 0x13000, 0x13200];
/** A pool of identifiers, tables down to the small pages, and one that is not mapped. */
export const [POOL, PDPT, PD, PT, SPARE_PT] = [0x13040, 0x13060, 0x13080, 0x130a0, 0x130c0];
export const CHILD_UNTYPED = 0x13400;
export const CHILD_EP = 0x13400;
/** Free memory of the untyped, from 0x13600 to its end. */
export const [FREE, UNTYPED_END] = [0x13800, 0x14000];
export const DEVICE = 0x10_0000;

export const slots = {
  cnode: root(0),
  untyped: root(1),
  a: root(2),
  b: root(3),
  c: root(4),
  d: root(5),
  ep: root(6),
  epSending: root(7),
  ntfn: root(8),
  ntfnWaited: root(9),
  innerCnode: root(10),
  frame: root(11),
  childUntyped: root(12),
  childEp: root(13),
  irqControl: root(14),
  irqHandler: root(15),
  domain: root(16),
  badged: root(17),
  deviceUntyped: root(18),
  pml4: root(19),
  zombie: root(20),
  e: root(21),
  f: root(22),
  pool: root(23),
  tables: root(31),
  pdpt: TABLES,
  pd: TABLES + 32,
  pt: TABLES + 64,
  sparePt: TABLES + 96,
  empty: root(30),
} as const;

const thread = (ref: ObjRef): Cap => ({ _tag: 'ThreadCap', ref });
const endpoint = (ref: ObjRef, badge = 0n): Cap => ({
  _tag: 'EndpointCap',
  ref,
  badge,
  rights: 15,
});
const notification = (ref: ObjRef): Cap => ({
  _tag: 'NotificationCap',
  ref,
  badge: 0n,
  rights: 3,
});
const cnode = (ref: ObjRef, radixBits: number): Cap => ({
  _tag: 'CNodeCap',
  ref,
  radixBits,
  guard: 0n,
  guardBits: 0,
});
const frame: Cap = {
  _tag: 'FrameCap',
  ref: FRAME,
  size: 'Small',
  device: false,
  rights: 'ReadWrite',
  mapped: { asid: 1, vaddr: 0x200n },
};
const table = (level: PagingLevel, ref: ObjRef, isMapped = true): Cap => ({
  _tag: 'PagingCap',
  level,
  ref,
  mapped: isMapped ? { asid: 1, vaddr: 0n } : null,
});
const pml4: Cap = {
  _tag: 'PagingCap',
  level: 'PML4',
  ref: PML4,
  mapped: { asid: 1, vaddr: 0n },
};
const reply = (ref: ObjRef, master: boolean): Cap => ({
  _tag: 'ReplyCap',
  ref,
  master,
  canGrant: true,
});

function boot(): BootDescription {
  const first = (slot: SlotRef, cap: Cap): BootCap => ({
    slot,
    cap,
    parent: null,
    original: true,
  });
  const made = (slot: SlotRef, cap: Cap, parent: SlotRef = slots.untyped): BootCap => ({
    slot,
    cap,
    parent,
    original: true,
  });
  const copy = (slot: SlotRef, cap: Cap, parent: SlotRef): BootCap => ({
    slot,
    cap,
    parent,
    original: false,
  });
  const caps = [
    first(slots.cnode, cnode(0x11000, 5)),
    copy(slotAt(A, 0), cnode(0x11000, 5), slots.cnode),
    first(slots.tables, cnode(TABLES, 3)),
    first(slots.untyped, {
      _tag: 'UntypedCap',
      device: false,
      ref: UNTYPED,
      sizeBits: 13,
      freeIndex: 0x1600,
    }),
    made(slots.f, thread(F)),
    made(slots.e, thread(E)),
    made(slots.zombie, {
      _tag: 'Zombie',
      ref: DEAD_CNODE,
      radixBits: 2,
      count: 3,
    }),
    made(slots.sparePt, table('PageTable', SPARE_PT, false)),
    made(slots.pool, { _tag: 'ASIDPoolCap', ref: POOL, base: 0 }),
    made(slots.pml4, pml4),
    copy(slotAt(A, 1), pml4, slots.pml4),
    made(slots.pdpt, table('PDPT', PDPT)),
    made(slots.pd, table('PageDirectory', PD)),
    made(slots.pt, table('PageTable', PT)),
    made(slots.childUntyped, {
      _tag: 'UntypedCap',
      device: false,
      ref: CHILD_UNTYPED,
      sizeBits: 9,
      freeIndex: 0x20,
    }),
    made(slots.childEp, endpoint(CHILD_EP), slots.childUntyped),
    made(slots.frame, frame),
    copy(slotAt(A, 4), { ...frame, mapped: null } as Cap, slots.frame),
    made(slots.innerCnode, cnode(CNODE, 2)),
    made(slots.ntfnWaited, notification(NTFN_WAITED)),
    made(slots.ntfn, notification(NTFN)),
    copy(slotAt(IRQ_NODE, 1), notification(NTFN), slots.ntfn),
    made(slots.epSending, endpoint(EP_SENDING)),
    made(slots.ep, endpoint(EP)),
    made(slots.badged, endpoint(EP, 5n), slots.ep),
    made(slots.d, thread(D)),
    made(slots.c, thread(C)),
    made(slots.b, thread(B)),
    made(slots.a, thread(A)),
    first(slots.irqControl, { _tag: 'IRQControlCap' }),
    made(slots.irqHandler, { _tag: 'IRQHandlerCap', irq: 1 }, slots.irqControl),
    first(slots.domain, { _tag: 'DomainCap' }),
    first(slots.deviceUntyped, {
      _tag: 'UntypedCap',
      device: true,
      ref: DEVICE,
      sizeBits: 12,
      freeIndex: 0,
    }),
    ...[A, B, C, E, F].map((ref) => first(slotAt(ref, 2), reply(ref, true))),
    first(slotAt(D, 2), reply(D, true)),
    copy(slotAt(A, 3), reply(D, false), slotAt(D, 2)),
  ];
  return {
    currentThread: A,
    idleThread: IDLE,
    irqNode: IRQ_NODE,
    objects: [
      { type: 'CNode', address: 0x11000, radixBits: 5 },
      { type: 'CNode', address: TABLES, radixBits: 3 },
      { type: 'CNode', address: CNODE, radixBits: 2 },
      { type: 'CNode', address: DEAD_CNODE, radixBits: 2 },
      ...[A, B, C, D, E, F].map((address) => ({ type: 'Tcb', address }) as const),
      ...[EP, EP_SENDING, CHILD_EP].map((address) => ({ type: 'Endpoint', address }) as const),
      ...[NTFN, NTFN_WAITED].map((address) => ({ type: 'Notification', address }) as const),
      { type: 'PML4', address: PML4 },
      { type: 'PDPT', address: PDPT },
      { type: 'PageDirectory', address: PD },
      ...[PT, SPARE_PT].map((address) => ({ type: 'PageTable', address }) as const),
      { type: 'ASIDPool', address: POOL },
      { type: 'Frame', address: FRAME, size: 'Small', device: false },
    ],
    caps,
    threads: [A, B].map((tcb) => {
      return {
        tcb,
        state: 'Running',
        priority: tcb === A ? 5 : 3,
        mcp: 7,
        domain: 0,
        ipcBuffer: 0x100n,
        faultHandler: 0n,
      } as const;
    }),
    domainSchedule: [
      { domain: 0, duration: 3n },
      { domain: 1, duration: 2n },
    ],
  };
}

/** In every invariant's interest: blocked threads, queues, a binding, a zombie, a usable reply, nested untypeds. */
export function variedState(): KernelState {
  let s = bootState(SMALL, boot());
  s = withTcb(C, {
    state: { _tag: 'BlockedOnReceive', endpoint: EP, canGrant: true },
  })(s);
  s = withObject(EP, { _tag: 'RecvEP', queue: [C] })(s);
  s = withTcb(D, { state: { _tag: 'BlockedOnReply' } })(s);
  s = withTcb(E, {
    state: { _tag: 'BlockedOnNotification', notification: NTFN_WAITED },
  })(s);
  s = withObject(NTFN_WAITED, {
    _tag: 'Notification',
    state: { _tag: 'WaitingNtfn', queue: [E] },
    boundTcb: null,
    schedContext: null,
  })(s);
  s = withTcb(F, {
    state: {
      _tag: 'BlockedOnSend',
      endpoint: EP_SENDING,
      badge: 9n,
      canGrant: false,
      canGrantReply: false,
      isCall: false,
    },
  })(s);
  s = withObject(EP_SENDING, { _tag: 'SendEP', queue: [F] })(s);
  s = withTcb(A, { boundNotification: NTFN })(s);
  s = withObject(NTFN, {
    _tag: 'Notification',
    state: { _tag: 'IdleNtfn' },
    boundTcb: A,
    schedContext: null,
  })(s);
  return storeWord(s, FRAME + 8, 77n);
}

export type Edit = (s: KernelState) => KernelState;

export const withObject =
  (ref: ObjRef, value: KernelObject | undefined): Edit =>
  (s) =>
    setObject(s, ref, value);

export const withTcb =
  (ref: ObjRef, change: Partial<Tcb>): Edit =>
  (s) =>
    setObject(s, ref, { ...getTcb(s, ref), ...change });

/** The capability alone, whatever the derivation tree says. */
export const withCap =
  (slot: SlotRef, cap: Cap | undefined): Edit =>
  (s) => ({ ...s, caps: PMap.set(s.caps, slotKey(slot), cap) });

export const withNode =
  (slot: SlotRef, change: Partial<CdtNode> | undefined): Edit =>
  (s) => {
    const before = PMap.get(s.cdt, slotKey(slot)) ?? {
      parent: null,
      children: [],
      original: false,
    };
    return {
      ...s,
      cdt: PMap.set(s.cdt, slotKey(slot), change === undefined ? undefined : { ...before, ...change }),
    };
  };

/** A capability and its place in the tree, linked to its parent. */
export const withDerived =
  (slot: SlotRef, cap: Cap, parent: SlotRef | null, original = false): Edit =>
  (s) => {
    const t = withNode(slot, { parent, children: [], original })(withCap(slot, cap)(s));
    if (parent === null) return t;
    return withNode(parent, {
      children: [slot, ...(PMap.get(t.cdt, slotKey(parent))?.children ?? [])],
    })(t);
  };

export const withGlobals =
  (change: Partial<Globals>): Edit =>
  (s) =>
    setGlobals(s, change);

export const withQueue =
  (key: number, queue: readonly ObjRef[] | undefined): Edit =>
  (s) => ({ ...s, queues: PMap.set(s.queues, key, queue) });

export const edits =
  (...all: readonly Edit[]): Edit =>
  (s) =>
    all.reduce((t, edit) => edit(t), s);

export function capAt(s: KernelState, slot: SlotRef): Cap {
  const cap = PMap.get(s.caps, slotKey(slot));
  if (cap === undefined) throw new Error(`no capability in 0x${slot.toString(16)}`);
  return cap;
}

export function objectAt(s: KernelState, ref: ObjRef): KernelObject {
  const found = object(s, ref);
  if (found === undefined) throw new Error(`no object at 0x${ref.toString(16)}`);
  return found;
}
