/**
 * Rules about capabilities that read nothing but the capabilities (and, for finality, the other slots).
 *
 * @source l4v spec/abstract/CSpace_A.thy `mask_cap`, `update_cap_data`, `same_object_as`, `same_region_as`, `is_final_cap`,
 * `should_be_parent_of`; X64/ArchCSpace_A.thy
 */
import type { KernelConfig } from '../abi/config.ts';
import type { Word } from '../abi/words.ts';
import { powerOf2 } from '../abi/words.ts';
import type { Cap, EndpointCap, Rights, VmRights } from './caps.ts';
import { ALLOW_GRANT, ALLOW_GRANT_REPLY, ALLOW_READ, ALLOW_WRITE, NULL_CAP, frameCap } from './caps.ts';
import type { KernelState } from './kernel-state.ts';
import * as PMap from './pmap.ts';
import type { SlotRef } from './refs.ts';

/** The capability with no more than the given rights. Types that carry no rights are unchanged. */
export function maskCap(rights: Rights, cap: Cap): Cap {
  switch (cap._tag) {
    case 'EndpointCap':
      return { _tag: cap._tag, ref: cap.ref, badge: cap.badge, rights: cap.rights & rights };
    case 'NotificationCap':
      return {
        _tag: cap._tag,
        ref: cap.ref,
        badge: cap.badge,
        rights: cap.rights & rights & (ALLOW_READ | ALLOW_WRITE),
      };
    case 'ReplyCap':
      return {
        _tag: 'ReplyCap',
        ref: cap.ref,
        master: cap.master,
        canGrant: cap.canGrant && (rights & ALLOW_GRANT) !== 0,
      };
    case 'ReplyObjectCap':
      return { _tag: 'ReplyObjectCap', ref: cap.ref, canGrant: cap.canGrant && (rights & ALLOW_GRANT) !== 0 };
    case 'FrameCap':
      return frameCap(cap, maskVmRights(cap.rights, rights), cap.mapped);
    default:
      return cap;
  }
}

/** An endpoint one may send to and be answered through: what handles faults. */
export function isFaultHandler(cap: Cap): cap is EndpointCap {
  const answer = ALLOW_GRANT | ALLOW_GRANT_REPLY;
  return cap._tag === 'EndpointCap' && (cap.rights & ALLOW_WRITE) !== 0 && (cap.rights & answer) !== 0;
}

/** Write without read is no access at all. */
export function maskVmRights(has: VmRights, rights: Rights): VmRights {
  const canRead = (rights & ALLOW_READ) !== 0;
  const canWrite = (rights & ALLOW_WRITE) !== 0;
  if (has === 'ReadOnly' && canRead) return 'ReadOnly';
  if (has === 'ReadWrite' && canRead) return canWrite ? 'ReadWrite' : 'ReadOnly';
  return 'KernelOnly';
}

/**
 * The capability with new user data: a badge or a CNode's guard. `preserve` keeps badges as they are. NullCap means that
 * it is not allowed; a type without data is returned unchanged.
 */
export function updateCapData(config: KernelConfig, preserve: boolean, data: Word, cap: Cap): Cap {
  switch (cap._tag) {
    case 'EndpointCap':
    case 'NotificationCap':
      return !preserve && cap.badge === 0n
        ? { _tag: cap._tag, ref: cap.ref, badge: data, rights: cap.rights }
        : NULL_CAP;
    case 'CNodeCap': {
      const guardBits = Number(data & 63n);
      if (guardBits + cap.radixBits > config.wordBits) return NULL_CAP;
      const { ref, radixBits } = cap;
      return { _tag: 'CNodeCap', ref, radixBits, guard: (data >> 6n) & ((1n << BigInt(guardBits)) - 1n), guardBits };
    }
    default:
      return cap;
  }
}

/** Bytes a physical capability covers, from its object's address; null for capabilities that stand for no memory. */
export function capRange(config: KernelConfig, cap: Cap): { readonly start: number; readonly size: number } | null {
  switch (cap._tag) {
    case 'UntypedCap':
      return { start: cap.ref, size: powerOf2(cap.sizeBits) };
    case 'EndpointCap':
      return { start: cap.ref, size: powerOf2(config.endpointBits) };
    case 'NotificationCap':
      return { start: cap.ref, size: powerOf2(config.notificationBits) };
    case 'ReplyObjectCap':
      return { start: cap.ref, size: powerOf2(config.replyBits) };
    case 'SchedContextCap':
      return { start: cap.ref, size: powerOf2(cap.sizeBits) };
    case 'CNodeCap':
      return { start: cap.ref, size: powerOf2(cap.radixBits + config.slotBits) };
    case 'ThreadCap':
      return { start: cap.ref, size: powerOf2(config.tcbBits) };
    case 'Zombie':
      return {
        start: cap.ref,
        size: cap.radixBits === null ? powerOf2(config.tcbBits) : powerOf2(cap.radixBits + config.slotBits),
      };
    case 'FrameCap':
      return { start: cap.ref, size: powerOf2(config.frameBits[cap.size]) };
    case 'PagingCap':
      return { start: cap.ref, size: powerOf2(config.pageTableBits) };
    case 'ASIDPoolCap':
      return { start: cap.ref, size: powerOf2(config.asidPoolBits) };
    case 'ReplyCap':
    case 'NullCap':
    case 'SchedControlCap':
    case 'DomainCap':
    case 'IRQControlCap':
    case 'IRQHandlerCap':
    case 'ASIDControlCap':
    case 'IOPortCap':
    case 'IOPortControlCap':
    case 'IOSpaceCap':
      return null;
  }
}

/** Whether `b` lies within what `a` stands for: containment for an untyped, the same object otherwise. */
export function sameRegionAs(config: KernelConfig, a: Cap, b: Cap): boolean {
  switch (a._tag) {
    case 'UntypedCap': {
      const inner = capRange(config, b);
      return inner !== null && inner.start >= a.ref && inner.start + inner.size <= a.ref + powerOf2(a.sizeBits);
    }
    case 'IRQControlCap':
      return b._tag === 'IRQControlCap' || b._tag === 'IRQHandlerCap';
    case 'IOPortControlCap':
      return b._tag === 'IOPortControlCap' || b._tag === 'IOPortCap';
    default:
      return sameObjectAs(a, b);
  }
}

/** Whether two capabilities refer to the same object. Never true of untypeds and IRQControl. */
export function sameObjectAs(a: Cap, b: Cap): boolean {
  switch (a._tag) {
    case 'NullCap':
    case 'UntypedCap':
    case 'IRQControlCap':
    case 'Zombie':
      return false;
    case 'CNodeCap':
      return b._tag === 'CNodeCap' && a.ref === b.ref && a.radixBits === b.radixBits;
    case 'IRQHandlerCap':
      return b._tag === 'IRQHandlerCap' && a.irq === b.irq;
    case 'IOPortCap':
      return b._tag === 'IOPortCap' && a.first === b.first && a.last === b.last;
    case 'FrameCap':
      return b._tag === 'FrameCap' && a.ref === b.ref && a.size === b.size;
    case 'PagingCap':
      return b._tag === 'PagingCap' && a.level === b.level && a.ref === b.ref;
    case 'EndpointCap':
    case 'NotificationCap':
    case 'ReplyCap':
    case 'ReplyObjectCap':
    case 'SchedContextCap':
    case 'ThreadCap':
    case 'ASIDPoolCap':
      return b._tag === a._tag && a.ref === b.ref;
    case 'SchedControlCap':
    case 'DomainCap':
    case 'ASIDControlCap':
    case 'IOPortControlCap':
    case 'IOSpaceCap':
      return b._tag === a._tag;
  }
}

/** Below the names of interrupts. Ranges of ports are the same or have nothing in common, so that the first says which. */
const FIRST_PORT = -0x1_0000;

/**
 * Names of the objects a capability keeps alive, as numbers that are equal exactly when the objects are: an object's address, or a
 * negative number for an interrupt or for ports. Null when it keeps none.
 *
 * @source l4v spec/abstract/CSpace_A.thy `gen_obj_refs`
 */
function keptObject(cap: Cap): number | null {
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
      return FIRST_PORT - cap.first;
    default:
      return null;
  }
}

/** No other slot holds a capability to the same object. */
export function isFinalCap(s: KernelState, slot: SlotRef, cap: Cap): boolean {
  const kept = keptObject(cap);
  if (kept === null) return false;
  let others = 0;
  PMap.forEach(s.caps, (other, key) => {
    if (key !== slot / 32 && keptObject(other) === kept) others++;
  });
  return others === 0;
}

/** Whether a new capability made from `source` counts as an original one, from which others may be derived. */
export function isRevocableCopy(cap: Cap, source: Cap): boolean {
  switch (cap._tag) {
    case 'EndpointCap':
      return source._tag === 'EndpointCap' && cap.badge !== source.badge;
    case 'NotificationCap':
      return source._tag === 'NotificationCap' && cap.badge !== source.badge;
    case 'IRQHandlerCap':
      return source._tag === 'IRQControlCap';
    case 'IOPortCap':
      return source._tag === 'IOPortControlCap';
    case 'UntypedCap':
      return true;
    default:
      return false;
  }
}

/**
 * Whether a capability derived from `parent` becomes its child; otherwise they are siblings.
 *
 * @param parentOriginal whether the parent is an original capability
 * @param childOriginal whether the new one is
 */
export function shouldBeParentOf(
  config: KernelConfig,
  parent: Cap,
  parentOriginal: boolean,
  child: Cap,
  childOriginal: boolean,
): boolean {
  if (!parentOriginal || !sameRegionAs(config, parent, child)) return false;
  if (parent._tag === 'EndpointCap' || parent._tag === 'NotificationCap') {
    if (parent.badge === 0n) return true;
    const badge = child._tag === 'EndpointCap' || child._tag === 'NotificationCap' ? child.badge : 0n;
    return badge === parent.badge && !childOriginal;
  }
  return true;
}
