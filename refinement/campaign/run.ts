/** One random program: drawn row by row from the state that the rows before led to, and checked at every step. */
import { generateRow, taste } from '../program/generate.ts';
import { PROGRAM_MS, hang } from '../program/execute.ts';
import type { Row } from '../program/program.ts';
import { toKernelStep } from '../program/program.ts';
import { hash, random } from '../program/random.ts';
import type { Kernels } from '../step/kernels.ts';
import type { Failure, Lockstep } from '../step/lockstep.ts';
import { TimeUp, watched } from '../step/watchdog.ts';
import { WORLD_VARIANTS } from '../world/world.ts';
import { outcomeOf } from '../program/outcome.ts';

export interface RandomRun {
  readonly program: readonly Row[];
  readonly world: number;
  readonly failure: Failure | null;
  /** Index of the failing row; the number of rows when the whole state was found wrong at the end. */
  readonly failedRow: number | null;
}

/** Counts of what a run did, added up over runs; `outcomes` by operation, then by outcome. */
export interface Tally {
  steps: number;
  /** Rows that changed more than the registers and the message of the thread that ran. */
  effective: number;
  readonly outcomes: Map<string, Map<string, number>>;
}

export function newTally(): Tally {
  return { steps: 0, effective: 0, outcomes: new Map() };
}

function count({ outcomes }: Tally, operation: string, outcome: string): void {
  const of = outcomes.get(operation);
  if (of === undefined) outcomes.set(operation, new Map([[outcome, 1]]));
  else of.set(outcome, (of.get(outcome) ?? 0) + 1);
}

/** With nobody left to run, a program has said what it had to say: a few more interrupts, and the next one. */
const IDLE_ROWS = 4;
const TICK: Row = { op: 'Tick', word: 0n };

/** The program is a function of seed and run number alone, as long as both kernels agree. */
export function randomRun(
  kernels: Kernels,
  lockstep: Lockstep,
  seed: number,
  run: number,
  rows: number,
  tally: Tally,
): RandomRun {
  const r = random(hash(seed, run));
  const world = r.below(WORLD_VARIANTS);
  const program: Row[] = [];
  const body = (): RandomRun => {
    const atBoot = lockstep.boot(kernels.world(world).boot);
    if (atBoot) return { program, world, failure: atBoot, failedRow: 0 };
    const style = taste(r);
    let idle = 0;
    while (program.length < rows && idle < IDLE_ROWS) {
      const before = lockstep.state;
      idle = before.globals.currentThread === before.globals.idleThread ? idle + 1 : 0;
      const row = generateRow(r, style, before) ?? TICK;
      program.push(row);
      const step = toKernelStep(row, before);
      if (step === null) continue;
      tally.steps++;
      const failure = lockstep.step(step);
      if (failure) return { program, world, failure, failedRow: program.length - 1 };
      const after = lockstep.state;
      count(tally, row.op, outcomeOf(before, row, after));
      if (
        after.caps !== before.caps ||
        after.queues !== before.queues ||
        after.globals.currentThread !== before.globals.currentThread
      ) {
        tally.effective++;
      }
    }
    const failure = lockstep.checkAll();
    return { program, world, failure, failedRow: failure ? program.length : null };
  };
  try {
    return watched(PROGRAM_MS, body);
  } catch (error) {
    if (!(error instanceof TimeUp)) throw error;
    return { program, world, failure: hang(program.length, PROGRAM_MS), failedRow: program.length - 1 };
  }
}
