/** One step of the system: what the running user program does to its own registers and memory, then one kernel entry. */
import type { Event } from '../../spec/api/event.ts';
import type { Access } from '../../spec/lookup/translate.ts';

export interface KernelStep {
  /** Written into the current thread's context first: index of the register and its value. */
  readonly registers: readonly (readonly [index: number, value: bigint])[];
  /** Stored in the current thread's IPC buffer or other frames of its own: physical address (multiple of 8) and word. */
  readonly stores: readonly (readonly [address: number, value: bigint])[];
  /** A load, store or instruction fetch at a virtual address, and the physical one it reaches by the specification: null when it faults. */
  readonly access: { readonly vaddr: bigint; readonly access: Access; readonly physical: number | null } | null;
  /** What a device answers when the kernel reads a port. */
  readonly portIn: number;
  readonly event: Event;
  /** The value that the program has in its floating-point registers; null when it leaves them alone. Only for a thread that may use them. */
  readonly fpu: bigint | null;
  /** Looks for interrupts that a long operation makes before it finds one, and which one; null for never. */
  readonly irqArrival: { readonly countdown: number; readonly irq: number } | null;
  /** MCS: what the timer reads on entry, in ticks; null in the classic kernel. */
  readonly time: bigint | null;
  /** MCS: ticks that pass between two looks at the timer within the entry. */
  readonly lookTicks: bigint;
}
