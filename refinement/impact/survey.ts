/** A campaign over one kernel that goes on after failures: what was seen, and which property fails after which operation. */
import type { Pool } from '../campaign/campaign.ts';
import type { Setting } from '../system/setting.ts';
import { InputError } from '../input-error.ts';
import type { FoundFailure, SurveyReport } from '../campaign/task.ts';
import type { Totals } from '../campaign/totals.ts';
import { addReport, newTotals } from '../campaign/totals.ts';

/** Runs of one configuration. */
export interface SurveyPart {
  readonly config: string;
  /** The system that programs run in; absent for the plain worlds. */
  readonly setting?: Setting | undefined;
  readonly bundle: string;
  readonly runs: number;
}

export interface SurveyOptions {
  readonly seed: number;
  readonly rows: number;
  readonly fullEvery: number;
  readonly properties: readonly string[] | null;
  readonly parts: readonly SurveyPart[];
  /** No new runs are begun when this says so. */
  readonly isOver: () => boolean;
  /** A property fails after an operation for the first time. */
  readonly onCell?: (cell: BrokenCell) => void;
}

export interface BrokenCell {
  readonly property: string;
  readonly operation: string;
  readonly config: string;
  times: number;
  /** Kernel steps of the whole survey up to the first time. */
  readonly steps: number;
  readonly first: FoundFailure;
  readonly bundle: string;
}

export interface Survey extends Totals {
  busyMs: number;
  /** By property and operation. */
  readonly cells: Map<string, BrokenCell>;
  /** Whether all runs were made. */
  isComplete: boolean;
}

const BATCH_RUNS = 4;
/** Milliseconds that a program may take: hundreds of times what it does, for others may have the processors. */
export const SURVEY_MS = 2_000;
/** Programs that never end, or end the thread: each costs seconds, and after so many it is known. */
export const DISASTERS = 2;

export const cellKey = (property: string, operation: string): string => `${property} ${operation}`;

/** Batches are taken in the order of the runs, so that what is counted depends on the seed alone. */
export async function survey(pool: Pool, options: SurveyOptions): Promise<Survey> {
  const { seed, rows, fullEvery, properties } = options;
  const total: Survey = { ...newTotals(), busyMs: 0, cells: new Map(), isComplete: true };
  const batches = interleaved(options.parts);
  const waiting: (Batch & { readonly report: Promise<SurveyReport | undefined> })[] = [];
  let disasters = 0;
  const startMore = (): void => {
    while (waiting.length < pool.threads * 2) {
      if (options.isOver() || disasters >= DISASTERS) {
        total.isComplete &&= batches.length === 0;
        return;
      }
      const next = batches.shift();
      if (next === undefined) return;
      const { part, firstRun, runs } = next;
      const { config, bundle, setting } = part;
      const report = pool.survey({
        kind: 'survey',
        config,
        bundle,
        setting,
        properties,
        fullEvery,
        seed,
        firstRun,
        runs,
        rows,
        limitMs: SURVEY_MS,
      });
      report.catch(() => undefined);
      waiting.push({ ...next, report });
    }
  };
  startMore();
  for (let first = waiting.shift(); first !== undefined; first = waiting.shift()) {
    let report: SurveyReport | undefined;
    try {
      report = await first.report;
      if (report === undefined) throw new InputError('a revision is too old for this: its worker makes no surveys');
    } catch (error) {
      if (error instanceof InputError) throw error;
      // A thread that ended takes what it was doing with it: the runs that it was given are made again, each alone.
      disasters = DISASTERS;
      report = await whoEndsTheThread(pool, options, first, error);
    }
    disasters += report.failures.filter((group) => group.first.failure.failureClass === 'hang').length;
    add(total, first.part, report, options.onCell);
    startMore();
  }
  return total;
}

const NOTHING: Omit<SurveyReport, 'failures'> = {
  steps: 0,
  effective: 0,
  runs: 0,
  outcomes: [],
  answers: [],
  exercised: [],
  features: [],
  decided: [],
  busyMs: 0,
};

async function whoEndsTheThread(
  pool: Pool,
  { seed, rows, fullEvery, properties }: SurveyOptions,
  { part: { config, bundle, setting }, firstRun, runs }: Batch,
  error: unknown,
): Promise<SurveyReport> {
  const common = { config, bundle, setting, properties, fullEvery, seed, rows };
  for (let run = firstRun; run < firstRun + runs; run++) {
    try {
      await pool.survey({ kind: 'survey', ...common, firstRun: run, runs: 1, limitMs: SURVEY_MS });
    } catch {
      const testCase = await pool.draw({ kind: 'draw', ...common, run });
      const what = `should be true: the event ends and leaves the thread alive (${error instanceof Error ? error.message : String(error)})`;
      const failure = {
        failureClass: 'impl-crash',
        property: 'no_fail',
        what,
        differences: [],
        step: 0,
        fullPass: false,
      } as const;
      const first = { run, testCase, failure };
      return { ...NOTHING, failures: [{ property: 'no_fail', operation: 'unknown', times: 1, first, steps: 0 }] };
    }
  }
  throw error;
}

interface Batch {
  readonly part: SurveyPart;
  readonly firstRun: number;
  readonly runs: number;
}

/** In turns by the share that is done, so that a survey cut short has seen something of every configuration. */
function interleaved(parts: readonly SurveyPart[]): Batch[] {
  const batches = parts.flatMap((part) =>
    Array.from({ length: Math.ceil(part.runs / BATCH_RUNS) }, (_, n): Batch & { readonly share: number } => ({
      part,
      firstRun: n * BATCH_RUNS,
      runs: Math.min(BATCH_RUNS, part.runs - n * BATCH_RUNS),
      share: (n * BATCH_RUNS) / part.runs,
    })),
  );
  return batches.sort((a, b) => a.share - b.share);
}

function add(
  total: Survey,
  { config, bundle }: SurveyPart,
  report: SurveyReport,
  onCell: SurveyOptions['onCell'],
): void {
  for (const { property, operation, times, first, steps } of report.failures) {
    const key = cellKey(property, operation);
    const known = total.cells.get(key);
    if (known !== undefined) {
      known.times += times;
      continue;
    }
    const cell: BrokenCell = { property, operation, config, times, steps: total.steps + steps, first, bundle };
    total.cells.set(key, cell);
    onCell?.(cell);
  }
  addReport(total, config, report);
  total.busyMs += report.busyMs;
}
