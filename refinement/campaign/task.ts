/** What the main thread and the workers say to each other: plain data. */
import type { Counterexample } from '../counterexample/format.ts';
import type { Feature } from '../../properties/property.ts';
import type { TestCase } from '../program/test-case.ts';
import type { PairTally } from '../pair/run.ts';
import type { Setting } from '../system/setting.ts';
import type { Shrunk } from '../shrink/shrink.ts';
import type { Failure } from '../step/lockstep.ts';
import type { Work } from '../step/work.ts';
import type { Checks } from './checker.ts';
import type { CountRow } from './counts.ts';

interface Kernel extends Checks {
  readonly config: string;
  /** Path of another build of the implementation; absent for the project's own. */
  readonly bundle?: string | undefined;
  /** The system that programs run in; absent for the plain worlds. */
  readonly setting?: Setting | undefined;
}

/** Random runs `firstRun` to `firstRun + runs - 1`. */
export interface RunTask extends Kernel {
  readonly kind: 'run';
  readonly seed: number;
  readonly firstRun: number;
  readonly runs: number;
  readonly rows: number;
}

/** As a run task, but a failure does not end it: the next run goes on, and failures are put together by property and operation. */
export interface SurveyTask extends Kernel {
  readonly kind: 'survey';
  readonly seed: number;
  readonly firstRun: number;
  readonly runs: number;
  readonly rows: number;
  /** Milliseconds that a program may take. */
  readonly limitMs: number;
}

/** The kernel with one mutant of those in its bundle switched on, until something fails or so many steps are made. */
export interface MutantTask extends Kernel {
  readonly kind: 'mutant';
  /** Null for none: which mutants the runs reach. */
  readonly mutant: string | null;
  /** It changes what happens while the module is loaded, so the module is loaded again. */
  readonly isStatic: boolean;
  readonly seed: number;
  readonly rows: number;
  readonly steps: number;
  readonly limitMs: number;
}

export interface MutantReport {
  /** The property that failed; null when the mutant survived. */
  readonly property: string | null;
  readonly operation: string | null;
  readonly steps: number;
  readonly busyMs: number;
  /** Mutants that were reached, for a task without one: while loading, and at all. */
  readonly reached: { readonly loading: readonly string[]; readonly all: readonly string[] } | null;
}

/** The program of one run, which the specification alone can tell. */
export interface DrawTask extends Kernel {
  readonly kind: 'draw';
  readonly seed: number;
  readonly run: number;
  readonly rows: number;
}

export interface FoundFailure {
  readonly run: number;
  readonly testCase: TestCase;
  readonly failure: Failure;
}

/** What runs did. */
export interface RunCounts {
  readonly steps: number;
  readonly effective: number;
  /** By operation and outcome. */
  readonly outcomes: readonly CountRow[];
  /** By invocation and result. */
  readonly answers: readonly CountRow[];
  /** How often the interesting case of each property occurred. */
  readonly exercised: readonly (readonly [string, number])[];
  /** By step property that distinguishes cases, and then by what decided. */
  readonly decided: readonly CountRow[];
  /** Of the kernel that ran, and of where. */
  readonly features: readonly Feature[];
  /** For pairs of runs. */
  readonly pairs?: PairTally;
  /** What checking did. Absent for pairs, and from the worker of a revision from before it was counted. */
  readonly work?: Work;
}

export interface RunReport extends RunCounts {
  readonly runs: number;
  readonly failure: FoundFailure | null;
}

/** Failures of one property after one operation. */
export interface FailureGroup {
  readonly property: string;
  /** Name of the operation whose row failed; of the last row, where the whole state was found wrong at the end. */
  readonly operation: string;
  readonly times: number;
  readonly first: FoundFailure;
  /** Kernel steps of the task up to the first one. */
  readonly steps: number;
}

export interface SurveyReport extends RunCounts {
  readonly runs: number;
  readonly failures: readonly FailureGroup[];
  /** Milliseconds that the thread was at work. */
  readonly busyMs: number;
}

export interface ShrinkTask extends Kernel {
  readonly kind: 'shrink';
  readonly seed: number;
  readonly rows: number;
  readonly found: FoundFailure;
}

export interface ReplayTask extends Kernel {
  readonly kind: 'replay';
  readonly testCase: TestCase;
}

/** A counterexample in words, as the kernels of the worker show it. */
export interface ExplainTask extends Kernel {
  readonly kind: 'explain';
  readonly counterexample: Counterexample;
}

/** How much the channel of a pair tells. */
export interface CapacityTask extends Kernel {
  readonly kind: 'capacity';
  readonly testCase: TestCase;
}

export interface ReplayReport {
  readonly failure: Failure | null;
  readonly failedRow: number | null;
}

export type Task = RunTask | SurveyTask | MutantTask | DrawTask | ShrinkTask | ReplayTask | ExplainTask | CapacityTask;

export interface ShrinkReport extends Shrunk {
  /** The run whose program became the shortest; not always the one that failed first. */
  readonly from: FoundFailure;
}
