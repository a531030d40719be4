/** Makes a failing program as small as it gets, and says what was tried to show that it is. */
import type { Program } from '../program/program.ts';
import type { Failure } from '../step/lockstep.ts';
import { candidates } from './candidates.ts';

/** What a run of a program gave. */
export interface Verdict {
  readonly failure: Failure | null;
  readonly failedRow: number | null;
}

/** That the result is 1-minimal: every program with one row less was run, and does not show the failure. */
export interface Certificate {
  readonly rows: number;
  readonly singleDeletionsTried: number;
}

export interface Shrunk {
  readonly program: Program;
  readonly failure: Failure;
  readonly executions: number;
  /** Null when shrinking was stopped by its limit. */
  readonly certificate: Certificate | null;
}

export interface ShrinkOptions {
  /** Executions after which it stops. */
  readonly maxExecutions?: number;
  /** Called after every execution; false stops. */
  readonly onExecution?: (executions: number, rows: number) => boolean;
}

/** Milliseconds that an execution may take while shrinking: a program that hangs costs all of it, every time. */
export const SHRINK_MS = 1_000;

/** The same failure: of the same property, by the same class. Which entity shows it may change while shrinking. */
export function isSameFailure(a: Failure, b: Failure | null): boolean {
  return b !== null && a.property === b.property && a.failureClass === b.failureClass;
}

/**
 * Shrinks to a fixpoint. `run` executes a program from boot.
 *
 * Rows behind the failing one are cut first; every smaller program that still shows the failure takes the place of the one before.
 */
export function shrink(
  program: Program,
  failure: Failure,
  run: (program: Program) => Verdict,
  options: ShrinkOptions = {},
): Shrunk {
  const { maxExecutions = 20_000, onExecution } = options;
  let best = program;
  let found = failure;
  let executions = 0;
  const limit = { reached: false };
  const passed = new Set<string>();
  /** Whether the candidate still fails, and then it is the best. */
  const attempt = (smaller: Program): boolean => {
    const key = keyOf(smaller);
    if (passed.has(key)) return false;
    const verdict = run(smaller);
    executions++;
    if (executions >= maxExecutions || onExecution?.(executions, best.length) === false) limit.reached = true;
    if (!isSameFailure(failure, verdict.failure)) {
      passed.add(key);
      return false;
    }
    found = verdict.failure ?? found;
    best = verdict.failedRow === null ? smaller : smaller.slice(0, verdict.failedRow + 1);
    return true;
  };

  attempt(best);
  let pass = 0;
  for (;;) {
    let improved = false;
    let singles = 0;
    for (const candidate of candidates(best, pass)) {
      if (limit.reached) break;
      if (candidate.isSingleDeletion) singles++;
      if (!attempt(candidate.program)) continue;
      pass = candidate.pass;
      improved = true;
      break;
    }
    if (limit.reached) return { program: best, failure: found, executions, certificate: null };
    if (!improved) {
      const isMinimal = singles >= best.length;
      return {
        program: best,
        failure: found,
        executions,
        certificate: isMinimal ? { rows: best.length, singleDeletionsTried: best.length } : null,
      };
    }
  }
}

export function keyOf(program: Program): string {
  return JSON.stringify(program, (_, value: unknown) => (typeof value === 'bigint' ? value.toString(36) : value));
}
