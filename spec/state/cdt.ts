/**
 * The capability derivation tree: who was derived from whom, in what order.
 *
 * A capability that is moved keeps its place; a deleted one hands its children to its parent, in its own place.
 *
 * @source l4v spec/abstract/CSpaceAcc_A, CSpace_A.thy (`cap_insert`, `cap_move`, `cap_swap`, `empty_slot`),
 * Deterministic_A.thy (`cap_insert_ext` and its siblings, `next_slot`)
 */
import { specAssert } from '../prelude.ts';
import type { Cap } from './caps.ts';
import type { CdtNode, KernelState } from './kernel-state.ts';
import { copyState, getCap, setCap, slotKey } from './kernel-state.ts';
import * as PMap from './pmap.ts';
import type { SlotRef } from './refs.ts';

export function cdtNode(s: KernelState, slot: SlotRef): CdtNode | undefined {
  return PMap.get(s.cdt, slotKey(slot));
}

function node(s: KernelState, slot: SlotRef): CdtNode {
  const found = PMap.get(s.cdt, slotKey(slot));
  specAssert(found !== undefined, 'a slot with a capability has a place in the derivation tree');
  return found;
}

function setNode(s: KernelState, slot: SlotRef, value: CdtNode | undefined): KernelState {
  const t = copyState(s);
  t.cdt = PMap.set(s.cdt, slotKey(slot), value);
  return t;
}

/** The slot's place, with other children. */
function setChildren(
  s: KernelState,
  slot: SlotRef,
  { parent, original }: CdtNode,
  children: readonly SlotRef[],
): KernelState {
  return setNode(s, slot, { parent, children, original });
}

function setParent(s: KernelState, slot: SlotRef, parent: SlotRef | null): KernelState {
  const { children, original } = node(s, slot);
  return setNode(s, slot, { parent, children, original });
}

export function hasChildren(s: KernelState, slot: SlotRef): boolean {
  const found = cdtNode(s, slot);
  return found !== undefined && found.children.length > 0;
}

export function isOriginal(s: KernelState, slot: SlotRef): boolean {
  return cdtNode(s, slot)?.original ?? false;
}

/**
 * The slot after `slot` in the pre-order walk of its tree: first child, else next sibling, else next sibling of an ancestor. Undefined
 * at the end of the tree, and between trees.
 *
 * @source l4v Deterministic_A.thy `next_slot`
 */
export function nextSlot(s: KernelState, slot: SlotRef): SlotRef | undefined {
  const start = cdtNode(s, slot);
  if (start === undefined) return undefined;
  if (start.children.length > 0) return start.children[0];
  let at = slot;
  let parent = start.parent;
  while (parent !== null) {
    const siblings = node(s, parent).children;
    const index = siblings.indexOf(at);
    specAssert(index >= 0, 'a derived capability is in the list of its parent');
    const sibling = siblings[index + 1];
    if (sibling !== undefined) return sibling;
    at = parent;
    parent = node(s, parent).parent;
  }
  return undefined;
}

/** Every slot derived from `slot`, in pre-order, without `slot` itself. */
export function descendantsOf(s: KernelState, slot: SlotRef): readonly SlotRef[] {
  const found: SlotRef[] = [];
  const pending = [...(cdtNode(s, slot)?.children ?? [])].reverse();
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    found.push(at);
    const children = node(s, at).children;
    for (let i = children.length - 1; i >= 0; i--) {
      const child = children[i];
      if (child !== undefined) pending.push(child);
    }
  }
  return found;
}

/** Puts a capability into an empty slot as the first child of `parent`. */
export function insertChild(s: KernelState, parent: SlotRef, slot: SlotRef, cap: Cap, original: boolean): KernelState {
  const above = node(s, parent);
  const linked = setChildren(s, parent, above, [slot, ...above.children]);
  return setCap(setNode(linked, slot, { parent, children: [], original }), slot, cap);
}

/** Puts a capability into an empty slot as the sibling right after `source`; beside a root, as a root of its own. */
export function insertSibling(
  s: KernelState,
  source: SlotRef,
  slot: SlotRef,
  cap: Cap,
  original: boolean,
): KernelState {
  const { parent } = node(s, source);
  let linked = s;
  if (parent !== null) {
    const above = node(s, parent);
    const at = above.children.indexOf(source) + 1;
    linked = setChildren(s, parent, above, above.children.toSpliced(at, 0, slot));
  }
  return setCap(setNode(linked, slot, { parent, children: [], original }), slot, cap);
}

/** Takes a capability out of the tree and its slot; its children take its place among its siblings. */
export function removeSlot(s: KernelState, slot: SlotRef): KernelState {
  const gone = node(s, slot);
  let t = s;
  for (const child of gone.children) t = setParent(t, child, gone.parent);
  if (gone.parent !== null) {
    const above = node(t, gone.parent);
    const at = above.children.indexOf(slot);
    t = setChildren(t, gone.parent, above, above.children.toSpliced(at, 1, ...gone.children));
  }
  return setCap(setNode(t, slot, undefined), slot, { _tag: 'NullCap' });
}

/** Moves the capability's place from `source` to the empty slot `target`, which gets `cap`. */
export function moveSlot(s: KernelState, source: SlotRef, target: SlotRef, cap: Cap): KernelState {
  const moved = node(s, source);
  let t = setNode(setNode(s, source, undefined), target, moved);
  for (const child of moved.children) t = setParent(t, child, target);
  if (moved.parent !== null) t = replaceChild(t, moved.parent, source, target);
  return setCap(setCap(t, source, { _tag: 'NullCap' }), target, cap);
}

function replaceChild(s: KernelState, parent: SlotRef, from: SlotRef, to: SlotRef): KernelState {
  const above = node(s, parent);
  return setChildren(
    s,
    parent,
    above,
    above.children.map((child) => (child === from ? to : child)),
  );
}

/**
 * Exchanges the places of two slots, either of which may be empty; slot `a` gets `capB` and `b` gets `capA`.
 *
 * Works on the names: every mention of `a` in the tree becomes `b` and the other way round, so a parent swapped with its
 * own child needs no case of its own.
 */
export function swapSlots(s: KernelState, a: SlotRef, capA: Cap, b: SlotRef, capB: Cap): KernelState {
  const rename = (slot: SlotRef): SlotRef => (slot === a ? b : slot === b ? a : slot);
  const nodeA = cdtNode(s, a);
  const nodeB = cdtNode(s, b);
  const touched = new Set<SlotRef>();
  for (const at of [nodeA, nodeB]) {
    if (at === undefined) continue;
    if (at.parent !== null) touched.add(rename(at.parent));
    for (const child of at.children) touched.add(rename(child));
  }
  let t = setNode(setNode(s, a, nodeB), b, nodeA);
  for (const slot of new Set([...touched, a, b])) {
    const at = cdtNode(t, slot);
    if (at === undefined) continue;
    t = setNode(t, slot, {
      parent: at.parent === null ? null : rename(at.parent),
      children: at.children.map(rename),
      original: at.original,
    });
  }
  return setCap(setCap(t, a, capB), b, capA);
}

/** Changes a capability in place, its derivation unchanged. */
export function rewriteCap(s: KernelState, slot: SlotRef, cap: Cap): KernelState {
  specAssert(
    getCap(s, slot)._tag !== 'NullCap' && cap._tag !== 'NullCap',
    'a rewritten slot holds a capability before and after',
  );
  return setCap(s, slot, cap);
}
