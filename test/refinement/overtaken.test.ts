/** The fastpath of the MCS kernel does not switch over the head of a thread that was moved into the domain; as the real one's condition would. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { buildImpl } from '../../refinement/build/build.mjs';
import { FULL_EVERY, makeChecker } from '../../refinement/campaign/checker.ts';
import { testCaseOf } from '../../refinement/counterexample/format.ts';
import { readCounterexample } from '../../refinement/counterexample/store.ts';
import { execute } from '../../refinement/program/execute.ts';
import { loadKernels } from '../../refinement/step/kernels.ts';

const FOUND = resolve(import.meta.dirname, '../regressions/refinement-026a1c2a.json');
const OURS = 'if (!isHighestPriority(domain, load(receiver + TCB_PRIORITY))) return false;';
const REAL = `const priority = load(receiver + TCB_PRIORITY);
  if (priority < load(caller + TCB_PRIORITY) && !isHighestPriority(domain, priority)) return false;`;

const folder = mkdtempSync(join(tmpdir(), 'corres-overtaken-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it.each([
  ['ours', OURS, null],
  ["the real kernel's", REAL, 'refinement'],
])('with the condition that is %s', async (_, condition, property) => {
  const outfile = join(folder, `${String(property)}.mjs`);
  const transform = (file: string, source: string): string => {
    if (file !== 'impl/kernel/fastpath-mcs.ts') return source;
    expect(source).toContain(OURS);
    return source.replace(OURS, condition);
  };
  await buildImpl({ config: 'small-mcs', outfile, transform });
  const kernels = await loadKernels('small-mcs', outfile);
  const { world, program } = testCaseOf(readCounterexample(FOUND));
  const lockstep = makeChecker(kernels, { properties: null, fullEvery: FULL_EVERY });
  const { failure } = execute(lockstep, kernels.world(world).boot, program);
  expect(failure?.property ?? null).toBe(property);
});
