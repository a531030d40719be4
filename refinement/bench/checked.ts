/** Checked steps, as `corres check` makes them: generated, handed to both kernels, compared. */
import { INVARIANTS } from '../../properties/catalogue.ts';
import { makeLockstep } from '../step/lockstep.ts';
import type { Subject } from './subject.ts';
import { RUN_STEPS, generator, setting } from './workload.ts';

function checked(name: string, configName: string, fullEvery: number, runs: number): Subject {
  const passes =
    fullEvery === 1 ? 'everything compared and checked at every step' : `full pass each ${fullEvery} steps`;
  return {
    name,
    unit: 'step',
    configuration: `${configName}, generation included, ${passes}, ${RUN_STEPS} steps a run`,
    prepare: async () => {
      const { config, impl, world } = await setting(configName);
      const lockstep = makeLockstep(config, impl, { invariants: INVARIANTS, fullEvery });
      return () => {
        let steps = 0;
        for (let run = 0; run < runs; run++) {
          const next = generator(run);
          let failure = lockstep.boot(world.boot);
          for (let n = 0; n < RUN_STEPS && failure === null; n++) {
            const step = next(lockstep.state);
            if (step === null) continue;
            failure = lockstep.step(step);
            steps++;
          }
          failure ??= lockstep.checkAll();
          if (failure !== null) throw new Error(`${failure.property}: ${failure.what}`);
        }
        return steps;
      };
    },
  };
}

export const CHECKED: readonly Subject[] = [
  checked('checked', 'small', 64, 20),
  checked('checked-full', 'small', 1, 3),
  checked('checked-x86_64', 'x86_64', 64, 5),
];
