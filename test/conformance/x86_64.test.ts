/** The real kernel on x86_64 against both sides. No script of the classic kernel is left out. */
import { expect, it, vi } from 'vitest';
import { answersSeen, conform, differences, leftOut, pinned } from './recordings.ts';

vi.setConfig({ testTimeout: 60_000 });

const both = (counts: readonly number[]) => ({ spec: counts, impl: counts });

it.each(['nomcs-randipc', 'nomcs-slow-randipc'])('%s agrees to the last operation', async (file) => {
  const result = await conform('x86_64', file);
  expect(differences(result)).toEqual([]);
  expect(leftOut(result)).toEqual([]);
  expect(pinned(result)).toEqual(both([148, 6417, 6417]));
  expect(result.outcome).toBe('agrees');
});

it.each([
  ['nomcs-directed', [71, 3790, 3790]],
  ['nomcs-slow-directed', [71, 3790, 3790]],
  ['nomcs-randcaps', [50, 7467, 7467]],
  ['nomcs-randvs', [50, 6300, 6300]],
] as const)('%s agrees to the last operation', async (file, counts) => {
  const result = await conform('x86_64', file);
  expect(differences(result)).toEqual([]);
  expect(leftOut(result)).toEqual([]);
  expect(pinned(result)).toEqual(both(counts));
});

it('infers the phase of the timer tick where the switches depend on it', async () => {
  const inferred = [
    ['tcb/timeslice-rr', { ticks: 45, phasesTried: 5, firstTick: [1_546_900, 1_722_963] }],
    // 76 ticks in a row leave two microseconds of doubt.
    ['domain/schedule-b', { ticks: 76, phasesTried: 3, firstTick: [304_378, 306_432] }],
  ] as const;
  for (const [script, found] of inferred) {
    const { files } = await conform('x86_64', 'nomcs-directed', { script });
    expect(files[0]?.results).toMatchObject([
      { side: 'spec', ...found },
      { side: 'impl', ...found },
    ]);
  }
});

it('the real kernel gives no answer that the table of possible ones lacks', () => {
  const { seen, unexpected } = answersSeen('x86_64');
  expect(unexpected).toEqual([]);
  expect(seen).toBeGreaterThan(100);
});
