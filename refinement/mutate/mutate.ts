/** `corres mutate`: which mutants of the implementation are noticed, by which property, and how soon. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from '../campaign/campaign.ts';
import type { MutantReport, MutantTask } from '../campaign/task.ts';
import { FULL_EVERY } from '../campaign/checker.ts';
import { writeWhole } from '../counterexample/store.ts';
import { random } from '../program/random.ts';
import { whyEquivalent } from './equivalent.ts';
import type { Instrumented, Mutant } from './instrument.ts';

export type MutantStatus = 'killed' | 'survived' | 'equivalent' | 'not reached';

export interface MutantResult extends Mutant {
  readonly status: MutantStatus;
  /** The property that noticed it first, on which configuration, after which operation. */
  readonly property: string | null;
  readonly config: string | null;
  readonly operation: string | null;
  readonly steps: number;
  readonly ms: number;
  /** Why it changes nothing, for an equivalent one. */
  readonly because: string | null;
}

/** One configuration that mutants run on. */
export interface MutatePart {
  readonly config: string;
  /** Bundles of the instrumented implementation: to run, and one that counts what is reached. */
  readonly bundles: { readonly run: string; readonly count: string };
  /** Kernel steps after which a mutant has survived here. */
  readonly steps: number;
}

export interface MutateOptions {
  readonly instrumented: Instrumented;
  /** One after the other, until one notices the mutant. */
  readonly parts: readonly MutatePart[];
  readonly seed: number;
  readonly rows: number;
  /** Only files whose path contains one of these; all when empty. */
  readonly paths: readonly string[];
  /** So many, drawn at random; all if absent. */
  readonly sample?: number | undefined;
  /** File with what is known from before; written again and again. */
  readonly known: string;
  /** Hash of all that a result depends on beside the mutated file. */
  readonly harness: string;
  readonly isInterrupted: () => boolean;
  readonly onResult: (done: number, of: number, result: MutantResult) => void;
}

export interface MutateResult {
  readonly schema: 'corres-mutate/2';
  readonly parts: readonly Pick<MutatePart, 'config' | 'steps'>[];
  readonly seed: number;
  readonly isComplete: boolean;
  readonly mutants: readonly MutantResult[];
  /** Killed among those that are reached and are not equivalent, in percent. */
  readonly score: number;
}

type Known = Record<string, Pick<MutantResult, 'status' | 'property' | 'config' | 'operation' | 'steps' | 'ms'>>;

interface Reached {
  /** While the module was loaded, and at any time. */
  readonly loading: ReadonlySet<string>;
  readonly all: ReadonlySet<string>;
}

const NOTHING_REACHED: Reached = { loading: new Set(), all: new Set() };

/** Milliseconds that a program may take: ten times what it does. */
const LIMIT_MS = 300;
const SAVE_MS = 5_000;
/** A little on each configuration first: what the first cannot notice, another may at once. */
const ROUNDS = [0.1, 1];

export async function mutate(pool: Pool, options: MutateOptions): Promise<MutateResult> {
  const { instrumented, parts, seed, rows, isInterrupted } = options;
  const wanted = chosen(instrumented.mutants, options);
  const common = { kind: 'mutant', properties: null, fullEvery: FULL_EVERY, seed, rows } as const;
  const reachedIn = async ({ config, bundles, steps }: MutatePart): Promise<Reached> => {
    const task = { config, bundle: bundles.count, mutant: null, isStatic: false, steps, limitMs: 10_000 };
    const { reached, property } = await pool.mutant({ ...common, ...task });
    if (reached === null)
      throw new Error(`${config}: the kernel without any mutant violates ${property ?? 'something'}`);
    return { loading: new Set(reached.loading), all: new Set(reached.all) };
  };
  const reach = await Promise.all(parts.map(reachedIn));
  const tries = ROUNDS.flatMap((share) =>
    parts.map((part, index) => ({ ...part, steps: Math.ceil(part.steps * share), index })),
  );
  const known = readKnown(options.known);
  const results: MutantResult[] = [];
  let lastSave = performance.now();
  const queue = [...wanted];
  const work = async (): Promise<void> => {
    for (let mutant = queue.shift(); mutant !== undefined && !isInterrupted(); mutant = queue.shift()) {
      const key = keyOf(mutant, options);
      const result = await resultOf(mutant, key);
      results.push(result);
      options.onResult(results.length, wanted.length, result);
      if (performance.now() - lastSave < SAVE_MS) continue;
      lastSave = performance.now();
      writeWhole(options.known, JSON.stringify(known));
    }
  };
  const resultOf = async (mutant: Mutant, key: string): Promise<MutantResult> => {
    const equivalent = whyEquivalent(mutant);
    const nothing = { ...mutant, property: null, config: null, operation: null, steps: 0, ms: 0, because: null };
    if (equivalent !== null) return { ...nothing, status: 'equivalent', because: equivalent };
    if (!reach.some(({ all }) => all.has(mutant.id))) return { ...nothing, status: 'not reached' };
    const before = known[key];
    if (before !== undefined) return { ...nothing, ...before };
    let found: Known[string] = { status: 'survived', property: null, config: null, operation: null, steps: 0, ms: 0 };
    for (const { config, bundles, steps, index } of tries) {
      const { loading, all } = reach[index] ?? NOTHING_REACHED;
      if (!all.has(mutant.id)) continue;
      const isStatic = loading.has(mutant.id);
      const task = { config, bundle: bundles.run, mutant: mutant.id, isStatic, steps, limitMs: LIMIT_MS };
      const report = await runMutant(pool, { ...common, ...task });
      const { property, operation } = report;
      const taken = { steps: found.steps + report.steps, ms: found.ms + report.busyMs };
      found = { ...found, ...taken };
      if (property === null) continue;
      found = { ...taken, status: 'killed', property, config, operation };
      break;
    }
    known[key] = found;
    return { ...nothing, ...found };
  };
  await Promise.all(Array.from({ length: pool.threads }, work));
  writeWhole(options.known, JSON.stringify(known));
  const killed = results.filter(({ status }) => status === 'killed').length;
  const survived = results.filter(({ status }) => status === 'survived').length;
  return {
    schema: 'corres-mutate/2',
    parts: parts.map(({ config, steps }) => ({ config, steps })),
    seed,
    isComplete: results.length === wanted.length,
    mutants: results.sort((a, b) => Number(a.id) - Number(b.id)),
    score: killed + survived === 0 ? 100 : (100 * killed) / (killed + survived),
  };
}

/**
 * A thread that has loaded many mutants, each a module of its own that stays, may run out of memory; then it is the next one's turn to try.
 * A mutant that uses up all memory of a new thread is noticed by that.
 */
async function runMutant(pool: Pool, task: MutantTask): Promise<MutantReport> {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      return await pool.mutant(task);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ERR_WORKER_OUT_OF_MEMORY') throw error;
    }
  }
  return { property: 'no_fail', operation: 'unknown', steps: 0, busyMs: 0, reached: null };
}

function chosen(mutants: readonly Mutant[], { paths, sample, seed }: MutateOptions): readonly Mutant[] {
  const inPaths = mutants.filter(({ file }) => paths.length === 0 || paths.some((path) => file.includes(path)));
  if (sample === undefined || sample >= inPaths.length) return inPaths;
  const r = random(seed);
  const rest = [...inPaths];
  return Array.from({ length: sample }, () => rest.splice(r.below(rest.length), 1)[0]).filter(
    (mutant) => mutant !== undefined,
  );
}

/** What the result depends on. */
function keyOf(
  { file, line, original, replacement, nth }: Mutant,
  { harness, instrumented, parts, seed }: MutateOptions,
): string {
  const budgets = parts.map(({ config, steps }) => [config, steps]);
  const content = instrumented.source(file, false) ?? '';
  return createHash('sha256')
    .update(JSON.stringify([harness, content, file, line, original, replacement, nth, budgets, seed]))
    .digest('hex')
    .slice(0, 20);
}

function readKnown(path: string): Known {
  mkdirSync(join(path, '..'), { recursive: true });
  if (!existsSync(path)) return {};
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Known;
  } catch {
    // Only time is lost: what was known is found out again.
    return {};
  }
}
