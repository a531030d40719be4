/** `corres impact` as the command line offers it. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Option } from '@commander-js/extra-typings';
import type { Command } from '@commander-js/extra-typings';
import { encodeCounterexample } from '../counterexample/format.ts';
import { save, storeAt, writeWhole } from '../counterexample/store.ts';
import type { ImpactResult } from '../impact/impact.ts';
import { impact } from '../impact/impact.ts';
import { makeTrees } from '../impact/tree.ts';
import { InputError } from '../input-error.ts';
import { renderImpact, renderImpactMarkdown } from '../report/impact.ts';
import { progressLine } from '../report/progress.ts';
import { distFolder } from '../step/kernels.ts';
import { DEFAULT_SEED, ROWS } from './check.ts';
import { onInterrupt } from './interrupt.ts';
import { collect, duration, positive, seed } from './options.ts';

/** Programs on each side without options: under a minute on two cores. */
export const IMPACT_RUNS: Readonly<Record<string, number>> = {
  small: 700,
  x86_64: 16,
  'small-lazy': 50,
  'small-riscv64': 70,
  'small-mcs': 200,
  systems: 160,
};
const PROPOSALS = 'proofs-notes/proposals';
/** Where the programs go that break somebody else's patch; those of the working tree go where `check` keeps its own. */
const KEPT = '.corres/impact';

export function addImpact(program: Command): void {
  program
    .command('impact')
    .description('what a change breaks: the working tree, or patches, against a revision, under the same programs')
    .option('--base <revision>', 'what to compare with', 'HEAD')
    .option(
      '--patch <file>',
      'compare the base with this patch applied, instead of the working tree; may be repeated',
      collect,
      [],
    )
    .option('--proposal <name>', `compare the base with a proposal of ${PROPOSALS}`)
    .option('--spec', 'only the changed specification, against the implementation of the base')
    .option('--runs <number>', 'random programs on each side', positive)
    .option('--time <duration>', 'begin no more programs after this time', duration)
    .option('--seed <number>', `seed of the random programs, or 'random'`, seed, DEFAULT_SEED)
    .addOption(
      new Option('--reporter <name>', 'form of the result').choices(['default', 'json', 'markdown']).default('default'),
    )
    .action(async (options) => {
      const project = join(distFolder(), '..');
      const patches = [
        ...options.patch,
        ...(options.proposal === undefined ? [] : [proposalPatch(project, options.proposal)]),
      ];
      const progress = progressLine(process.stderr);
      const interrupt = onInterrupt();
      const configs = Object.keys(IMPACT_RUNS);
      const trees = await makeTrees({ project, base: options.base, patches, configs });
      try {
        const result = await impact({
          trees,
          seed: options.seed,
          rows: ROWS,
          runs: scaled(options.runs),
          timeMs: options.time,
          specOnly: options.spec === true,
          reproduce: reproduceLine(options),
          interrupt,
          onCell: ({ property, operation, config, steps, first }) => {
            progress.say(`✗ ${property} after ${operation} on ${config}, ${steps} steps: ${first.failure.what}`);
          },
          say: (text) => {
            progress.say(text);
          },
        });
        const kept = keep(result, trees.isWorkingTree);
        process.stdout.write(`${rendered(result, options.reporter)}\n`);
        if (options.reporter === 'default') for (const line of kept) process.stdout.write(`${line}\n`);
        process.exitCode = result.exitCode;
      } finally {
        trees.dispose();
      }
    });
}

function scaled(runs: number | undefined): Readonly<Record<string, number>> {
  if (runs === undefined) return IMPACT_RUNS;
  const sum = Object.values(IMPACT_RUNS).reduce((total, share) => total + share, 0);
  return Object.fromEntries(
    Object.entries(IMPACT_RUNS).map(([config, share]) => [config, Math.max(1, Math.round((runs * share) / sum))]),
  );
}

function proposalPatch(project: string, name: string): string {
  const folder = join(project, PROPOSALS);
  const all = existsSync(folder)
    ? readdirSync(folder)
        .filter((entry) => /^\d{4}-/.test(entry))
        .sort()
    : [];
  const found = all.filter((entry) => entry === name || entry.slice(5) === name || entry.startsWith(`${name}-`));
  const [only] = found;
  if (only === undefined || found.length > 1)
    throw new InputError(`there is no proposal '${name}'; there are: ${all.join(', ') || 'none'}`);
  return join(folder, only, 'change.patch');
}

/** Where each counterexample is now. */
function keep({ broken }: ImpactResult, isWorkingTree: boolean): readonly string[] {
  return broken.flatMap(({ counterexample }) => {
    if (counterexample === null) return [];
    if (isWorkingTree) {
      save(storeAt('.corres'), counterexample);
      return [`npx corres replay ${counterexample.id}; to keep it as a test: npx corres promote ${counterexample.id}`];
    }
    const path = join(KEPT, `${counterexample.id}.json`);
    writeWhole(path, encodeCounterexample(counterexample));
    return [`the program is in ${path}`];
  });
}

function rendered(result: ImpactResult, reporter: 'default' | 'json' | 'markdown'): string {
  switch (reporter) {
    case 'json':
      return JSON.stringify(
        result,
        (_, value: unknown) => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value),
        2,
      );
    case 'markdown':
      return renderImpactMarkdown(result);
    case 'default':
      return renderImpact(result);
  }
}

interface Given {
  readonly base: string;
  readonly patch: readonly string[];
  readonly proposal?: string | undefined;
  readonly spec?: true | undefined;
  readonly runs?: number | undefined;
  readonly time?: number | undefined;
  readonly seed: number;
}

function reproduceLine({ base, patch, proposal, spec, runs, time, seed: chosen }: Given): string {
  const parts = ['npx corres impact', `--seed ${chosen}`];
  if (base !== 'HEAD') parts.push(`--base ${base}`);
  for (const file of patch) parts.push(`--patch ${file}`);
  if (proposal !== undefined) parts.push(`--proposal ${proposal}`);
  if (spec === true) parts.push('--spec');
  if (runs !== undefined) parts.push(`--runs ${runs}`);
  if (time !== undefined) parts.push(`--time ${time}ms`);
  return parts.join(' ');
}
