/** The worker's side of a campaign: both kernels live here, and stay loaded between tasks. */
import { execute } from '../program/execute.ts';
import { SHRINK_MS, shrink } from '../shrink/shrink.ts';
import { shrinkBest } from './shrink-best.ts';
import type { Kernels } from '../step/kernels.ts';
import { loadKernels } from '../step/kernels.ts';
import type { Lockstep } from '../step/lockstep.ts';
import type { Checks } from './checker.ts';
import { featuresOf, makeChecker } from './checker.ts';
import { countRows } from './counts.ts';
import { newTally, randomRun, randomRuns } from './run.ts';
import type { ReplayReport, ReplayTask, RunReport, RunTask, ShrinkReport, ShrinkTask, Task } from './task.ts';

interface Loaded {
  readonly kernels: Kernels;
  readonly lockstep: Lockstep;
  readonly exercised: Map<string, number>;
}

const loaded = new Map<string, Promise<Loaded>>();

function load(config: string, bundle: string | undefined, checks: Checks): Promise<Loaded> {
  const key = JSON.stringify([config, bundle, checks.properties, checks.fullEvery]);
  let found = loaded.get(key);
  if (found === undefined) {
    found = loadKernels(config, bundle).then((kernels) => {
      const exercised = new Map<string, number>();
      const lockstep = makeChecker(kernels, checks, (name, times) => {
        exercised.set(name, (exercised.get(name) ?? 0) + times);
      });
      return { kernels, lockstep, exercised };
    });
    loaded.set(key, found);
  }
  return found;
}

export default async function work(task: Task): Promise<RunReport | ShrinkReport | ReplayReport> {
  const { config, bundle, properties, fullEvery } = task;
  const { kernels, lockstep, exercised } = await load(config, bundle, { properties, fullEvery });
  exercised.clear();
  switch (task.kind) {
    case 'run':
      return runBatch(task, kernels, lockstep, exercised);
    case 'shrink':
      return shrinkCase(task, kernels, lockstep);
    case 'replay':
      return replayCase(task, kernels, lockstep);
  }
}

/** Stops at the first failure. */
function runBatch(
  task: RunTask,
  kernels: Kernels,
  lockstep: Lockstep,
  exercised: ReadonlyMap<string, number>,
): RunReport {
  const tally = newTally();
  const { runs, last } = randomRuns(kernels, lockstep, task, task.firstRun, task.runs, tally);
  return {
    steps: tally.steps,
    effective: tally.effective,
    runs,
    outcomes: countRows(tally.outcomes),
    answers: countRows(tally.answers),
    exercised: [...exercised],
    features: featuresOf(kernels),
    failure: last.failure && {
      run: task.firstRun + runs - 1,
      failure: last.failure,
      testCase: { config: task.config, world: last.world, program: last.program },
    },
  };
}

function shrinkCase({ seed, rows, found }: ShrinkTask, kernels: Kernels, lockstep: Lockstep): ShrinkReport {
  return shrinkBest(found, {
    shrink: ({ testCase, failure }) => {
      const { boot } = kernels.world(testCase.world);
      return shrink(testCase.program, failure, (program) => execute(lockstep, boot, program, { limitMs: SHRINK_MS }));
    },
    next: (run) => {
      const done = randomRun(kernels, lockstep, { seed, rows }, run, newTally());
      if (done.failure === null) return null;
      const { config } = found.testCase;
      return { run, failure: done.failure, testCase: { config, world: done.world, program: done.program } };
    },
  });
}

function replayCase({ testCase }: ReplayTask, kernels: Kernels, lockstep: Lockstep): ReplayReport {
  const { failure, failedRow } = execute(lockstep, kernels.world(testCase.world).boot, testCase.program);
  return { failure, failedRow };
}
