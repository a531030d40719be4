/** `corres bench`: figures that are about the kernel and not about this tool. */
import type { Command } from '@commander-js/extra-typings';
import Table from 'cli-table3';
import type { WorstCase } from '../bench/schedulers.ts';
import { SCHEDULERS, perThread, worstCases } from '../bench/schedulers.ts';
import { positive } from './options.ts';

export function addBench(program: Command): void {
  const bench = program.command('bench').description('measure; the speed of the tool itself: npm run bench');
  bench
    .command('schedulers')
    .description('how the longest event of lazy and of Benno scheduling grows with the number of blocked threads')
    .option('--samples <number>', 'times that each is measured', positive, 15)
    .option('--json', 'as JSON')
    .action(async ({ samples, json }) => {
      const cases = await worstCases(samples);
      const slopes = { lazy: perThread(cases, 'lazy'), benno: perThread(cases, 'benno') };
      const result = { schema: 'corres-bench-schedulers/1', samples, configs: SCHEDULERS, cases, perThread: slopes };
      process.stdout.write(json === true ? `${JSON.stringify(result, null, 2)}\n` : render(cases, slopes, samples));
    });
}

function render(
  cases: readonly WorstCase[],
  slopes: { readonly lazy: number; readonly benno: number },
  samples: number,
): string {
  const table = new Table({ head: ['blocked', 'lazy', 'Benno'], style: { head: [], border: [] } });
  for (const { blocked, lazy, benno } of cases) table.push([blocked, `${lazy} ns`, `${benno} ns`]);
  return [
    'The event in which a thread blocks and another must be found, after so many others have blocked',
    table.toString(),
    `one more blocked thread: lazy ${slopes.lazy.toFixed(1)} ns, Benno ${slopes.benno.toFixed(1)} ns`,
    `median of ${samples}, wall time; ${SCHEDULERS.lazy} and ${SCHEDULERS.benno}, which differ in nothing but the scheduler`,
    '',
  ].join('\n');
}
