/** What only shows in the long run: that memory stays flat, that every answer comes up, that nothing is reported that is not there. */
import { availableParallelism } from 'node:os';
import { afterAll, expect, it } from 'vitest';
import { answerCoverage } from '../../refinement/campaign/answer-coverage.ts';
import type { CampaignResult, Part } from '../../refinement/campaign/campaign.ts';
import { openPool, runCampaign } from '../../refinement/campaign/campaign.ts';
import { partsOf } from '../../refinement/cli/check.ts';
import { answerName } from '../../refinement/program/answer.ts';

const MINUTE_MS = 60_000;
const MINUTES = Number(process.env['CORRES_LONG_MINUTES'] ?? 60);
const SEED = 1_000_003;

const pool = openPool(availableParallelism());
afterAll(() => pool.close());

interface Sample {
  readonly ms: number;
  readonly rss: number;
}

async function campaign(parts: readonly Part[], timeMs?: number): Promise<CampaignResult & { samples: Sample[] }> {
  const samples: Sample[] = [];
  const start = performance.now();
  const result = await runCampaign(pool, {
    seed: SEED,
    parts,
    timeMs,
    isInterrupted: () => false,
    onProgress: ({ steps }) => {
      const ms = performance.now() - start;
      if (ms - (samples.at(-1)?.ms ?? -Infinity) < Math.min(MINUTE_MS, (MINUTES * MINUTE_MS) / 20)) return;
      samples.push({ ms, rss: process.memoryUsage.rss() });
      console.log(
        `${Math.round(ms / 1000)} s  ${steps} steps  ${Math.round((samples.at(-1)?.rss ?? 0) / 2 ** 20)} MiB`,
      );
    },
  });
  return { ...result, samples };
}

const all = { config: [], properties: null, full: false } as const;

it(`${MINUTES} minutes: nothing is violated, memory stays flat, every answer comes up or is named`, async () => {
  const { found, progress, samples } = await campaign(
    partsOf({ ...all, time: MINUTES * MINUTE_MS }),
    MINUTES * MINUTE_MS,
  );
  expect(found).toBeNull();
  const { unseen, unexpected } = answerCoverage([...progress.stepsOf.keys()], progress.answers);
  expect(unexpected).toEqual([]);
  if (MINUTES >= 5) expect(unseen.filter(({ because }) => because === null).map(answerName)).toEqual([]);
  // The first quarter is for warming up: heaps grow to the size that they need.
  const settled = samples.slice(Math.ceil(samples.length / 4)).map(({ rss }) => rss);
  const half = settled.length >> 1;
  const highest = (list: readonly number[]): number => Math.max(...list);
  expect(settled.length).toBeGreaterThan(4);
  expect(highest(settled.slice(half))).toBeLessThan(1.1 * highest(settled.slice(0, half)));
});
