/**
 * Points of difference between the two kernels that the state itself has.
 *
 * @source l4v branches master and rt: spec/abstract/Structures_A.thy, KHeap_A.thy `is_schedulable`
 */
import type { Variant } from '../abi/variant.ts';
import type { KernelState } from './kernel-state.ts';
import { TCB_BUFFER, getSchedContext, getTcb, isRunnable } from './kernel-state.ts';
import type { ObjRef } from './refs.ts';

/** TCB slots of the MCS kernel that are not where the classic kernel has them. */
const MCS_TCB_BUFFER = 2;
/** Handlers of faults are capabilities that the thread was given, not pointers that it looks up. */
export const MCS_TCB_FAULT_HANDLER = 3;

interface StatePoints {
  /** Index of the TCB slot that holds the frame of the IPC buffer. */
  readonly tcbBuffer: number;
  /** Whether the thread has time to run in, if it can run at all. */
  readonly hasTime: (s: KernelState, thread: ObjRef) => boolean;
}

const STATE: Readonly<Record<Variant, StatePoints>> = {
  classic: { tcbBuffer: TCB_BUFFER, hasTime: () => true },
  mcs: { tcbBuffer: MCS_TCB_BUFFER, hasTime: hasActiveSchedContext },
};

/** A configured scheduling context has time left: how much is not modelled. */
function hasActiveSchedContext(s: KernelState, thread: ObjRef): boolean {
  const { schedContext } = getTcb(s, thread);
  return schedContext !== null && getSchedContext(s, schedContext).budget !== 0n;
}

export function statePoints(config: { readonly variant: Variant }): StatePoints {
  return STATE[config.variant];
}

/** @source l4v branch rt spec/abstract/KHeap_A.thy `is_schedulable`; `runnable` in the classic kernel */
export function isSchedulable(s: KernelState, thread: ObjRef): boolean {
  return isRunnable(getTcb(s, thread).state) && STATE[s.config.variant].hasTime(s, thread);
}
