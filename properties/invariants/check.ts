/** Ways to look at a state: object by object, capability by capability, queue by queue. Each gives the full and the local form at once. */
import type { Cap } from '../../spec/state/caps.ts';
import type { CdtNode, KernelState } from '../../spec/state/kernel-state.ts';
import type { KernelObject, SchedContext, Tcb } from '../../spec/state/objects.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { ObjRef, SlotRef } from '../../spec/state/refs.ts';
import type { Counterpart, StateInvariant, Violation } from '../property.ts';
import { contextAt, tcbAt } from './runs.ts';
import type { Kind, Placed } from './survey.ts';
import { OBJECT_KINDS, changedOf, surveyOf } from './survey.ts';

export type Looks = Pick<StateInvariant, 'scope' | 'violations' | 'localViolations' | 'about'>;

export const INVARIANTS_AI = 'proof/invariant-abstract/Invariants_AI.thy';
export const DET_SCHED = 'proof/invariant-abstract/DetSchedInvs_AI.thy';
/** Theories of the branch that the MCS kernel is proved on. */
export const RT_INVARIANTS_AI = `${INVARIANTS_AI} (rt)`;
export const RT_DET_SCHED = `${DET_SCHED} (rt)`;

export function l4v(theory: string, constant: string, difference = ''): Counterpart {
  return { theory, constant, difference };
}

export const hex = (address: number): string => `0x${address.toString(16)}`;
export const atObject = (ref: ObjRef): string => `object ${hex(ref)}`;
export const atThread = (ref: ObjRef): string => `thread ${hex(ref)}`;
export const atContext = (ref: ObjRef): string => `scheduling context ${hex(ref)}`;
export const atSlot = (slot: SlotRef): string => `slot ${hex(slot)}`;

/** About each object on its own. */
export function perObject(check: (s: KernelState, ref: ObjRef, value: KernelObject, out: Violation[]) => void): Looks {
  return {
    scope: 'local',
    about: OBJECT_KINDS,
    violations: (s) => {
      const out: Violation[] = [];
      for (const { ref, object } of surveyOf(s).objects) check(s, ref, object, out);
      return out;
    },
    localViolations: (s, dirty) => {
      const out: Violation[] = [];
      for (const { ref, object } of changedOf(s, dirty).objects) check(s, ref, object, out);
      return out;
    },
  };
}

/** About each object of some kinds on its own. */
export function perKind<K extends Kind>(
  kinds: readonly K[],
  check: (s: KernelState, ref: ObjRef, value: Extract<KernelObject, { _tag: K }>, out: Violation[]) => void,
): Looks {
  type OfKind = Extract<KernelObject, { _tag: K }>;
  const isOf = (kind: Kind): boolean => (kinds as readonly Kind[]).includes(kind);
  const look = (s: KernelState, objects: readonly Pick<Placed, 'ref' | 'kind' | 'object'>[]): readonly Violation[] => {
    const out: Violation[] = [];
    for (const one of objects) if (isOf(one.kind)) check(s, one.ref, one.object as OfKind, out);
    return out;
  };
  return {
    scope: 'local',
    about: kinds,
    violations: (s) => look(s, surveyOf(s).objects),
    localViolations: (s, dirty) => look(s, changedOf(s, dirty).objects),
  };
}

/** About each capability on its own. `node` is its place in the derivation tree. */
export function perCap(
  check: (s: KernelState, slot: SlotRef, cap: Cap, node: CdtNode | undefined, out: Violation[]) => void,
): Looks {
  return {
    scope: 'local',
    about: ['slot'],
    violations: (s) => {
      const out: Violation[] = [];
      for (const { slot, cap, node } of surveyOf(s).held) check(s, slot, cap, node, out);
      return out;
    },
    localViolations: (s, dirty) => {
      const out: Violation[] = [];
      for (const { slot, cap, node } of changedOf(s, dirty).slots)
        if (cap !== undefined) check(s, slot, cap, node, out);
      return out;
    },
  };
}

/** About each ready queue on its own. */
export function perQueue(
  check: (s: KernelState, key: number, queue: readonly ObjRef[], out: Violation[]) => void,
): Looks {
  return {
    scope: 'local',
    about: ['queue'],
    violations: (s) => {
      const out: Violation[] = [];
      PMap.forEach(s.queues, (queue, key) => {
        check(s, key, queue, out);
      });
      return out;
    },
    localViolations: (s, dirty) => {
      const out: Violation[] = [];
      for (const key of dirty.queues) {
        const queue = PMap.get(s.queues, key);
        if (queue !== undefined) check(s, key, queue, out);
      }
      return out;
    },
  };
}

/** MCS: about each thread that has a scheduling context. What happened to either counts. */
export function perTimedThread(
  check: (s: KernelState, thread: ObjRef, tcb: Tcb, context: SchedContext, out: Violation[]) => void,
): Looks {
  const look = (s: KernelState, ref: ObjRef, value: KernelObject, out: Violation[]): void => {
    const thread = value._tag === 'SchedContext' ? value.tcb : ref;
    const tcb = thread === null ? undefined : tcbAt(s, thread);
    const context = tcb === undefined ? undefined : contextAt(s, tcb.schedContext);
    if (thread !== null && tcb !== undefined && context !== undefined) check(s, thread, tcb, context, out);
  };
  return {
    scope: 'local',
    about: ['Tcb', 'SchedContext'],
    violations: (s) => {
      const out: Violation[] = [];
      for (const { ref, kind, object } of surveyOf(s).objects) if (kind === 'Tcb') look(s, ref, object, out);
      return out;
    },
    localViolations: (s, dirty) => {
      const out: Violation[] = [];
      for (const { ref, kind, object } of changedOf(s, dirty).objects)
        if (kind === 'Tcb' || kind === 'SchedContext') look(s, ref, object, out);
      return out;
    },
  };
}

/** MCS: about each scheduling context but the idle thread's, which nothing is charged to. */
export function perContext(
  check: (s: KernelState, context: SchedContext, fail: (because: string) => void, ref: ObjRef) => void,
): Looks {
  return perKind(['SchedContext'], (s, ref, value, out) => {
    if (ref === s.globals.time.idleSchedContext) return;
    const fail = (because: string): void => {
      out.push({ where: atContext(ref), because });
    };
    check(s, value, fail, ref);
  });
}

/** How many scheduling contexts other than the idle thread's are of interest. */
export function countContexts(s: KernelState, interesting: (context: SchedContext) => boolean): number {
  const { idleSchedContext } = s.globals.time;
  return countObjects(
    s,
    (value, ref) => value._tag === 'SchedContext' && ref !== idleSchedContext && interesting(value),
  );
}

/** About the globals: so cheap that it is always looked at in full. */
export function perState(check: (s: KernelState, out: Violation[]) => void): Looks {
  const violations = (s: KernelState): readonly Violation[] => {
    const out: Violation[] = [];
    check(s, out);
    return out;
  };
  return {
    scope: 'local',
    violations,
    localViolations: violations,
  };
}

/** About the whole, in full passes only. */
export function whole(check: (s: KernelState, out: Violation[]) => void): Pick<StateInvariant, 'scope' | 'violations'> {
  return {
    scope: 'global',
    violations: (s) => {
      const out: Violation[] = [];
      check(s, out);
      return out;
    },
  };
}

/** How many objects are of interest. */
export function countObjects(s: KernelState, interesting: (value: KernelObject, ref: ObjRef) => boolean): number {
  let count = 0;
  for (const { ref, object } of surveyOf(s).objects) if (interesting(object, ref)) count++;
  return count;
}

/** How many capabilities are of interest. */
export function countCaps(s: KernelState, interesting: (cap: Cap, node: CdtNode | undefined) => boolean): number {
  let count = 0;
  for (const { cap, node } of surveyOf(s).held) if (interesting(cap, node)) count++;
  return count;
}
