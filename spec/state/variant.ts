/**
 * Points of difference between the two kernels that the state itself has.
 *
 * @source l4v branches master and rt: spec/abstract/Structures_A.thy, KHeap_A.thy `is_schedulable`
 */
import type { Variant } from '../abi/variant.ts';
import { timeRunsOut } from './clock.ts';
import type { KernelState } from './kernel-state.ts';
import { TCB_BUFFER, getSchedContext, getTcb, isRunnable } from './kernel-state.ts';
import { isConfigured } from './refills.ts';
import type { ObjRef } from './refs.ts';

/** TCB slots of the MCS kernel that are not where the classic kernel has them. */
const MCS_TCB_BUFFER = 2;
/** Handlers of faults are capabilities that the thread was given, not pointers that it looks up. */
export const MCS_TCB_FAULT_HANDLER = 3;

/** Handlers of a thread's budget running out. */
export const MCS_TCB_TIMEOUT_HANDLER = 4;

interface StatePoints {
  /** Index of the TCB slot that holds the frame of the IPC buffer. */
  readonly tcbBuffer: number;
  /** Whether the thread, once it can run, is offered to the scheduler: it has time to run in, and that has not to be waited for. */
  readonly isOffered: (s: KernelState, thread: ObjRef) => boolean;
  /** Whether the thread has time to run in, if it can run at all. */
  readonly hasTime: (s: KernelState, thread: ObjRef) => boolean;
  /** Whether a thread that was picked to run next is queued when another choice must be made. */
  readonly keepsCandidate: (s: KernelState, thread: ObjRef) => boolean;
  /** A look at the time in the midst of a long operation: whether there is none left. */
  readonly timeRunsOut: (s: KernelState) => { readonly state: KernelState; readonly over: boolean };
}

const STATE: Readonly<Record<Variant, StatePoints>> = {
  classic: {
    tcbBuffer: TCB_BUFFER,
    isOffered: () => true,
    hasTime: () => true,
    keepsCandidate: () => true,
    timeRunsOut: (state) => ({ state, over: false }),
  },
  mcs: {
    tcbBuffer: MCS_TCB_BUFFER,
    isOffered: (s, thread) => getTcb(s, thread).schedContext !== null && !isPostponed(s, thread),
    hasTime: hasActiveSchedContext,
    keepsCandidate: (s, thread) => isRunnable(getTcb(s, thread).state) && hasActiveSchedContext(s, thread),
    timeRunsOut,
  },
};

/** In the release queue. */
function isPostponed(s: KernelState, thread: ObjRef): boolean {
  return s.globals.time.releaseQueue.includes(thread);
}

function hasActiveSchedContext(s: KernelState, thread: ObjRef): boolean {
  const { schedContext } = getTcb(s, thread);
  return schedContext !== null && isConfigured(getSchedContext(s, schedContext)) && !isPostponed(s, thread);
}

export function statePoints(config: { readonly variant: Variant }): StatePoints {
  return STATE[config.variant];
}

/** @source l4v branch rt spec/abstract/KHeap_A.thy `is_schedulable`; `runnable` in the classic kernel */
export function isSchedulable(s: KernelState, thread: ObjRef): boolean {
  return isRunnable(getTcb(s, thread).state) && STATE[s.config.variant].hasTime(s, thread);
}
