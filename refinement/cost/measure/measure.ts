/** A study from its plan to its value: runs what is not there yet, and puts everything together. */
import { SYSTEMS_CONFIG } from '../../system/setting.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { builtSources } from '../../campaign/make-counterexample.ts';
import { DEFECTS } from '../../defects/catalogue.ts';
import type { Measurement } from '../../defects/table.ts';
import type { KillMatrix } from '../../mutate/matrix.ts';
import { distFolder, loadKernels } from '../../step/kernels.ts';
import type { RealDefect } from '../analysis/detection.ts';
import type { Exhausted } from '../exhaust/exhaust.ts';
import { exhaust } from '../exhaust/exhaust.ts';
import { choices } from '../exhaust/groups.ts';
import type { CostStudy } from '../study.ts';
import { PLAIN_KERNELS, costStudy } from '../study.ts';
import { harnessHash } from './kernels.ts';
import type { BranchCurve } from './branch-curve.ts';
import { branchCurves } from './branch-curve.ts';
import type { RunOptions, StudyPlan } from './run.ts';
import { runPlan } from './run.ts';
import { ruler } from './sizes.ts';
import { cellStore } from './store.ts';

export interface MeasureOptions extends Omit<RunOptions, 'store'> {
  /** Folder that the cells are kept in; null for nowhere. */
  readonly out: string | null;
  readonly resume: boolean;
  /** Whether everything that can happen in the small system is looked at, too. */
  readonly exhaustive: boolean;
  /** Branches are about to be counted: half a minute. */
  readonly onBranches: (config: string) => void;
  readonly onExhausted: (done: number, all: number) => void;
}

/** States of the small system after which a choice of features is given up: ten times what all features together have. */
const MOST_STATES = 30_000;

/** Null if it was interrupted. */
export async function measure(plan: StudyPlan, options: MeasureOptions): Promise<CostStudy | null> {
  const sources = builtSources();
  const { kernels, ...rest } = plan;
  const asked = { ...rest, kernels: kernels.map(({ name }) => name), sources, harness: await harnessHash() };
  const store = options.out === null ? null : cellStore(options.out, asked, options.resume);
  const cells = await runPlan(plan, { ...options, store });
  const branches = cells === null ? [] : await allBranches(plan, options);
  const exhausted = cells === null || !options.exhaustive ? null : await exhaustAll(options);
  if (cells === null || options.isInterrupted()) return null;
  const root = join(distFolder(), '..');
  const json = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'));
  return costStudy({
    plan,
    cells,
    ruler: await ruler(root),
    sources,
    defects: DEFECTS,
    measured: json('refinement/defects/measured.json') as readonly Measurement[],
    matrix: json('refinement/mutate/matrix.json') as KillMatrix,
    corpus: json('test/corpus/corpus.json') as readonly RealDefect[],
    branches,
    exhausted,
    seed: plan.seeds[0] ?? 0,
  });
}

/** Of the plain kernels of the plan, one after the other. */
async function allBranches(
  { kernels, seeds, rows, steps, fullEvery }: StudyPlan,
  { isInterrupted, onBranches }: MeasureOptions,
): Promise<readonly BranchCurve[]> {
  const found: BranchCurve[] = [];
  for (const { config } of kernels.filter(({ name }) => PLAIN_KERNELS.includes(name))) {
    if (isInterrupted()) return found;
    onBranches(config);
    try {
      found.push(...(await branchCurves(config, { seed: seeds[0] ?? 0, rows, steps, fullEvery })));
    } catch (error) {
      // The interrupt ends the process that counts, too.
      if (!isInterrupted()) throw error;
    }
  }
  return found;
}

async function exhaustAll({ isInterrupted, onExhausted }: MeasureOptions): Promise<readonly Exhausted[]> {
  const kernels = await loadKernels(SYSTEMS_CONFIG);
  const all = choices();
  const found: Exhausted[] = [];
  for (const features of all) {
    if (isInterrupted()) break;
    found.push(await exhaust(kernels, features, MOST_STATES));
    onExhausted(found.length, all.length);
    await setImmediate();
  }
  return found;
}
