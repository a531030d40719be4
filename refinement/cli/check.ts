/** `corres check` as the command line offers it. */
import { SYSTEMS_CONFIG } from '../system/setting.ts';
import { availableParallelism } from 'node:os';
import { Option } from '@commander-js/extra-typings';
import type { Command } from '@commander-js/extra-typings';
import { check } from '../campaign/check.ts';
import type { Part } from '../campaign/campaign.ts';
import { openPool } from '../campaign/campaign.ts';
import { FULL_EVERY, checkedProperties } from '../campaign/checker.ts';
import type { CheckResult } from '../campaign/result.ts';
import { storeAt } from '../counterexample/store.ts';
import { decodeExploration } from '../explore/format.ts';
import type { Share as ShareVisited } from '../explore/share.ts';
import { shareVisited } from '../explore/share.ts';
import { explorationText } from '../explore/shipped.ts';
import { shareText } from '../report/explored.ts';
import { renderJunit } from '../report/junit.ts';
import { progressLine } from '../report/progress.ts';
import { renderCheck } from '../report/text.ts';
import { withoutKeptCopy, withoutSeparateDomains } from '../../properties/security/assumptions.ts';
import { bootState } from '../../spec/state/initial.ts';
import { namesOf } from '../replay/names.ts';
import { configNamed, loadKernels } from '../step/kernels.ts';
import { onInterrupt } from './interrupt.ts';
import { ASSUMPTIONS } from '../system/format.ts';
import type { Assumption, System } from '../system/format.ts';
import type { Setting } from '../system/setting.ts';
import { settingsOf } from '../system/setting.ts';
import { openSystem, soundSystems } from '../system/shipped.ts';
import { CATALOGUE } from '../../properties/catalogue.ts';
import { InputError } from '../input-error.ts';
import { collect, duration, positive, seed } from './options.ts';

/** Rows of a random program: long enough for deep states, short enough that most shrink in well under a second. */
export const ROWS = 200;
/** What `corres check` does without options: about a minute on two cores. */
export const DEFAULT_STEPS: Readonly<Record<string, number>> = {
  small: 720_000,
  x86_64: 10_000,
  'small-lazy': 40_000,
  'small-riscv64': 120_000,
  'small-mcs': 120_000,
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
  /** Systems to run in, and nothing else; all shipped ones beside the plain worlds if there are none. */
  readonly systems?: readonly System[];
  readonly without?: readonly Assumption[];
}

/** Configuration that systems run on. */
/** Steps in each system, alone and in pairs. */
const SYSTEM_STEPS = 12_000;
const PAIR_STEPS = 24_000;

interface Share {
  readonly config: string;
  readonly setting?: Setting | undefined;
  readonly usual: number;
}

export function partsOf(choice: Choice): readonly Part[] {
  const { steps, time, config, properties, full, systems = [] } = choice;
  const fullEvery = full ? 1 : FULL_EVERY;
  const names = config.length > 0 ? config : systems.length > 0 ? [] : [...Object.keys(DEFAULT_STEPS), SYSTEMS_CONFIG];
  for (const name of names) configNamed(name);
  const shares: readonly Share[] = [
    ...names
      .filter((name) => name !== SYSTEMS_CONFIG)
      .map((name) => ({ config: name, usual: DEFAULT_STEPS[name] ?? OTHER_STEPS })),
    ...(systems.length > 0 ? systems : names.includes(SYSTEMS_CONFIG) ? soundSystems() : [])
      .flatMap((system) => settingsOf(system, choice.without))
      .map((setting) => ({ config: SYSTEMS_CONFIG, setting, usual: setting.pairs ? PAIR_STEPS : SYSTEM_STEPS })),
  ].filter(({ setting }: Share) => properties === null || isAskedFor(properties, setting));
  const sum = shares.reduce((total, { usual }) => total + usual, 0);
  return shares.map(({ config: name, setting, usual }): Part => {
    // A time alone is the budget, so there is no end of steps.
    const wanted =
      steps !== undefined
        ? (steps * usual) / sum
        : time !== undefined
          ? Number.MAX_SAFE_INTEGER * (usual / sum)
          : usual;
    return {
      config: name,
      setting,
      properties,
      fullEvery,
      rows: ROWS,
      steps: wanted,
      batchRuns: full && setting?.pairs !== true ? 1 : BATCH_RUNS,
    };
  });
}

/** Whether some of the properties can be checked there. */
function isAskedFor(properties: readonly string[], setting: Setting | undefined): boolean {
  return CATALOGUE.some(({ name, ...about }) => {
    if (!properties.includes(name)) return false;
    const requires = 'requires' in about ? about.requires : [];
    if (setting === undefined) return !requires.includes('labels') && !requires.includes('pairs');
    return setting.pairs === requires.includes('pairs');
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
    .option('--system <name>', 'only this system: a shipped one, or a YAML or JSON file; may be repeated', collect, [])
    .option(
      '--exploration <name>',
      'only the system of this exploration, and how many of the states that it can be in are met; a shipped one, or a file',
    )
    .option(
      '--without <assumption>',
      `lift an assumption of confidentiality: ${ASSUMPTIONS.join(' or ')}; may be repeated`,
      collect,
      [],
    )
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
      const without = options.without.map(assumptionNamed);
      const explored = options.exploration === undefined ? null : explorationOf(options.exploration);
      const systems = [...options.system.map(openSystem), ...(explored === null ? [] : [explored.system])];
      const parts = partsOf({ ...options, properties, full, systems, without });
      if (parts.length === 0)
        throw new InputError(
          'there is nothing to check: the properties asked for are not about what they are to run on',
        );
      await requireAssumptions(parts);
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
        const steps = parts.find(({ setting }) => setting?.pairs === false)?.steps ?? 0;
        const programs = { seed: options.seed, rows: ROWS, steps };
        write(result, explored === null ? null : await shareVisited(explored.of, programs), options.reporter);
        process.exitCode = result.exitCode;
      } finally {
        await pool.close();
      }
    });
}

/** Refuses a system that cannot be compiled, and one in pairs that does not meet what confidentiality assumes and nobody lifted. */
async function requireAssumptions(parts: readonly Part[]): Promise<void> {
  for (const { config, setting } of parts) {
    if (setting === undefined) continue;
    const kernels = await loadKernels(config);
    const { labelling, world } = kernels.compiled(setting);
    if (!setting.pairs) continue;
    const state = bootState(kernels.config, world.boot);
    const names = namesOf(world, kernels.config);
    names.learn(state);
    const unmet: readonly (readonly [Assumption, readonly string[]])[] = [
      ['silc', withoutKeptCopy(state, labelling)],
      ['domain-sep', withoutSeparateDomains(state)],
    ];
    for (const [assumption, [first]] of unmet) {
      if (first === undefined || setting.without.includes(assumption)) continue;
      throw new InputError(
        `system ${setting.system.name}: what confidentiality assumes does not hold: ${names.text(first)}; --without ${assumption} lifts that`,
      );
    }
  }
}

function explorationOf(nameOrFile: string): {
  readonly of: ReturnType<typeof explorationText>;
  readonly system: System;
} {
  const of = explorationText(nameOrFile);
  return { of, system: decodeExploration(of.text, of.shown).system };
}

function assumptionNamed(name: string): Assumption {
  const found = ASSUMPTIONS.find((one) => one === name);
  if (found === undefined) throw new InputError(`unknown assumption '${name}'; there are: ${ASSUMPTIONS.join(', ')}`);
  return found;
}

let lastEvent = 0;
function writeEvent(event: object): void {
  if (performance.now() - lastEvent < 1000) return;
  lastEvent = performance.now();
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

function write(result: CheckResult, share: ShareVisited | null, reporter: string): void {
  const shared = share === null ? {} : { share };
  switch (reporter) {
    case 'json':
      process.stdout.write(`${JSON.stringify({ ...result, ...shared }, null, 2)}\n`);
      break;
    case 'ndjson':
      for (const property of result.properties)
        process.stdout.write(`${JSON.stringify({ event: 'property', ...property })}\n`);
      for (const violation of result.violations)
        process.stdout.write(`${JSON.stringify({ event: 'violation', ...violation })}\n`);
      process.stdout.write(`${JSON.stringify({ event: 'result', ...result, ...shared })}\n`);
      break;
    case 'junit':
      process.stdout.write(`${renderJunit(result)}\n`);
      break;
    default:
      process.stdout.write(`${renderCheck(result)}\n`);
      if (share !== null) process.stdout.write(`${shareText(share)}\n`);
  }
}

function reproduceLine(options: {
  readonly seed: number;
  readonly steps?: number | undefined;
  readonly time?: number | undefined;
  readonly config: readonly string[];
  readonly property: readonly string[];
  readonly system: readonly string[];
  readonly exploration?: string | undefined;
  readonly without: readonly string[];
  readonly check: string;
}): string {
  const words = ['npx corres check', `--seed ${options.seed}`];
  if (options.steps !== undefined) words.push(`--steps ${options.steps}`);
  if (options.time !== undefined) words.push(`--time ${options.time}ms`);
  for (const name of options.config) words.push(`--config ${name}`);
  for (const name of options.system) words.push(`--system ${name}`);
  if (options.exploration !== undefined) words.push(`--exploration ${options.exploration}`);
  for (const name of options.without) words.push(`--without ${name}`);
  for (const name of options.property) words.push(`--property ${name}`);
  if (options.check === 'full') words.push('--check full');
  return words.join(' ');
}
