/**
 * Lazy scheduling: which of several ready threads of equal priority runs is the implementation's choice, and the specification follows it. A choice
 * that is allowed breaks nothing; one that is not is a violation.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildImpl, dist } from '../../refinement/build/build.mjs';
import { makeChecker } from '../../refinement/campaign/checker.ts';
import { newTally, randomRuns } from '../../refinement/campaign/run.ts';
import { applyDefect, edit } from '../../refinement/defects/defect.ts';
import { loadKernels } from '../../refinement/step/kernels.ts';
import type { Failure } from '../../refinement/step/lockstep.ts';
import { STRICT, following } from '../../spec/schedule/choices.ts';

const CONFIG = 'small-lazy';

/** Random programs on a kernel: the first failure, and how often there was more than one thread to choose from. */
async function explore(bundle: string): Promise<{ failure: Failure | null; choices: number }> {
  const kernels = await loadKernels(CONFIG, bundle);
  let choices = 0;
  const lockstep = makeChecker(
    kernels,
    { properties: null, fullEvery: 64 },
    {
      onExercised: (name, times) => {
        if (name === 'next_thread_allowed') choices += times;
      },
    },
  );
  const { last } = randomRuns(kernels, lockstep, { seed: 7, rows: 200 }, 0, 12, newTally());
  return { failure: last.failure, choices };
}

async function built(name: string, transform: (file: string, source: string) => string): Promise<string> {
  const outfile = join(dist, 'test', `${name}.mjs`);
  await buildImpl({ config: CONFIG, outfile, transform });
  return outfile;
}

describe('lazy scheduling', () => {
  it('refines the specification', { timeout: 20_000 }, async () => {
    const { failure, choices } = await explore(join(dist, 'impl', `${CONFIG}.mjs`));
    expect(failure).toBeNull();
    expect(choices).toBeGreaterThan(5);
  });

  it('may choose the last of the ready threads as well', { timeout: 20_000 }, async () => {
    const fromTheEnd = applyDefect({
      name: 'chooses-the-last',
      subsystem: 'scheduler',
      description: 'Legal.',
      side: 'impl',
      edits: [
        edit(
          'impl/kernel/scheduler.ts',
          'const next = headOfQueue(domain, priority);',
          'let next = headOfQueue(domain, priority); for (let at = next; at !== 0; at = load(at + TCB_SCHED_NEXT)) if (isRunnable(at)) next = at;',
        ),
        edit('impl/kernel/scheduler.ts', 'IDLE_THREAD, KS_CUR_DOMAIN,', 'IDLE_THREAD, TCB_SCHED_NEXT, KS_CUR_DOMAIN,'),
        edit(
          'impl/kernel/scheduler.ts',
          'import { currentThread, isSchedulable,',
          'import { currentThread, isRunnable, isSchedulable,',
        ),
      ],
      breaks: [],
    });
    const { failure, choices } = await explore(await built('chooses-the-last', fromTheEnd));
    expect(failure).toBeNull();
    expect(choices).toBeGreaterThan(5);
  });
});

describe('the next thread', () => {
  it('is the first in the queue when nothing is left open', () => {
    expect(STRICT.nextThread([3, 1, 2])).toBe(3);
  });

  it('is whom the implementation chose, if it may choose that', () => {
    expect(following({ nextThread: 2 }).nextThread([3, 1, 2])).toBe(2);
    expect(() => following({ nextThread: 4 }).nextThread([3, 1, 2])).toThrow(
      '0x4 was chosen to run out of 0x3 0x1 0x2',
    );
    expect(() => following({ nextThread: null }).nextThread([3])).toThrow('nobody was chosen to run out of 0x3');
  });
});
