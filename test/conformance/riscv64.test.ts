/** The real kernel on RISC-V64 against both sides. What is left out is named here, script by script where there are few. */
import { expect, it, vi } from 'vitest';
import { answersSeen, conform, differences, leftOut, pinned } from './recordings.ts';

vi.setConfig({ testTimeout: 60_000 });

const both = (counts: readonly number[]) => ({ spec: counts, impl: counts });

it('nomcs-randipc agrees to the last operation', async () => {
  const result = await conform('riscv64', 'nomcs-randipc');
  expect(differences(result)).toEqual([]);
  expect(leftOut(result)).toEqual([]);
  expect(pinned(result)).toEqual(both([148, 6417, 6417]));
  expect(result.files[0]?.configurations).toEqual(['riscv64 nomcs']);
});

it('the slow path alone gives the same', async () => {
  const transform = (file: string, source: string): string =>
    file === 'impl/config/riscv64.ts'
      ? source.replace('FASTPATH: boolean = true', 'FASTPATH: boolean = false')
      : source;
  const result = await conform('riscv64', 'nomcs-randipc', { sides: ['impl'], transform });
  expect(differences(result)).toEqual([]);
  expect(pinned(result)).toEqual({ impl: [148, 6417, 6417] });
});

it.each([
  ['nomcs-directed', [80, 4480, 4480]],
  ['nomcs-randcaps', [50, 7438, 7438]],
  ['nomcs-randvs', [72, 12508, 12508]],
] as const)('%s agrees to the last operation', async (file, counts) => {
  const result = await conform('riscv64', file);
  expect(differences(result)).toEqual([]);
  expect(leftOut(result)).toEqual([]);
  expect(pinned(result)).toEqual(both(counts));
});

it('the real kernel gives no answer that the table of possible ones lacks', () => {
  const { seen, unexpected } = answersSeen('riscv64');
  expect(unexpected).toEqual([]);
  expect(seen).toBeGreaterThan(100);
});
