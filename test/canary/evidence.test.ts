/** Every property can fail: the defects it names as its evidence are reported by it alone, with nothing else to notice them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CATALOGUE, INVARIANTS } from '../../properties/catalogue.ts';
import * as build from '../../refinement/build/build.mjs';
import { FULL_EVERY } from '../../refinement/campaign/checker.ts';
import { DEFAULT_SEED, ROWS } from '../../refinement/cli/check.ts';
import { defectNamed } from '../../refinement/defects/catalogue.ts';
import type { DefectiveKernels } from '../../refinement/defects/hunt.ts';
import { buildDefective, openHunters, whereToHunt } from '../../refinement/defects/hunt.ts';
import { isSlow } from '../helpers/slow-defects.ts';

/** Far fewer than `check` makes. */
const STEPS = 200_000;
/** Judged in passes over the whole state alone, so that every step needs one. */
const IN_PASSES = new Set(
  INVARIANTS.filter(({ localViolations }) => localViolations === undefined).map(({ name }) => name),
);
const folder = mkdtempSync(join(build.dist, 'evidence-'));
const hunters = openHunters(build, 2);
const built = new Map<string, Promise<DefectiveKernels>>();

function kernelsWith(name: string): Promise<DefectiveKernels> {
  const defect = defectNamed(name);
  if (defect === undefined) throw new Error(`there is no defect ${name}`);
  const kernels = built.get(name) ?? buildDefective(build, defect, folder);
  built.set(name, kernels);
  return kernels;
}

afterAll(async () => {
  await hunters.close();
  rmSync(folder, { recursive: true });
});

it('every property has evidence', () => {
  expect(CATALOGUE.filter(({ evidence }) => evidence.length === 0).map(({ name }) => name)).toEqual([]);
});

describe('alone', () => {
  // A defect of systems is looked for by the one property it is meant for in `defects.test.ts` already, unless it is slow.
  const isAskedAlone = (property: string, name: string): boolean => {
    const defect = defectNamed(name);
    return defect?.inSystems !== undefined && !isSlow(name) && whereToHunt(defect).properties?.join() === property;
  };
  const cases = CATALOGUE.flatMap(({ name, evidence }) =>
    evidence.filter((defect) => !isAskedAlone(name, defect)).map((defect) => [name, defect] as const),
  );
  it.concurrent.for(cases)('%s reports %s', { timeout: 180_000 }, async ([property, name], { expect: that }) => {
    const kernels = await kernelsWith(name);
    const defect = defectNamed(name);
    const { settings } = defect === undefined ? {} : whereToHunt(defect);
    const { found } = await hunters.hunt(kernels, {
      ...(settings ? { settings } : {}),
      seed: DEFAULT_SEED,
      rows: ROWS,
      steps: STEPS,
      properties: [property],
      fullEvery: settings === undefined && IN_PASSES.has(property) ? 1 : FULL_EVERY,
    });
    that(found?.failure.property).toBe(property);
  });
});
