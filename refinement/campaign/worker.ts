/** The worker's side of a campaign: both kernels live here, and stay loaded between tasks. */
import { NONLEAKAGE, SCHEDULER_TELLS_NOTHING } from '../../properties/security/pairs.ts';
import { testCaseOf } from '../counterexample/format.ts';
import { InputError } from '../input-error.ts';
import type { Pair } from '../pair/pair-step.ts';
import { makePair } from '../pair/pair-step.ts';
import type { Capacity } from '../pair/capacity.ts';
import { estimateCapacity } from '../pair/capacity.ts';
import type { PairTally } from '../pair/run.ts';
import { PAIR_ROWS, executePair, newPairTally, randomPairs } from '../pair/run.ts';
import type { Execution } from '../program/execute.ts';
import type { Program } from '../program/program.ts';
import { recordPair } from '../replay/record-pair.ts';
import type { CompiledSystem } from '../system/compile.ts';
import type { Setting } from '../system/setting.ts';
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
  /** Pairs of runs, by setting. */
  readonly pairOf: (setting: Setting) => Pair;
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
      const pairs = new Map<CompiledSystem, Pair>();
      const pairOf = (setting: Setting): Pair => {
        const system = kernels.compiled(setting);
        if (kernels.twin === null) throw new InputError(`${config}: its memory is too large for pairs of runs`);
        const pair = pairs.get(system) ?? makePair(system, [kernels.impl, kernels.twin]);
        pairs.set(system, pair);
        return pair;
      };
      return { kernels, lockstep, pairOf, exercised, decided };
    });
    loaded.set(key, found);
  }
  return found;
}

export default async function work(
  task: Task,
): Promise<
  RunReport | SurveyReport | ShrinkReport | ReplayReport | MutantReport | TestCase | Capacity | string | null
> {
  if (task.kind === 'mutant') return runMutant(task);
  const { config, bundle, properties, fullEvery } = task;
  const loadedKernels = await load(config, bundle, { properties, fullEvery });
  const { kernels } = loadedKernels;
  // Rules are found by the booted description, so a system is made known before it is booted.
  if (task.setting !== undefined) kernels.compiled(task.setting);
  loadedKernels.exercised.clear();
  loadedKernels.decided.clear();
  switch (task.kind) {
    case 'run':
      return runBatch(task, loadedKernels);
    case 'survey':
      return survey(task, loadedKernels);
    case 'draw':
      return { config, setting: task.setting, ...drawProgram(kernels, task, task.run) };
    case 'explain':
      return explain(task, loadedKernels);
    case 'shrink':
      return shrinkCase(task, loadedKernels);
    case 'capacity':
      return task.setting === undefined
        ? null
        : estimateCapacity(loadedKernels.pairOf(task.setting), task.testCase.program);
    case 'replay':
      return replayCase(task, loadedKernels);
  }
}

/** Stops at the first failure. */
function runBatch(task: RunTask, loadedKernels: Loaded): RunReport {
  if (task.setting?.pairs === true) return runPairs(task, task.setting, loadedKernels);
  const { kernels, lockstep, exercised, decided } = loadedKernels;
  const tally = newTally();
  const { runs, last } = randomRuns(kernels, lockstep, task, task.firstRun, task.runs, tally);
  return {
    steps: tally.steps,
    effective: tally.effective,
    runs,
    outcomes: countRows(tally.outcomes),
    answers: countRows(tally.answers),
    exercised: [...exercised],
    decided: countRows(decided),
    features: featuresOf(kernels, task.setting),
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

const NO_COUNTS = { effective: 0, outcomes: [], answers: [], decided: [] } as const;

function runPairs(task: RunTask, setting: Setting, { kernels, pairOf }: Loaded): RunReport {
  const tally = newPairTally();
  const { seed, firstRun, rows } = task;
  const { runs, last } = randomPairs(
    pairOf(setting),
    kernels.compiled(setting),
    seed,
    firstRun,
    task.runs,
    Math.min(rows, PAIR_ROWS),
    tally,
  );
  const isWanted = task.properties?.includes(last.failure?.property ?? '') ?? true;
  return {
    ...NO_COUNTS,
    steps: tally.steps,
    runs,
    exercised: exercisedBy(tally),
    features: featuresOf(kernels, setting),
    pairs: tally,
    failure: isWanted
      ? last.failure && foundIn(task, firstRun + runs - 1, { world: 0, program: last.program }, last.failure)
      : null,
  };
}

/** Steps in which somebody was to be kept in the dark, and those in which time went to somebody else meanwhile. */
function exercisedBy({ differing, switches }: PairTally): readonly (readonly [string, number])[] {
  return [
    [NONLEAKAGE.name, differing],
    [SCHEDULER_TELLS_NOTHING.name, switches],
  ];
}

function survey(task: SurveyTask, loadedKernels: Loaded): SurveyReport {
  if (task.setting?.pairs === true) return surveyPairs(task, task.setting, loadedKernels);
  const { kernels, lockstep, exercised, decided } = loadedKernels;
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
    const first = before?.first ?? foundIn(task, task.firstRun + done - 1, last, last.failure);
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
    features: featuresOf(kernels, task.setting),
    decided: countRows(decided),
    failures: [...groups.values()],
    busyMs: performance.now() - start,
  };
}

function surveyPairs(task: SurveyTask, setting: Setting, { kernels, pairOf }: Loaded): SurveyReport {
  const start = performance.now();
  const tally = newPairTally();
  const groups = new Map<string, FailureGroup>();
  const { seed, limitMs } = task;
  let done = 0;
  while (done < task.runs) {
    const { runs, last } = randomPairs(
      pairOf(setting),
      kernels.compiled(setting),
      seed,
      task.firstRun + done,
      task.runs - done,
      Math.min(task.rows, PAIR_ROWS),
      tally,
      limitMs,
    );
    done += runs;
    if (last.failure === null || task.properties?.includes(last.failure.property) === false) continue;
    const { property, failureClass } = last.failure;
    const operation = last.program.at(-1)?.op ?? 'boot';
    const key = `${property} ${operation}`;
    const before = groups.get(key);
    const first =
      before?.first ?? foundIn(task, task.firstRun + done - 1, { world: 0, program: last.program }, last.failure);
    groups.set(key, {
      property,
      operation,
      first,
      times: (before?.times ?? 0) + 1,
      steps: before?.steps ?? tally.steps,
    });
    if (failureClass === 'hang') break;
  }
  return {
    ...NO_COUNTS,
    steps: tally.steps,
    runs: done,
    exercised: exercisedBy(tally),
    features: featuresOf(kernels, setting),
    pairs: tally,
    failures: [...groups.values()],
    busyMs: performance.now() - start,
  };
}

function explain({ counterexample }: ExplainTask, { kernels, lockstep, pairOf }: Loaded): string {
  const { setting, program } = testCaseOf(counterexample);
  const recording =
    setting?.pairs === true
      ? recordPair(pairOf(setting), program)
      : record(lockstep, kernels.worldOf(testCaseOf(counterexample)), program);
  return renderExplanation(counterexample, kernels, recording);
}

/** Runs a program as its test case says: alone or as a pair. */
function run({ kernels, lockstep, pairOf }: Loaded, testCase: TestCase, program: Program, limitMs?: number): Execution {
  const options = limitMs === undefined ? {} : { limitMs };
  return testCase.setting?.pairs === true
    ? executePair(pairOf(testCase.setting), program, options)
    : execute(lockstep, kernels.worldOf(testCase).boot, program, options);
}

function shrinkCase({ seed, rows, found }: ShrinkTask, loadedKernels: Loaded): ShrinkReport {
  const { kernels, lockstep, pairOf } = loadedKernels;
  const { config, setting } = found.testCase;
  if (setting !== undefined) kernels.compiled(setting);
  return shrinkBest(found, {
    shrink: ({ testCase, failure }) =>
      shrink(testCase.program, failure, (program) => run(loadedKernels, testCase, program, SHRINK_MS)),
    next: (number) => {
      const done =
        setting?.pairs === true
          ? {
              world: 0,
              ...randomPairs(
                pairOf(setting),
                kernels.compiled(setting),
                seed,
                number,
                1,
                Math.min(rows, PAIR_ROWS),
                newPairTally(),
              ).last,
            }
          : randomRun(kernels, lockstep, { seed, rows, setting }, number, newTally());
      return done.failure === null ? null : foundIn({ config, setting }, number, done, done.failure);
    },
  });
}

function replayCase({ testCase }: ReplayTask, loadedKernels: Loaded): ReplayReport {
  if (testCase.setting !== undefined) loadedKernels.kernels.compiled(testCase.setting);
  const { failure, failedRow } = run(loadedKernels, testCase, testCase.program);
  return { failure, failedRow };
}
