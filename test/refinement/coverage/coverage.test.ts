/** What a check reaches of the specification, and that what it does not reach is seen. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AnswerCoverage } from '../../../refinement/campaign/answer-coverage.ts';
import type { BranchCoverage } from '../../../refinement/coverage/branches.ts';

const CORRES = resolve(import.meta.dirname, '../../../refinement/cli/corres.mjs');
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'corres-coverage-test-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Result extends BranchCoverage {
  readonly percent: number;
  readonly answers: AnswerCoverage;
}

function coverage(
  atLeast: number,
  check: readonly string[],
): { readonly status: number | null; readonly result: Result } {
  const args = [CORRES, 'coverage', '--reporter', 'json', '--at-least', String(atLeast), '--', ...check];
  const { status, stdout } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NODE_V8_COVERAGE: undefined },
  });
  return { status, result: JSON.parse(stdout) as Result };
}

it('a short check reaches 96 % of the branches of the specification, and most answers', {
  timeout: 180_000,
}, () => {
  const { status, result } = coverage(96, ['--workers', '1', '--steps', '50000']);
  expect(result.unreached.map(({ file, text }) => `${file}: ${text}`)).toEqual(
    expect.arrayContaining(['spec/schedule/interrupt.ts: if (t.config.domains === 1) return t;']),
  );
  expect(result.percent).toBeGreaterThanOrEqual(96);
  expect(status).toBe(0);
  expect(result.leftOut.every(({ branches }) => branches > 0)).toBe(true);
  expect(result.answers.unexpected).toEqual([]);
  expect(result.answers.seen).toBeGreaterThan(result.answers.possible * 0.85);
});

it('says what a check of nothing but boot and a few events leaves out', { timeout: 60_000 }, () => {
  const { status, result } = coverage(98, ['--config', 'small', '--check', 'full', '--workers', '1', '--steps', '100']);
  expect(status).toBe(1);
  expect(result.percent).toBeLessThan(95);
  expect(result.unreached.map(({ file }) => file)).toContain('spec/perform/delete.ts');
  expect(result.answers.seen).toBeLessThan(result.answers.possible / 2);
});
