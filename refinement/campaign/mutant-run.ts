/** Random programs on a kernel with one mutant switched on. */
import { loadKernels } from '../step/kernels.ts';
import type { Kernels } from '../step/kernels.ts';
import { makeChecker } from './checker.ts';
import { newTally, randomRuns } from './run.ts';
import type { MutantReport, MutantTask } from './task.ts';

/** What the instrumented code asks at every mutant. */
interface Switch {
  activeMutant?: string | undefined;
  /** How often the active one was evaluated, and how often it may be before it throws: an endless loop ends by that, on a busy machine, too. */
  hitCount?: number;
  hitLimit?: number;
  mutantCoverage?: { static: Record<string, number> };
}

const shared = globalThis as typeof globalThis & { __stryker__?: Switch };

/** Hits in one program: hundreds of times what the hottest expression has. */
const HIT_LIMIT = 5_000_000;
/** A program that was stopped for its time is given so many times as much before it counts: others may have had the processor. */
const SECOND_CHANCE = 5;

const loaded = new Map<string, Promise<Kernels>>();

export async function runMutant(task: MutantTask): Promise<MutantReport> {
  const { config, bundle, mutant, isStatic, properties, fullEvery } = task;
  const start = performance.now();
  const control = (shared.__stryker__ ??= {});
  control.activeMutant = isStatic && mutant !== null ? mutant : undefined;
  // What another configuration reached in this thread is not what this one reaches while it is loaded.
  if (mutant === null) control.mutantCoverage = { static: {} };
  try {
    const kernels = await (isStatic || mutant === null ? freshKernels(config, bundle) : knownKernels(config, bundle));
    if (kernels === null)
      return { property: 'no_fail', operation: 'boot', steps: 0, busyMs: performance.now() - start, reached: null };
    const loading = Object.keys(control.mutantCoverage?.static ?? {});
    control.activeMutant = mutant ?? undefined;
    // Worlds are booted anew: a mutant may be in what boots them.
    const lockstep = makeChecker(kernels, { properties, fullEvery });
    const tally = newTally();
    for (let run = 0; tally.steps < task.steps; run++) {
      Object.assign(control, { hitCount: 0, hitLimit: HIT_LIMIT });
      let { last } = randomRuns(kernels, lockstep, { ...task, watchMs: 0 }, run, 1, tally);
      if (last.failure?.failureClass === 'hang') {
        control.hitCount = 0;
        const limitMs = task.limitMs * SECOND_CHANCE;
        ({ last } = randomRuns(kernels, lockstep, { ...task, limitMs, watchMs: 0 }, run, 1, tally));
      }
      if (last.failure === null) continue;
      const row = last.program[Math.min(last.failedRow ?? 0, last.program.length - 1)];
      return {
        property: last.failure.property,
        operation: row?.op ?? 'boot',
        steps: tally.steps,
        busyMs: performance.now() - start,
        reached: null,
      };
    }
    const all = Object.keys(control.mutantCoverage?.static ?? {});
    const reached = mutant === null ? { loading, all } : null;
    return { property: null, operation: null, steps: tally.steps, busyMs: performance.now() - start, reached };
  } finally {
    Object.assign(control, { activeMutant: undefined, hitCount: undefined, hitLimit: undefined });
  }
}

function knownKernels(config: string, bundle: string | undefined): Promise<Kernels> {
  const key = JSON.stringify([config, bundle]);
  let found = loaded.get(key);
  if (found === undefined) {
    found = loadKernels(config, bundle);
    loaded.set(key, found);
  }
  return found;
}

/** Null when the module cannot even be loaded. */
async function freshKernels(config: string, bundle: string | undefined): Promise<Kernels | null> {
  try {
    return await loadKernels(config, bundle);
  } catch {
    return null;
  }
}
