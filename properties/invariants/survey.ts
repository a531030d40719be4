/**
 * One look over a whole state, shared by all invariants that need an index of it, and the same for the few entities a step
 * changed. Both remember the last state they were asked about: states are values, so the answer cannot go stale.
 */
import type { KernelConfig } from '../../spec/abi/config.ts';
import { powerOf2 } from '../../spec/abi/words.ts';
import type { Cap } from '../../spec/state/caps.ts';
import type { CdtNode, KernelState } from '../../spec/state/kernel-state.ts';
import { object, slotKey } from '../../spec/state/kernel-state.ts';
import type { KernelObject } from '../../spec/state/objects.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { ObjRef, SlotRef } from '../../spec/state/refs.ts';
import type { Dirty, Entity } from '../property.ts';

export type Kind = KernelObject['_tag'];

/** An object and where it ends. */
export interface Placed {
  readonly ref: ObjRef;
  readonly end: number;
  /** What it is, beside it: objects of all kinds have little in common that a compiler could rely on. */
  readonly kind: Kind;
  readonly object: KernelObject;
}

/** A capability, where it is, and where it stands in the derivation tree. */
export interface Held {
  readonly slot: SlotRef;
  readonly cap: Cap;
  readonly node: CdtNode | undefined;
  /** The memory the capability stands for, from `start` to before `end`; both -1 when it stands for none. */
  readonly start: number;
  readonly end: number;
  /** Number in a pre-order walk of the tree, and the highest number below it; -1 when no root leads here. */
  pre: number;
  last: number;
  /** How many slots name this one as their parent. */
  claims: number;
}

export interface Survey {
  /** In ascending order of address. */
  readonly objects: readonly Placed[];
  /** In ascending order of slot. */
  readonly held: readonly Held[];
  readonly bySlot: ReadonlyMap<SlotRef, Held>;
  /** The capabilities that keep an object alive, by its address; an interrupt is -1 - irq. @see keptBy */
  readonly keepers: ReadonlyMap<number, readonly Held[]>;
  readonly untypeds: readonly Held[];
  readonly replies: readonly Held[];
  /** Slots with a place in the derivation tree and no capability. */
  readonly stray: readonly SlotRef[];
}

/** Logarithm of the object's size in bytes. */
export function objectBits(config: KernelConfig, value: KernelObject): number {
  switch (value._tag) {
    case 'Tcb':
      return config.tcbBits;
    case 'IdleEP':
    case 'SendEP':
    case 'RecvEP':
      return config.endpointBits;
    case 'Notification':
      return config.notificationBits;
    case 'Reply':
      return config.replyBits;
    case 'SchedContext':
      return value.sizeBits;
    case 'CNode':
      return value.radixBits + config.slotBits;
    case 'DataPage':
      return config.frameBits[value.size];
    case 'PageTable':
      return config.pageTableBits;
    case 'ASIDPool':
      return config.asidPoolBits;
  }
}

/** Logarithm of the size of the memory a capability stands for; -1 when it stands for none. */
export function capBits(config: KernelConfig, cap: Cap): number {
  switch (cap._tag) {
    case 'UntypedCap':
      return cap.sizeBits;
    case 'EndpointCap':
      return config.endpointBits;
    case 'NotificationCap':
      return config.notificationBits;
    case 'ReplyObjectCap':
      return config.replyBits;
    case 'SchedContextCap':
      return cap.sizeBits;
    case 'CNodeCap':
      return cap.radixBits + config.slotBits;
    case 'ThreadCap':
      return config.tcbBits;
    case 'Zombie':
      return cap.radixBits === null ? config.tcbBits : cap.radixBits + config.slotBits;
    case 'FrameCap':
      return config.frameBits[cap.size];
    case 'PagingCap':
      return config.pageTableBits;
    case 'ASIDPoolCap':
      return config.asidPoolBits;
    default:
      return -1;
  }
}

/** Address of what the capability covers; only for those with `capBits` other than -1. */
function capAddress(cap: Cap): number {
  return 'ref' in cap ? cap.ref : -1;
}

/**
 * The object or interrupt a capability keeps alive, as a number; null when none. An untyped and a reply capability keep nothing.
 *
 * @source l4v proof/invariant-abstract/InvariantsPre_AI.thy `gen_obj_refs`
 */
export function keptBy(cap: Cap): number | null {
  switch (cap._tag) {
    case 'EndpointCap':
    case 'NotificationCap':
    case 'ReplyObjectCap':
    case 'SchedContextCap':
    case 'CNodeCap':
    case 'ThreadCap':
    case 'Zombie':
    case 'FrameCap':
    case 'PagingCap':
    case 'ASIDPoolCap':
      return cap.ref;
    case 'IRQHandlerCap':
      return -1 - cap.irq;
    case 'IOPortCap':
      return -0x1_0000 - cap.first;
    default:
      return null;
  }
}

let lastState: KernelState | null = null;
let lastSurvey: Survey | null = null;

export function surveyOf(s: KernelState): Survey {
  if (lastState !== s || lastSurvey === null) {
    lastSurvey = survey(s);
    lastState = s;
  }
  return lastSurvey;
}

function survey(s: KernelState): Survey {
  const { config } = s;
  const objects: Placed[] = [];
  PMap.forEach(s.heap, (value, key) => {
    const ref = key * 16;
    objects.push({
      ref,
      end: ref + powerOf2(objectBits(config, value)),
      kind: value._tag,
      object: value,
    });
  });
  const held: Held[] = [];
  const bySlot = new Map<SlotRef, Held>();
  const keepers = new Map<number, Held[]>();
  const untypeds: Held[] = [];
  const replies: Held[] = [];
  PMap.forEach(s.caps, (cap, key) => {
    const bits = capBits(config, cap);
    const start = bits < 0 ? -1 : capAddress(cap);
    const end = bits < 0 ? -1 : start + powerOf2(bits);
    const slot = key * 32;
    const entry: Held = {
      slot,
      cap,
      node: PMap.get(s.cdt, key),
      start,
      end,
      pre: -1,
      last: -1,
      claims: 0,
    };
    held.push(entry);
    bySlot.set(slot, entry);
    const kept = keptBy(cap);
    if (kept !== null) {
      const others = keepers.get(kept);
      if (others === undefined) keepers.set(kept, [entry]);
      else others.push(entry);
    } else if (cap._tag === 'UntypedCap') untypeds.push(entry);
    else if (cap._tag === 'ReplyCap') replies.push(entry);
  });
  const stray: SlotRef[] = [];
  PMap.forEach(s.cdt, (_, key) => {
    if (!bySlot.has(key * 32)) stray.push(key * 32);
  });
  numberTree(held, bySlot);
  return { objects, held, bySlot, keepers, untypeds, replies, stray };
}

/** Walks every tree from its root. Each node is numbered at most once, so a tree that is none does no harm. */
function numberTree(held: readonly Held[], bySlot: ReadonlyMap<SlotRef, Held>): void {
  let next = 0;
  const path: { readonly at: Held; child: number }[] = [];
  for (const root of held) {
    const parent = root.node?.parent ?? null;
    if (parent !== null) {
      const above = bySlot.get(parent);
      if (above !== undefined) above.claims++;
      continue;
    }
    if (root.node === undefined) continue;
    root.pre = next++;
    path.push({ at: root, child: 0 });
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const slot = top.at.node?.children[top.child++];
      if (slot === undefined) {
        top.at.last = next - 1;
        path.pop();
        continue;
      }
      const child = bySlot.get(slot);
      if (child === undefined || child.pre >= 0) continue;
      child.pre = next++;
      path.push({ at: child, child: 0 });
    }
  }
}

/** Whether `lower` is derived, directly or not, from `upper`. */
export function descends(upper: Held, lower: Held): boolean {
  return upper.pre >= 0 && lower.pre > upper.pre && lower.pre <= upper.last;
}

/** The CNode or TCB a slot belongs to. */
export function containerIn(all: Survey, s: KernelState, slot: SlotRef): Placed | undefined {
  const { objects } = all;
  let low = 0;
  let high = objects.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((objects[middle]?.ref ?? Infinity) <= slot) low = middle + 1;
    else high = middle;
  }
  const found = objects[low - 1];
  return found !== undefined && hasSlot(s.config, found.ref, found.object, slot) ? found : undefined;
}

function hasSlot(config: KernelConfig, ref: ObjRef, value: KernelObject, slot: SlotRef): boolean {
  const bytes = slot - ref;
  if (bytes % powerOf2(config.slotBits) !== 0) return false;
  if (value._tag === 'Tcb') return bytes < 5 * powerOf2(config.slotBits);
  return value._tag === 'CNode' && bytes < powerOf2(value.radixBits + config.slotBits);
}

/** The same without a survey: objects are aligned to their size, so there are few places to look. */
export function containerOf(s: KernelState, slot: SlotRef): ObjRef | null {
  const { config } = s;
  for (let bits = config.slotBits; bits < 32; bits++) {
    const ref = slot - (slot % powerOf2(bits));
    if (ref < config.ramBase) return null;
    const value = object(s, ref);
    if (value !== undefined && hasSlot(config, ref, value, slot)) return ref;
  }
  return null;
}

/** A slot that a step changed; `cap` is undefined when it is empty now. */
export interface ChangedSlot {
  readonly slot: SlotRef;
  readonly cap: Cap | undefined;
  readonly node: CdtNode | undefined;
  readonly container: ObjRef | null;
}

/** A bit for each entity that there may be, from bit 1 on. Bit 0 is for what is always there. */
const BITS: Readonly<Record<Entity, number>> = {
  slot: 1 << 1,
  queue: 1 << 2,
  Tcb: 1 << 3,
  IdleEP: 1 << 4,
  SendEP: 1 << 5,
  RecvEP: 1 << 6,
  Notification: 1 << 7,
  Reply: 1 << 8,
  SchedContext: 1 << 9,
  CNode: 1 << 10,
  DataPage: 1 << 11,
  PageTable: 1 << 12,
  ASIDPool: 1 << 13,
};
const ALWAYS = 1;

export const OBJECT_KINDS = (Object.keys(BITS) as Entity[]).filter(
  (one): one is Kind => one !== 'slot' && one !== 'queue',
);

/** What a local look is about, to be held against the bits of what changed: it is asked where they have one in common. */
export function bitsOf(about: readonly Entity[] | undefined): number {
  return about === undefined ? ALWAYS : about.reduce((bits, one) => bits | BITS[one], 0);
}

export interface Changed {
  /** Those that still exist. */
  readonly objects: readonly Omit<Placed, 'end'>[];
  readonly slots: readonly ChangedSlot[];
  /** Which entities there are among them, and bit 0. @see bitsOf */
  readonly bits: number;
}

let lastDirty: Dirty | null = null;
let lastDirtyState: KernelState | null = null;
let lastChanged: Changed | null = null;

export function changedOf(s: KernelState, dirty: Dirty): Changed {
  if (lastDirtyState === s && lastDirty === dirty && lastChanged !== null) return lastChanged;
  const objects: Omit<Placed, 'end'>[] = [];
  let bits = ALWAYS;
  if (dirty.slots.length > 0) bits |= BITS.slot;
  if (dirty.queues.length > 0) bits |= BITS.queue;
  for (const ref of dirty.objects) {
    const value = object(s, ref);
    if (value === undefined) continue;
    const kind = value._tag;
    bits |= BITS[kind];
    objects.push({ ref, kind, object: value });
  }
  const slots: ChangedSlot[] = [];
  for (const slot of dirty.slots) {
    const key = slotKey(slot);
    slots.push({
      slot,
      cap: PMap.get(s.caps, key),
      node: PMap.get(s.cdt, key),
      container: containerOf(s, slot),
    });
  }
  lastDirty = dirty;
  lastDirtyState = s;
  lastChanged = { objects, slots, bits };
  return lastChanged;
}
