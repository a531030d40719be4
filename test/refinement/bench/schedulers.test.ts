/** The figures are about what they say: blocked threads that linger, all of them dropped within one event. */
import { describe, expect, it } from 'vitest';
import { SCHEDULERS, gather, perThread, worstCases } from '../../../refinement/bench/schedulers.ts';
import { kernelModule } from '../../../refinement/bench/workload.ts';

describe('the worst case of a scheduler', () => {
  it.each([
    ['lazy', 40],
    ['benno', 0],
  ] as const)('of the %s one, with 40 blocked threads, has %d in the ready queue', async (scheduler, lingering) => {
    const kernel = await kernelModule(SCHEDULERS[scheduler]);
    const { queued, find } = gather(kernel, 40);
    expect(queued()).toBe(lingering);
    find();
    expect(queued()).toBe(0);
  });

  it('is measured for both, over the same numbers of threads', async () => {
    const cases = await worstCases(1);
    expect(cases.every(({ lazy, benno }) => lazy > 0 && benno > 0)).toBe(true);
  });

  it('grows by the slope of the line through the figures', () => {
    const cases = [0, 1, 2, 4].map((blocked) => ({ blocked, lazy: 5 + 3 * blocked, benno: 7 }));
    expect(perThread(cases, 'lazy')).toBeCloseTo(3);
    expect(perThread(cases, 'benno')).toBeCloseTo(0);
  });
});
