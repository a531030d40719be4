/** `corres cost`: what it costs to check, and what it cost to prove. */
import { Option } from '@commander-js/extra-typings';
import type { Command } from '@commander-js/extra-typings';
import { renderProofs } from '../cost/proofs/render.ts';
import { proofStudy } from '../cost/proofs/study.ts';

export function addCost(program: Command): void {
  const cost = program
    .command('cost')
    .description('what a property, a feature or a change costs to check, and what it cost to prove');
  cost
    .command('proofs')
    .description(
      'the size of the proofs of seL4 against what is proved, and their change against its change, from the data that was mined',
    )
    .addOption(new Option('--reporter <name>', 'form of the result').choices(['default', 'json']).default('default'))
    .action(({ reporter }) => {
      const study = proofStudy();
      process.stdout.write(reporter === 'json' ? `${JSON.stringify(study, null, 2)}\n` : renderProofs(study));
    });
}
