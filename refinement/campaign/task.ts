/** What the main thread and the workers say to each other: plain data. */
import type { Feature } from '../../properties/property.ts';
import type { TestCase } from '../program/test-case.ts';
import type { Shrunk } from '../shrink/shrink.ts';
import type { Failure } from '../step/lockstep.ts';
import type { Checks } from './checker.ts';
import type { CountRow } from './counts.ts';

interface Kernel extends Checks {
  readonly config: string;
  /** Path of another build of the implementation; absent for the project's own. */
  readonly bundle?: string | undefined;
}

/** Random runs `firstRun` to `firstRun + runs - 1`. */
export interface RunTask extends Kernel {
  readonly kind: 'run';
  readonly seed: number;
  readonly firstRun: number;
  readonly runs: number;
  readonly rows: number;
}

export interface FoundFailure {
  readonly run: number;
  readonly testCase: TestCase;
  readonly failure: Failure;
}

export interface RunReport {
  readonly steps: number;
  readonly effective: number;
  readonly runs: number;
  /** By operation and outcome. */
  readonly outcomes: readonly CountRow[];
  /** By invocation and result. */
  readonly answers: readonly CountRow[];
  /** How often the interesting case of each property occurred. */
  readonly exercised: readonly (readonly [string, number])[];
  /** Of the kernel that ran. */
  readonly features: readonly Feature[];
  readonly failure: FoundFailure | null;
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

export interface ReplayReport {
  readonly failure: Failure | null;
  readonly failedRow: number | null;
}

export type Task = RunTask | ShrinkTask | ReplayTask;

export interface ShrinkReport extends Shrunk {
  /** The run whose program became the shortest; not always the one that failed first. */
  readonly from: FoundFailure;
}
