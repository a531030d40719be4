/** Messages to paging structures, frames and pools of identifiers that mostly make sense there. */
import { lowBits, powerOf2 } from '../../spec/abi/words.ts';
import type { Cap, Mapping } from '../../spec/state/caps.ts';
import { hasChildren } from '../../spec/state/cdt.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { vspaceOf } from '../../spec/state/vspace.ts';
import { edge } from './edge.ts';
import type { Operation } from './operations.ts';
import type { Random } from './random.ts';
import { isEmpty, isFull, pickSlot } from './slot-names.ts';
import type { Named, Surroundings } from './surroundings.ts';
import { cptrOf, pickNamed } from './surroundings.ts';

export interface Message {
  readonly words: readonly bigint[];
  readonly caps: readonly bigint[];
}

/** Null when it would make no sense now; undefined when the operation is about something else. */
export function vspaceMessage(
  r: Random,
  { name }: Operation,
  invoked: Cap | null,
  around: Surroundings,
  s: KernelState,
): Message | null | undefined {
  switch (name) {
    case 'PDPT_Map':
    case 'PageDirectory_Map':
    case 'PageTable_Map': {
      if (invoked?._tag !== 'PagingCap') return null;
      if (invoked.mapped !== null && r.chance(0.9)) return null;
      const root = pickRoot(r, around, s);
      return root && { words: [userAddress(r, s), attributes(r)], caps: [cptrOf(root)] };
    }
    case 'Page_Map': {
      if (invoked?._tag !== 'FrameCap') return null;
      const { mapped, size } = invoked;
      const again = mapped !== null && r.chance(0.8) ? rootOf(around, mapped) : undefined;
      const root = again ?? pickRoot(r, around, s);
      const address = again === undefined || mapped === null ? userAddress(r, s) : mapped.vaddr;
      const aligned = r.chance(0.95) ? address - lowBits(address, s.config.frameBits[size]) : address;
      const rights = BigInt(r.pick([3, 3, 15, 2, 1, 0]));
      return root && { words: [aligned, rights, attributes(r)], caps: [cptrOf(root)] };
    }
    case 'ASIDControl_MakePool': {
      const target = pickSlot(r, around, s, r.chance(0.9) ? isEmpty : isFull);
      const untyped = pickUntyped(r, around, s);
      if (target === null || untyped === undefined) return null;
      const depth = r.chance(0.9) ? target.depth : r.pick([0n, 65n]);
      return { words: [target.index, depth], caps: [cptrOf(untyped), cptrOf(target.root)] };
    }
    case 'ASIDPool_Assign': {
      const fresh = around.byTarget.vspace.filter(({ cap }) => cap._tag === 'PagingCap' && cap.mapped === null);
      const any = r.chance(0.1) ? pickNamed(r, around, 'vspace') : undefined;
      const root = any ?? (fresh.length > 0 ? r.pick(fresh) : undefined);
      return root === undefined ? null : { words: [], caps: [cptrOf(root)] };
    }
    default:
      return undefined;
  }
}

/** The root of an address space, mostly of one that is there. */
function pickRoot(r: Random, around: Surroundings, s: KernelState): Named | null {
  const roots = around.byTarget.vspace;
  const living = roots.filter(({ cap }) => vspaceOf(s, cap) !== null);
  if (living.length > 0 && r.chance(0.9)) return r.pick(living);
  return roots.length === 0 ? null : r.pick(roots);
}

function rootOf(around: Surroundings, { asid }: Mapping): Named | undefined {
  return around.byTarget.vspace.find(({ cap }) => cap._tag === 'PagingCap' && cap.mapped?.asid === asid);
}

/** One that a pool can be made of, if there is any. */
function pickUntyped(r: Random, around: Surroundings, s: KernelState): Named | undefined {
  const fit = around.byTarget.untyped.filter(
    ({ cap, slot }) =>
      cap._tag === 'UntypedCap' &&
      cap.sizeBits === s.config.asidPoolBits &&
      !cap.device &&
      (!hasChildren(s, slot) || r.chance(0.6)),
  );
  if (fit.length > 0 && r.chance(0.85)) return r.pick(fit);
  return r.chance(0.1) ? pickNamed(r, around, 'untyped') : undefined;
}

/** Few addresses, so that mappings meet: small pages in three tables of the first two, and the end of what is the user's. */
export function userAddress(r: Random, { config }: KernelState): bigint {
  const { frameBits, pageTableBits, userTop } = config;
  if (r.chance(0.08)) return r.chance(0.75) ? userTop - r.pick([0n, 0n, 1n]) : edge(r);
  const indexBits = pageTableBits - 3;
  const table = r.pick([0, 0, 0, 1, powerOf2(indexBits), 0]);
  const page = r.below(Math.min(4, powerOf2(indexBits)));
  const offset = r.chance(0.95) ? 0 : 8;
  return BigInt((table * powerOf2(indexBits) + page) * powerOf2(frameBits.Small) + offset);
}

function attributes(r: Random): bigint {
  return BigInt(r.chance(0.6) ? 0 : r.below(8));
}
