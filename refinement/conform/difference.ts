/** How a replay ends before its script does: at the first difference, or where something is not modelled. */
import type { TraceEvent, TraceOp } from './trace.ts';

/** The first place where a kernel does not do what the real one did. */
export interface Difference {
  /** Index in the script's `events`; null for the state at the end. */
  readonly event: number | null;
  /** Thread, number of the operation in that thread, what happened, and the method or system call. */
  readonly operation: string;
  readonly field: string;
  /** What the real kernel gave. */
  readonly expected: string;
  readonly found: string;
}

/** Where the comparison ended early. The end state is not compared then. */
export interface LeftOut {
  readonly reason: string;
  readonly event: number;
  readonly operation: string;
  readonly operations: number;
}

/** Ends a replay. */
export class Stop extends Error {
  readonly difference: Difference;
  constructor(difference: Difference) {
    super('difference');
    this.difference = difference;
  }
}

/** @param issued the operation that the thread is in the middle of, for an event that does not say it */
export function describe(event: TraceEvent, issued?: TraceOp): string {
  const { method, sys } = event.op ?? issued ?? {};
  return `${event.t}[${event.i ?? '?'}] ${event.e} ${method ?? String(sys ?? '')}`.trim();
}
