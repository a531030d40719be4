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

const NOT_MODELLED = [
  'sched/preempted-revoke: 338, address spaces',
  'vspace/levels: 73, address spaces',
  'vspace/page-args: 129, address spaces',
  'vspace/paging-args: 135, address spaces',
  'vspace/rootmem: 33, address spaces',
  'vspace/access-rw-xn0: 27, address spaces',
  'vspace/access-rw-xn1: 29, address spaces',
  'vspace/access-ro-xn0: 29, address spaces',
  'vspace/access-ro-xn1: 31, address spaces',
  'vspace/access-wo-xn1: 33, address spaces',
  'vspace/access-none-xn1: 33, address spaces',
  'vspace/unmap-access: 89, address spaces',
  'vspace/two-spaces: 31, address spaces',
  'vspace/asidpool: 43, address spaces',
  'vspace/stale: 43, address spaces',
  'irq/rtc: 63, address spaces',
];

it('nomcs-directed agrees but for what is not modelled', async () => {
  const result = await conform('riscv64', 'nomcs-directed');
  expect(differences(result)).toEqual([]);
  expect(leftOut(result)).toEqual(NOT_MODELLED.flatMap((script) => [`spec ${script}`, `impl ${script}`]));
  expect(pinned(result)).toEqual(both([80, 4480, 3321]));
});

it('random capability operations agree up to the first that changes an address space', async () => {
  const result = await conform('riscv64', 'nomcs-randcaps');
  expect(differences(result)).toEqual([]);
  expect(pinned(result)).toEqual(both([50, 7438, 3363]));
  const left = leftOut(result);
  expect(left).toHaveLength(2 * 44);
  expect(left.filter((script) => !script.endsWith(', address spaces'))).toEqual([]);
});

it('the real kernel gives no answer that the table of possible ones lacks', () => {
  const { seen, unexpected } = answersSeen('riscv64');
  expect(unexpected).toEqual([]);
  expect(seen).toBeGreaterThan(100);
});
