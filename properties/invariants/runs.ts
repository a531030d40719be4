/** Who runs, who waits to run, and whose time it is: looks at a state that several properties share. */
import type { KernelConfig } from '../../spec/abi/config.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { object } from '../../spec/state/kernel-state.ts';
import type { SchedContext, Tcb } from '../../spec/state/objects.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { ObjRef, Word } from '../../spec/state/refs.ts';

export function tcbAt(s: KernelState, ref: ObjRef): Tcb | undefined {
  const value = object(s, ref);
  return value?._tag === 'Tcb' ? value : undefined;
}

export function contextAt(s: KernelState, ref: ObjRef | null): SchedContext | undefined {
  const value = ref === null ? undefined : object(s, ref);
  return value?._tag === 'SchedContext' ? value : undefined;
}

/** The queue a thread would be in. */
export function ownQueue(s: KernelState, tcb: Tcb): readonly ObjRef[] | undefined {
  return PMap.get(s.queues, tcb.domain * s.config.priorities + tcb.priority);
}

export function isInReadyQueue(s: KernelState, thread: ObjRef, tcb: Tcb): boolean {
  return ownQueue(s, tcb)?.includes(thread) === true;
}

export function isInReleaseQueue(s: KernelState, thread: ObjRef): boolean {
  return s.globals.time.releaseQueue.includes(thread);
}

/** It has been given a budget. */
export const isActive = ({ refillMax }: SchedContext): boolean => refillMax > 0;

/** MCS: the active scheduling context that a thread runs on. */
export function timeOf(s: KernelState, { schedContext }: Tcb): SchedContext | undefined {
  const context = contextAt(s, schedContext);
  return context !== undefined && isActive(context) ? context : undefined;
}

/** MCS: the first part of its budget can be used. */
export function isReleased({ globals }: KernelState, { refills }: SchedContext): boolean {
  const [head] = refills;
  return head !== undefined && head.time <= globals.time.now;
}

/** MCS: twice what the kernel takes at most. Nobody is given less. Ticks. */
export function leastBudget({ kernelWcetUs, ticksPerUs }: KernelConfig): Word {
  return kernelWcetUs * 2n * ticksPerUs;
}

export function longestPeriod({ maxPeriodUs, ticksPerUs }: KernelConfig): Word {
  return maxPeriodUs * ticksPerUs;
}
