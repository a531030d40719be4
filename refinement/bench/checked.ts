/** Checked steps, by the code that `corres check` runs: generated, handed to both kernels, compared, counted. */
import { makeChecker } from '../campaign/checker.ts';
import { newTally, randomRuns } from '../campaign/run.ts';
import { loadKernels } from '../step/kernels.ts';
import type { Subject } from './subject.ts';
import { RUN_STEPS, SEED } from './workload.ts';

function checked(name: string, configName: string, fullEvery: number, runs: number): Subject {
  const passes =
    fullEvery === 1 ? 'everything compared and checked at every step' : `full pass each ${fullEvery} steps`;
  return {
    name,
    unit: 'step',
    configuration: `${configName}, generation included, ${passes}, ${RUN_STEPS} steps a run`,
    prepare: async () => {
      const kernels = await loadKernels(configName);
      const lockstep = makeChecker(kernels, { properties: null, fullEvery }, { onExercised: () => undefined });
      return () => {
        const tally = newTally();
        const { failure } = randomRuns(kernels, lockstep, { seed: SEED, rows: RUN_STEPS }, 0, runs, tally).last;
        if (failure !== null) throw new Error(`${failure.property}: ${failure.what}`);
        return tally.steps;
      };
    },
  };
}

export const CHECKED: readonly Subject[] = [
  checked('checked', 'small', 64, 20),
  checked('checked-full', 'small', 1, 3),
  checked('checked-x86_64', 'x86_64', 64, 5),
  checked('checked-mcs', 'small-mcs', 64, 20),
];
