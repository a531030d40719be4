/**
 * Every seeded defect, but for the slowest and those that a property names as its evidence (`evidence.test.ts`), is found by what `corres check` does without
 * options; a checker that misses one of these would be silent about a real one like it. Of each sixteenth the counterexample is made as small as can be; of all of them in `test/long`, for that takes as long again.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, it } from 'vitest';
import { CATALOGUE } from '../../properties/catalogue.ts';
import * as build from '../../refinement/build/build.mjs';
import { DEFAULT_SEED, DEFAULT_STEPS, ROWS } from '../../refinement/cli/check.ts';
import { DEFECTS } from '../../refinement/defects/catalogue.ts';
import { buildDefective, openHunters, whereToHunt } from '../../refinement/defects/hunt.ts';
import { isSlow } from '../helpers/slow-defects.ts';

/** Steps in which a defect must be found by the one property that it is meant for: twice what `check` makes in systems. */
const SYSTEM_STEPS = 300_000;
/** Looked for by themselves, with the property that names them. */
const EVIDENCE = new Set(CATALOGUE.flatMap(({ evidence }) => evidence));
const folder = mkdtempSync(join(build.dist, 'canary-'));
const hunters = openHunters(build, 2);

afterAll(async () => {
  await hunters.close();
  rmSync(folder, { recursive: true });
});

describe('check finds', () => {
  it.concurrent.for(
    DEFECTS.filter(({ name, inSystems }) => !isSlow(name) && (inSystems !== undefined || !EVIDENCE.has(name))).map(
      (defect, index) => [defect.name, defect, index % 16 === 0] as const,
    ),
  )('%s', { timeout: 300_000 }, async ([, defect, isShrunk], { expect }) => {
    const kernels = await buildDefective(build, defect, folder);
    const steps = defect.inSystems === undefined ? (DEFAULT_STEPS[kernels.config] ?? 0) : SYSTEM_STEPS;
    const options = { seed: DEFAULT_SEED, rows: ROWS, steps, ...whereToHunt(defect) };
    const { found } = await hunters.hunt(kernels, options);
    if (found === null) throw new Error(`not found in ${options.steps} steps`);
    expect(defect.breaks).toContain(found.failure.property);
    // A name that is not there is a slip in the defect, not the defect.
    expect(found.failure.what).not.toContain('ReferenceError');
    if (!isShrunk) return;
    const { program, failure, certificate } = await hunters.shrink(kernels, options, found);
    expect(failure.property).toBe(found.failure.property);
    expect(certificate).toEqual({ rows: program.length, singleDeletionsTried: program.length });
  });
});
