/**
 * Where shrinking ends depends on where it starts: from one failing program it comes to three steps, from another, which did a lot that
 * happens to matter, it stays at thirteen. So the same failure is looked for in the runs that follow, and the shortest result is kept.
 */
import type { Shrunk } from '../shrink/shrink.ts';
import { isSameFailure } from '../shrink/shrink.ts';
import type { FoundFailure, ShrinkReport } from './task.ts';

/** A program of so few steps is short enough. */
const SHORT = 4;
/** Runs to look at, failing programs to shrink, and executions after which no more are looked for. */
const MORE_RUNS = 60;
const MORE_FAILURES = 5;
const ENOUGH_EXECUTIONS = 3000;

export interface Means {
  readonly shrink: (found: FoundFailure) => Shrunk;
  /** The run with this number, if it fails. */
  readonly next: (run: number) => FoundFailure | null;
}

/** What `what` says without the entity that it says it of. */
const symptom = (what: string): string => what.replaceAll(/0x[0-9a-f]+/g, '');

export function shrinkBest(first: FoundFailure, { shrink, next }: Means): ShrinkReport {
  let best: ShrinkReport = { ...shrink(first), from: first };
  let { executions } = best;
  let tried = 1;
  for (let run = first.run + 1; run <= first.run + MORE_RUNS; run++) {
    if (best.program.length <= SHORT || tried > MORE_FAILURES || executions > ENOUGH_EXECUTIONS) break;
    const another = next(run);
    executions++;
    if (another === null || !isSameFailure(first.failure, another.failure)) continue;
    if (symptom(another.failure.what) !== symptom(first.failure.what)) continue;
    const shrunk = shrink(another);
    executions += shrunk.executions;
    tried++;
    if (shrunk.program.length < best.program.length) best = { ...shrunk, from: another };
  }
  return { ...best, executions };
}
