/** The derivation tree, and what it promises about untyped memory: l4v's `valid_mdb` without the reply capabilities, and `valid_list`. */
import { powerOf2 } from '../../spec/abi/words.ts';
import type { Cap } from '../../spec/state/caps.ts';
import type { CdtNode, KernelState } from '../../spec/state/kernel-state.ts';
import { slotKey } from '../../spec/state/kernel-state.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { SlotRef } from '../../spec/state/refs.ts';
import type { StateInvariant, Violation } from '../property.ts';
import { INVARIANTS_AI, atSlot, countCaps, hex, l4v, perCap, whole } from './check.ts';
import type { Held } from './survey.ts';
import { capBits, changedOf, descends, keptBy, surveyOf } from './survey.ts';

function hasCap(s: KernelState, slot: SlotRef): boolean {
  return PMap.get(s.caps, slotKey(slot)) !== undefined;
}

function checkEnds(
  s: KernelState,
  slot: SlotRef,
  cap: Cap | undefined,
  node: CdtNode | undefined,
  out: Violation[],
): void {
  if (node === undefined) {
    if (cap !== undefined)
      out.push({
        where: atSlot(slot),
        because: `its ${cap._tag} has no place in the derivation tree`,
      });
    return;
  }
  const isLinked = node.parent !== null || node.children.length > 0;
  if (cap === undefined && isLinked)
    out.push({
      where: atSlot(slot),
      because: 'an empty slot in the derivation tree',
    });
  if (node.parent !== null && !hasCap(s, node.parent))
    out.push({
      where: atSlot(slot),
      because: `derived from the empty slot ${hex(node.parent)}`,
    });
  for (const child of node.children) {
    if (!hasCap(s, child))
      out.push({
        where: atSlot(slot),
        because: `the empty slot ${hex(child)} is derived from it`,
      });
  }
}

export const mdbCteAt: StateInvariant = {
  name: 'mdb_cte_at',
  kind: 'state',
  statement: 'Derivation leads from one slot with a capability to another.',
  l4v: l4v(INVARIANTS_AI, 'mdb_cte_at', 'also that every capability has a place in the tree'),
  evidence: ['spec-orphaned-children'],
  scope: 'local',
  violations: (s) => {
    const out: Violation[] = [];
    const { held, stray } = surveyOf(s);
    for (const { slot, cap, node } of held) checkEnds(s, slot, cap, node, out);
    for (const slot of stray) checkEnds(s, slot, undefined, PMap.get(s.cdt, slotKey(slot)), out);
    return out;
  },
  about: ['slot'],
  localViolations: (s, dirty) => {
    const out: Violation[] = [];
    for (const { slot, cap, node } of changedOf(s, dirty).slots) checkEnds(s, slot, cap, node, out);
    return out;
  },
  exercised: derived,
};

function derived(s: KernelState): number {
  return countCaps(s, (_, node) => node !== undefined && node.parent !== null);
}

export const noMloop: StateInvariant = {
  name: 'no_mloop',
  kind: 'state',
  statement: 'No capability is derived from itself.',
  l4v: l4v(INVARIANTS_AI, 'no_mloop'),
  evidence: ['spec-child-not-listed'],
  ...whole((s, out) => {
    const { held, bySlot } = surveyOf(s);
    for (const entry of held) {
      if (entry.pre >= 0) continue;
      let at: Held | undefined = entry;
      for (let steps = 0; at !== undefined && steps <= held.length; steps++) {
        const parent: SlotRef | null = at.node?.parent ?? null;
        if (parent === entry.slot) {
          out.push({
            where: atSlot(entry.slot),
            because: `derived from itself in ${steps + 1} steps`,
          });
          break;
        }
        at = parent === null ? undefined : bySlot.get(parent);
      }
    }
  }),
  exercised: derived,
};

export const validList: StateInvariant = {
  name: 'valid_list',
  kind: 'state',
  statement: "A slot's list of derived slots names each slot that has it as its parent, once, and no other.",
  l4v: l4v('proof/invariant-abstract/Deterministic_AI.thy', 'valid_list'),
  evidence: ['spec-child-not-listed'],
  scope: 'local',
  violations: (s) => {
    const out: Violation[] = [];
    const { held, bySlot } = surveyOf(s);
    for (const { slot, node, claims } of held) {
      if (node === undefined) continue;
      const { children } = node;
      for (const child of children) {
        if (bySlot.get(child)?.node?.parent !== slot)
          out.push({
            where: atSlot(slot),
            because: `lists ${hex(child)}, which does not name it as its parent`,
          });
      }
      const different = children.length > 1 ? new Set(children).size : children.length;
      if (different !== children.length) out.push({ where: atSlot(slot), because: 'lists a slot twice' });
      if (claims !== different)
        out.push({
          where: atSlot(slot),
          because: `${claims} slots name it as their parent, it lists ${different}`,
        });
    }
    return out;
  },
  about: ['slot'],
  localViolations: (s, dirty) => {
    const out: Violation[] = [];
    for (const { slot, node } of changedOf(s, dirty).slots) {
      if (node === undefined) continue;
      for (const child of node.children) {
        if (PMap.get(s.cdt, slotKey(child))?.parent !== slot) {
          out.push({
            where: atSlot(slot),
            because: `lists ${hex(child)}, which does not name it as its parent`,
          });
        }
      }
      if (node.parent !== null && PMap.get(s.cdt, slotKey(node.parent))?.children.includes(slot) !== true) {
        out.push({
          where: atSlot(slot),
          because: `its parent ${hex(node.parent)} does not list it`,
        });
      }
    }
    return out;
  },
  exercised: derived,
};

export const untypedMdb: StateInvariant = {
  name: 'untyped_mdb',
  kind: 'state',
  statement: 'A capability to an object in the memory of an untyped capability is derived from it.',
  l4v: l4v(INVARIANTS_AI, 'untyped_mdb'),
  evidence: ['spec-objects-beside-untyped'],
  ...whole((s, out) => {
    const { untypeds, held } = surveyOf(s);
    for (const above of untypeds) {
      for (const below of held) {
        if (below.start < above.start || below.start >= above.end || below.cap._tag === 'UntypedCap') continue;
        if (!descends(above, below)) {
          out.push({
            where: atSlot(below.slot),
            because: `its ${below.cap._tag} is not derived from the untyped in ${atSlot(above.slot)}`,
          });
        }
      }
    }
  }),
  exercised: (s) =>
    countCaps(s, (cap, node) => cap._tag !== 'UntypedCap' && keptBy(cap) !== null && node?.parent !== null),
};

/** Address from which the untyped memory is free. */
function freeFrom({ cap, start }: Held): number {
  return cap._tag === 'UntypedCap' ? start + cap.freeIndex : start;
}

function checkPair(a: Held, b: Held, out: Violation[]): void {
  if (a.start >= b.end || b.start >= a.end) return;
  const fail = (because: string): void => {
    out.push({
      where: atSlot(a.slot),
      because: `${because} ${atSlot(b.slot)}`,
    });
  };
  if (a.start === b.start && a.end === b.end) {
    const upper = descends(a, b) ? a : descends(b, a) ? b : null;
    if (upper === null) fail('covers the same memory without derivation as');
    else if (freeFrom(upper) < upper.end)
      fail(`${upper === a ? 'this' : 'that'} one still has free memory, which is also in the hands of`);
    return;
  }
  const aIsUpper = a.start <= b.start && b.end <= a.end;
  if (!aIsUpper && !(b.start <= a.start && a.end <= b.end)) {
    fail('partly overlaps the memory of');
    return;
  }
  const [upper, lower] = aIsUpper ? [a, b] : [b, a];
  if (!descends(upper, lower)) fail('nested without derivation with');
  if (lower.end > freeFrom(upper)) fail('the smaller one lies in free memory of the larger one, with');
}

export const untypedInc: StateInvariant = {
  name: 'untyped_inc',
  kind: 'state',
  statement:
    'Untyped memory is nested or apart; what is nested is derived and outside the free memory of the outer one.',
  l4v: l4v(INVARIANTS_AI, 'untyped_inc'),
  evidence: ['spec-copied-untyped-not-full'],
  ...whole((s, out) => {
    const { untypeds } = surveyOf(s);
    for (let i = 0; i < untypeds.length; i++) {
      const a = untypeds[i];
      for (let j = i + 1; j < untypeds.length && a !== undefined; j++) {
        const b = untypeds[j];
        if (b !== undefined) checkPair(a, b, out);
      }
    }
  }),
  exercised: (s) =>
    countCaps(s, (cap, node) => cap._tag === 'UntypedCap' && node !== undefined && node.parent !== null),
};

/** @source l4v proof/invariant-abstract/Invariants_AI.thy `cap_class` */
function capClass(cap: Cap): string {
  switch (cap._tag) {
    case 'ReplyCap':
      return `reply of ${hex(cap.ref)}`;
    case 'IRQControlCap':
    case 'IRQHandlerCap':
      return 'interrupt';
    case 'NullCap':
      return 'null';
    case 'DomainCap':
      return 'domain';
    case 'ASIDControlCap':
      return 'ASID';
    case 'IOPortCap':
    case 'IOPortControlCap':
      return 'IO port';
    case 'IOSpaceCap':
      return 'IO space';
    default:
      return 'physical';
  }
}

export const descendantsInc: StateInvariant = {
  name: 'descendants_inc',
  kind: 'state',
  statement: 'A capability is derived only from one of the same class whose memory includes its own.',
  l4v: l4v(INVARIANTS_AI, 'descendants_inc', 'looked at between parent and child, which gives it for all descendants'),
  evidence: ['spec-swap-leaves-the-tree'],
  ...perCap((s, slot, cap, node, out) => {
    if (node === undefined || node.parent === null) return;
    const above = PMap.get(s.caps, slotKey(node.parent));
    if (above === undefined) return;
    const where = atSlot(slot);
    if (above._tag !== cap._tag && capClass(above) !== capClass(cap)) {
      out.push({
        where,
        because: `${capClass(cap)} (${cap._tag}), but derived from ${capClass(above)} (${above._tag})`,
      });
      return;
    }
    if (cap._tag === 'ReplyCap' && above._tag === 'ReplyCap' && cap.ref !== above.ref)
      out.push({
        where,
        because: 'derived from the reply capability of another thread',
      });
    const bits = capBits(s.config, cap);
    const aboveBits = capBits(s.config, above);
    if (bits < 0 || aboveBits < 0 || !('ref' in cap) || !('ref' in above)) return;
    if (cap.ref < above.ref || cap.ref + powerOf2(bits) > above.ref + powerOf2(aboveBits)) {
      out.push({
        where,
        because: `covers ${hex(cap.ref)} and 2^${bits} bytes, its parent only ${hex(above.ref)} and 2^${aboveBits}`,
      });
    }
  }),
  exercised: derived,
};

export const utRevocable: StateInvariant = {
  name: 'ut_revocable',
  kind: 'state',
  statement: 'Untyped capabilities are original.',
  l4v: l4v(INVARIANTS_AI, 'ut_revocable'),
  evidence: ['spec-untyped-no-original'],
  ...perCap((_, slot, cap, node, out) => {
    if (cap._tag === 'UntypedCap' && node?.original !== true)
      out.push({
        where: atSlot(slot),
        because: 'an untyped capability that is not original',
      });
  }),
  exercised: (s) => surveyOf(s).untypeds.length,
};

export const irqRevocable: StateInvariant = {
  name: 'irq_revocable',
  kind: 'state',
  statement: 'The capability to control interrupts is original.',
  l4v: l4v(INVARIANTS_AI, 'irq_revocable'),
  evidence: ['spec-moved-is-no-original'],
  ...perCap((_, slot, cap, node, out) => {
    if (cap._tag === 'IRQControlCap' && node?.original !== true)
      out.push({
        where: atSlot(slot),
        because: 'an IRQControl capability that is not original',
      });
  }),
  exercised: (s) => countCaps(s, (cap) => cap._tag === 'IRQControlCap'),
};

export const capsContained: StateInvariant = {
  name: 'caps_contained',
  kind: 'state',
  statement: 'What starts in the memory of an untyped capability ends in it.',
  l4v: l4v(
    'proof/refine/X64/Invariants_H.thy',
    "caps_contained'",
    'on the abstract state, where it follows from valid_untyped',
  ),
  evidence: ['spec-space-for-one-less'],
  ...whole((s, out) => {
    const { untypeds, held } = surveyOf(s);
    for (const { slot, start, end } of untypeds) {
      for (const inner of held) {
        if (inner.start >= start && inner.start < end && inner.end > end && inner.cap._tag !== 'UntypedCap') {
          out.push({
            where: atSlot(inner.slot),
            because: `its ${inner.cap._tag} ends beyond the untyped in ${atSlot(slot)}`,
          });
        }
      }
    }
  }),
  exercised: (s) => countCaps(s, (cap) => cap._tag === 'CNodeCap' || cap._tag === 'ThreadCap' || cap._tag === 'Zombie'),
};
