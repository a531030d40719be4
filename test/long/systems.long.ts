/** A million operations in each shipped system, and a million paired steps in each that has partitions: nothing is reported, since nothing is there. */
import { availableParallelism } from 'node:os';
import { afterAll, expect, it } from 'vitest';
import { openPool, runCampaign } from '../../refinement/campaign/campaign.ts';
import { partsOf } from '../../refinement/cli/check.ts';
import { settingName, settingsOf } from '../../refinement/system/setting.ts';
import { soundSystems } from '../../refinement/system/shipped.ts';

const STEPS = 1_000_000;
const SEED = 1_000_033;
const pool = openPool(availableParallelism());
afterAll(() => pool.close());

const settings = soundSystems()
  .flatMap((system) => settingsOf(system))
  .map((setting) => [settingName(setting), setting] as const);

it.each(settings)('%s', async (_, setting) => {
  const parts = partsOf({ config: [], properties: null, full: false, systems: [setting.system] })
    .filter((part) => part.setting?.pairs === setting.pairs)
    .map((part) => ({ ...part, steps: STEPS }));
  const { found, progress } = await runCampaign(pool, {
    seed: SEED,
    parts,
    isInterrupted: () => false,
    onProgress: () => undefined,
  });
  expect(found).toBeNull();
  expect(progress.steps).toBeGreaterThanOrEqual(STEPS);
});
