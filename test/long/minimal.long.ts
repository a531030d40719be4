/** The counterexample of every seeded defect becomes as small as can be: no row of it can be left out. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, it } from 'vitest';
import * as build from '../../refinement/build/build.mjs';
import { DEFAULT_SEED, DEFAULT_STEPS, ROWS } from '../../refinement/cli/check.ts';
import { DEFECTS } from '../../refinement/defects/catalogue.ts';
import { buildDefective, openHunters, whereToHunt } from '../../refinement/defects/hunt.ts';

/** What the rarest of those that systems show takes. */
const SYSTEM_STEPS = 1_000_000;
const folder = mkdtempSync(join(build.dist, 'minimal-'));
const hunters = openHunters(build, 2);

afterAll(async () => {
  await hunters.close();
  rmSync(folder, { recursive: true });
});

describe('no row can be left out of what shows', () => {
  it.concurrent.for(DEFECTS.map((defect) => [defect.name, defect] as const))('%s', async ([, defect], { expect }) => {
    const kernels = await buildDefective(build, defect, folder);
    const steps = defect.inSystems === undefined ? (DEFAULT_STEPS[kernels.config] ?? 0) : SYSTEM_STEPS;
    const options = { seed: DEFAULT_SEED, rows: ROWS, steps, ...whereToHunt(defect) };
    const { found } = await hunters.hunt(kernels, options);
    if (found === null) throw new Error(`not found in ${options.steps} steps`);
    const { program, failure, certificate } = await hunters.shrink(kernels, options, found);
    expect(failure.property).toBe(found.failure.property);
    expect(certificate).toEqual({ rows: program.length, singleDeletionsTried: program.length });
  });
});
