/** The command line. Results go to stdout, progress and errors to stderr. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from '@commander-js/extra-typings';
import { InputError } from '../input-error.ts';
import { addAdequacy } from './adequacy.ts';
import { addAffected } from './affected.ts';
import { addBench } from './bench.ts';
import { addCheck } from './check.ts';
import { addConform } from './conform.ts';
import { addCost } from './cost.ts';
import { addCoverage } from './coverage.ts';
import { addCounterexampleCommands } from './counterexamples.ts';
import { addImpact } from './impact.ts';
import { addMutate } from './mutate.ts';
import { addExplore } from './explore.ts';
import { addLint } from './lint.ts';
import { addList } from './list.ts';
import { addPolicy } from './policy.ts';

const USAGE = 2;
const INTERNAL = 4;

function version(): string {
  const { version: found } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return found;
}

const program = new Command('corres')
  .description('An executable specification and a fast implementation of the seL4 microkernel, related step by step.')
  .version(version())
  .exitOverride()
  .configureOutput({
    outputError: (text, write) => {
      write(text.replace(/^error: /, 'corres: '));
    },
  })
  .addHelpText(
    'after',
    '\nExit codes: 0 holds, 1 violated, 2 wrong usage or input, 3 incomplete or vacuous, 4 internal error, 130 interrupted.',
  );
addCheck(program);
addCounterexampleCommands(program);
addConform(program);
addCoverage(program);
addBench(program);
addImpact(program);
addAffected(program);
addAdequacy(program);
addMutate(program);
addPolicy(program);
addLint(program);
addExplore(program);
addCost(program);
addList(program);

// Whoever reads the output may have read enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : USAGE;
  } else if (error instanceof InputError) {
    process.stderr.write(`corres: ${error.message}\n`);
    process.exitCode = USAGE;
  } else if (isSystemError(error)) {
    process.stderr.write(`corres: ${error.message}\n`);
    process.exitCode = USAGE;
  } else {
    process.stderr.write(
      `corres: internal error, a bug of corres itself\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exitCode = INTERNAL;
  }
}

/** What the operating system refused: a full disk, a folder that may not be written. The message names the path. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
