/**
 * The derivation tree against the mapping database. The implementation knows less (a list; parenthood is computed) and so this is a
 * relation, not an abstraction: where the tree has a next slot in pre-order the list must have the same, and what the list
 * computes as the descendants of a slot must be its descendants in the tree.
 *
 * @source l4v proof/refine/StateRelation.thy `cdt_relation`, `cdt_list_relation`, `revokable_relation`
 */
import { powerOf2 } from '../../spec/abi/words.ts';
import { cdtNode, descendantsOf, nextSlot } from '../../spec/state/cdt.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { SlotRef } from '../../spec/state/refs.ts';
import type { Difference, Image } from './image.ts';
import { differ, hex, load, reference } from './image.ts';

/** The slot before `slot` in the pre-order walk of its tree; undefined for a root. */
export function previousSlot(s: KernelState, slot: SlotRef): SlotRef | undefined {
  const parent = cdtNode(s, slot)?.parent;
  if (parent === undefined || parent === null) return undefined;
  const siblings = cdtNode(s, parent)?.children;
  let at = siblings?.[siblings.indexOf(slot) - 1];
  if (at === undefined) return parent;
  for (;;) {
    const children: readonly SlotRef[] | undefined = cdtNode(s, at)?.children;
    const last: SlotRef | undefined = children?.[children.length - 1];
    if (last === undefined) return at;
    at = last;
  }
}

/** A slot's links, its revocable bit, and whether the next slot counts as derived from it. */
export function compareMdb(m: Image, s: KernelState, slot: SlotRef, out: Difference[]): void {
  const { layout: L } = m;
  const next = load(m, slot + L.CTE_NEXT);
  const prev = load(m, slot + L.CTE_PREV);
  const flags = load(m, slot + L.CTE_MDB_FLAGS);
  const node = cdtNode(s, slot);
  if (node === undefined) {
    if (next !== 0 || prev !== 0 || flags !== 0 || load(m, slot + L.CTE_PAD) !== 0) {
      differ(
        out,
        `slot ${hex(slot)}`,
        'derivation',
        'empty',
        `next ${reference(next)}, previous ${reference(prev)}, flags ${flags}`,
      );
    }
    return;
  }
  if (((flags & L.MDB_REVOCABLE) !== 0) !== node.original || flags > 3) {
    differ(out, `slot ${hex(slot)}`, 'revocable', String(node.original), `flags ${hex(flags)}`);
  }
  if (load(m, slot + L.CTE_PAD) !== 0) differ(out, `slot ${hex(slot)}`, 'padding', '0', hex(load(m, slot + L.CTE_PAD)));
  compareNext(m, s, slot, next, out);
  comparePrevious(m, s, slot, prev, out);
  const derived = next !== 0 && isMdbParentOf(m, slot, next);
  if (derived !== node.children.length > 0) {
    differ(
      out,
      `slot ${hex(slot)}`,
      'children',
      renderSlots(node.children),
      derived ? `${hex(next)} counts as its child` : 'none',
    );
  }
}

/** Behind the end of a tree the list may end, or go on with another tree of which the tree knows nothing. */
function compareNext(m: Image, s: KernelState, slot: SlotRef, next: SlotRef, out: Difference[]): void {
  const expected = nextSlot(s, slot);
  const startsTree = next === 0 || cdtNode(s, next)?.parent === null;
  if (expected === undefined ? !startsTree : next !== expected) {
    differ(out, `slot ${hex(slot)}`, 'next', reference(expected ?? 0), reference(next));
  }
  if (next !== 0 && load(m, next + m.layout.CTE_PREV) !== slot) {
    differ(out, `slot ${hex(slot)}`, 'previous of next', hex(slot), reference(load(m, next + m.layout.CTE_PREV)));
  }
}

function comparePrevious(m: Image, s: KernelState, slot: SlotRef, prev: SlotRef, out: Difference[]): void {
  const expected = previousSlot(s, slot);
  if (expected !== undefined && prev !== expected) {
    differ(out, `slot ${hex(slot)}`, 'previous', reference(expected), reference(prev));
  }
  if (prev !== 0 && load(m, prev + m.layout.CTE_NEXT) !== slot) {
    differ(out, `slot ${hex(slot)}`, 'next of previous', hex(slot), reference(load(m, prev + m.layout.CTE_NEXT)));
  }
}

/** The descendants that the list gives, for every slot of the tree. For full passes. */
export function compareDescendants(m: Image, s: KernelState, out: Difference[]): void {
  PMap.forEach(s.cdt, (_, key) => {
    const slot = key * 32;
    const expected = descendantsOf(s, slot);
    let at = load(m, slot + m.layout.CTE_NEXT);
    let count = 0;
    while (at !== 0 && count <= expected.length && isMdbParentOf(m, slot, at)) {
      if (at !== expected[count]) break;
      at = load(m, at + m.layout.CTE_NEXT);
      count++;
    }
    const isLonger = at !== 0 && isMdbParentOf(m, slot, at);
    if (count < expected.length || isLonger) {
      differ(
        out,
        `slot ${hex(slot)}`,
        'descendants',
        renderSlots(expected),
        `${count} of them, then ${isLonger ? hex(at) : 'the end'}`,
      );
    }
  });
}

function renderSlots(slots: readonly SlotRef[]): string {
  return slots.length === 0 ? 'none' : slots.map(hex).join(' ');
}

/**
 * Whether an entry of the list counts as derived from an earlier one.
 *
 * @source seL4 src/object/objecttype.c `isMDBParentOf`
 */
export function isMdbParentOf(m: Image, parent: SlotRef, child: SlotRef): boolean {
  const { layout: L } = m;
  if ((load(m, parent + L.CTE_MDB_FLAGS) & L.MDB_REVOCABLE) === 0 || !sameRegion(m, parent, child)) return false;
  const type = load(m, parent + L.CTE_META) >>> L.CAP_TYPE_SHIFT;
  if (type !== L.CAP_ENDPOINT && type !== L.CAP_NOTIFICATION) return true;
  const lo = load(m, parent + L.CTE_WORD_LO);
  const hi = load(m, parent + L.CTE_WORD_HI);
  if (lo === 0 && hi === 0) return true;
  const sameBadge = lo === load(m, child + L.CTE_WORD_LO) && hi === load(m, child + L.CTE_WORD_HI);
  return sameBadge && (load(m, child + L.CTE_MDB_FLAGS) & L.MDB_FIRST_BADGED) === 0;
}

function address(m: Image, slot: SlotRef): number {
  return (load(m, slot + m.layout.CTE_META) & 0xffff) * 0x1_0000_0000 + load(m, slot + m.layout.CTE_PTR_LO);
}

function sameRegion(m: Image, a: SlotRef, b: SlotRef): boolean {
  const { layout: L } = m;
  const metaA = load(m, a + L.CTE_META);
  const metaB = load(m, b + L.CTE_META);
  const typeA = metaA >>> L.CAP_TYPE_SHIFT;
  const typeB = metaB >>> L.CAP_TYPE_SHIFT;
  if (typeA === L.CAP_UNTYPED) {
    const size = coveredBytes(m, typeB, metaB);
    const start = address(m, a);
    const inner = address(m, b);
    return size > 0 && inner >= start && inner + size <= start + powerOf2((metaA >>> 17) & 63);
  }
  if (typeA === L.CAP_IRQ_CONTROL) return typeB === L.CAP_IRQ_CONTROL || typeB === L.CAP_IRQ_HANDLER;
  if (typeA === L.CAP_IO_PORT_CONTROL) return typeB === L.CAP_IO_PORT_CONTROL || typeB === L.CAP_IO_PORT;
  if (typeA !== typeB) return false;
  switch (typeA) {
    case L.CAP_NULL:
    case L.CAP_ZOMBIE:
      return false;
    case L.CAP_IRQ_HANDLER:
    case L.CAP_IO_PORT:
      return load(m, a + L.CTE_WORD_LO) === load(m, b + L.CTE_WORD_LO);
    case L.CAP_CNODE:
      return address(m, a) === address(m, b) && (metaA >>> 22) % 32 === (metaB >>> 22) % 32;
    case L.CAP_FRAME:
    case L.CAP_PAGING:
      return address(m, a) === address(m, b) && (metaA & 0x3_0000) === (metaB & 0x3_0000);
    default:
      return address(m, a) === address(m, b);
  }
}

/** Bytes of memory a packed capability stands for, by the sizes of the layout's configuration; 0 for none. */
function coveredBytes(m: Image, type: number, meta: number): number {
  const { layout: L } = m;
  const { config } = m;
  switch (type) {
    case L.CAP_UNTYPED:
      return powerOf2((meta >>> 17) & 63);
    case L.CAP_ENDPOINT:
      return powerOf2(config.endpointBits);
    case L.CAP_NOTIFICATION:
      return powerOf2(config.notificationBits);
    case L.CAP_REPLY_OBJECT:
      return powerOf2(config.replyBits);
    case L.CAP_SCHED_CONTEXT:
      return powerOf2((meta >>> 17) & 63);
    case L.CAP_CNODE:
      return powerOf2(((meta >>> 22) & 31) + config.slotBits);
    case L.CAP_THREAD:
      return powerOf2(config.tcbBits);
    case L.CAP_ZOMBIE:
      return (meta & 0x1_0000) !== 0 ? powerOf2(config.tcbBits) : powerOf2(((meta >>> 17) & 63) + config.slotBits);
    case L.CAP_FRAME: {
      const size = (meta >>> 16) & 3;
      return powerOf2(
        size === 0 ? config.frameBits.Small : size === 1 ? config.frameBits.Large : config.frameBits.Huge,
      );
    }
    case L.CAP_PAGING:
      return powerOf2(config.pageTableBits);
    case L.CAP_ASID_POOL:
      return powerOf2(config.asidPoolBits);
    default:
      return 0;
  }
}
