/** `corres affected` as the command line offers it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Option } from '@commander-js/extra-typings';
import type { Command } from '@commander-js/extra-typings';
import type { Affected } from '../impact/affected.ts';
import { affected } from '../impact/affected.ts';
import { changesBetween } from '../impact/change.ts';
import { makeTrees } from '../impact/tree.ts';
import type { KillMatrix } from '../mutate/matrix.ts';
import { budgetOf } from '../mutate/matrix.ts';
import { distFolder } from '../step/kernels.ts';
import { collect } from './options.ts';

/** Written by `corres mutate --reporter matrix`. */
const MATRIX = 'refinement/mutate/matrix.json';

export function addAffected(program: Command): void {
  program
    .command('affected')
    .description(
      'without running anything: which properties look at the changed functions, and what such a change cost in the proofs of seL4',
    )
    .option('--base <revision>', 'what to compare with', 'HEAD')
    .option('--patch <file>', 'this patch to the base instead of the working tree; may be repeated', collect, [])
    .addOption(new Option('--reporter <name>', 'form of the result').choices(['default', 'json']).default('default'))
    .action(async ({ base, patch, reporter }) => {
      const project = join(distFolder(), '..');
      const trees = await makeTrees({ project, base, patches: patch, checkTypes: false, build: 'none' });
      try {
        const matrix = JSON.parse(readFileSync(join(project, MATRIX), 'utf8')) as KillMatrix;
        const { changed } = trees;
        const result = affected(changesBetween(trees.base, changed), matrix, (file) =>
          readFileSync(join(changed.root, file), 'utf8'),
        );
        process.stdout.write(`${reporter === 'json' ? JSON.stringify(result, null, 2) : render(result, matrix)}\n`);
      } finally {
        trees.dispose();
      }
    });
}

function render({ functions, changedLines, proof }: Affected, matrix: KillMatrix): string {
  if (functions.length === 0) return 'no file of spec/ or impl/ differs';
  const lines = functions.map(({ file, name, kills }) => {
    if (kills === null)
      return `${file} ${name}: ${file.startsWith('spec/') ? 'the specification is looked at by refinement, whole' : 'nothing is known of it'}`;
    const by = Object.entries(kills.by)
      .sort((a, b) => b[1] - a[1])
      .map(([property, times]) => `${property} ${times}`);
    return `${file} ${name}: ${kills.killed} of ${kills.mutants} mutants are noticed${by.length > 0 ? `, first by ${by.join(', ')}` : ''}`;
  });
  return [
    ...lines,
    '',
    `(from ${matrix.functions.length} functions mutated, seed ${matrix.seed}, each for ${budgetOf(matrix)}; who notices first hides who would have next)`,
    '',
    `${changedLines} changed lines: where l4v changed so much of its specification, ${proof.median} lines of proof changed with it in the middle of the cases,`,
    `${proof.p25} to ${proof.p75} in half of them, ${proof.p10} to ${proof.p90} in four of five`,
    `(${proof.basis})`,
  ].join('\n');
}
