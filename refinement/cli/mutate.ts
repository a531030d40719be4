/** `corres mutate` as the command line offers it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Option } from '@commander-js/extra-typings';
import type { Command } from '@commander-js/extra-typings';
import Table from 'cli-table3';
import pc from 'picocolors';
import { openPool } from '../campaign/campaign.ts';
import { instrument } from '../mutate/instrument.ts';
import type { MutantResult, MutatePart, MutateResult } from '../mutate/mutate.ts';
import { budgetOf, killMatrix } from '../mutate/matrix.ts';
import { mutate } from '../mutate/mutate.ts';
import { distFolder } from '../step/kernels.ts';
import { DEFAULT_SEED, ROWS } from './check.ts';
import { INTERRUPTED, onInterrupt } from './interrupt.ts';
import { collect, percentage, positive, seed } from './options.ts';

const KNOWN = '.corres/mutate/known.json';

/** Configurations, with the share of the steps that a mutant gets on each: the first is the fastest, and the others are for what it does not reach. */
const SHARES = { small: 1, 'small-mcs': 0.5, 'small-riscv64': 0.25, 'small-lazy': 0.1, x86_64: 0.02 } as const;

/** What decides, beside the mutated file, whether a mutant is noticed; of the other files of the kernel it is taken that they do not. */
const HARNESS = [
  'spec',
  'properties',
  ...['arch', 'config', 'hardware', 'memory'].map((part) => `impl/${part}`),
  ...['campaign', 'program', 'relation', 'step', 'world'].map((part) => `refinement/${part}`),
];

/** The bundler; it knows where the project is by where it is itself, and so is not bundled with this. */
type Build = typeof import('../build/build.mjs');

export function addMutate(program: Command): void {
  program
    .command('mutate')
    .description(
      'change every expression of impl/kernel in turn, and say which property notices, and which changes nobody notices',
    )
    .option('--paths <part>', 'only files whose path contains this; may be repeated', collect, [])
    .option('--sample <number>', 'only so many mutants, drawn at random', positive)
    .option(
      '--steps <number>',
      'kernel steps after which a mutant has survived on small; fewer on the others',
      positive,
      60_000,
    )
    .option('--seed <number>', 'seed of the random programs and of the sample', seed, DEFAULT_SEED)
    .option('--workers <number>', 'threads to use', positive, availableParallelism())
    .option('--at-least <percent>', 'exit with 1 when the score is lower', percentage, 0)
    .addOption(
      new Option('--reporter <name>', 'form of the result').choices(['default', 'json', 'matrix']).default('default'),
    )
    .action(async ({ paths, sample, steps, seed: chosen, workers, atLeast, reporter }) => {
      const root = join(distFolder(), '..');
      const build = (await import(pathToFileURL(join(root, 'refinement/build/build.mjs')).href)) as Build;
      const interrupt = onInterrupt();
      const folder = mkdtempSync(join(tmpdir(), 'corres-mutate-'));
      const pool = openPool(workers);
      try {
        const instrumented = await instrument(root);
        const parts: MutatePart[] = [];
        for (const [config, share] of Object.entries(SHARES)) {
          const bundles = { run: join(folder, `${config}.mjs`), count: join(folder, `${config}-counting.mjs`) };
          for (const outfile of [bundles.run, bundles.count]) {
            const isCounting = outfile === bundles.count;
            const transform = (file: string, source: string): string => instrumented.source(file, isCounting) ?? source;
            await build.buildImpl({ config, outfile, transform });
          }
          parts.push({ config, bundles, steps: Math.ceil(steps * share) });
        }
        let last = 0;
        const result = await mutate(pool, {
          instrumented,
          parts,
          seed: chosen,
          rows: ROWS,
          paths,
          sample,
          known: KNOWN,
          harness: build.sourceHash(HARNESS),
          isInterrupted: interrupt.isInterrupted,
          onResult: (done, of, { status, file, line }) => {
            if (status === 'survived') process.stderr.write(`survives: ${file}:${line}\n`);
            if (performance.now() - last < 5_000) return;
            last = performance.now();
            process.stderr.write(`${done} of ${of} mutants\n`);
          },
        });
        process.stdout.write(`${rendered(result, reporter, root)}\n`);
        process.exitCode = !result.isComplete ? INTERRUPTED : result.score < atLeast ? 1 : 0;
      } finally {
        await pool.close();
        rmSync(folder, { recursive: true });
      }
    });
}

function rendered(result: MutateResult, reporter: 'default' | 'json' | 'matrix', root: string): string {
  switch (reporter) {
    case 'json':
      return JSON.stringify(result, null, 1);
    case 'matrix':
      return JSON.stringify(
        killMatrix(result, (file) => readFileSync(join(root, file), 'utf8')),
        null,
        1,
      );
    case 'default':
      return render(result, root);
  }
}

const MOST_SURVIVORS = 400;

function render({ mutants, score, parts, seed: chosen, isComplete }: MutateResult, root: string): string {
  const of = (status: MutantResult['status'], list: readonly MutantResult[] = mutants): readonly MutantResult[] =>
    list.filter((mutant) => mutant.status === status);
  const files = new Table({
    head: ['file', 'mutants', 'killed', 'survived', 'equivalent', 'not reached'],
    style: { head: [], border: [], compact: true },
  });
  for (const file of new Set(mutants.map((mutant) => mutant.file))) {
    const mine = mutants.filter((mutant) => mutant.file === file);
    files.push([
      file,
      mine.length,
      ...(['killed', 'survived', 'equivalent', 'not reached'] as const).map((status) => of(status, mine).length),
    ]);
  }
  const killed = of('killed');
  const properties = new Table({
    head: ['property', 'noticed first', 'median steps'],
    style: { head: [], border: [], compact: true },
  });
  const byProperty = new Map<string, number[]>();
  for (const { property, steps: made } of killed)
    byProperty.set(property ?? '', [...(byProperty.get(property ?? '') ?? []), made]);
  for (const [property, list] of [...byProperty].sort((a, b) => b[1].length - a[1].length))
    properties.push([property, list.length, median(list)]);
  const survivors = of('survived');
  const text = (file: string, line: number): string =>
    (readFileSync(join(root, file), 'utf8').split('\n')[line - 1] ?? '').trim();
  return [
    files.toString(),
    properties.toString(),
    ...survivors
      .slice(0, MOST_SURVIVORS)
      .flatMap(({ file, line, original, replacement, mutator }) => [
        `${pc.yellow('survives')} ${file}:${line} (${mutator})  ${text(file, line)}`,
        `    ${short(original)}  ->  ${short(replacement)}`,
      ]),
    ...(survivors.length > MOST_SURVIVORS
      ? [`and ${survivors.length - MOST_SURVIVORS} more (all with --reporter json)`]
      : []),
    `score ${score.toFixed(1)} %: ${killed.length} of ${killed.length + survivors.length} mutants that are reached and are not equivalent were noticed; ${of('equivalent').length} equivalent, ${of('not reached').length} not reached`,
    `a mutant that is noticed: median ${median(killed.map(({ ms }) => ms)).toFixed(1)} ms and ${median(killed.map(({ steps: made }) => made))} steps; one survives after ${budgetOf({ parts })}, seed ${chosen}${isComplete ? '' : '; interrupted, and goes on from here the next time'}`,
  ].join('\n');
}

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 100 ? `${line.slice(0, 97)}...` : line;
}

function median(list: readonly number[]): number {
  return [...list].sort((a, b) => a - b)[list.length >> 1] ?? 0;
}
