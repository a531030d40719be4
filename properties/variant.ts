/**
 * Points of difference between the two kernels in what must be true. A property that only one of them has says so in its field `requires`; where one
 * property of both looks at different things, it asks here, and nothing else in this folder asks which kernel it is.
 *
 * @source l4v branches master and rt: proof/invariant-abstract/Invariants_AI.thy `tcb_cap_cases`, DetSchedInvs_AI.thy `valid_blocked`,
 * `valid_sched_action`
 */
import type { Variant } from '../spec/abi/variant.ts';
import type { KernelState } from '../spec/state/kernel-state.ts';
import { isRunnable } from '../spec/state/kernel-state.ts';
import type { Tcb } from '../spec/state/objects.ts';
import type { ObjRef } from '../spec/state/refs.ts';
import type { FastpathPoints } from './fastpath-points.ts';
import { CLASSIC_FASTPATH, MCS_FASTPATH } from './fastpath-points.ts';
import { wordAt } from './invariants/memory.ts';
import { isInReadyQueue, isInReleaseQueue, isReleased, timeOf } from './invariants/runs.ts';
import { classicSlotFaults, mcsSlotFaults } from './invariants/tcb-slots.ts';
import type { ImplMemory } from './property.ts';

interface PropertyPoints {
  /** What is wrong with a thread's own slots other than the roots of its spaces. */
  readonly slotFaults: (s: KernelState, thread: ObjRef, tcb: Tcb) => readonly string[];
  /** Whether a runnable thread that neither runs nor is to be switched to is where the scheduler finds it when it may run. */
  readonly isKept: (s: KernelState, thread: ObjRef, tcb: Tcb) => boolean;
  /** Whether a thread runs as soon as nobody of its priority or above in its domain does. */
  readonly mayRun: (s: KernelState, thread: ObjRef, tcb: Tcb) => boolean;
  /** Why a runnable thread must not be switched to, or null. */
  readonly targetFault: (s: KernelState, thread: ObjRef, tcb: Tcb) => string | null;
  /** Of a thread in memory: whether it has time to run in, if it can run; and whether it waits for its budget, in the release queue. */
  readonly hasTime: (memory: ImplMemory, thread: ObjRef) => boolean;
  readonly isPostponed: (memory: ImplMemory, thread: ObjRef) => boolean;
  /** Of the words for the badge of a sender, those that mean nothing in a state: from which offset to which. */
  readonly unusedBadgeWords: (memory: ImplMemory, state: number) => readonly [from: number, to: number];
  /** Offsets of fields of a thread that mean nothing in this kernel. */
  readonly unusedTcbFields: (memory: ImplMemory) => readonly number[];
  /** What its fastpaths ask that the other kernel's do not. */
  readonly fastpath: FastpathPoints;
}

const NONE = [0, 0] as const;

const PROPERTIES: Readonly<Record<Variant, PropertyPoints>> = {
  classic: {
    slotFaults: classicSlotFaults,
    isKept: isInReadyQueue,
    mayRun: (s, _thread, tcb) => isRunnable(tcb.state) && tcb.domain === s.globals.currentDomain,
    targetFault: () => null,
    hasTime: () => true,
    isPostponed: () => false,
    unusedBadgeWords: ({ layout: L }, state) =>
      state === L.STATE_BLOCKED_ON_SEND ? NONE : [L.TCB_BLOCKING_BADGE_LO, L.TCB_BLOCKING_BADGE_HI + 4],
    unusedTcbFields: ({ layout: L }) => [L.TCB_SCHED_CONTEXT, L.TCB_YIELD_TO, L.TCB_IN_RELEASE_QUEUE],
    fastpath: CLASSIC_FASTPATH,
  },
  mcs: {
    slotFaults: mcsSlotFaults,
    isKept: (s, thread, tcb) =>
      timeOf(s, tcb) === undefined || isInReadyQueue(s, thread, tcb) || isInReleaseQueue(s, thread),
    mayRun: (s, thread, tcb) =>
      isRunnable(tcb.state) &&
      tcb.domain === s.globals.currentDomain &&
      timeOf(s, tcb) !== undefined &&
      !isInReleaseQueue(s, thread),
    targetFault: (s, thread, tcb) => {
      const context = timeOf(s, tcb);
      if (context === undefined) return 'without time';
      if (!isReleased(s, context)) return 'before its budget has come';
      return isInReleaseQueue(s, thread) ? 'in the release queue' : null;
    },
    hasTime: (memory, thread) => {
      const { layout: L } = memory;
      const context = wordAt(memory, thread + L.TCB_SCHED_CONTEXT);
      return context !== 0 && wordAt(memory, context + L.SCHED_CONTEXT_REFILL_MAX) > 0;
    },
    isPostponed: (memory, thread) => wordAt(memory, thread + memory.layout.TCB_IN_RELEASE_QUEUE) !== 0,
    // The reply object is in the first of them.
    unusedBadgeWords: ({ layout: L }, state) => {
      if (state === L.STATE_BLOCKED_ON_SEND) return NONE;
      const hasReply = state === L.STATE_BLOCKED_ON_RECEIVE || state === L.STATE_BLOCKED_ON_REPLY;
      return [hasReply ? L.TCB_BLOCKING_BADGE_HI : L.TCB_BLOCKING_BADGE_LO, L.TCB_BLOCKING_BADGE_HI + 4];
    },
    unusedTcbFields: ({ layout: L }) => [L.TCB_FAULT_HANDLER_LO, L.TCB_FAULT_HANDLER_HI],
    fastpath: MCS_FASTPATH,
  },
};

export function propertyPoints(s: { readonly config: { readonly variant: Variant } }): PropertyPoints {
  return PROPERTIES[s.config.variant];
}
