/** `corres impact`: two kernels under the same programs, and what the change between them breaks. */
import { SYSTEMS_CONFIG } from '../system/setting.ts';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Pool } from '../campaign/campaign.ts';
import { openPool } from '../campaign/campaign.ts';
import { FULL_EVERY, selectedNames } from '../campaign/checker.ts';
import { makeCounterexample } from '../campaign/make-counterexample.ts';
import type { ShrinkReport } from '../campaign/task.ts';
import type { Counterexample } from '../counterexample/format.ts';
import { InputError } from '../input-error.ts';
import { plainSize } from '../cost/measure/sizes.ts';
import { settingsOf } from '../system/setting.ts';
import { soundSystems } from '../system/shipped.ts';
import type { ChangedFile } from './change.ts';
import { changesBetween } from './change.ts';
import type { ChangeCoverage } from './change-coverage.ts';
import { changeCoverage } from './change-coverage.ts';
import type { BehaviourChange, PropertyRow } from './compare.ts';
import { behaviour, matrix } from './compare.ts';
import type { BrokenCell, Survey, SurveyOptions, SurveyPart } from './survey.ts';
import { survey } from './survey.ts';
import type { Tree, Trees } from './tree.ts';
import { sourcesOf } from './tree.ts';

export interface ImpactOptions {
  readonly trees: Trees;
  readonly seed: number;
  readonly rows: number;
  /** Runs by configuration. */
  readonly runs: Readonly<Record<string, number>>;
  readonly timeMs?: number | undefined;
  /** The changed specification against the implementation of the base. */
  readonly specOnly: boolean;
  readonly reproduce: string;
  readonly interrupt: { readonly isInterrupted: () => boolean; readonly happened: Promise<'interrupted'> };
  readonly onCell: (cell: BrokenCell) => void;
  readonly say: (text: string) => void;
}

export interface BrokenResult {
  readonly property: string;
  readonly operation: string;
  readonly config: string;
  readonly isNew: boolean;
  readonly times: number;
  /** Kernel steps until it was first seen. */
  readonly steps: number;
  readonly what: string;
  /** The shrunk program; null for a cell of a property that has one already. */
  readonly counterexample: Counterexample | null;
  readonly explanation: string | null;
}

export interface SideResult {
  readonly name: string;
  readonly sources: { readonly spec: string; readonly impl: string };
  readonly steps: number;
  readonly stepsOf: Readonly<Record<string, number>>;
  readonly runs: number;
  readonly workerSeconds: number;
  readonly brokenCells: number;
  readonly cost: SideCost;
}

/** What the kernel costs to check, counted. */
export interface SideCost {
  /** Statements of what the entries of the classic kernel lead to; null where a revision has no such entries. */
  readonly statements: { readonly spec: number; readonly impl: number } | null;
  /** 32-bit words compared and invariants asked in a step; null for a revision from before it was counted. */
  readonly perStep: number | null;
}

export interface ImpactResult {
  readonly schema: 'corres-impact/1';
  readonly verdict: 'nothing breaks' | 'breaks' | 'looked at less' | 'incomplete';
  readonly exitCode: 0 | 1 | 3 | 130;
  readonly reason: string;
  readonly base: SideResult;
  readonly changed: SideResult;
  readonly change: readonly (Omit<ChangedFile, 'lines' | 'places'> & { readonly added: number })[];
  readonly matrix: readonly PropertyRow[];
  readonly broken: readonly BrokenResult[];
  readonly behaviour: readonly BehaviourChange[];
  /** Null when no line of a kernel changed, or there was no time. */
  readonly changeCoverage: ChangeCoverage | null;
  /** Configurations that only one side has. */
  readonly configsLeftOut: readonly string[];
  readonly seed: number;
  readonly seconds: number;
  readonly reproduce: string;
}

/** Counterexamples are made small for so many properties, one each. */
const SHRUNK_PROPERTIES = 6;
/** How often it is looked again for what is hidden behind what was found, and with which share of the runs. */
const HIDDEN_ROUNDS = 2;
const HIDDEN_SHARE = 0.25;

export async function impact(options: ImpactOptions): Promise<ImpactResult> {
  const start = performance.now();
  const { trees, seed, rows, interrupt } = options;
  const { base, changed } = trees;
  const changes = changesBetween(base, changed);
  const { parts, leftOut } = partsOf(options);
  const deadline = options.timeMs === undefined ? Infinity : start + options.timeMs;
  let badTypes: string | null = null;
  void trees.types.then((found) => (badTypes = found));
  const isOver = (): boolean => interrupt.isInterrupted() || performance.now() > deadline || badTypes !== null;
  const common = { seed, rows, fullEvery: FULL_EVERY, properties: null, isOver };
  const threads = Math.max(1, Math.floor(availableParallelism() / 2));
  const pools = [base, changed].map((tree) => openPool(threads, { worker: join(tree.dist, 'worker.mjs') }));
  const [basePool, changedPool] = pools as [Pool, Pool];
  const stopCoverage = new AbortController();
  try {
    const bundles = (tree: Tree): readonly SurveyPart[] =>
      parts.map((part) => ({ ...part, bundle: join(tree.dist, 'impl', `${part.config}.mjs`) }));
    const changedParts = bundles(options.specOnly ? base : changed);
    const before = survey(basePool, { ...common, parts: bundles(base) });
    before.catch(() => undefined);
    const after = await survey(changedPool, { ...common, parts: changedParts, onCell: options.onCell });
    const was = await before;
    const coverage = changeCoverage(
      changed,
      changes,
      changedParts,
      { seed, rows, fullEvery: FULL_EVERY },
      stopCoverage.signal,
    );
    coverage.catch(() => undefined);
    const hidden = await behindWhatIsFound(
      changedPool,
      { ...common, parts: changedParts, onCell: options.onCell },
      was,
      after,
    );
    const broken = await explained(changedPool, options, was, after, hidden);
    const types = await trees.types;
    if (types !== null) throw new InputError(`${changed.name}: the types do not fit\n${types}`);
    const table = matrix(was, after, hidden);
    return {
      schema: 'corres-impact/1',
      ...verdictOf(table, was.isComplete && after.isComplete, interrupt.isInterrupted()),
      base: await sideResult(base, was),
      changed: await sideResult(changed, after),
      change: changes.map(({ lines, places: _, ...file }) => ({ ...file, added: lines.length })),
      matrix: table,
      broken,
      behaviour: behaviour(was, after),
      // A kernel that ends its process leaves no counts.
      changeCoverage: interrupt.isInterrupted()
        ? null
        : await coverage.catch((error: unknown) => {
            options.say(
              `corres: no coverage of the change: ${error instanceof Error ? error.message.slice(0, 400) : String(error)}`,
            );
            return null;
          }),
      configsLeftOut: leftOut,
      seed,
      seconds: (performance.now() - start) / 1000,
      reproduce: options.reproduce,
    };
  } finally {
    stopCoverage.abort();
    await Promise.all(pools.map((pool) => pool.close()));
  }
}

/** Configuration that systems run on; what share of its runs each system has alone, and in pairs. */
const ALONE_SHARE = 0.06;
const PAIRS_SHARE = 0.42;

/** The shipped systems, those with partitions in pairs as well. */
function inSystems(runs: number): readonly Omit<SurveyPart, 'bundle'>[] {
  return soundSystems()
    .flatMap((system) => settingsOf(system))
    .map((setting) => ({
      config: SYSTEMS_CONFIG,
      setting,
      runs: Math.ceil(runs * (setting.pairs ? PAIRS_SHARE : ALONE_SHARE)),
    }));
}

/** Only what both sides have can be compared. */
function partsOf({ trees: { base, changed }, runs }: ImpactOptions): {
  readonly parts: readonly Omit<SurveyPart, 'bundle'>[];
  readonly leftOut: readonly string[];
} {
  const has = ({ dist }: Tree, config: string): boolean => existsSync(join(dist, 'impl', `${config}.mjs`));
  const names = Object.keys(runs);
  const leftOut = names.filter((config) => !has(base, config) || !has(changed, config));
  const parts = names
    .filter((config) => !leftOut.includes(config))
    .flatMap((config) =>
      config === SYSTEMS_CONFIG ? inSystems(runs[config] ?? 0) : [{ config, runs: runs[config] ?? 0 }],
    );
  if (parts.length === 0) throw new InputError(`no configuration is on both sides: ${leftOut.join(', ')}`);
  return { parts, leftOut };
}

/** A run ends at its first failure. What fails less early shows when the properties that were found broken are left out. */
async function behindWhatIsFound(
  pool: Pool,
  options: SurveyOptions,
  before: Survey,
  after: Survey,
): Promise<ReadonlyMap<string, BrokenCell>> {
  const found = new Map<string, BrokenCell>();
  const broken = new Set([...after.cells.values()].map(({ property }) => property));
  const already = new Set([...before.cells.values()].map(({ property }) => property));
  const news = [...broken].some((property) => !already.has(property));
  for (let round = 0; news && after.isComplete && round < HIDDEN_ROUNDS && !options.isOver(); round++) {
    const properties = selectedNames({ properties: null, fullEvery: FULL_EVERY }).filter((name) => !broken.has(name));
    const parts = options.parts.map((part) => ({ ...part, runs: Math.ceil(part.runs * HIDDEN_SHARE) }));
    const { cells } = await survey(pool, { ...options, properties, parts });
    const fresh = [...cells].filter(([, { property }]) => !broken.has(property));
    for (const [key, cell] of fresh) {
      found.set(key, cell);
      broken.add(cell.property);
    }
    if (fresh.length === 0) break;
  }
  return found;
}

async function explained(
  pool: Pool,
  { seed, rows, interrupt, trees }: ImpactOptions,
  before: Survey,
  after: Survey,
  hidden: ReadonlyMap<string, BrokenCell>,
): Promise<readonly BrokenResult[]> {
  const cells = [...after.cells, ...hidden].map(([key, cell]) => ({ key, cell, isNew: !before.cells.has(key) }));
  cells.sort((a, b) => Number(b.isNew) - Number(a.isNew) || a.cell.steps - b.cell.steps);
  const done = new Set<string>();
  const results: BrokenResult[] = [];
  for (const { key, cell, isNew } of cells) {
    const { property, operation, config, times, steps, first, bundle } = cell;
    const isHidden = hidden.has(key);
    // Nobody comes back from a program that ends the thread or never ends, or only after a second, each time.
    const isDeadly = operation === 'unknown' || first.failure.failureClass === 'hang';
    const isShrunk =
      !isDeadly && isNew && !done.has(property) && done.size < SHRUNK_PROPERTIES && !interrupt.isInterrupted();
    let counterexample: Counterexample | null = null;
    let explanation: string | null = null;
    if (isShrunk) {
      done.add(property);
      const properties = isHidden ? [property] : null;
      const { setting } = first.testCase;
      const checks = { config, bundle, setting, properties, fullEvery: FULL_EVERY };
      const shrinking = pool.shrink({ kind: 'shrink', ...checks, seed, rows, found: first });
      shrinking.catch(() => undefined);
      const ended = await Promise.race([shrinking, interrupt.happened]);
      const shrunk: ShrinkReport | null = ended === 'interrupted' ? null : ended;
      counterexample = { ...makeCounterexample(first, shrunk, seed), sources: sourcesOf(trees.changed) };
      explanation = await pool.explain({ kind: 'explain', ...checks, counterexample });
    }
    if (isDeadly && !done.has(property)) {
      done.add(property);
      counterexample = { ...makeCounterexample(first, null, seed), sources: sourcesOf(trees.changed) };
    }
    results.push({
      property,
      operation,
      config,
      isNew,
      times,
      steps,
      what: first.failure.what,
      counterexample,
      explanation,
    });
  }
  return results;
}

async function sideResult(
  tree: Tree,
  { steps, stepsOf, runs, busyMs, cells, work, workSteps }: Survey,
): Promise<SideResult> {
  const size = await plainSize(tree.root, 'small');
  return {
    name: tree.name,
    sources: sourcesOf(tree),
    steps,
    stepsOf: Object.fromEntries(stepsOf),
    runs,
    workerSeconds: busyMs / 1000,
    brokenCells: cells.size,
    cost: {
      statements: size && { spec: size.spec.statements, impl: size.impl.statements },
      perStep: workSteps === 0 ? null : (work.wordsCompared + work.evaluations) / workSteps,
    },
  };
}

function verdictOf(
  rows: readonly PropertyRow[],
  isComplete: boolean,
  isInterrupted: boolean,
): Pick<ImpactResult, 'verdict' | 'exitCode' | 'reason'> {
  const named = (status: PropertyRow['status']): string =>
    rows
      .filter((row) => row.status === status)
      .map(({ property }) => property)
      .join(', ');
  const broken = named('newly broken');
  if (broken !== '') return { verdict: 'breaks', exitCode: isInterrupted ? 130 : 1, reason: `newly broken: ${broken}` };
  if (isInterrupted) return { verdict: 'incomplete', exitCode: 130, reason: 'interrupted before the end' };
  const vacuous = named('newly vacuous');
  if (vacuous !== '') return { verdict: 'looked at less', exitCode: 3, reason: `no longer exercised: ${vacuous}` };
  if (!isComplete)
    return { verdict: 'incomplete', exitCode: 3, reason: 'the time was over before all programs had run' };
  return {
    verdict: 'nothing breaks',
    exitCode: 0,
    reason: 'no property breaks that held before, in the programs that ran',
  };
}
