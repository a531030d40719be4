/** Every counterexample ever kept holds on the sources as they are. `npx corres promote ID` adds one. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FULL_EVERY, makeChecker } from '../../refinement/campaign/checker.ts';
import { testCaseOf } from '../../refinement/counterexample/format.ts';
import { readCounterexample } from '../../refinement/counterexample/store.ts';
import { execute } from '../../refinement/program/execute.ts';
import { loadKernels } from '../../refinement/step/kernels.ts';

const FILES = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.json'));

it('there are some', () => {
  expect(FILES.length).toBeGreaterThan(0);
});

it.each(FILES)('%s', async (file) => {
  const counterexample = readCounterexample(join(import.meta.dirname, file));
  const { config, world, program } = testCaseOf(counterexample);
  const kernels = await loadKernels(config);
  const lockstep = makeChecker(kernels, { properties: null, fullEvery: FULL_EVERY });
  expect(execute(lockstep, kernels.world(world).boot, program).failure).toBeNull();
  expect(program.length).toBeGreaterThan(0);
});
