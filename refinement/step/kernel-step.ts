/** One step of the system: what the running user program does to its own registers and memory, then one kernel entry. */
import type { Event } from '../../spec/api/event.ts';

export interface KernelStep {
  /** Written into the current thread's context first: index of the register and its value. */
  readonly registers: readonly (readonly [index: number, value: bigint])[];
  /** Stored in the current thread's IPC buffer or other frames of its own: physical address (multiple of 8) and word. */
  readonly stores: readonly (readonly [address: number, value: bigint])[];
  readonly event: Event;
  /** Preemption points that pass before the timer's interrupt becomes pending; null for never. */
  readonly irqCountdown: number | null;
}
