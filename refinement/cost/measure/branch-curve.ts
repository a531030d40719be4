/**
 * Branches that random programs reach, against the steps made: counted by the engine in a process of its own, where the same programs run with all checks.
 * The counts are exact, so they are the same on any machine.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SurveyTask } from '../../campaign/task.ts';
import { branchesIn, functionsOf, sourceCounts } from '../../coverage/branches.ts';
import type { LeftOut } from '../../coverage/left-out.ts';
import { LEFT_OUT } from '../../coverage/left-out.ts';
import { SURVEY_MS } from '../../impact/survey.ts';
import { distFolder } from '../../step/kernels.ts';
import type { Point } from '../statistics/fit.ts';

export type Side = 'spec' | 'impl';

export interface BranchCurve {
  readonly config: string;
  readonly side: Side;
  /** Branches that there are; of the specification, without those that no program can reach. */
  readonly branches: number;
  /** Steps made, and branches reached by then. */
  readonly points: readonly Point[];
}

export interface CurveOptions {
  readonly seed: number;
  /** Rows of a program, at most. */
  readonly rows: number;
  /** Kernel steps, about. */
  readonly steps: number;
  readonly fullEvery: number;
}

/** Steps of a program of 200 rows, in the mean: some end before. */
const SHARE_OF_ROWS = 0.8;
const run = promisify(execFile);

/** Both sides of one configuration. */
export async function branchCurves(
  config: string,
  { seed, rows, steps, fullEvery }: CurveOptions,
): Promise<readonly BranchCurve[]> {
  const folder = mkdtempSync(join(tmpdir(), 'corres-branches-'));
  const dist = distFolder();
  const bundle = join(dist, 'impl', `${config}.mjs`);
  const worker = join(dist, 'worker.mjs');
  try {
    const checks = {
      kind: 'survey',
      config,
      bundle,
      setting: undefined,
      properties: null,
      fullEvery,
      seed,
      rows,
    } as const;
    const tasks = doubling(Math.ceil(steps / (rows * SHARE_OF_ROWS))).map(
      ({ firstRun, runs }): SurveyTask => ({ ...checks, firstRun, runs, limitMs: SURVEY_MS }),
    );
    const env = { ...process.env, NODE_V8_COVERAGE: folder };
    const { stdout } = await run(process.execPath, [join(dist, 'cover.mjs'), worker, JSON.stringify(tasks)], { env });
    const made = stdout.trim().split('\n').map(Number);
    return [
      await curveOf(folder, made, config, 'spec', worker, LEFT_OUT),
      await curveOf(folder, made, config, 'impl', bundle, []),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As many programs again as there were before, each time. */
function doubling(runs: number): readonly { readonly firstRun: number; readonly runs: number }[] {
  const parts: { firstRun: number; runs: number }[] = [];
  for (let firstRun = 0, next = 1; firstRun < runs; firstRun += next, next = firstRun)
    parts.push({ firstRun, runs: Math.min(next, runs - firstRun) });
  return parts;
}

async function curveOf(
  folder: string,
  made: readonly number[],
  config: string,
  side: Side,
  bundle: string,
  leftOut: readonly LeftOut[],
): Promise<BranchCurve> {
  const { map, add } = await sourceCounts(bundle, functionsOf(leftOut));
  const points: Point[] = [];
  let steps = 0;
  let branches = 0;
  const files = readdirSync(folder).sort((a, b) => numberOf(a) - numberOf(b));
  for (const [at, more] of made.entries()) {
    steps += more;
    // Counts of nothing would look like a kernel of which nothing is ever reached.
    if ((await add(join(folder, files[at] ?? ''))) === 0) throw new Error(`the engine counted nothing of ${bundle}`);
    const found = branchesIn(map, join(distFolder(), '..'), side, leftOut);
    ({ branches } = found);
    points.push([steps, found.reached]);
  }
  return { config, side, branches, points };
}

/** The engine numbers what it writes: `coverage-PROCESS-TIME-NUMBER.json`. */
const numberOf = (file: string): number => Number(/-(\d+)\.json$/.exec(file)?.[1] ?? NaN);
