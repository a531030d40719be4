/**
 * Where authority is in a state: in capabilities, in what threads wait for and are bound to, in derivation, and in page tables.
 *
 * @source l4v proof/access-control/Access.thy `state_bits_to_policy`, `state_asids_to_policy_aux`, `state_irqs_to_policy_aux`
 */
import { atObject, atSlot } from '../invariants/check.ts';
import type { Cap } from '../../spec/state/caps.ts';
import type { CdtNode, KernelState } from '../../spec/state/kernel-state.ts';
import { slotKey } from '../../spec/state/kernel-state.ts';
import type { KernelObject } from '../../spec/state/objects.ts';
import * as PMap from '../../spec/state/pmap.ts';
import { findVSpaceForASID } from '../../spec/state/vspace.ts';
import type { Label, Labelling } from './authority.ts';
// biome-ignore format: packed
import {
  ASID_POOL_MAPS_ASID, CONTROL, DELETE_DERIVED, RECEIVE, RESET, authorityOf, authorityOfRights, authorityOfState, isTransferable,
} from './authority.ts';
import { Policy } from './policy.ts';

export type VisitEdge = (from: Label, to: Label, authority: number, why: string) => void;

/** Label of a slot: of the object that it is in, or of the interrupt whose node it is. */
export function labelOfSlot(s: KernelState, l: Labelling, slot: number): Label {
  const irq = (slot - s.globals.irqNode) / 32;
  return irq >= 0 && irq < s.config.irqs ? l.irqLabels[irq]! : l.labelOf(slot);
}

/** The edges that a capability and its place in the derivation tree make. The label of shared copies has none: it never acts. */
export function edgesOfSlot(s: KernelState, l: Labelling, slot: number, cap: Cap, visit: VisitEdge): void {
  const from = labelOfSlot(s, l, slot);
  const { parent } = PMap.get(s.cdt, slotKey(slot)) ?? ROOT;
  if (parent !== null) {
    const ancestor = labelOfSlot(s, l, parent);
    if (ancestor !== from && ancestor !== l.silc) {
      if (!isTransferable(cap)) visit(ancestor, from, CONTROL, 'derivation');
      visit(ancestor, from, DELETE_DERIVED, 'derivation');
    }
  }
  if (from === l.silc) return;
  switch (cap._tag) {
    case 'DomainCap':
      for (let to = 0; to < l.names.length; to++) visit(from, to, CONTROL, cap._tag);
      return;
    case 'IRQControlCap':
      for (const to of l.irqLabels) visit(from, to, CONTROL, cap._tag);
      return;
    case 'IRQHandlerCap':
      visit(from, l.irqLabels[cap.irq]!, CONTROL, cap._tag);
      return;
    case 'FrameCap':
    case 'PagingCap': {
      visit(from, l.labelOf(cap.ref), authorityOf(cap), cap._tag);
      const root = cap.mapped === null ? null : findVSpaceForASID(s, cap.mapped.asid);
      if (root !== null) visit(from, l.labelOf(root), CONTROL, `${cap._tag} that is mapped`);
      return;
    }
    default: {
      const authority = authorityOf(cap);
      if (authority !== 0 && 'ref' in cap) visit(from, l.labelOf(cap.ref), authority, cap._tag);
    }
  }
}

const ROOT: CdtNode = { parent: null, children: [], original: false };

/** The edges that an object makes by what it holds. */
export function edgesOfObject(l: Labelling, ref: number, object: KernelObject, visit: VisitEdge): void {
  switch (object._tag) {
    case 'Tcb': {
      const waiting = authorityOfState(object);
      const from = l.labelOf(ref);
      if (waiting !== null) visit(from, l.labelOf(waiting.ref), waiting.authority, object.state._tag);
      if (object.boundNotification !== null)
        visit(from, l.labelOf(object.boundNotification), RECEIVE | RESET, 'a bound notification');
      return;
    }
    case 'PageTable':
      PMap.forEach(object.entries, (pte) => {
        const authority = pte._tag === 'PagePTE' ? authorityOfRights(pte.rights) : CONTROL;
        if (authority !== 0) visit(l.labelOf(ref), l.labelOf(pte.ref), authority, pte._tag);
      });
      return;
    case 'ASIDPool':
      PMap.forEach(object.entries, (root) => {
        visit(l.labelOf(ref), l.labelOf(root), ASID_POOL_MAPS_ASID, 'an entry of an ASID pool');
      });
      return;
    default:
  }
}

/** All edges of a state. */
export function edgesOfState(
  s: KernelState,
  l: Labelling,
  visit: (at: string, ...edge: Parameters<VisitEdge>) => void,
): void {
  PMap.forEach(s.caps, (cap, key) => {
    edgesOfSlot(s, l, key * 32, cap, (...edge) => {
      visit(atSlot(key * 32), ...edge);
    });
  });
  PMap.forEach(s.heap, (object, key) => {
    edgesOfObject(l, key * 16, object, (...edge) => {
      visit(atObject(key * 16), ...edge);
    });
  });
}

/** The least policy that a state satisfies: what is in it, and what follows. */
export function leastPolicy(s: KernelState, l: Labelling): Policy {
  const policy = new Policy(l.names.length);
  edgesOfState(s, l, (_, from, to, authority) => {
    policy.add(from, to, authority);
  });
  return policy;
}
