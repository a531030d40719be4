/** Seeded defects of the MCS kernel that random programs meet seldom. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, it } from 'vitest';
import * as build from '../../refinement/build/build.mjs';
import { DEFAULT_SEED, ROWS } from '../../refinement/cli/check.ts';
import { buildDefective, openHunters } from '../../refinement/defects/hunt.ts';
import { DONATION_DEFECTS, SELDOM, TIME_DEFECTS } from '../../refinement/defects/time.ts';

/** The rarest took 52,000 when it was looked for once. */
const STEPS = 400_000;
const folder = mkdtempSync(join(build.dist, 'time-'));
const hunters = openHunters(build, 2);

afterAll(async () => {
  await hunters.close();
  rmSync(folder, { recursive: true });
});

describe('comparing the two sides finds', () => {
  it.concurrent.for(
    [...TIME_DEFECTS, ...DONATION_DEFECTS]
      .filter(({ name }) => SELDOM.has(name))
      .map((defect) => [defect.name, defect] as const),
  )('%s', async ([, defect], { expect }) => {
    const kernels = await buildDefective(build, defect, folder);
    const options = { seed: DEFAULT_SEED, rows: ROWS, steps: STEPS, properties: defect.breaks };
    const { found } = await hunters.hunt(kernels, options);
    expect(defect.breaks).toContain(found?.failure.property);
  });
});
