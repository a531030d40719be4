/** Every seeded defect of the MCS kernel is found by comparing the two sides over random programs; those met seldom in `test/long`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, it } from 'vitest';
import * as build from '../../refinement/build/build.mjs';
import { DEFAULT_SEED, ROWS } from '../../refinement/cli/check.ts';
import { buildDefective, openHunters } from '../../refinement/defects/hunt.ts';
import { DONATION_DEFECTS, SELDOM, TIME_DEFECTS } from '../../refinement/defects/time.ts';

/** Four times what the slowest of them took. */
const STEPS = 48_000;
const folder = mkdtempSync(join(build.dist, 'canary-'));
const hunters = openHunters(build, 2);

afterAll(async () => {
  await hunters.close();
  rmSync(folder, { recursive: true });
});

describe('comparing the two sides finds', () => {
  it.concurrent.for(
    [...TIME_DEFECTS, ...DONATION_DEFECTS]
      .filter(({ name }) => !SELDOM.has(name))
      .map((defect) => [defect.name, defect] as const),
  )('%s', { timeout: 300_000 }, async ([, defect], { expect }) => {
    const kernels = await buildDefective(build, defect, folder);
    const options = { seed: DEFAULT_SEED, rows: ROWS, steps: STEPS, properties: defect.breaks };
    const { found } = await hunters.hunt(kernels, options);
    expect(defect.breaks).toContain(found?.failure.property);
  });
});
