/** `corres cost`: what it costs to check, and what it cost to prove. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Option } from '@commander-js/extra-typings';
import type { Command } from '@commander-js/extra-typings';
import { FULL_EVERY } from '../campaign/checker.ts';
import { renderProofs } from '../cost/proofs/render.ts';
import { proofStudy } from '../cost/proofs/study.ts';
import { commitsIn, headOf, history } from '../cost/ledger/history.ts';
import { renderLedger } from '../cost/ledger/render.ts';
import { readLedger, record } from '../cost/ledger/row.ts';
import type { TreeOptions } from '../cost/ledger/tree-cost.ts';
import { treeCost } from '../cost/ledger/tree-cost.ts';
import type { MeasureOptions } from '../cost/measure/measure.ts';
import { measure } from '../cost/measure/measure.ts';
import type { StudyPlan } from '../cost/measure/run.ts';
import { writeStudy } from '../cost/output/write.ts';
import { plannedKernels, plannedProperties } from '../cost/plan.ts';
import { renderStudy } from '../cost/render.ts';
import type { CostStudy } from '../cost/study.ts';
import { InputError } from '../input-error.ts';
import { configNamed, distFolder } from '../step/kernels.ts';
import { ROWS } from './check.ts';
import { INTERRUPTED, onInterrupt } from './interrupt.ts';
import { collect, natural, positive } from './options.ts';

/** Seeds and steps of a cell: all kernels that differ by one feature take two or three minutes on two cores. */
const SEEDS = 2;
const STEPS = 8_000;

export function addCost(program: Command): void {
  const cost = program
    .command('cost')
    .description('what a property, a feature or a change costs to check, and what it cost to prove');
  addProofs(cost);
  addMeasure(cost);
  addRecord(cost);
  addHistory(cost);
  addStudy(cost);
}

function addProofs(cost: Command): void {
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

function addMeasure(cost: Command): void {
  cost
    .command('measure')
    .description(
      'sizes, counted work until nothing new is seen, and work to find defects: of the classic kernel, and of kernels without a feature each',
    )
    .option('--feature <name>', 'only this feature; several: each by itself, and each two together', collect, [])
    .option('--config <name>', 'only kernels of this configuration; may be repeated', collect, [])
    .option('--property <name>', 'check and show only this property; may be repeated', collect, [])
    .option('--pairs', 'the main features in pairs, too')
    .option('--exhaustive', 'a small system with every choice of its features, too, every state of it')
    .option('--seed <number>', 'first seed', natural, 1)
    .option('--seeds <number>', 'so many seeds from there', positive, SEEDS)
    .option('--steps <number>', 'kernel steps for each kernel and seed', positive, STEPS)
    .option('--workers <number>', 'threads to use', positive, availableParallelism())
    .option('--out <folder>', 'keep what is measured there, with tables, plots and a report')
    .option('--resume', 'go on with the study in that folder')
    .action(async (options) => {
      const { seed, seeds, steps, workers, out = null, resume = false } = options;
      if (resume && out === null)
        throw new InputError('--resume goes on with a study that is in a folder: --out names it');
      const asked = {
        features: options.feature,
        configs: options.config,
        properties: options.property,
        pairs: options.pairs ?? false,
      };
      const plan: StudyPlan = {
        kernels: plannedKernels(asked),
        seeds: several(seed, seeds),
        rows: ROWS,
        steps,
        properties: plannedProperties(asked),
        fullEvery: FULL_EVERY,
      };
      const study = await measured(plan, { workers, out, resume, exhaustive: options.exhaustive ?? false });
      if (study === null) return;
      if (out !== null) {
        await writeStudy(study, out);
        say(`corres: ${join(out, 'report.html')}`);
      }
      process.stdout.write(renderStudy(study));
      process.exitCode = study.failures.length > 0 ? 1 : 0;
    });
}

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const several = (first: number, count: number): readonly number[] => Array.from({ length: count }, (_, n) => first + n);

/** Null, and the exit code set, when it was interrupted. */
async function measured(
  plan: StudyPlan,
  options: Pick<MeasureOptions, 'workers' | 'out' | 'resume' | 'exhaustive'>,
): Promise<CostStudy | null> {
  const interrupt = onInterrupt();
  const study = await measure(plan, {
    ...options,
    isInterrupted: interrupt.isInterrupted,
    onCell: ({ kernel, seed, steps }, done, all, isKnown) => {
      say(`${done}/${all}  ${kernel}, seed ${seed}: ${isKnown ? 'known' : `${steps} steps`}`);
    },
    onBranches: (config) => {
      say(`counting the branches that ${config} reaches`);
    },
    onExhausted: (done, all) => {
      if (done % 16 === 0) say(`${done}/${all} choices of features exhausted`);
    },
  });
  if (study !== null) return study;
  if (options.out !== null) say(`corres: what was measured is kept in ${options.out}; --resume goes on with it`);
  process.exitCode = INTERRUPTED;
  return null;
}

/** Where the ledger is, unless it is said. */
const LEDGER = '.corres/cost/ledger.ndjson';
/** Programs for each configuration: a few seconds. */
const LEDGER_RUNS = 160;

function ledgerOptions(command: Command): Command<[], LedgerAsked> {
  return command
    .option('--ledger <file>', 'where the rows are kept', LEDGER)
    .option('--config <name>', 'only this configuration; may be repeated', collect, [])
    .option('--seed <number>', 'seed of the programs', natural, 1)
    .option('--runs <number>', 'random programs for each configuration', positive, LEDGER_RUNS)
    .option('--workers <number>', 'threads to use', positive, availableParallelism());
}

interface LedgerAsked extends Record<string, unknown> {
  readonly ledger: string;
  readonly config: readonly string[];
  readonly seed: number;
  readonly runs: number;
  readonly workers: number;
}

function treeOptions({ config, seed, runs, workers }: LedgerAsked): TreeOptions {
  for (const name of config) configNamed(name);
  const configs = config.length > 0 ? config : ['small', 'small-lazy', 'small-mcs'];
  return { configs, seed, runs, workers, rows: ROWS };
}

function addRecord(cost: Command): void {
  ledgerOptions(
    cost
      .command('record')
      .description('append a row to the ledger for each property and configuration of the working tree'),
  ).action(async (asked) => {
    const project = join(distFolder(), '..');
    const { hash: commit, date, isChanged } = headOf(project);
    const tree = { commit, date, isChanged, root: project, dist: distFolder() };
    const { rows, leftOut } = await treeCost(tree, treeOptions(asked));
    record(asked.ledger, rows);
    process.stdout.write(`${renderLedger(rows)}\n`);
    for (const one of leftOut) say(`corres: ${one}`);
    say(`corres: ${rows.length} rows in ${asked.ledger}`);
    if (leftOut.length > 0) process.exitCode = 1;
  });
}

function addHistory(cost: Command): void {
  ledgerOptions(
    cost
      .command('history')
      .description(
        'the same for past commits, each built in a folder of its own; those in the ledger already are known',
      ),
  )
    .argument('[range]', 'revisions as git has them, REV..REV', 'HEAD~5..HEAD')
    .action(async (range, asked) => {
      const project = join(distFolder(), '..');
      const interrupt = onInterrupt();
      const commits = commitsIn(project, range);
      const isWhole = await history(commits, {
        ...treeOptions(asked),
        project,
        ledger: asked.ledger,
        isInterrupted: interrupt.isInterrupted,
        onCommit: ({ hash, date }, done, all, what) => {
          say(`${done}/${all}  ${hash.slice(0, 9)} ${date}: ${what}`);
        },
      });
      const hashes = new Set(commits.map(({ hash }) => hash));
      process.stdout.write(`${renderLedger(readLedger(asked.ledger).filter(({ commit }) => hashes.has(commit)))}\n`);
      process.exitCode = isWhole ? 0 : INTERRUPTED;
    });
}

/** The published study: its plan, and where it is. */
const STUDY = { seeds: 3, steps: 16_000, cells: '.corres/cost/study', folder: 'proofs-notes/cost' } as const;

function addStudy(cost: Command): void {
  cost
    .command('study')
    .description(`the study in ${STUDY.folder}, made again: every table and plot of it`)
    .option('--seed <number>', 'first seed', natural, 1)
    .option('--workers <number>', 'threads to use', positive, availableParallelism())
    .option('--cells <folder>', 'where what is measured is kept, so that an interrupted study goes on', STUDY.cells)
    .option('--out <folder>', 'where it is written', STUDY.folder)
    .action(async ({ seed, workers, cells, out }) => {
      const plan: StudyPlan = {
        kernels: plannedKernels({ features: [], configs: [], properties: [], pairs: true }),
        seeds: several(seed, STUDY.seeds),
        rows: ROWS,
        steps: STUDY.steps,
        properties: null,
        fullEvery: FULL_EVERY,
      };
      const study = await measured(plan, { workers, out: cells, resume: true, exhaustive: true });
      if (study === null) return;
      await writeStudy(study, out);
      process.stdout.write(renderStudy(study));
      process.exitCode = study.failures.length > 0 ? 1 : 0;
    });
}
