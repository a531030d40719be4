/** Objects on their own: aligned, apart from each other, and well-formed. Together with `valid_cap`, l4v's `valid_objs`. */
import { powerOf2 } from '../../spec/abi/words.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { getCap, object, slotAt } from '../../spec/state/kernel-state.ts';
import type { Tcb } from '../../spec/state/objects.ts';
import type { ObjRef } from '../../spec/state/refs.ts';
import type { StateInvariant, Violation } from '../property.ts';
import { propertyPoints } from '../variant.ts';
import {
  INVARIANTS_AI,
  atObject,
  atSlot,
  atThread,
  countCaps,
  countObjects,
  hex,
  l4v,
  perKind,
  perObject,
  whole,
} from './check.ts';
import { contextAt } from './runs.ts';
import { changedOf, containerIn, objectBits, surveyOf } from './survey.ts';

export const pspaceAligned: StateInvariant = {
  name: 'pspace_aligned',
  kind: 'state',
  statement: 'Every object lies at a multiple of its size.',
  l4v: l4v(INVARIANTS_AI, 'pspace_aligned'),
  evidence: ['spec-objects-not-aligned'],
  ...perObject((s, ref, value, out) => {
    const bits = objectBits(s.config, value);
    if (ref % powerOf2(bits) !== 0)
      out.push({
        where: atObject(ref),
        because: `a ${value._tag} of 2^${bits} bytes is not aligned`,
      });
  }),
  exercised: (s) => surveyOf(s).objects.length,
};

export const pspaceDistinct: StateInvariant = {
  name: 'pspace_distinct',
  kind: 'state',
  statement: 'No two objects share memory.',
  l4v: l4v(INVARIANTS_AI, 'pspace_distinct'),
  evidence: ['spec-last-object-half-counted'],
  ...whole((s, out) => {
    let furthest = -1;
    let owner = -1;
    for (const { ref, end } of surveyOf(s).objects) {
      if (ref < furthest)
        out.push({
          where: atObject(ref),
          because: `overlaps the object at ${hex(owner)}, which ends at ${hex(furthest)}`,
        });
      if (end > furthest) {
        furthest = end;
        owner = ref;
      }
    }
  }),
  exercised: (s) => Math.max(0, surveyOf(s).objects.length - 1),
};

function isTcb(s: KernelState, ref: ObjRef): boolean {
  return object(s, ref)?._tag === 'Tcb';
}

export function isEndpoint(s: KernelState, ref: ObjRef): boolean {
  const tag = object(s, ref)?._tag;
  return tag === 'IdleEP' || tag === 'SendEP' || tag === 'RecvEP';
}

function isNotification(s: KernelState, ref: ObjRef): boolean {
  return object(s, ref)?._tag === 'Notification';
}

/** A queue of waiting threads: not empty, nobody twice, threads all. */
function checkQueue(s: KernelState, ref: ObjRef, queue: readonly ObjRef[], out: Violation[]): void {
  if (queue.length === 0)
    out.push({
      where: atObject(ref),
      because: 'its queue is empty, but it is not idle',
    });
  for (let i = 0; i < queue.length; i++) {
    const thread = queue[i];
    if (thread === undefined) continue;
    if (queue.indexOf(thread) !== i)
      out.push({
        where: atObject(ref),
        because: `${hex(thread)} is in its queue twice`,
      });
    if (!isTcb(s, thread))
      out.push({
        where: atObject(ref),
        because: `${hex(thread)} in its queue is not a thread`,
      });
  }
}

export const validEp: StateInvariant = {
  name: 'valid_ep',
  kind: 'state',
  statement: 'An endpoint that is not idle has a non-empty queue of different threads.',
  l4v: l4v(INVARIANTS_AI, 'valid_ep'),
  evidence: ['spec-busy-without-senders'],
  ...perKind(['SendEP', 'RecvEP'], (s, ref, { queue }, out) => {
    checkQueue(s, ref, queue, out);
  }),
  exercised: (s) => countObjects(s, (value) => value._tag === 'SendEP' || value._tag === 'RecvEP'),
};

export const validNtfn: StateInvariant = {
  name: 'valid_ntfn',
  kind: 'state',
  statement:
    'A waiting notification has a non-empty queue of different threads; a bound thread exists and is then the only one waiting; a scheduling context that it lends exists.',
  l4v: l4v(INVARIANTS_AI, 'valid_ntfn'),
  evidence: ['spec-busy-without-waiters'],
  ...perKind(['Notification'], (s, ref, { state, boundTcb, schedContext }, out) => {
    if (schedContext !== null && contextAt(s, schedContext) === undefined)
      out.push({ where: atObject(ref), because: `lends ${hex(schedContext)}, which is not a scheduling context` });
    if (state._tag === 'WaitingNtfn') {
      checkQueue(s, ref, state.queue, out);
      if (boundTcb !== null && (state.queue.length !== 1 || state.queue[0] !== boundTcb)) {
        out.push({
          where: atObject(ref),
          because: `bound to ${hex(boundTcb)}, but others wait: ${state.queue.map(hex).join(' ')}`,
        });
      }
    }
    if (boundTcb !== null && !isTcb(s, boundTcb)) {
      out.push({
        where: atObject(ref),
        because: `bound to ${hex(boundTcb)}, which is not a thread`,
      });
    }
  }),
  exercised: (s) =>
    countObjects(
      s,
      (value) => value._tag === 'Notification' && (value.state._tag === 'WaitingNtfn' || value.boundTcb !== null),
    ),
};

/** MCS: the reply object that a thread offers, or waits for an answer through. */
export function replyOf({ state }: Tcb): ObjRef | undefined {
  return state._tag === 'BlockedOnReceive' || state._tag === 'BlockedOnReply' ? state.reply : undefined;
}

function checkTcb(s: KernelState, ref: ObjRef, tcb: Tcb, out: Violation[]): void {
  const fail = (because: string): void => {
    out.push({ where: atThread(ref), because });
  };
  const { state, fault } = tcb;
  if ((state._tag === 'BlockedOnReceive' || state._tag === 'BlockedOnSend') && !isEndpoint(s, state.endpoint)) {
    fail(`${state._tag} ${hex(state.endpoint)}, which is not an endpoint`);
  }
  if (state._tag === 'BlockedOnNotification' && !isNotification(s, state.notification)) {
    fail(`blocked on ${hex(state.notification)}, which is not a notification`);
  }
  if (tcb.boundNotification !== null && !isNotification(s, tcb.boundNotification)) {
    fail(`bound to ${hex(tcb.boundNotification)}, which is not a notification`);
  }
  if (tcb.schedContext !== null && contextAt(s, tcb.schedContext) === undefined)
    fail(`runs on ${hex(tcb.schedContext)}, which is not a scheduling context`);
  if (tcb.yieldTo !== null && contextAt(s, tcb.yieldTo) === undefined)
    fail(`yielded to ${hex(tcb.yieldTo)}, which is not a scheduling context`);
  const reply = replyOf(tcb);
  if (reply !== undefined && object(s, reply)?._tag !== 'Reply')
    fail(`${state._tag} through ${hex(reply)}, which is not a reply object`);
  if (
    fault?._tag === 'CapFault' &&
    fault.failure._tag === 'GuardMismatch' &&
    fault.failure.guardBits > s.config.wordBits
  ) {
    fail(`its fault has a guard of ${fault.failure.guardBits} bits`);
  }
  if (tcb.context.length !== s.config.registers.names.length) fail(`has ${tcb.context.length} registers`);
  checkSlots(s, ref, tcb, fail);
}

/** What may lie in each of a thread's own slots. */
function checkSlots(s: KernelState, ref: ObjRef, tcb: Tcb, fail: (because: string) => void): void {
  const vtable = getCap(s, slotAt(ref, 1));
  if (
    vtable._tag !== 'NullCap' &&
    !(vtable._tag === 'PagingCap' && vtable.level === s.config.arch.vspaceRoot && vtable.mapped !== null)
  ) {
    fail(`its VTable slot holds a ${vtable._tag} that is no address space`);
  }
  for (const because of propertyPoints(s).slotFaults(s, ref, tcb)) fail(because);
}

const tcbLooks = perKind(['Tcb'], checkTcb);

export const validTcb: StateInvariant = {
  name: 'valid_tcb',
  kind: 'state',
  statement:
    'What a thread is blocked on and bound to exists, and each of its own slots holds nothing but what belongs there in its state.',
  l4v: l4v(
    INVARIANTS_AI,
    'valid_tcb',
    'validity of the capabilities is in valid_cap; the slots are those of tcb_cap_cases',
  ),
  evidence: ['spec-anything-as-buffer'],
  ...tcbLooks,
  about: ['Tcb', 'slot'],
  localViolations: (s, dirty) => {
    const out: Violation[] = [...(tcbLooks.localViolations?.(s, dirty) ?? [])];
    for (const { container } of changedOf(s, dirty).slots) {
      if (container === null || dirty.objects.includes(container)) continue;
      const value = object(s, container);
      if (value?._tag === 'Tcb') checkTcb(s, container, value, out);
    }
    return out;
  },
  exercised: (s) => countObjects(s, (value) => value._tag === 'Tcb' && value.state._tag !== 'Inactive'),
};

export const validCs: StateInvariant = {
  name: 'valid_cs',
  kind: 'state',
  statement: 'Every capability lies in a slot of a CNode or TCB, and no CNode has more slots than a word can address.',
  l4v: l4v(INVARIANTS_AI, 'valid_cs', 'slots are kept beside the objects, so that they belong to one is part of it'),
  evidence: ['spec-window-beyond-node'],
  scope: 'local',
  violations: (s) => {
    const out: Violation[] = [];
    const all = surveyOf(s);
    for (const { ref, object: value } of all.objects) {
      if (value._tag === 'CNode') checkRadix(s, ref, value.radixBits, out);
    }
    for (const { slot, cap } of all.held) {
      if (containerIn(all, s, slot) === undefined)
        out.push({
          where: atSlot(slot),
          because: `a ${cap._tag} outside of every object`,
        });
    }
    return out;
  },
  about: ['CNode', 'slot'],
  localViolations: (s, dirty) => {
    const out: Violation[] = [];
    const { objects, slots } = changedOf(s, dirty);
    for (const { ref, object: value } of objects) {
      if (value._tag === 'CNode') checkRadix(s, ref, value.radixBits, out);
    }
    for (const { slot, cap, container } of slots) {
      if (cap !== undefined && container === null)
        out.push({
          where: atSlot(slot),
          because: `a ${cap._tag} outside of every object`,
        });
    }
    return out;
  },
  exercised: (s) => countCaps(s, () => true),
};

function checkRadix(s: KernelState, ref: ObjRef, radixBits: number, out: Violation[]): void {
  const { irqNode } = s.globals;
  const isIrqNode = ref >= irqNode && ref < slotAt(irqNode, s.config.irqs);
  if (radixBits >= s.config.wordBits - s.config.slotBits || (radixBits === 0) !== isIrqNode) {
    out.push({
      where: atObject(ref),
      because: `a CNode of 2^${radixBits} slots`,
    });
  }
}
