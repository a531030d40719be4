/** Mutants: all are made, what notices them is told, what is known is not found out twice. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { buildImpl } from '../../../refinement/build/build.mjs';
import type { Pool } from '../../../refinement/campaign/campaign.ts';
import { openPool } from '../../../refinement/campaign/campaign.ts';
import { EQUIVALENT } from '../../../refinement/mutate/equivalent.ts';
import type { Instrumented } from '../../../refinement/mutate/instrument.ts';
import { instrument } from '../../../refinement/mutate/instrument.ts';
import type { MutateOptions, MutateResult } from '../../../refinement/mutate/mutate.ts';
import { mutate } from '../../../refinement/mutate/mutate.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const ROOT = resolve(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'corres-mutate-test-'));
let instrumented: Instrumented;
let pool: Pool;
beforeAll(async () => {
  pool = openPool(1);
  instrumented = await instrument(ROOT);
  for (const isCounting of [false, true]) {
    const transform = (file: string, source: string): string => instrumented.source(file, isCounting) ?? source;
    await buildImpl({ config: 'small', outfile: join(folder, `${String(isCounting)}.mjs`), transform });
  }
});
afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

function run(changes: Partial<MutateOptions> = {}): Promise<MutateResult> {
  return mutate(pool, {
    instrumented,
    parts: [
      { config: 'small', bundles: { run: join(folder, 'false.mjs'), count: join(folder, 'true.mjs') }, steps: 1_500 },
    ],
    seed: 1,
    rows: 200,
    paths: ['kernel/notification.ts'],
    known: join(folder, 'known.json'),
    harness: 'test',
    isInterrupted: () => false,
    onResult: () => undefined,
    ...changes,
  });
}

it('every expression of every file is changed, assertions left alone', () => {
  expect(instrumented.mutants.length).toBeGreaterThan(3000);
  expect(new Set(instrumented.mutants.map(({ file }) => file)).size).toBeGreaterThan(30);
  expect(instrumented.mutants.filter(({ original }) => original.startsWith("'a completed signal"))).toEqual([]);
});

it('the mutants of a file are noticed, and what is known is not found out twice', async () => {
  const first = await run();
  expect(first.isComplete).toBe(true);
  expect(first.mutants.length).toBeGreaterThan(30);
  expect(first.score).toBeGreaterThan(80);
  expect(
    first.mutants.filter(({ status, property }) => status === 'killed' && property === 'refinement').length,
  ).toBeGreaterThan(20);
  const again = await run();
  expect(again.mutants).toEqual(first.mutants);
  const other = await run({ harness: 'another' });
  expect(other.mutants.map(({ status }) => status)).toEqual(first.mutants.map(({ status }) => status));
});

it('an interrupted run says so, and a sample is the same for the same seed', async () => {
  let results = 0;
  const cut = await run({ isInterrupted: () => results >= 3, onResult: () => results++ });
  expect(cut).toMatchObject({ isComplete: false });
  expect(cut.mutants).toHaveLength(3);
  const sample = await run({ paths: [], sample: 5 });
  expect(sample.mutants).toHaveLength(5);
  expect((await run({ paths: [], sample: 5 })).mutants.map(({ id }) => id)).toEqual(sample.mutants.map(({ id }) => id));
});

it.each(EQUIVALENT)('is one of the mutants, and has a reason: %j', ({ file, original, replacement, nth, because }) => {
  const squeezed = (text: string): string => text.replaceAll(/\s+/g, ' ');
  const found = instrumented.mutants.filter(
    (mutant) =>
      mutant.file === file &&
      mutant.nth === nth &&
      squeezed(mutant.original) === squeezed(original) &&
      squeezed(mutant.replacement) === squeezed(replacement),
  );
  expect(found).toHaveLength(1);
  expect(because.length).toBeGreaterThan(10);
});
