/** Campaigns: what they find depends on the seed alone. */
import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CampaignResult, Part, Pool } from '../../../refinement/campaign/campaign.ts';
import { openPool, runCampaign } from '../../../refinement/campaign/campaign.ts';
import { FULL_EVERY, checkedProperties } from '../../../refinement/campaign/checker.ts';
import { buildDefective, defectNamed } from '../../helpers/defective.ts';

const PART: Part = { config: 'small', properties: null, fullEvery: FULL_EVERY, steps: 6000, rows: 100, batchRuns: 5 };
const run = (pool: Pool, part: Part, seed = 7): Promise<CampaignResult> =>
  runCampaign(pool, { seed, parts: [part], isInterrupted: () => false, onProgress: () => undefined });

describe('a campaign', () => {
  let one: Pool;
  let two: Pool;
  beforeAll(() => {
    one = openPool(1);
    two = openPool(2);
  });
  afterAll(async () => {
    await Promise.all([one.close(), two.close()]);
  });

  it('counts the same on one worker and on two', async () => {
    const [a, b] = await Promise.all([run(one, PART), run(two, PART)]);
    expect(a.found).toBeNull();
    expect(a.progress.steps).toBeGreaterThanOrEqual(PART.steps);
    expect({ ...a.progress, cpuMs: 0 }).toEqual({ ...b.progress, cpuMs: 0 });
  });

  it('counts processor time once, however many workers there are', async () => {
    const start = performance.now();
    const { progress } = await run(two, PART);
    expect(progress.cpuMs).toBeGreaterThan(0);
    expect(progress.cpuMs).toBeLessThan(1.1 * availableParallelism() * (performance.now() - start));
  });

  it('does something else with another seed', async () => {
    const [a, b] = await Promise.all([run(one, PART), run(two, PART, 8)]);
    expect(a.progress.outcomes).not.toEqual(b.progress.outcomes);
  });

  it('finds a seeded defect in the same run, whoever is faster', async () => {
    const bundle = await buildDefective(defectNamed('badge-twice'));
    const part = { ...PART, bundle, steps: 200_000 };
    const [a, b] = await Promise.all([run(one, part), run(two, part)]);
    expect(a.stopped).toBe('failure');
    expect(a.found?.failure.property).toBe('refinement');
    expect(b.found?.run).toBe(a.found?.run);
    expect(b.found?.testCase).toEqual(a.found?.testCase);
  });

  it('stops when it is told to', async () => {
    let seen = 0;
    const result = await runCampaign(one, {
      seed: 1,
      parts: [{ ...PART, steps: 1e9 }],
      isInterrupted: () => seen > 0,
      onProgress: () => seen++,
    });
    expect(result.stopped).toBe('interrupted');
    expect(result.progress.steps).toBeGreaterThan(0);
  });

  it('refuses a property that there is not', () => {
    expect(() => checkedProperties(['sym_refs', 'world_peace'])).toThrow("unknown property 'world_peace'");
    expect(checkedProperties([])).toBeNull();
  });
});
