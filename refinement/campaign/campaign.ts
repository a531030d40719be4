/**
 * A campaign: a fixed number of random runs over all cores, in batches whose results are taken in the order of the runs, so that what is
 * found and counted depends on the seed alone and not on who was faster.
 */
import { join } from 'node:path';
import { Piscina } from 'piscina';
import type { PairTally } from '../pair/run.ts';
import type { Setting } from '../system/setting.ts';
import { settingName } from '../system/setting.ts';
import type { TestCase } from '../program/test-case.ts';
import { distFolder } from '../step/kernels.ts';
import type { Counts } from './counts.ts';
import { count } from './counts.ts';
import type { Totals } from './totals.ts';
import { addReport, newTotals } from './totals.ts';
import type { Capacity } from '../pair/capacity.ts';
import type {
  CapacityTask,
  DrawTask,
  ExplainTask,
  FoundFailure,
  MutantReport,
  MutantTask,
  ReplayReport,
  ReplayTask,
  RunReport,
  RunTask,
  ShrinkReport,
  ShrinkTask,
  SurveyReport,
  SurveyTask,
  Task,
} from './task.ts';

export interface Pool {
  readonly threads: number;
  replay(task: ReplayTask): Promise<ReplayReport>;
  shrink(task: ShrinkTask): Promise<ShrinkReport>;
  batch(task: RunTask): Promise<RunReport>;
  /** Undefined from the worker of a revision from before there were surveys. */
  survey(task: SurveyTask): Promise<SurveyReport | undefined>;
  mutant(task: MutantTask): Promise<MutantReport>;
  draw(task: DrawTask): Promise<TestCase>;
  explain(task: ExplainTask): Promise<string>;
  capacity(task: CapacityTask): Promise<Capacity | null>;
  close(): Promise<void>;
}

/** Megabytes of heap that a thread may use: ten times what one does. */
const HEAP_MB = 1024;

export interface PoolOptions {
  /** The module that drives both kernels; the project's own if absent. */
  readonly worker?: string;
  /** Environment of the threads. */
  readonly env?: NodeJS.ProcessEnv;
}

export function openPool(threads: number, { worker, env }: PoolOptions = {}): Pool {
  const pool = new Piscina({
    filename: worker ?? join(distFolder(), 'worker.mjs'),
    minThreads: threads,
    maxThreads: threads,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    ...(env ? { env: env as Record<string, string> } : {}),
  });
  const run = (task: Task): Promise<unknown> => pool.run(task) as Promise<unknown>;
  return {
    threads,
    replay: (task) => run(task) as Promise<ReplayReport>,
    shrink: (task) => run(task) as Promise<ShrinkReport>,
    batch: (task) => run(task) as Promise<RunReport>,
    survey: (task) => run(task) as Promise<SurveyReport | undefined>,
    mutant: (task) => run(task) as Promise<MutantReport>,
    draw: (task) => run(task) as Promise<TestCase>,
    explain: (task) => run(task) as Promise<string>,
    capacity: (task) => run(task) as Promise<Capacity | null>,
    close: () => pool.destroy(),
  };
}

/** One configuration's share of a campaign. */
export interface Part {
  readonly config: string;
  /** The system that programs run in; absent for the plain worlds. */
  readonly setting?: Setting | undefined;
  readonly bundle?: string | undefined;
  readonly properties: readonly string[] | null;
  readonly fullEvery: number;
  /** Kernel steps after which no more runs are added; the last batch may go a little over. */
  readonly steps: number;
  /** Rows of a run at most. */
  readonly rows: number;
  /** Runs per task: enough for 50 ms or so. */
  readonly batchRuns: number;
}

/** What was done in a system. */
export interface SystemCounts {
  steps: number;
  runs: number;
  /** For pairs of runs. */
  pairs: PairTally | null;
}

/** What was done so far; grows as batches come in. */
export interface Progress extends Totals {
  effective: number;
  /** Processor time of the whole process, all threads together: a thread cannot tell its own. */
  cpuMs: number;
  /** By invocation, then by result. */
  readonly answers: Counts;
  /** By the name of the setting. */
  readonly systems: Map<string, SystemCounts>;
}

export interface Found extends FoundFailure {
  readonly part: Part;
}

export interface CampaignResult {
  readonly progress: Progress;
  /** The failure of the earliest run that failed. */
  readonly found: Found | null;
  /** Why it ended before all runs were done. */
  readonly stopped: 'failure' | 'time' | 'interrupted' | null;
}

export interface CampaignOptions {
  readonly seed: number;
  readonly parts: readonly Part[];
  /** Milliseconds after which no more batches are started. */
  readonly timeMs?: number | undefined;
  readonly isInterrupted: () => boolean;
  readonly onProgress: (progress: Progress, found: Found | null) => void;
}

export async function runCampaign(pool: Pool, options: CampaignOptions): Promise<CampaignResult> {
  const progress: Progress = { ...newTotals(), effective: 0, cpuMs: 0, answers: new Map(), systems: new Map() };
  const cpuAtStart = process.cpuUsage();
  const deadline = options.timeMs === undefined ? Infinity : performance.now() + options.timeMs;
  const done = options.parts.map(() => 0);
  const started = options.parts.map(() => 0);
  const waiting: { readonly index: number; readonly part: Part; readonly report: Promise<RunReport> }[] = [];
  let stopped: CampaignResult['stopped'] = null;
  const startMore = (): void => {
    while (stopped === null && waiting.length < pool.threads * 2) {
      if (options.isInterrupted()) stopped = 'interrupted';
      else if (performance.now() > deadline) stopped = 'time';
      if (stopped !== null) return;
      const index = leastDone(options.parts, done);
      const part = options.parts[index];
      if (part === undefined) return;
      const firstRun = started[index] ?? 0;
      started[index] = firstRun + part.batchRuns;
      const { config, bundle, setting, properties, fullEvery, rows, batchRuns: runs } = part;
      const { seed } = options;
      const report = pool.batch({
        kind: 'run',
        config,
        bundle,
        setting,
        properties,
        fullEvery,
        seed,
        firstRun,
        runs,
        rows,
      });
      // A batch behind the first failure is never awaited; that it fails, too, is no surprise.
      report.catch(() => undefined);
      waiting.push({ index, part, report });
    }
  };
  startMore();
  for (let first = waiting.shift(); first !== undefined; first = waiting.shift()) {
    const report = await first.report;
    // Started while the last ones it needed were still under way: how many of these there are depends on the machine.
    if ((done[first.index] ?? 0) >= first.part.steps) continue;
    add(progress, first.part, report);
    const { user, system } = process.cpuUsage(cpuAtStart);
    progress.cpuMs = (user + system) / 1000;
    done[first.index] = (done[first.index] ?? 0) + report.steps;
    if (report.failure !== null) {
      const found = { ...report.failure, part: first.part };
      options.onProgress(progress, found);
      return { progress, found, stopped: 'failure' };
    }
    options.onProgress(progress, null);
    startMore();
  }
  return { progress, found: null, stopped };
}

/** The part that is furthest from its end, so that a campaign cut short has seen something of every part; -1 when all are done. */
function leastDone(parts: readonly Part[], done: readonly number[]): number {
  let chosen = -1;
  let least = 1;
  parts.forEach(({ steps }, index) => {
    const share = (done[index] ?? 0) / steps;
    if (share >= least) return;
    least = share;
    chosen = index;
  });
  return chosen;
}

function add(progress: Progress, { config, setting }: Part, report: RunReport): void {
  addReport(progress, config, report);
  progress.effective += report.effective;
  for (const row of report.answers) count(progress.answers, ...row);
  if (setting !== undefined) addTo(progress.systems, setting, report);
}

function addTo(systems: Map<string, SystemCounts>, setting: Setting, { steps, runs, pairs }: RunReport): void {
  const name = settingName(setting);
  const before = systems.get(name) ?? { steps: 0, runs: 0, pairs: null };
  systems.set(name, {
    steps: before.steps + steps,
    runs: before.runs + runs,
    pairs: pairs === undefined ? null : sum(before.pairs, pairs),
  });
}

function sum(a: PairTally | null, b: PairTally): PairTally {
  if (a === null) return b;
  return Object.fromEntries(
    Object.entries(a).map(([name, value]) => [name, (value as number) + b[name as keyof PairTally]]),
  ) as unknown as PairTally;
}
