/** Steps in systems, by the code that `corres check` runs: alone with all properties, and in pairs. */
import { makeChecker } from '../campaign/checker.ts';
import { CHECK_FLAGS } from '../campaign/engine.ts';
import { newTally, randomRuns } from '../campaign/run.ts';
import { openPair } from '../pair/open.ts';
import { PAIR_ROWS, newPairTally, randomPairs } from '../pair/run.ts';
import { loadKernels } from '../step/kernels.ts';
import { openSystem } from '../system/shipped.ts';
import type { Subject } from './subject.ts';
import { RUN_STEPS, SEED } from './workload.ts';

const PAIRS = 40;
const SOURCE = { seed: SEED, rows: PAIR_ROWS, properties: null };
const RUNS = 10;

const inSystem: Subject = {
  name: 'checked-system',
  unit: 'step',
  configuration: 'the system compositor, all properties, full pass each 64 steps',
  flags: CHECK_FLAGS,
  prepare: async () => {
    const kernels = await loadKernels('systems');
    const setting = { system: openSystem('compositor'), without: [], pairs: false };
    kernels.compiled(setting);
    const lockstep = makeChecker(kernels, { properties: null, fullEvery: 64 }, { onExercised: () => undefined });
    return () => {
      const tally = newTally();
      const { failure } = randomRuns(kernels, lockstep, { seed: SEED, rows: RUN_STEPS, setting }, 0, RUNS, tally).last;
      if (failure !== null) throw new Error(`${failure.property}: ${failure.what}`);
      return tally.steps;
    };
  },
};

const paired: Subject = {
  name: 'paired',
  unit: 'paired step',
  configuration: `the system compositor in pairs, generation included, at most ${PAIR_ROWS} steps a pair`,
  flags: CHECK_FLAGS,
  prepare: async () => {
    const kernels = await loadKernels('systems');
    const setting = { system: openSystem('compositor'), without: [], pairs: true };
    const pair = await openPair(kernels, setting);
    const system = kernels.compiled(setting);
    return () => {
      const tally = newPairTally();
      const { failure } = randomPairs(pair, system, SOURCE, 0, PAIRS, tally).last;
      if (failure !== null) throw new Error(`${failure.property}: ${failure.what}`);
      return tally.steps;
    };
  },
};

export const SYSTEMS: readonly Subject[] = [inSystem, paired];
