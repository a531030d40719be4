/** `corres adequacy` as the command line offers it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Option } from '@commander-js/extra-typings';
import type { Command } from '@commander-js/extra-typings';
import Table from 'cli-table3';
import { CATALOGUE } from '../../properties/catalogue.ts';
import type { Measurement } from '../defects/table.ts';
import type { Adequacy, Share, Steps } from '../mutate/adequacy.ts';
import { adequacy } from '../mutate/adequacy.ts';
import type { KillMatrix } from '../mutate/matrix.ts';
import { budgetOf } from '../mutate/matrix.ts';
import { distFolder } from '../step/kernels.ts';

export function addAdequacy(program: Command): void {
  program
    .command('adequacy')
    .description(
      'how good the harness is: what it finds of seeded defects and mutants, how soon, and which property finds what',
    )
    .addOption(new Option('--reporter <name>', 'form of the result').choices(['default', 'json']).default('default'))
    .action(({ reporter }) => {
      const read = (file: string): unknown => JSON.parse(readFileSync(join(distFolder(), '..', file), 'utf8'));
      const measured = read('refinement/defects/measured.json') as readonly Measurement[];
      const matrix = read('refinement/mutate/matrix.json') as KillMatrix;
      const result = adequacy(measured, matrix, CATALOGUE);
      process.stdout.write(`${reporter === 'json' ? JSON.stringify(result, null, 2) : render(result, matrix)}\n`);
    });
}

function render({ hunts, defects, medianSteps, p95Steps, mutants, properties }: Adequacy, matrix: KillMatrix): string {
  const table = new Table({
    head: ['property', 'first on defects', 'only one on', 'first on mutants', 'shown alone on'],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, defects: first, alone, mutants: killed, evidence } of properties)
    table.push([name, first, alone.length, killed, evidence.join(', ')]);
  const silent = properties.filter(({ defects: first, mutants: killed }) => first === 0 && killed === 0);
  return [
    table.toString(),
    `seeded defects: ${of(defects)} found with every one of ten seeds; ${of(hunts)} of the hunts found theirs`,
    `steps to detection: median ${steps(medianSteps)}, 95th percentile ${steps(p95Steps)}`,
    `mutants: ${of(mutants)} noticed within ${budgetOf(matrix)}`,
    `never first: ${silent.length} properties, for the comparison of the kernels comes before them; each is shown to catch a defect when it is checked alone (last column)`,
    'intervals: 95 %, Wilson for shares, resampled defects for steps; measured by `npm run defects` and `corres mutate --reporter matrix`',
  ].join('\n');
}

function of({ count, of: all, percent, low, high }: Share): string {
  return `${count} of ${all} (${percent.toFixed(1)} %, ${low.toFixed(1)} to ${high.toFixed(1)})`;
}

function steps({ value, low, high }: Steps): string {
  return `${value} (${low} to ${high})`;
}
