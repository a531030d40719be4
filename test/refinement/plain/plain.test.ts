/** The harness to compare with finds what is easy to find, says nothing of kernels that agree, and the comparison is fair to it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import * as build from '../../../refinement/build/build.mjs';
import { DEFECTS } from '../../../refinement/defects/catalogue.ts';
import { buildDefective } from '../../../refinement/defects/hunt.ts';
import { huntPlainly } from '../../../refinement/plain/commands.ts';
import { ratioOf } from '../../../refinement/plain/ratio.ts';
import { loadKernels } from '../../../refinement/step/kernels.ts';

const folder = mkdtempSync(join(build.dist, 'plain-test-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('finds nothing where nothing is', async () => {
  const { steps, property } = huntPlainly(await loadKernels('small'), 1, 1_000);
  expect(property).toBeNull();
  expect(steps).toBeGreaterThanOrEqual(1_000);
});

it('finds an easy defect, the same for the same seed', async () => {
  const defect = DEFECTS.find(({ name }) => name === 'guard-value-ignored');
  if (defect === undefined) throw new Error('the defect is in the catalogue');
  const { config, bundle } = await buildDefective(build, defect, folder);
  const found = huntPlainly(await loadKernels(config, bundle), 1, 5_000);
  expect(found.property).toBe('refinement');
  expect(huntPlainly(await loadKernels(config, bundle), 1, 5_000)).toEqual(found);
});

it('one that is not found counts as the most steps, for either', () => {
  const of = (plain: number | null, corres: number | null): number =>
    ratioOf([{ name: '', plain, corres }], 1_000).mean;
  expect(of(100, 10)).toBeCloseTo(10);
  expect(of(null, 10)).toBeCloseTo(100);
  expect(of(10, null)).toBeCloseTo(0.01);
  expect(of(null, null)).toBe(1);
  expect(of(0, 1)).toBe(1);
});
