/** The worker's side of a campaign: both kernels live here, and stay loaded between tasks. */
import { testCaseOf } from '../counterexample/format.ts';
import { execute } from '../program/execute.ts';
import { record } from '../replay/record.ts';
import { renderExplanation } from '../replay/render.ts';
import { SHRINK_MS, shrink } from '../shrink/shrink.ts';
import { shrinkBest } from './shrink-best.ts';
import type { TestCase } from '../program/test-case.ts';
import type { Kernels } from '../step/kernels.ts';
import { loadKernels } from '../step/kernels.ts';
import type { Failure, Lockstep } from '../step/lockstep.ts';
import type { Checks } from './checker.ts';
import { featuresOf, makeChecker } from './checker.ts';
import type { Counts } from './counts.ts';
import { count, countRows } from './counts.ts';
import { runMutant } from './mutant-run.ts';
import type { RandomRun } from './run.ts';
import { drawProgram, newTally, randomRun, randomRuns } from './run.ts';
import type {
  ExplainTask,
  FailureGroup,
  FoundFailure,
  MutantReport,
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

interface Loaded {
  readonly kernels: Kernels;
  readonly lockstep: Lockstep;
  readonly exercised: Map<string, number>;
  readonly decided: Counts;
}

const loaded = new Map<string, Promise<Loaded>>();

function load(config: string, bundle: string | undefined, checks: Checks): Promise<Loaded> {
  const key = JSON.stringify([config, bundle, checks.properties, checks.fullEvery]);
  let found = loaded.get(key);
  if (found === undefined) {
    found = loadKernels(config, bundle).then((kernels) => {
      const exercised = new Map<string, number>();
      const decided: Counts = new Map();
      const lockstep = makeChecker(kernels, checks, {
        onExercised: (name, times) => exercised.set(name, (exercised.get(name) ?? 0) + times),
        onDecided: (name, by) => {
          count(decided, name, by);
        },
      });
      return { kernels, lockstep, exercised, decided };
    });
    loaded.set(key, found);
  }
  return found;
}

export default async function work(
  task: Task,
): Promise<RunReport | SurveyReport | ShrinkReport | ReplayReport | MutantReport | TestCase | string> {
  if (task.kind === 'mutant') return runMutant(task);
  const { config, bundle, properties, fullEvery } = task;
  const loadedKernels = await load(config, bundle, { properties, fullEvery });
  const { kernels, lockstep } = loadedKernels;
  loadedKernels.exercised.clear();
  loadedKernels.decided.clear();
  switch (task.kind) {
    case 'run':
      return runBatch(task, loadedKernels);
    case 'survey':
      return survey(task, loadedKernels);
    case 'draw':
      return { config, ...drawProgram(kernels, task, task.run) };
    case 'explain':
      return explain(task, kernels, lockstep);
    case 'shrink':
      return shrinkCase(task, kernels, lockstep);
    case 'replay':
      return replayCase(task, kernels, lockstep);
  }
}

/** Stops at the first failure. */
function runBatch(task: RunTask, { kernels, lockstep, exercised }: Loaded): RunReport {
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
    failure: last.failure && foundIn(task.config, task.firstRun + runs - 1, last, last.failure),
  };
}

function foundIn(config: string, run: number, { world, program }: RandomRun, failure: Failure): FoundFailure {
  return { run, failure, testCase: { config, world, program } };
}

function survey(task: SurveyTask, { kernels, lockstep, exercised, decided }: Loaded): SurveyReport {
  const start = performance.now();
  const tally = newTally();
  const groups = new Map<string, FailureGroup>();
  let done = 0;
  let isHanging = false;
  // A run that never ends costs seconds; the next may well not end either.
  while (done < task.runs && !isHanging) {
    const firstRun = task.firstRun + done;
    const made = randomRuns(kernels, lockstep, task, firstRun, task.runs - done, tally);
    const { runs } = made;
    let { last } = made;
    done += runs;
    if (last.failure?.failureClass === 'hang') {
      // Others may have had the processor: it counts when it takes three times as long, too.
      const limitMs = task.limitMs * 3;
      ({ last } = randomRuns(kernels, lockstep, { ...task, limitMs }, firstRun + runs - 1, 1, newTally()));
    }
    if (last.failure === null) continue;
    isHanging = last.failure.failureClass === 'hang';
    const { property } = last.failure;
    const row = last.program[Math.min(last.failedRow ?? 0, last.program.length - 1)];
    const operation = row?.op ?? 'boot';
    const key = `${property} ${operation}`;
    const before = groups.get(key);
    const first = before?.first ?? foundIn(task.config, task.firstRun + done - 1, last, last.failure);
    groups.set(key, {
      property,
      operation,
      first,
      times: (before?.times ?? 0) + 1,
      steps: before?.steps ?? tally.steps,
    });
  }
  return {
    steps: tally.steps,
    effective: tally.effective,
    runs: done,
    outcomes: countRows(tally.outcomes),
    answers: countRows(tally.answers),
    exercised: [...exercised],
    features: featuresOf(kernels),
    decided: countRows(decided),
    failures: [...groups.values()],
    busyMs: performance.now() - start,
  };
}

function explain({ counterexample }: ExplainTask, kernels: Kernels, lockstep: Lockstep): string {
  const { world, program } = testCaseOf(counterexample);
  return renderExplanation(counterexample, kernels, record(lockstep, kernels.world(world), program));
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
