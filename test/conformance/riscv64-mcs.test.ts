/** The real MCS kernel on RISC-V64 against both sides; whole files are in `test/long/conform.long.ts`. */
import { expect, it, vi } from 'vitest';
import { answersSeen, conform, differences, leftOut, pinned, timesOf } from './recordings.ts';

vi.setConfig({ testTimeout: 60_000 });

const both = (counts: readonly number[]) => ({ spec: counts, impl: counts });

it.each([
  ['mcs-directed', 'mcs/', [10, 681, 681], [144, 0]],
  // In one of these an operation takes 49 microseconds, within which another thread enters the kernel.
  ['mcs-randsc', 'rand-sc/2000', [7, 435, 435], [207, 1]],
] as const)('%s agrees to the last operation', async (file, script, counts, times) => {
  const result = await conform('riscv64-mcs', file, { script });
  expect(differences(result)).toEqual([]);
  expect(leftOut(result)).toEqual([]);
  expect(pinned(result)).toEqual(both(counts));
  expect(timesOf(result)).toEqual(both(times));
  expect(result.files[0]?.configurations).toEqual(['riscv64-mcs mcs']);
});

it('the real kernel gives no answer that the table of possible ones lacks', () => {
  const { seen, unexpected } = answersSeen('riscv64-mcs');
  expect(unexpected).toEqual([]);
  expect(seen).toBeGreaterThan(20);
});
