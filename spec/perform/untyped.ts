/**
 * Making objects from untyped memory. The kernel itself never allocates: this is the only place where objects come from.
 *
 * @source l4v spec/abstract/Retype_A.thy `invoke_untyped`, `reset_untyped_cap`, `delete_objects`; seL4 src/object/untyped.c
 */
import type { ObjectType } from '../abi/arch.ts';
import type { UntypedInvocation } from '../decode/invocation.ts';
import { E, right, specAssert } from '../prelude.ts';
import type { Cap, UntypedCap } from '../state/caps.ts';
import { ALLOW_READ, ALLOW_WRITE, ALL_RIGHTS, withFreeIndex } from '../state/caps.ts';
import { insertChild } from '../state/cdt.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { copyState, getCap, setCap, setObject } from '../state/kernel-state.ts';
import type { KernelObject } from '../state/objects.ts';
import * as PMap from '../state/pmap.ts';
import type { ObjRef, SlotRef } from '../state/refs.ts';
import { newSchedContext } from '../state/sched-context.ts';
import { initialContext } from '../state/user-context.ts';
import { newPageTable } from '../state/vspace.ts';
import type { Preemptible } from './outcome.ts';
import { preemptionPoint } from './outcome.ts';

export function invokeUntyped(start: KernelState, invocation: UntypedInvocation): Preemptible {
  const reset = invocation.reset ? resetUntypedCap(start, invocation.source) : right(start);
  if (E.isLeft(reset)) return reset;
  let s = reset.right;
  const { source, type, userSize, targets } = invocation;
  const untyped = untypedAt(s, source);
  const { device } = untyped;
  const bytes = 2 ** invocation.objectBits;
  const first = Math.ceil((untyped.ref + untyped.freeIndex) / bytes) * bytes;
  s = setCap(s, source, withFreeIndex(untyped, first + targets.length * bytes - untyped.ref));
  targets.forEach((target, index) => {
    const ref = first + index * bytes;
    s = createObject(s, type, ref, userSize, device);
    s = insertChild(s, source, target, capTo(type, ref, userSize, device), true);
  });
  return right(s);
}

function untypedAt(s: KernelState, slot: SlotRef): UntypedCap {
  const cap = getCap(s, slot);
  specAssert(cap._tag === 'UntypedCap', 'the retyped capability stays where it is');
  return cap;
}

/**
 * Makes an untyped without children free again: its objects are gone at once, its memory is cleared from the top in chunks with a
 * preemption point after each, and the watermark follows. Device memory is not cleared.
 */
function resetUntypedCap(start: KernelState, slot: SlotRef): Preemptible {
  const untyped = untypedAt(start, slot);
  if (untyped.freeIndex === 0) return right(start);
  let s = deleteObjects(start, untyped.ref, 2 ** untyped.sizeBits);
  const chunk = 2 ** start.config.resetChunkBits;
  if (untyped.device || 2 ** untyped.sizeBits < chunk) return right(setCap(s, slot, withFreeIndex(untyped, 0)));
  for (let free = Math.floor((untyped.freeIndex - 1) / chunk) * chunk; free >= 0; free -= chunk) {
    s = setCap(s, slot, withFreeIndex(untyped, free));
    const resumed = preemptionPoint(s);
    if (E.isLeft(resumed)) return resumed;
    s = resumed.right;
  }
  return right(s);
}

/** Forgets the objects in a range and what was in their memory. */
export function deleteObjects(s: KernelState, start: ObjRef, size: number): KernelState {
  const t = copyState(s);
  PMap.forEach(s.heap, (_, key) => {
    if (key * 16 >= start && key * 16 < start + size) t.heap = PMap.set(t.heap, key, undefined);
  });
  PMap.forEach(s.memory, (_, key) => {
    if (key * 8 >= start && key * 8 < start + size) t.memory = PMap.set(t.memory, key, undefined);
  });
  return t;
}

function createObject(s: KernelState, type: ObjectType, ref: ObjRef, userSize: number, device: boolean): KernelState {
  const made = newObject(s, type, userSize, device);
  return made === null ? s : setObject(s, ref, made);
}

/** The object as it is born; an untyped is memory only. */
function newObject(s: KernelState, type: ObjectType, userSize: number, device: boolean): KernelObject | null {
  switch (type) {
    case 'Untyped':
      return null;
    case 'Tcb':
      return {
        _tag: 'Tcb',
        state: { _tag: 'Inactive' },
        fault: null,
        faultHandler: 0n,
        ipcBuffer: 0n,
        boundNotification: null,
        domain: s.globals.currentDomain,
        priority: 0,
        mcp: 0,
        timeSlice: s.config.timeSlice,
        flags: 0,
        context: initialContext(s.config),
        fpu: 0n,
        schedContext: null,
        yieldTo: null,
      };
    case 'Endpoint':
      return { _tag: 'IdleEP' };
    case 'Notification':
      return { _tag: 'Notification', state: { _tag: 'IdleNtfn' }, boundTcb: null, schedContext: null };
    case 'Reply':
      return { _tag: 'Reply', tcb: null, schedContext: null };
    case 'SchedContext':
      return newSchedContext(userSize);
    case 'CapTable':
      return { _tag: 'CNode', radixBits: userSize };
    case 'SmallPage':
      return { _tag: 'DataPage', size: 'Small', device };
    case 'LargePage':
      return { _tag: 'DataPage', size: 'Large', device };
    case 'HugePage':
      return { _tag: 'DataPage', size: 'Huge', device };
    case 'PDPT':
    case 'PML4':
    case 'PageTable':
    case 'PageDirectory':
      return newPageTable(s.config, type);
  }
}

/** The first capability to a new object. */
function capTo(type: ObjectType, ref: ObjRef, userSize: number, device: boolean): Cap {
  switch (type) {
    case 'Untyped':
      return { _tag: 'UntypedCap', device, ref, sizeBits: userSize, freeIndex: 0 };
    case 'Tcb':
      return { _tag: 'ThreadCap', ref };
    case 'Endpoint':
      return { _tag: 'EndpointCap', ref, badge: 0n, rights: ALL_RIGHTS };
    case 'Notification':
      return { _tag: 'NotificationCap', ref, badge: 0n, rights: ALLOW_READ | ALLOW_WRITE };
    case 'Reply':
      return { _tag: 'ReplyObjectCap', ref, canGrant: true };
    case 'SchedContext':
      return { _tag: 'SchedContextCap', ref, sizeBits: userSize };
    case 'CapTable':
      return { _tag: 'CNodeCap', ref, radixBits: userSize, guard: 0n, guardBits: 0 };
    case 'SmallPage':
      return { _tag: 'FrameCap', ref, size: 'Small', device, rights: 'ReadWrite', mapped: null };
    case 'LargePage':
      return { _tag: 'FrameCap', ref, size: 'Large', device, rights: 'ReadWrite', mapped: null };
    case 'HugePage':
      return { _tag: 'FrameCap', ref, size: 'Huge', device, rights: 'ReadWrite', mapped: null };
    case 'PDPT':
    case 'PML4':
    case 'PageTable':
    case 'PageDirectory':
      return { _tag: 'PagingCap', level: type, ref, mapped: null };
  }
}
