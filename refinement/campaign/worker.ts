/** The worker's side of a campaign: both kernels live here, and stay loaded between tasks. */
import { testCaseOf } from '../counterexample/format.ts';
import type { Capacity } from '../pair/capacity.ts';
import { estimateCapacity } from '../pair/capacity.ts';
import type { TestCase } from '../program/test-case.ts';
import { renderExplanation } from '../replay/render.ts';
import { SHRINK_MS, shrink } from '../shrink/shrink.ts';
import type { Kernels } from '../step/kernels.ts';
import { loadKernels } from '../step/kernels.ts';
import type { Failure } from '../step/lockstep.ts';
import type { Checks } from './checker.ts';
import { compileForChecks } from './engine.ts';
import { runMutant } from './mutant-run.ts';
import type { RandomRun } from './run.ts';
import { drawProgram } from './run.ts';
import type { Runner, RunnerOf } from './runner.ts';
import { runnersOn } from './runner.ts';
import { shrinkBest } from './shrink-best.ts';
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
  readonly runnerOf: RunnerOf;
}

compileForChecks();

const loaded = new Map<string, Promise<Loaded>>();

function load(config: string, bundle: string | undefined, checks: Checks): Promise<Loaded> {
  const key = JSON.stringify([config, bundle, checks.properties, checks.fullEvery]);
  const found =
    loaded.get(key) ??
    loadKernels(config, bundle).then((kernels) => ({ kernels, runnerOf: runnersOn(kernels, checks) }));
  loaded.set(key, found);
  return found;
}

export default async function work(
  task: Task,
): Promise<
  RunReport | SurveyReport | ShrinkReport | ReplayReport | MutantReport | TestCase | Capacity | string | null
> {
  if (task.kind === 'mutant') return runMutant(task);
  const { config, bundle, properties, fullEvery } = task;
  const { kernels, runnerOf } = await load(config, bundle, { properties, fullEvery });
  const runner = await runnerOf(task.setting);
  runner.takeCounts();
  switch (task.kind) {
    case 'run':
      return runBatch(task, runner);
    case 'survey':
      return survey(task, runner);
    case 'draw':
      return { config, setting: task.setting, ...drawProgram(kernels, task, task.run) };
    case 'explain':
      return explain(task, kernels, runner);
    case 'shrink':
      return shrinkCase(task, runner);
    case 'capacity':
      return runner.pair && estimateCapacity(runner.pair, task.testCase.program);
    case 'replay':
      return replayCase(task, runner);
  }
}

/** Stops at the first failure. */
function runBatch(task: RunTask, runner: Runner): RunReport {
  const { runs, last } = runner.random(task, task.firstRun, task.runs);
  return {
    ...runner.takeCounts(),
    runs,
    failure: last.failure && foundIn(task, task.firstRun + runs - 1, last, last.failure),
  };
}

function foundIn(
  { config, setting }: Pick<RunTask, 'config' | 'setting'>,
  run: number,
  { world, program }: Pick<RandomRun, 'world' | 'program'>,
  failure: Failure,
): FoundFailure {
  return { run, failure, testCase: { config, world, setting, program } };
}

function survey(task: SurveyTask, runner: Runner): SurveyReport {
  const start = performance.now();
  const groups = new Map<string, FailureGroup>();
  let done = 0;
  let isHanging = false;
  // A run that never ends costs seconds; the next may well not end either.
  while (done < task.runs && !isHanging) {
    const firstRun = task.firstRun + done;
    const made = runner.random(task, firstRun, task.runs - done);
    const { runs } = made;
    let { last } = made;
    done += runs;
    const steps = runner.steps();
    if (last.failure?.failureClass === 'hang') {
      // Others may have had the processor: it counts when it takes three times as long, too.
      const limitMs = task.limitMs * 3;
      ({ last } = runner.random({ ...task, limitMs }, firstRun + runs - 1, 1));
    }
    if (last.failure === null) continue;
    isHanging = last.failure.failureClass === 'hang';
    const { property } = last.failure;
    const row = last.program[Math.min(last.failedRow ?? 0, last.program.length - 1)];
    const operation = row?.op ?? 'boot';
    const key = `${property} ${operation}`;
    const before = groups.get(key);
    const first = before?.first ?? foundIn(task, task.firstRun + done - 1, last, last.failure);
    groups.set(key, { property, operation, first, times: (before?.times ?? 0) + 1, steps: before?.steps ?? steps });
  }
  return {
    ...runner.takeCounts(),
    runs: done,
    failures: [...groups.values()],
    busyMs: performance.now() - start,
  };
}

function explain({ counterexample }: ExplainTask, kernels: Kernels, runner: Runner): string {
  const { program, world } = testCaseOf(counterexample);
  return renderExplanation(counterexample, kernels, runner.record(program, world));
}

function shrinkCase({ seed, rows, found }: ShrinkTask, runner: Runner): ShrinkReport {
  return shrinkBest(found, {
    shrink: ({ testCase, failure }) =>
      shrink(testCase.program, failure, (program) => runner.execute(program, testCase.world, { limitMs: SHRINK_MS })),
    next: (number) => {
      const { last } = runner.random({ seed, rows }, number, 1);
      return last.failure && foundIn(found.testCase, number, last, last.failure);
    },
  });
}

function replayCase({ testCase }: ReplayTask, runner: Runner): ReplayReport {
  const { failure, failedRow } = runner.execute(testCase.program, testCase.world);
  return { failure, failedRow };
}
