/** `corres check` as the command line offers it. */
import { availableParallelism } from 'node:os';
import { Option } from '@commander-js/extra-typings';
import type { Command } from '@commander-js/extra-typings';
import { check } from '../campaign/check.ts';
import type { Part } from '../campaign/campaign.ts';
import { openPool } from '../campaign/campaign.ts';
import { FULL_EVERY, checkedProperties } from '../campaign/checker.ts';
import type { CheckResult } from '../campaign/result.ts';
import { storeAt } from '../counterexample/store.ts';
import { renderJunit } from '../report/junit.ts';
import { progressLine } from '../report/progress.ts';
import { renderCheck } from '../report/text.ts';
import { configNamed, requirePrograms } from '../step/kernels.ts';
import { onInterrupt } from './interrupt.ts';
import { collect, duration, positive, seed } from './options.ts';

/** Rows of a random program: long enough for deep states, short enough that most shrink in well under a second. */
export const ROWS = 200;
/** What `corres check` does without options: about a minute on two cores. */
export const DEFAULT_STEPS: Readonly<Record<string, number>> = {
  small: 720_000,
  x86_64: 10_000,
  'small-lazy': 40_000,
  'small-riscv64': 120_000,
};
/** Steps on a configuration that is not among these. */
const OTHER_STEPS = 200_000;
export const DEFAULT_SEED = 1;
/** Runs of one task: 50 ms or so. */
const BATCH_RUNS = 8;

interface Choice {
  readonly steps?: number | undefined;
  readonly time?: number | undefined;
  readonly config: readonly string[];
  readonly properties: readonly string[] | null;
  readonly full: boolean;
}

export function partsOf({ steps, time, config, properties, full }: Choice): readonly Part[] {
  const fullEvery = full ? 1 : FULL_EVERY;
  const names = config.length > 0 ? config : Object.keys(DEFAULT_STEPS);
  const usual = names.map((name) => DEFAULT_STEPS[name] ?? OTHER_STEPS);
  const sum = usual.reduce((total, share) => total + share, 0);
  return names.map((name, index): Part => {
    requirePrograms(configNamed(name));
    const share = usual[index] ?? 0;
    // A time alone is the budget, so there is no end of steps.
    const wanted =
      steps !== undefined
        ? (steps * share) / sum
        : time !== undefined
          ? Number.MAX_SAFE_INTEGER * (share / sum)
          : share;
    return {
      config: name,
      properties,
      fullEvery,
      rows: ROWS,
      steps: wanted,
      batchRuns: full ? 1 : BATCH_RUNS,
    };
  });
}

const REPORTERS = ['default', 'json', 'ndjson', 'junit'] as const;

export function addCheck(program: Command): void {
  program
    .command('check')
    .description(
      'run random programs on specification and implementation, compare them and check all properties at every step',
    )
    .option(
      '--seed <number>',
      `seed of the random programs, or 'random' (default: ${DEFAULT_SEED})`,
      seed,
      DEFAULT_SEED,
    )
    .option('--steps <number>', 'kernel steps to make in all', positive)
    .option(
      '--time <duration>',
      'as long as this instead of a number of steps; with --steps, at most this long',
      duration,
    )
    .option('--config <name>', 'kernel configuration; may be repeated', collect, [])
    .option('--property <name>', 'check only this property; may be repeated', collect, [])
    .addOption(
      new Option('--check <mode>', 'full: the whole state and all properties at every step')
        .choices(['local', 'full'])
        .default('local'),
    )
    .option('--workers <number>', 'threads to use (default: one for every core)', positive, availableParallelism())
    .addOption(new Option('--reporter <name>', 'form of the result').choices(REPORTERS).default('default'))
    .action(async (options) => {
      const full = options.check === 'full';
      const properties = checkedProperties(options.property);
      const parts = partsOf({ ...options, properties, full });
      const interrupt = onInterrupt();
      const progress = progressLine(process.stderr);
      const totalSteps = parts.reduce((sum, { steps }) => sum + steps, 0);
      const pool = openPool(options.workers);
      try {
        const result = await check(pool, {
          seed: options.seed,
          parts,
          checks: { properties, fullEvery: full ? 1 : FULL_EVERY },
          timeMs: options.time,
          timeIsBudget: options.steps === undefined,
          store: storeAt('.corres'),
          reproduce: reproduceLine(options),
          interrupt,
          onProgress: (now, failures) => {
            progress.show(now, totalSteps, failures);
            if (options.reporter === 'ndjson')
              writeEvent({ event: 'progress', runs: now.runs, steps: now.steps, failures });
          },
          say: (text) => {
            progress.say(text);
          },
        });
        progress.end();
        write(result, options.reporter);
        process.exitCode = result.exitCode;
      } finally {
        await pool.close();
      }
    });
}

let lastEvent = 0;
function writeEvent(event: object): void {
  if (performance.now() - lastEvent < 1000) return;
  lastEvent = performance.now();
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

function write(result: CheckResult, reporter: string): void {
  switch (reporter) {
    case 'json':
      process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
      break;
    case 'ndjson':
      for (const property of result.properties)
        process.stdout.write(`${JSON.stringify({ event: 'property', ...property })}\n`);
      for (const violation of result.violations)
        process.stdout.write(`${JSON.stringify({ event: 'violation', ...violation })}\n`);
      process.stdout.write(`${JSON.stringify({ event: 'result', ...result })}\n`);
      break;
    case 'junit':
      process.stdout.write(`${renderJunit(result)}\n`);
      break;
    default:
      process.stdout.write(`${renderCheck(result)}\n`);
  }
}

function reproduceLine(options: {
  readonly seed: number;
  readonly steps?: number | undefined;
  readonly time?: number | undefined;
  readonly config: readonly string[];
  readonly property: readonly string[];
  readonly check: string;
}): string {
  const words = ['npx corres check', `--seed ${options.seed}`];
  if (options.steps !== undefined) words.push(`--steps ${options.steps}`);
  if (options.time !== undefined) words.push(`--time ${options.time}ms`);
  for (const name of options.config) words.push(`--config ${name}`);
  for (const name of options.property) words.push(`--property ${name}`);
  if (options.check === 'full') words.push('--check full');
  return words.join(' ');
}
