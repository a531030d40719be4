/** Slots as invocations name them: a CNode that the running thread has, an index and a depth. */
import { powerOf2 } from '../../spec/abi/words.ts';
import type { Cap, CNodeCap } from '../../spec/state/caps.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { getCap, slotAt } from '../../spec/state/kernel-state.ts';
import type { Random } from './random.ts';
import type { Named, Surroundings } from './surroundings.ts';
import { SLOTS_SEEN, pickNamed } from './surroundings.ts';

/** How a slot is named: the CNode that is invoked, the index and the depth. */
export interface SlotName {
  readonly root: Named;
  readonly index: bigint;
  readonly depth: bigint;
  readonly slot: number;
}

/** A path through CNodes from an invoked one: the bits passed so far, and the CNode that they lead to. */
interface Path {
  readonly bits: bigint;
  readonly depth: number;
  readonly cnode: CNodeCap;
}

/** The path one level on, from a slot that holds a CNode. */
function pathInto({ bits, depth, cnode }: Path, index: number, inner: CNodeCap): Path {
  const guarded = (bits << BigInt(cnode.guardBits)) | cnode.guard;
  return {
    bits: (guarded << BigInt(cnode.radixBits)) | BigInt(index),
    depth: depth + cnode.guardBits + cnode.radixBits,
    cnode: inner,
  };
}

function nameSlot(root: Named, path: Path, index: number): SlotName {
  const { bits, depth } = pathInto(path, index, path.cnode);
  return { root, index: bits, depth: BigInt(depth), slot: slotAt(path.cnode.ref, index) };
}

/** A slot that is empty, or not, as wanted; seldom another if there is none. Sometimes one level further on. */
export function pickSlot(
  r: Random,
  around: Surroundings,
  s: KernelState,
  wanted: (cap: Cap, slot: number) => boolean,
  from: Named | null = null,
): SlotName | null {
  const root = from ?? pickNamed(r, around, 'cnode');
  if (root?.cap._tag !== 'CNodeCap') return null;
  let path: Path = { bits: 0n, depth: 0, cnode: root.cap };
  if (r.chance(0.2)) path = r.pick([path, ...innerPaths(s, path)]);
  const indices = slotsOf(path.cnode).filter((index) => {
    const slot = slotAt(path.cnode.ref, index);
    return wanted(getCap(s, slot), slot);
  });
  if (indices.length === 0 && r.chance(0.8)) return null;
  if (indices.length > 1 && r.chance(0.4)) {
    const favourites = indices.filter((index) => around.isFavourite(getCap(s, slotAt(path.cnode.ref, index))));
    if (favourites.length > 0) return nameSlot(root, path, r.pick(favourites));
  }
  return nameSlot(root, path, indices.length > 0 ? r.pick(indices) : r.below(powerOf2(path.cnode.radixBits)));
}

/** By radix, the indices of a CNode's slots; of a large one those that are seen. */
const INDICES = Array.from({ length: Math.log2(SLOTS_SEEN) + 1 }, (_, radixBits) =>
  Array.from({ length: powerOf2(radixBits) }, (__, index) => index),
);

function slotsOf({ radixBits }: CNodeCap): readonly number[] {
  return INDICES[Math.min(radixBits, INDICES.length - 1)] ?? [];
}

function innerPaths(s: KernelState, path: Path): readonly Path[] {
  return slotsOf(path.cnode).flatMap((index) => {
    const inner = getCap(s, slotAt(path.cnode.ref, index));
    if (inner._tag !== 'CNodeCap') return [];
    const next = pathInto(path, index, inner);
    return next.depth + inner.guardBits + inner.radixBits <= s.config.wordBits ? [next] : [];
  });
}

/** The name of a slot that is known by its address, if one of the CNodes at hand holds it. */
export function nameOf(around: Surroundings, slot: number): SlotName | null {
  for (const root of around.byTarget.cnode) {
    if (root.cap._tag !== 'CNodeCap') continue;
    const index = (slot - root.cap.ref) / 32;
    if (index >= 0 && index < powerOf2(root.cap.radixBits))
      return nameSlot(root, { bits: 0n, depth: 0, cnode: root.cap }, index);
  }
  return null;
}

export const isEmpty = (cap: Cap): boolean => cap._tag === 'NullCap';

export const isFull = (cap: Cap): boolean => cap._tag !== 'NullCap';
