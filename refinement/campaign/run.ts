/** Random programs: drawn row by row from the state that the rows before led to, and checked at every step. */
import { generateRow, taste } from '../program/generate.ts';
import { PROGRAM_MS, hang } from '../program/execute.ts';
import type { Row } from '../program/program.ts';
import { toKernelStep } from '../program/program.ts';
import type { Random } from '../program/random.ts';
import { hash, random } from '../program/random.ts';
import { systemRow, systemStyle } from '../program/system-row.ts';
import { bootState } from '../../spec/state/initial.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import type { Kernels } from '../step/kernels.ts';
import type { Setting } from '../system/setting.ts';
import type { Failure, Lockstep } from '../step/lockstep.ts';
import { stepSpec } from '../step/spec-step.ts';
import { TimeUp, watched } from '../step/watchdog.ts';
import { worldCount } from '../world/world.ts';
import { answerToRow } from '../program/answer.ts';
import { outcomeOf } from '../program/outcome.ts';
import type { Counts } from './counts.ts';
import { count } from './counts.ts';

export interface RandomRun {
  readonly program: readonly Row[];
  readonly world: number;
  readonly failure: Failure | null;
  /** Index of the failing row; the number of rows when the whole state was found wrong at the end. */
  readonly failedRow: number | null;
}

/** Counts of what a run did, added up over runs. */
export interface Tally {
  steps: number;
  /** Rows that changed more than the registers and the message of the thread that ran. */
  effective: number;
  /** By operation, then by outcome. */
  readonly outcomes: Counts;
  /** By invocation, then by result: what the kernel itself answered. */
  readonly answers: Counts;
}

export function newTally(): Tally {
  return { steps: 0, effective: 0, outcomes: new Map(), answers: new Map() };
}

/** With nobody left to run, a program has said what it had to say: a few more interrupts, and the next one. */
const IDLE_ROWS = 4;
/** MCS: as long as somebody's budget is to come, or another domain's turn. The idle thread looks up often. */
const WAITING_ROWS = 12;

export function isOver(idle: number, { globals }: KernelState): boolean {
  if (globals.time.schedContext === null) return idle >= IDLE_ROWS;
  const isIdle = globals.currentThread === globals.idleThread;
  const isAwaited = globals.time.releaseQueue.length > 0 || globals.domainSchedule[1]?.duration !== 0n;
  return isIdle && idle >= (isAwaited ? WAITING_ROWS : IDLE_ROWS);
}
export const TICK: Row = { op: 'Tick', word: 0n };

/** Which random programs: each is a function of seed and run number alone, as long as both kernels agree. */
export interface RunSource {
  readonly seed: number;
  /** Rows of a program, at most. */
  readonly rows: number;
  /** Milliseconds that a program may take; `PROGRAM_MS` if not given. */
  readonly limitMs?: number;
  /** The system that programs run in; absent for the plain worlds. */
  readonly setting?: Setting | undefined;
  /** Milliseconds of runs that one watch watches over; `WATCH_MS` if not given. */
  readonly watchMs?: number;
}

/** A program as far as it was drawn. */
export interface Begun {
  readonly program: Row[];
  readonly world: number;
}

/** A new watch costs as much as a dozen steps: one watches over all runs that begin within this many milliseconds. */
const WATCH_MS = 500;

/** Runs one program after the other, at least one, until there are `runs` or one fails; the last one is the one that failed. */
export function randomRuns(
  kernels: Kernels,
  lockstep: Lockstep,
  source: RunSource,
  firstRun: number,
  runs: number,
  tally: Tally,
): { readonly runs: number; readonly last: RandomRun } {
  const { limitMs = PROGRAM_MS, watchMs = WATCH_MS } = source;
  let begun: Begun = { program: [], world: 0 };
  let done = 0;
  const watch = (): RandomRun => {
    const until = performance.now() + watchMs;
    let last: RandomRun;
    do {
      const r = random(hash(source.seed, firstRun + done++));
      begun = { program: [], world: r.below(worldCount(kernels.config)) };
      last = drawAndRun(r, kernels, lockstep, source, tally, begun);
    } while (last.failure === null && done < runs && performance.now() < until);
    return last;
  };
  for (;;) {
    let last: RandomRun;
    try {
      last = watched(limitMs + watchMs, watch);
    } catch (error) {
      if (!(error instanceof TimeUp)) throw error;
      const { length } = begun.program;
      last = { ...begun, failure: hang(length, limitMs), failedRow: length - 1 };
    }
    if (last.failure !== null || done >= runs) return { runs: done, last };
  }
}

export function randomRun(
  kernels: Kernels,
  lockstep: Lockstep,
  source: RunSource,
  run: number,
  tally: Tally,
): RandomRun {
  return randomRuns(kernels, lockstep, source, run, 1, tally).last;
}

/** Draws a program's rows, all to one taste. */
export function drawer(r: Random, kernels: Kernels, setting: Setting | undefined): (s: KernelState) => Row | null {
  const style = taste(r, kernels.config);
  if (setting === undefined) return (s) => generateRow(r, style, s);
  const inSystem = systemStyle(r, kernels.compiled(setting), style);
  return (s) => systemRow(r, inSystem, s);
}

/** The program of a run, as far as the specification alone can tell: for one that no thread lived to tell of. */
export function drawProgram(kernels: Kernels, { seed, rows, setting }: RunSource, run: number): Begun {
  const r = random(hash(seed, run));
  const begun: Begun = { program: [], world: r.below(worldCount(kernels.config)) };
  let s = bootState(kernels.config, kernels.worldOf({ world: begun.world, setting }).boot);
  const draw = drawer(r, kernels, setting);
  let idle = 0;
  while (begun.program.length < rows && !isOver(idle, s)) {
    idle = s.globals.currentThread === s.globals.idleThread ? idle + 1 : 0;
    const row = draw(s) ?? TICK;
    begun.program.push(row);
    const step = toKernelStep(row, s);
    if (step !== null) s = stepSpec(s, step);
  }
  return begun;
}

function drawAndRun(
  r: Random,
  kernels: Kernels,
  lockstep: Lockstep,
  { rows, setting }: RunSource,
  tally: Tally,
  { program, world }: Begun,
): RandomRun {
  const atBoot = lockstep.boot(kernels.worldOf({ world, setting }).boot);
  if (atBoot) return { program, world, failure: atBoot, failedRow: 0 };
  const draw = drawer(r, kernels, setting);
  let idle = 0;
  while (program.length < rows && !isOver(idle, lockstep.state)) {
    const before = lockstep.state;
    idle = before.globals.currentThread === before.globals.idleThread ? idle + 1 : 0;
    const row = draw(before) ?? TICK;
    program.push(row);
    const step = toKernelStep(row, before);
    if (step === null) continue;
    tally.steps++;
    const failure = lockstep.step(step);
    if (failure) return { program, world, failure, failedRow: program.length - 1 };
    const after = lockstep.state;
    const answer = answerToRow(before, row, after);
    count(tally.outcomes, row.op, outcomeOf(before, row, after, answer));
    if (answer !== null) count(tally.answers, answer.invocation, answer.result);
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
}
