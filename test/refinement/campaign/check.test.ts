/** What a check says of a failure that it has seen before, and of properties that are not about the kernels that ran. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Pool } from '../../../refinement/campaign/campaign.ts';
import { openPool } from '../../../refinement/campaign/campaign.ts';
import { check } from '../../../refinement/campaign/check.ts';
import { FULL_EVERY } from '../../../refinement/campaign/checker.ts';
import type { CheckResult } from '../../../refinement/campaign/result.ts';
import { decodeCounterexample } from '../../../refinement/counterexample/format.ts';
import type { Store } from '../../../refinement/counterexample/store.ts';
import { failureFiles, storeAt } from '../../../refinement/counterexample/store.ts';
import { buildDefective, defectNamed } from '../../helpers/defective.ts';

const folder = mkdtempSync(join(tmpdir(), 'corres-check-'));
const pool = openPool(1);
afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

interface Wanted {
  readonly config?: string;
  readonly bundle?: string;
  readonly properties?: readonly string[];
  readonly timeMs?: number;
  readonly store?: Store;
  readonly shrink?: Pool['shrink'];
  readonly say?: (text: string) => void;
}

function checked({ config = 'small', bundle, properties, timeMs, ...rest }: Wanted): Promise<CheckResult> {
  const checks = { properties: properties ?? null, fullEvery: FULL_EVERY };
  return check(
    { ...pool, shrink: rest.shrink ?? ((task) => pool.shrink(task)) },
    {
      seed: 1,
      parts: [{ config, bundle, ...checks, steps: 3000, rows: 100, batchRuns: 5 }],
      checks,
      timeMs,
      timeIsBudget: false,
      store: rest.store ?? storeAt(join(folder, '.corres')),
      reproduce: '',
      interrupt: { isInterrupted: () => false, happened: new Promise(() => undefined) },
      onProgress: () => undefined,
      say: rest.say ?? (() => undefined),
    },
  );
}

it('a failure found again is known, and no new one', async () => {
  const bundle = await buildDefective(defectNamed('badge-twice'));
  const first = await checked({ bundle });
  const again = await checked({ bundle });
  expect(first.violations.map(({ known }) => known)).toEqual([false]);
  expect(again.violations.map(({ known }) => known)).toEqual([true]);
  expect(again.violations.map(({ id }) => id)).toEqual(first.violations.map(({ id }) => id));
});

it('a failure is kept before it is shrunk, and the shrunk one takes its place', async () => {
  const bundle = await buildDefective(defectNamed('badge-twice'));
  const store = storeAt(join(folder, 'early'));
  const kept: (readonly string[])[] = [];
  const shrink: Pool['shrink'] = (task) => {
    kept.push(failureFiles(store));
    return pool.shrink(task);
  };
  const { violations } = await checked({ bundle, store, shrink });
  expect(kept.map((files) => files.length)).toEqual([1]);
  expect(failureFiles(store)).toEqual(violations.map(({ file }) => file));
  expect(failureFiles(store)).not.toEqual(kept[0]);
});

it('a failure that no file can hold is shown, and is a failure all the same', async () => {
  const bundle = await buildDefective(defectNamed('badge-twice'));
  const place = join(folder, 'taken');
  writeFileSync(place, 'not a folder');
  const said: string[] = [];
  const { violations, exitCode } = await checked({ bundle, store: storeAt(place), say: (text) => said.push(text) });
  expect(exitCode).toBe(1);
  expect(violations).toMatchObject([{ file: null, known: false }]);
  expect(said.filter((text) => text.includes('cannot be kept'))).toHaveLength(2);
  const [violation] = violations;
  expect(decodeCounterexample(said.at(-1) ?? '', 'shown')).toMatchObject({ id: violation?.id });
});

it.each([
  ['small', 'next_thread_allowed'],
  ['small-lazy', 'ct_not_inQ'],
  ['small-lazy', 'fastpath_call_taken'],
])('a check of %s says that %s is not about it, and is no pass', async (config, name) => {
  const result = await checked({ config, properties: [name] });
  expect(result).toMatchObject({ exitCode: 3, properties: [], reason: `not about the kernels that ran: ${name}` });
});

it('when nothing ran, nothing is said about what the kernels have', async () => {
  const { reason } = await checked({ properties: ['next_thread_allowed'], timeMs: 0 });
  expect(reason).toBe('the time was over before all programs had run');
});
