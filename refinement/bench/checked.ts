/**
 * Checked steps, by the code that `corres check` runs: generated, handed to both kernels, compared, counted. And those of the same programs once they are
 * there, as they are run again and shrunk, since looking at the state to draw the next row is a way of its own.
 */
import { makeChecker } from '../campaign/checker.ts';
import { CHECK_FLAGS } from '../campaign/engine.ts';
import { drawProgram, newTally, randomRuns } from '../campaign/run.ts';
import { executeUnwatched } from '../program/execute.ts';
import { loadKernels } from '../step/kernels.ts';
import type { Lockstep } from '../step/lockstep.ts';
import { watched } from '../step/watchdog.ts';
import type { BootDescription } from '../../spec/state/boot.ts';
import type { Program } from '../program/program.ts';
import type { Subject } from './subject.ts';
import { RUN_STEPS, SEED } from './workload.ts';

const passesOf = (fullEvery: number): string =>
  fullEvery === 1 ? 'everything compared and checked at every step' : `full pass each ${fullEvery} steps`;

function checked(name: string, configName: string, fullEvery: number, runs: number): Subject {
  return {
    name,
    unit: 'step',
    configuration: `${configName}, generation included, ${passesOf(fullEvery)}, ${RUN_STEPS} steps a run`,
    longer: 4,
    flags: CHECK_FLAGS,
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

/** Steps of one program, from boot to the check of the whole state at its end. */
function stepsOf(lockstep: Lockstep, boot: BootDescription, rows: Program): number {
  const { failure, steps } = executeUnwatched(lockstep, boot, rows);
  if (failure !== null) throw new Error(`${failure.property}: ${failure.what}`);
  return steps;
}

/** A watch costs as much as a dozen steps, so there is one for all programs, as in `check`. */
const LIMIT_MS = 60_000;

function recorded(name: string, configName: string, fullEvery: number, runs: number): Subject {
  return {
    name,
    unit: 'step',
    configuration: `${configName}, recorded programs, the same, without generation, ${passesOf(fullEvery)}`,
    longer: 4,
    flags: CHECK_FLAGS,
    prepare: async () => {
      const kernels = await loadKernels(configName);
      const lockstep = makeChecker(kernels, { properties: null, fullEvery }, { onExercised: () => undefined });
      const programs = Array.from({ length: runs }, (_, run) => {
        const { program, world } = drawProgram(kernels, { seed: SEED, rows: RUN_STEPS }, run);
        return { program, boot: kernels.worldOf({ world }).boot };
      });
      return () =>
        watched(LIMIT_MS, () =>
          programs.reduce((steps, { program, boot }) => steps + stepsOf(lockstep, boot, program), 0),
        );
    },
  };
}

export const CHECKED: readonly Subject[] = [
  checked('checked', 'small', 64, 20),
  checked('checked-full', 'small', 1, 3),
  checked('checked-x86_64', 'x86_64', 64, 5),
  checked('checked-mcs', 'small-mcs', 64, 20),
  recorded('recorded', 'small', 64, 20),
  recorded('recorded-mcs', 'small-mcs', 64, 20),
];
