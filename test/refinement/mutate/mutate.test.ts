/** Mutants: all are made, what notices them is told, what is known is not found out twice. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { buildImpl } from '../../../refinement/build/build.mjs';
import type { Pool } from '../../../refinement/campaign/campaign.ts';
import { openPool } from '../../../refinement/campaign/campaign.ts';
import { AT_ZERO, EQUIVALENT, whyEquivalent } from '../../../refinement/mutate/equivalent.ts';
import type { Instrumented } from '../../../refinement/mutate/instrument.ts';
import { instrument } from '../../../refinement/mutate/instrument.ts';
import type { MutateOptions, MutateResult } from '../../../refinement/mutate/mutate.ts';
import { mutate } from '../../../refinement/mutate/mutate.ts';
import { loadKernels } from '../../../refinement/step/kernels.ts';
import { CONFIGS } from '../../../spec/abi/config.ts';

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

function run(changes: Partial<MutateOptions> = {}, on: Pool = pool): Promise<MutateResult> {
  return mutate(on, {
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

it('what was reached before in the thread does not count as reached while a kernel is loaded', async () => {
  const counting = { config: 'small', bundle: join(folder, 'true.mjs'), mutant: null, isStatic: false } as const;
  const limits = { properties: null, fullEvery: 64, seed: 1, rows: 200, steps: 300, limitMs: 10_000 };
  const count = async (): Promise<readonly string[] | undefined> =>
    (await pool.mutant({ kind: 'mutant', ...counting, ...limits })).reached?.loading;
  const first = await count();
  expect(first?.length).toBeGreaterThan(0);
  expect(await count()).toEqual(first);
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

it('an offset of 0 is 0 in every kernel, and only what is the same with 0 is taken for it', async () => {
  for (const name of Object.keys(CONFIGS)) {
    const layout = (await loadKernels(name)).impl.layout as unknown as Readonly<Record<string, unknown>>;
    expect(Object.fromEntries(AT_ZERO.map((field) => [field, layout[field]]))).toEqual(
      Object.fromEntries(AT_ZERO.map((field) => [field, 0])),
    );
  }
  const why = (original: string, replacement: string): string | null =>
    whyEquivalent({ file: 'impl/kernel/any.ts', nth: 0, original, replacement });
  expect(why('load(a) + EP_HEAD', 'load(a) - EP_HEAD')).toBe('the offset is 0');
  expect(why('tcb + TCB_SLOT_CTABLE * CTE_BYTES', 'tcb - TCB_SLOT_CTABLE * CTE_BYTES')).toBe('the offset is 0');
  expect(why('TCB_SLOT_CTABLE * CTE_BYTES', 'TCB_SLOT_CTABLE / CTE_BYTES')).toBe('the offset is 0');
  expect(why('tcb + TCB_SLOT_VTABLE * CTE_BYTES', 'tcb - TCB_SLOT_VTABLE * CTE_BYTES')).toBeNull();
  expect(why('endpoint + EP_STATE', 'endpoint - EP_STATE')).toBeNull();
  expect(why('endpoint + EP_HEAD', '')).toBeNull();
});

it("goes on when a thread runs out of memory, which is a mutant's doing when it happens again", async () => {
  const outOfMemory = Object.assign(new Error('JS heap out of memory'), { code: 'ERR_WORKER_OUT_OF_MEMORY' });
  const attempts = new Map<string | null, number>();
  const failing = (times: number): Pool => ({
    ...pool,
    mutant: async (task) => {
      const attempt = (attempts.get(task.mutant) ?? 0) + 1;
      attempts.set(task.mutant, attempt);
      if (task.mutant !== null && attempt <= times) throw outOfMemory;
      return pool.mutant(task);
    },
  });
  const of = async (times: number): Promise<MutateResult> => {
    attempts.clear();
    return run({ sample: 3, known: join(folder, `memory-${times}.json`) }, failing(times));
  };
  const once = await of(1);
  expect(once.mutants.map(({ status }) => status)).toEqual((await of(0)).mutants.map(({ status }) => status));
  const always = await of(2);
  expect(always.mutants.filter(({ status }) => status === 'killed').map(({ property }) => property)).toContain(
    'no_fail',
  );
  expect(always.mutants.some(({ status }) => status === 'survived')).toBe(false);
});
