/** What a check says of a failure that it has seen before, and of properties that are not about the kernels that ran. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openPool } from '../../../refinement/campaign/campaign.ts';
import { check } from '../../../refinement/campaign/check.ts';
import { FULL_EVERY } from '../../../refinement/campaign/checker.ts';
import type { CheckResult } from '../../../refinement/campaign/result.ts';
import { storeAt } from '../../../refinement/counterexample/store.ts';
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
}

function checked({ config = 'small', bundle, properties, timeMs }: Wanted): Promise<CheckResult> {
  const checks = { properties: properties ?? null, fullEvery: FULL_EVERY };
  return check(pool, {
    seed: 7,
    parts: [{ config, bundle, ...checks, steps: 3000, rows: 100, batchRuns: 5 }],
    checks,
    timeMs,
    timeIsBudget: false,
    store: storeAt(join(folder, '.corres')),
    reproduce: '',
    interrupt: { isInterrupted: () => false, happened: new Promise(() => undefined) },
    onProgress: () => undefined,
    say: () => undefined,
  });
}

it('a failure found again is known, and no new one', async () => {
  const bundle = await buildDefective(defectNamed('badge-twice'));
  const first = await checked({ bundle });
  const again = await checked({ bundle });
  expect(first.violations.map(({ known }) => known)).toEqual([false]);
  expect(again.violations.map(({ known }) => known)).toEqual([true]);
  expect(again.violations.map(({ id }) => id)).toEqual(first.violations.map(({ id }) => id));
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
