/** Looks for a seeded defect in the way `check` looks for an unknown one: random programs, then the smallest that shows it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import type { Checks } from '../campaign/checker.ts';
import { FULL_EVERY } from '../campaign/checker.ts';
import type { FoundFailure, RunReport, RunTask, ShrinkReport, ShrinkTask } from '../campaign/task.ts';
import type { Setting } from '../system/setting.ts';
import { settingsOf } from '../system/setting.ts';
import { soundSystems } from '../system/shipped.ts';
import type { Defect } from './defect.ts';
import { applyDefect } from './defect.ts';

/** The two kernels, one of them defective, as files. */
export interface DefectiveKernels {
  readonly config: string;
  readonly bundle: string;
  /** The module that drives both, with the specification in it. */
  readonly worker: string;
}

/** The bundler; it knows where the project is by where it is itself, and so is not bundled with this. */
export type Build = Pick<typeof import('../build/build.mjs'), 'buildImpl' | 'buildModule' | 'dist'>;

/** Bundles into `folder` what the defect changes; the rest is the project's own build. */
export async function buildDefective(
  { buildImpl, buildModule, dist }: Build,
  defect: Defect,
  folder: string,
): Promise<DefectiveKernels> {
  const config = defect.config ?? 'small';
  const transform = applyDefect(defect);
  mkdirSync(folder, { recursive: true });
  const bundle = defect.side === 'spec' ? join(dist, 'impl', `${config}.mjs`) : join(folder, `${defect.name}.mjs`);
  const worker = defect.side === 'impl' ? join(dist, 'worker.mjs') : join(folder, `${defect.name}-worker.mjs`);
  if (defect.side !== 'spec') await buildImpl({ config, outfile: bundle, transform });
  if (defect.side !== 'impl') await buildModule({ entry: 'refinement/campaign/worker.ts', outfile: worker, transform });
  return { config, bundle, worker };
}

export interface HuntOptions {
  readonly seed: number;
  /** Rows of a program at most. */
  readonly rows: number;
  /** Kernel steps after which it counts as not found. */
  readonly steps: number;
  /** Check these alone, and pass over what anything else reports. */
  readonly properties?: readonly string[];
  /** Systems to run in, in turns; the plain worlds if not given. */
  readonly settings?: readonly Setting[];
  /** Steps between two passes over the whole state; as `check` has them if not given. */
  readonly fullEvery?: number;
}

export interface Hunt {
  /** Kernel steps until it was found, or in all. */
  readonly steps: number;
  readonly found: FoundFailure | null;
}

export interface Hunters {
  hunt(kernels: DefectiveKernels, options: HuntOptions): Promise<Hunt>;
  shrink(kernels: DefectiveKernels, options: HuntOptions, found: FoundFailure): Promise<ShrinkReport>;
  close(): Promise<void>;
}

/** Runs asked for at a time: a batch ends at its first failure anyhow. */
const BATCH_RUNS = 32;
const SYSTEM_BATCH_RUNS = 8;

/** Where a defect is looked for, and what is asked. */
export function whereToHunt({ inSystems, breaks }: Defect): Pick<HuntOptions, 'settings' | 'properties'> {
  if (inSystems === undefined) return {};
  const pairs = inSystems === 'in pairs';
  const settings = soundSystems()
    .flatMap((system) => settingsOf(system))
    .filter((setting) => setting.pairs === pairs);
  return { properties: breaks, settings };
}

/** Failures of other properties after which one that is looked for alone counts as not found: each costs a run its rest. */
const MOST_DISTRACTIONS = 2_000;

export function openHunters({ dist }: Build, threads: number): Hunters {
  const pool = new Piscina({ filename: join(dist, 'worker.mjs'), minThreads: threads, maxThreads: threads });
  const run = (task: RunTask, filename: string): Promise<RunReport> =>
    pool.run(task, { filename }) as Promise<RunReport>;
  return {
    hunt: async (kernels, options) => {
      const { seed, rows, properties, settings = [undefined], fullEvery = FULL_EVERY } = options;
      const { config, bundle, worker } = kernels;
      const checks: Checks = { properties: properties ?? null, fullEvery };
      let steps = 0;
      const firstRuns = settings.map(() => 0);
      let turn = 0;
      let distractions = 0;
      while (steps < options.steps && distractions < MOST_DISTRACTIONS) {
        const at = turn++ % settings.length;
        const firstRun = firstRuns[at] ?? 0;
        const runs = settings.length > 1 ? SYSTEM_BATCH_RUNS : BATCH_RUNS;
        const task: RunTask = {
          kind: 'run',
          config,
          bundle,
          setting: settings[at],
          ...checks,
          seed,
          firstRun,
          runs,
          rows,
        };
        const report = await run(task, worker);
        steps += report.steps;
        firstRuns[at] = firstRun + report.runs;
        const found = report.failure;
        if (found === null) continue;
        if (properties === undefined || properties.includes(found.failure.property)) return { steps, found };
        distractions++;
      }
      return { steps, found: null };
    },
    shrink: ({ config, bundle, worker }, { seed, rows, properties }, found) => {
      const checks: Checks = { properties: properties ?? null, fullEvery: FULL_EVERY };
      const { setting } = found.testCase;
      const task: ShrinkTask = { kind: 'shrink', config, bundle, setting, ...checks, seed, rows, found };
      return pool.run(task, { filename: worker }) as Promise<ShrinkReport>;
    },
    close: () => pool.destroy(),
  };
}
