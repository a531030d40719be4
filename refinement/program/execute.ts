/** Runs one program on both kernels, from boot to its end or its first failure. */
import type { BootDescription } from '../../spec/state/boot.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import type { Failure, Lockstep } from '../step/lockstep.ts';
import { TimeUp, watched } from '../step/watchdog.ts';
import type { Program, Row } from './program.ts';
import { toKernelStep } from './program.ts';

/** Milliseconds that a program of a few hundred rows may take: a thousand times what it does take. */
export const PROGRAM_MS = 10_000;

export interface Execution {
  readonly failure: Failure | null;
  /** Index of the row that failed; the number of rows when the whole state was found wrong at the end. */
  readonly failedRow: number | null;
  /** Rows that were carried out: those of the idle thread are passed over. */
  readonly steps: number;
}

export interface ExecuteOptions {
  readonly limitMs?: number;
  /** Called after every row that was carried out. */
  readonly onRow?: (row: Row, before: KernelState, after: KernelState) => void;
}

/** A row that the idle thread cannot carry out is passed over, so every sub-sequence of a program is a program. */
export function execute(
  lockstep: Lockstep,
  boot: BootDescription,
  program: Program,
  { limitMs = PROGRAM_MS, onRow }: ExecuteOptions = {},
): Execution {
  const reached = { row: 0, steps: 0 };
  try {
    return watched(limitMs, () => executeUnwatched(lockstep, boot, program, onRow, reached));
  } catch (error) {
    if (!(error instanceof TimeUp)) throw error;
    return { failure: hang(reached.steps, limitMs), failedRow: reached.row, steps: reached.steps };
  }
}

/**
 * The same for who watches over many programs at once.
 *
 * @param reached is kept up to date, for when it is never returned from
 */
export function executeUnwatched(
  lockstep: Lockstep,
  boot: BootDescription,
  program: Program,
  onRow?: ExecuteOptions['onRow'],
  reached = { row: 0, steps: 0 },
): Execution {
  const atBoot = lockstep.boot(boot);
  if (atBoot) return { failure: atBoot, failedRow: 0, steps: 0 };
  for (; reached.row < program.length; reached.row++) {
    const row = program[reached.row];
    const before = lockstep.state;
    const step = row && toKernelStep(row, before);
    if (!row || !step) continue;
    reached.steps++;
    const failure = lockstep.step(step);
    if (failure) return { failure, failedRow: reached.row, steps: reached.steps };
    onRow?.(row, before, lockstep.state);
  }
  const failure = lockstep.checkAll();
  return { failure, failedRow: failure ? program.length : null, steps: reached.steps };
}

export function hang(step: number, limitMs: number): Failure {
  return {
    failureClass: 'hang',
    property: 'no_fail',
    what: `should be true: the event ends (stopped after ${limitMs} ms)`,
    differences: [],
    step,
    fullPass: false,
  };
}
