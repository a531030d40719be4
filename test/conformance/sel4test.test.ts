/** Scenarios of the seL4 project's own test suite, with its assertions, which are evaluated on what each side gives. */
import { gunzipSync } from 'node:zlib';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { runConform } from '../../refinement/conform/command.ts';
import { DIST_IMPL, answersSeen, conform, differences, leftOut, pinned, recording } from './recordings.ts';

vi.setConfig({ testTimeout: 60_000 });

it.each(['nomcs', 'nomcs-slow'])('%s: all scenarios pass', async (file) => {
  const result = await conform('sel4test-x86_64', file);
  expect(differences(result)).toEqual([]);
  expect(leftOut(result)).toEqual([]);
  expect(pinned(result)).toEqual({ spec: [34, 5111, 5111], impl: [34, 5111, 5111] });
  for (const { assertionsHolding, assertionsLeftOut } of result.files[0]?.totals ?? []) {
    expect([assertionsHolding, assertionsLeftOut]).toEqual([4464, 0]);
  }
});

it('the real kernel gives no answer that the table of possible ones lacks', () => {
  const { seen, unexpected } = answersSeen('x86_64');
  expect(unexpected).toEqual([]);
  expect(seen).toBeGreaterThan(30);
});

interface Assertion {
  field?: string;
  eq?: unknown;
  ne?: unknown;
  value?: unknown;
  eqwords?: [number, number];
}

/** The scenario with its first assertion of a kind changed. */
async function withAssertion(script: string, change: (assertion: Assertion) => boolean): Promise<readonly string[]> {
  const lines = gunzipSync(readFileSync(recording('sel4test-x86_64', 'nomcs')))
    .toString('utf8')
    .split('\n');
  const line = lines.find((candidate) => candidate.includes(`"script":"${script}"`)) ?? '';
  const json = JSON.parse(line) as { expect: Assertion[] };
  expect(json.expect.some(change)).toBe(true);
  const folder = mkdtempSync(join(tmpdir(), 'conform-expect-'));
  try {
    const path = join(folder, 'changed.jsonl');
    writeFileSync(path, JSON.stringify(json));
    return differences(await runConform([path], { sides: ['spec', 'impl'], implFolder: DIST_IMPL }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it.each([
  [
    'a value',
    'sel4test/CNODEOP0005',
    (assertion: Assertion) => assertion.eq === 'seL4_FailedLookup' && ((assertion.eq = 'seL4_NoError'), true),
    'res.err eq seL4_NoError, not seL4_FailedLookup',
  ],
  [
    'a run of words',
    'sel4test/IPC0001',
    ({ eqwords }: Assertion) => eqwords?.[1] === 2 && (eqwords[0]++, true),
    'res.mrs ',
  ],
  [
    'a count',
    'sel4test/BIND0001',
    (assertion: Assertion) => 'count' in assertion && ((assertion.value = 77), true),
    'operations with res.badge 77 10, not 0',
  ],
])('%s that is not as asserted is a difference', async (_what, script, change, message) => {
  const found = await withAssertion(script, change);
  expect(found).toHaveLength(2);
  for (const difference of found) expect(difference).toContain(message);
});
