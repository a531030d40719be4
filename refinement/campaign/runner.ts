/**
 * How the programs of a setting are run: alone on both kernels, or as pairs. Whoever draws, replays, shrinks or explains them need not know which.
 */
import { NONLEAKAGE, SCHEDULER_TELLS_NOTHING } from '../../properties/security/pairs.ts';
import { openPair } from '../pair/open.ts';
import type { Pair } from '../pair/pair-step.ts';
import type { PairTally } from '../pair/run.ts';
import { PAIR_ROWS, executePair, newPairTally, randomPairs } from '../pair/run.ts';
import type { Execution, ExecuteOptions } from '../program/execute.ts';
import { execute } from '../program/execute.ts';
import type { Program } from '../program/program.ts';
import type { Recording } from '../replay/record.ts';
import { record } from '../replay/record.ts';
import { recordPair } from '../replay/record-pair.ts';
import type { Kernels } from '../step/kernels.ts';
import type { Lockstep } from '../step/lockstep.ts';
import { workSince } from '../step/work.ts';
import type { Setting } from '../system/setting.ts';
import type { Checks } from './checker.ts';
import { featuresOf, makeChecker } from './checker.ts';
import type { Counts } from './counts.ts';
import { count, countRows } from './counts.ts';
import type { RandomRun, RunSource } from './run.ts';
import { newTally, randomRuns } from './run.ts';
import type { RunCounts } from './task.ts';

export interface Runner {
  /** The two runs side by side; null where programs run alone. */
  readonly pair: Pair | null;
  /** Runs one random program after the other, at least one, until there are `runs` or one fails. */
  readonly random: (
    source: RunSource,
    firstRun: number,
    runs: number,
  ) => { readonly runs: number; readonly last: RandomRun };
  /** Kernel steps of random runs, and all counts, since they were last taken. */
  readonly steps: () => number;
  readonly takeCounts: () => RunCounts;
  readonly execute: (program: Program, world: number, options?: Pick<ExecuteOptions, 'limitMs'>) => Execution;
  readonly record: (program: Program, world: number) => Recording;
}

export type RunnerOf = (setting: Setting | undefined) => Promise<Runner>;

/** The runners of all settings on the same kernels. Those that run programs alone share one checker: it knows the memory as it left it. */
export function runnersOn(kernels: Kernels, checks: Checks): RunnerOf {
  const checker = countingChecker(kernels, checks);
  const runners = new Map<string, Promise<Runner>>();
  return (setting) => {
    const key = JSON.stringify(setting ?? null);
    const found =
      runners.get(key) ??
      (setting?.pairs === true
        ? pairRunner(kernels, checks, setting)
        : Promise.resolve(aloneRunner(kernels, checker, setting)));
    runners.set(key, found);
    return found;
  };
}

interface CountingChecker {
  readonly lockstep: Lockstep;
  readonly exercised: Map<string, number>;
  readonly decided: Counts;
}

function countingChecker(kernels: Kernels, checks: Checks): CountingChecker {
  const exercised = new Map<string, number>();
  const decided: Counts = new Map();
  const lockstep = makeChecker(kernels, checks, {
    onExercised: (name, times) => exercised.set(name, (exercised.get(name) ?? 0) + times),
    onDecided: (name, by) => {
      count(decided, name, by);
    },
  });
  return { lockstep, exercised, decided };
}

function aloneRunner(
  kernels: Kernels,
  { lockstep, exercised, decided }: CountingChecker,
  setting: Setting | undefined,
): Runner {
  let tally = newTally();
  let before = { ...lockstep.work };
  const worldOf = (world: number): ReturnType<Kernels['worldOf']> => kernels.worldOf({ world, setting });
  return {
    pair: null,
    random: (source, firstRun, runs) => randomRuns(kernels, lockstep, { ...source, setting }, firstRun, runs, tally),
    steps: () => tally.steps,
    takeCounts: () => {
      const counts: RunCounts = {
        steps: tally.steps,
        effective: tally.effective,
        outcomes: countRows(tally.outcomes),
        answers: countRows(tally.answers),
        exercised: [...exercised],
        decided: countRows(decided),
        features: featuresOf(kernels, setting),
        work: workSince(lockstep.work, before),
      };
      before = { ...lockstep.work };
      tally = newTally();
      exercised.clear();
      decided.clear();
      return counts;
    },
    execute: (program, world, options) => execute(lockstep, worldOf(world).boot, program, options),
    record: (program, world) => record(lockstep, worldOf(world), program),
  };
}

async function pairRunner(kernels: Kernels, { properties }: Checks, setting: Setting): Promise<Runner> {
  const system = kernels.compiled(setting);
  const pair = await openPair(kernels, setting);
  let tally = newPairTally();
  return {
    pair,
    random: ({ seed, rows, limitMs }, firstRun, runs) => {
      const source = { seed, rows: Math.min(rows, PAIR_ROWS), limitMs, properties };
      const done = randomPairs(pair, system, source, firstRun, runs, tally);
      return { runs: done.runs, last: { world: 0, ...done.last } };
    },
    steps: () => tally.steps,
    takeCounts: () => {
      const pairs = tally;
      tally = newPairTally();
      return {
        steps: pairs.steps,
        effective: 0,
        outcomes: [],
        answers: [],
        exercised: exercisedBy(pairs),
        decided: [],
        features: featuresOf(kernels, setting),
        pairs,
      };
    },
    execute: (program, _, options) => executePair(pair, program, options),
    record: (program) => recordPair(pair, program),
  };
}

/** Steps in which somebody was to be kept in the dark, and those in which time went to somebody else meanwhile. */
function exercisedBy({ differing, switches }: PairTally): readonly (readonly [string, number])[] {
  return [
    [NONLEAKAGE.name, differing],
    [SCHEDULER_TELLS_NOTHING.name, switches],
  ];
}
