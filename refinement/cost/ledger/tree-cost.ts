/** What the kernels of one revision cost, measured with the harness of that revision. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openPool } from '../../campaign/campaign.ts';
import type { RunReport, RunTask } from '../../campaign/task.ts';
import { FULL_EVERY } from '../../campaign/checker.ts';
import { CATALOGUE } from '../../../properties/catalogue.ts';
import { plainSize } from '../measure/sizes.ts';
import type { LedgerRow } from './row.ts';

export interface Revision {
  /** Full hash. */
  readonly commit: string;
  readonly isChanged: boolean;
  readonly date: string;
  /** Folder with the sources, and with what was built from them. */
  readonly root: string;
  readonly dist: string;
}

export interface TreeOptions {
  readonly configs: readonly string[];
  readonly seed: number;
  readonly runs: number;
  readonly rows: number;
  readonly workers: number;
}

/** Programs of a task. */
const BATCH_RUNS = 16;
/** Their interesting case is any step. */
const EVERY_STEP = new Set(['refinement', 'no_fail']);

export interface TreeCost {
  /** One for each property and configuration that the revision has. */
  readonly rows: readonly LedgerRow[];
  /** Configurations without rows, and why: a program that fails ends before its work is done, and would look cheap. */
  readonly leftOut: readonly string[];
}

export async function treeCost(revision: Revision, options: TreeOptions): Promise<TreeCost> {
  const { dist, root, commit, isChanged, date } = revision;
  const pool = openPool(options.workers, { worker: join(dist, 'worker.mjs') });
  const task = (config: string, bundle: string, firstRun: number): RunTask => ({
    kind: 'run',
    config,
    bundle,
    properties: null,
    fullEvery: FULL_EVERY,
    seed: options.seed,
    firstRun,
    runs: Math.min(BATCH_RUNS, options.runs - firstRun),
    rows: options.rows,
  });
  try {
    const rows: LedgerRow[] = [];
    const leftOut: string[] = [];
    for (const config of options.configs) {
      const bundle = join(dist, 'impl', `${config}.mjs`);
      if (!existsSync(bundle)) continue;
      const ended = await Promise.allSettled(
        firstRuns(options.runs).map((firstRun) => pool.batch(task(config, bundle, firstRun))),
      );
      const reports = ended.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      const [error] = ended.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []));
      if (error !== undefined) {
        leftOut.push(`${config} not measured: ${error instanceof Error ? error.message : JSON.stringify(error)}`);
        continue;
      }
      const [found] = reports.flatMap(({ failure }) => failure ?? []);
      if (found !== undefined) {
        leftOut.push(`${config} not measured: ${found.failure.property} fails, ${found.failure.what}`);
        continue;
      }
      const size = await plainSize(root, config);
      const common = {
        schema: 'corres-cost-ledger/1' as const,
        commit,
        isChanged,
        date,
        config,
        seed: options.seed,
        runs: options.runs,
        ...summed(reports),
        specStatements: size?.spec.statements ?? null,
        implStatements: size?.impl.statements ?? null,
      };
      const exercised = exercisedIn(reports);
      const names = new Set([...EVERY_STEP, ...exercised.keys()]);
      for (const property of inOrder(names))
        rows.push({
          ...common,
          property,
          exercised: EVERY_STEP.has(property) ? common.steps : (exercised.get(property) ?? 0),
          propertyStatements: size?.propertySize(property)?.statements ?? null,
        });
    }
    return { rows, leftOut };
  } finally {
    await pool.close();
  }
}

function firstRuns(runs: number): readonly number[] {
  return Array.from({ length: Math.ceil(runs / BATCH_RUNS) }, (_, n) => n * BATCH_RUNS);
}

function summed(reports: readonly RunReport[]): Pick<LedgerRow, 'steps' | 'pairs' | 'wordsCompared' | 'evaluations'> {
  const work = reports.flatMap((report) => report.work ?? []);
  const isCounted = work.length === reports.length;
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  return {
    steps: sum(reports.map(({ steps }) => steps)),
    pairs: new Set(reports.flatMap(({ outcomes }) => outcomes.map(([operation, outcome]) => `${operation} ${outcome}`)))
      .size,
    wordsCompared: isCounted ? sum(work.map((one) => one.wordsCompared)) : null,
    evaluations: isCounted ? sum(work.map((one) => one.evaluations)) : null,
  };
}

function exercisedIn(reports: readonly RunReport[]): ReadonlyMap<string, number> {
  const exercised = new Map<string, number>();
  for (const report of reports)
    for (const [name, times] of report.exercised) exercised.set(name, (exercised.get(name) ?? 0) + times);
  return exercised;
}

/** As they are listed now; what is not there any more comes last. */
function inOrder(names: ReadonlySet<string>): readonly string[] {
  const listed = CATALOGUE.map(({ name }) => name).filter((name) => names.has(name));
  return [...listed, ...[...names].filter((name) => !listed.includes(name)).sort()];
}
