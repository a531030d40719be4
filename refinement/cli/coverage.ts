/** `corres coverage`: a check, and then which branches of the specification it reached and which answers of decoding it saw. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Option } from '@commander-js/extra-typings';
import type { Command } from '@commander-js/extra-typings';
import type { CheckResult } from '../campaign/result.ts';
import type { BranchCoverage } from '../coverage/branches.ts';
import { branchCoverage } from '../coverage/branches.ts';
import { LEFT_OUT } from '../coverage/left-out.ts';
import { answerLines } from '../report/text.ts';
import { distFolder } from '../step/kernels.ts';
import { percentage } from './options.ts';

export function addCoverage(program: Command): void {
  program
    .command('coverage')
    .description('run a check, and say which branches of the specification it reached, over all threads')
    .argument('[options...]', 'options of the check, after --')
    .option('--at-least <percent>', 'exit with 1 when fewer are reached', percentage, 0)
    .addOption(new Option('--reporter <name>', 'form of the result').choices(['default', 'json']).default('default'))
    .action(async (options, { atLeast, reporter }) => {
      const folder = mkdtempSync(join(tmpdir(), 'corres-coverage-'));
      try {
        const { exitCode, result: checked } = await runCheck(options, folder);
        // What a check that could not run has reached means nothing.
        if (checked === null) {
          process.exitCode = exitCode;
          return;
        }
        const found = await branchCoverage(folder, join(distFolder(), 'worker.mjs'), 'spec', LEFT_OUT);
        const percent = (100 * found.reached) / found.branches;
        const { verdict, steps, seed, coverage } = checked;
        const { answers } = coverage;
        const result = { schema: 'corres-coverage/1', check: { verdict, steps, seed }, percent, ...found, answers };
        process.stdout.write(
          reporter === 'json'
            ? `${JSON.stringify(result, null, 2)}\n`
            : `${render(found, percent)}\n${answerLines(answers).join('\n')}\n${renderCheckLine(checked)}\n`,
        );
        const isShort = percent < atLeast;
        process.exitCode = isShort && (exitCode === 0 || exitCode === 3) ? 1 : exitCode;
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
}

interface Checked {
  readonly exitCode: number;
  /** Null when the check could not run. */
  readonly result: CheckResult | null;
}

/** The engine writes down what it counted when a thread ends. */
function runCheck(options: readonly string[], folder: string): Promise<Checked> {
  const command = [join(distFolder(), 'cli.mjs'), 'check', '--reporter', 'json', ...options];
  const env = { ...process.env, NODE_V8_COVERAGE: folder };
  const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const exitCode = code ?? 130;
      const ran = exitCode !== 2 && exitCode !== 4 && output !== '';
      resolve({ exitCode, result: ran ? (JSON.parse(output) as CheckResult) : null });
    });
  });
}

function render({ branches, reached, unreached, leftOut }: BranchCoverage, percent: number): string {
  return [
    `specification: ${reached} of ${branches} branches reached (${percent.toFixed(1)} %)`,
    ...unreached.map(({ file, line, text }) => `  not reached: ${file}:${line}  ${text}`),
    ...leftOut.map(({ because, branches: count }) => `  left out: ${count}, ${because}`),
  ].join('\n');
}

function renderCheckLine({ verdict, steps, seed }: CheckResult): string {
  return `the check: ${verdict}, ${steps} steps, seed ${seed}`;
}
