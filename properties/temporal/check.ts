/**
 * Properties of whole runs: what somebody sees who looks at the clock and at who runs, and remembers. They are worked out from that, and not from how
 * the kernel keeps its books.
 */
import type { Event } from '../../spec/api/event.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import type { KernelObject } from '../../spec/state/objects.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { ObjRef, Word } from '../../spec/state/refs.ts';
import { tcbAt } from '../invariants/runs.ts';
import type { StepProperty, Violation } from '../property.ts';

export interface TimeStep {
  /** As the kernel was left. */
  readonly before: KernelState;
  /** As it is entered, with what the user and the timer did meanwhile. */
  readonly entered: KernelState;
  readonly event: Event;
  readonly after: KernelState;
}

/** An object that a step changed, made or took away. */
export interface Changed {
  readonly ref: ObjRef;
  readonly was: KernelObject | undefined;
  readonly is: KernelObject | undefined;
}

let last: { readonly step: TimeStep; readonly changed: readonly Changed[] } | null = null;

/** Found once for all that ask about the same step. */
export function changedObjects(step: TimeStep): readonly Changed[] {
  if (last?.step === step) return last.changed;
  const changed: Changed[] = [];
  PMap.diff(step.before.heap, step.after.heap, (key, was, is) => changed.push({ ref: key * 16, was, is }));
  last = { step, changed };
  return changed;
}

/** Looks at the next step. `onCase` is called for every interesting case, by its name. */
export type Watch = (step: TimeStep, onCase: (name: string) => void) => readonly Violation[];

export interface TemporalCheck extends StepProperty {
  /** Begins to watch a run. What it remembers is the run's own. */
  readonly start: (booted: KernelState) => Watch;
}

/** A time from which to before which somebody ran. */
export interface Run {
  /** The scheduling context of the thread that ran. */
  readonly context: ObjRef;
  readonly from: Word;
  readonly to: Word;
  /** How long the timer's interrupt was overdue when the kernel came to look. */
  readonly late: Word;
}

/**
 * Who ran from the last time that the kernel was left until it was left again: what happens in the kernel is done for the one who entered it. Null in
 * the idle thread's time.
 */
export function runOf({ before, after }: TimeStep): Run | null {
  const { currentThread, idleThread, machine } = before.globals;
  const context = tcbAt(before, currentThread)?.schedContext ?? null;
  if (currentThread === idleThread || context === null) return null;
  const to = after.globals.machine.time;
  const due = machine.deadline > machine.time ? machine.deadline : machine.time;
  return { context, from: machine.time, to, late: to > due ? to - due : 0n };
}

/** How late the kernel looked at the clock, whoever ran. */
export function lateness({ before, after }: TimeStep): Word {
  const { machine } = before.globals;
  const due = machine.deadline > machine.time ? machine.deadline : machine.time;
  return after.globals.machine.time > due ? after.globals.machine.time - due : 0n;
}

/** What was used of the processor, as intervals in the order of time. */
export class Usage {
  readonly #runs: { from: Word; to: Word }[] = [];

  add({ from, to }: { readonly from: Word; readonly to: Word }): void {
    const last = this.#runs.at(-1);
    if (from === to) return;
    if (last !== undefined && last.to === from) last.to = to;
    else this.#runs.push({ from, to });
  }

  /** What lies before is not asked for any more. */
  forgetBefore(time: Word): void {
    let old = 0;
    while ((this.#runs[old]?.to ?? time) < time) old++;
    this.#runs.splice(0, old);
  }

  /** Ticks from `from` to before `to`. */
  within(from: Word, to: Word): Word {
    let sum = 0n;
    for (let n = this.#runs.length - 1; n >= 0; n--) {
      const run = this.#runs[n];
      if (run === undefined || run.to <= from) break;
      const start = run.from > from ? run.from : from;
      const end = run.to < to ? run.to : to;
      if (end > start) sum += end - start;
    }
    return sum;
  }
}
