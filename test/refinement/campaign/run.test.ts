/** A kernel that never comes back is stopped, and the run in which it hung is the one that is reported. */
import { expect, it } from 'vitest';
import { makeChecker } from '../../../refinement/campaign/checker.ts';
import { newTally, randomRun, randomRuns } from '../../../refinement/campaign/run.ts';
import { loadKernels } from '../../../refinement/step/kernels.ts';
import type { Lockstep } from '../../../refinement/step/lockstep.ts';

it('a loop in the second of several runs is a hang of that run', { timeout: 60_000 }, async () => {
  const kernels = await loadKernels('small');
  const lockstep = makeChecker(kernels, { properties: null, fullEvery: 64 });
  const source = { seed: 1, rows: 20 };
  const second = randomRun(kernels, lockstep, source, 1, newTally());
  let boots = 0;
  const hanging: Lockstep = {
    get state() {
      return lockstep.state;
    },
    boot: (boot) => {
      boots++;
      return lockstep.boot(boot);
    },
    step: (step) => {
      while (boots === 2);
      return lockstep.step(step);
    },
    checkAll: lockstep.checkAll,
    travel: lockstep.travel,
    saved: lockstep.saved,
    work: lockstep.work,
    resume: lockstep.resume,
  };
  const { runs, last } = randomRuns(kernels, hanging, source, 0, 5, newTally());
  expect(runs).toBe(2);
  expect(last.failure).toMatchObject({ failureClass: 'hang', property: 'no_fail' });
  expect(last.failedRow).toBe(0);
  expect(last.world).toBe(second.world);
  expect(last.program).toEqual(second.program.slice(0, 1));
});
