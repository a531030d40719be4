/** The command line. Results go to stdout, progress and errors to stderr. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from '@commander-js/extra-typings';
import { InputError } from '../input-error.ts';

/** What makes each command, loaded when it is asked for: reading all of them takes longer than most commands. In the order of the help. */
const COMMANDS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  check: async () => (await import('./check.ts')).addCheck,
  replay: counterexampleCommands,
  explain: counterexampleCommands,
  shrink: counterexampleCommands,
  promote: counterexampleCommands,
  conform: async () => (await import('./conform.ts')).addConform,
  coverage: async () => (await import('./coverage.ts')).addCoverage,
  bench: async () => (await import('./bench.ts')).addBench,
  impact: async () => (await import('./impact.ts')).addImpact,
  affected: async () => (await import('./affected.ts')).addAffected,
  adequacy: async () => (await import('./adequacy.ts')).addAdequacy,
  mutate: async () => (await import('./mutate.ts')).addMutate,
  policy: async () => (await import('./policy.ts')).addPolicy,
  lint: async () => (await import('./lint.ts')).addLint,
  explore: async () => (await import('./explore.ts')).addExplore,
  cost: async () => (await import('./cost.ts')).addCost,
  list: async () => (await import('./list.ts')).addList,
};

async function counterexampleCommands(): Promise<(program: Command) => void> {
  return (await import('./counterexamples.ts')).addCounterexampleCommands;
}

/** The one command that is named first; all where that is help, or nothing that there is; none for the version. */
function asked(first: string | undefined): readonly (() => Promise<(program: Command) => void>)[] {
  if (first === '--version' || first === '-V') return [];
  const command = first !== undefined && Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
  return command === undefined ? [...new Set(Object.values(COMMANDS))] : [command];
}

const USAGE = 2;
const INTERNAL = 4;

function version(): string {
  const { version: found } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return found;
}

const program: Command = new Command('corres')
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
for (const load of asked(process.argv[2])) (await load())(program);

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
