/** The check as a fast-check property. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { corresProperty } from '../../../refinement/fast-check/corres-property.ts';
import { loadKernels } from '../../../refinement/step/kernels.ts';
import { buildDefective, defectNamed } from '../../helpers/defective.ts';

it('holds of the kernels as they are', () => {
  const seen = fc.check(corresProperty(), { seed: 1, numRuns: 60 });
  expect(seen.failed).toBe(false);
  expect(seen.numRuns).toBe(60);
});

it('finds a seeded defect, shrinks it, and prints how to see it again', async () => {
  const kernels = await loadKernels('small', await buildDefective(defectNamed('badge-twice')));
  const property = corresProperty({ kernels });
  const details = fc.check(property, { seed: 1, numRuns: 3000 });
  expect(details.failed).toBe(true);
  const program = details.counterexample?.[0] ?? [];
  expect(program.length).toBeLessThan(8);
  expect(String(details.errorInstance)).toContain('refinement: ');
  expect(String(details.errorInstance)).toContain('root: ');
  // Seed and path lead to the same program without any of the shrinking.
  const again = fc.check(property, { seed: details.seed, path: details.counterexamplePath ?? '', endOnFailure: true });
  expect(again.counterexample?.[0]).toEqual(program);
  // 1-minimal, like everything our own shrinking gives.
  for (let at = 0; at < program.length; at++) {
    expect(property.run([program.toSpliced(at, 1)])).toBeNull();
  }
});

it('shrinks a program that it did not generate', async () => {
  const kernels = await loadKernels('small', await buildDefective(defectNamed('badge-twice')));
  const property = corresProperty({ kernels });
  const found = fc.check(property, { seed: 1, numRuns: 3000, endOnFailure: true }).counterexample?.[0] ?? [];
  const tick = { op: 'Tick', word: 0n } as const;
  const details = fc.check(property, { examples: [[[...found, tick, tick]]], numRuns: 1 });
  expect(details.failed).toBe(true);
  expect(details.counterexample?.[0].length).toBeLessThan(8);
});
