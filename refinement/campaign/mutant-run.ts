/** Random programs on a kernel with one mutant switched on. */
import { loadKernels } from '../step/kernels.ts';
import type { Kernels } from '../step/kernels.ts';
import { makeChecker } from './checker.ts';
import { newTally, randomRuns } from './run.ts';
import type { MutantReport, MutantTask } from './task.ts';

/** What the instrumented code asks at every mutant. */
interface Switch {
  activeMutant?: string | undefined;
  mutantCoverage?: { static: Record<string, number> };
}

const shared = globalThis as typeof globalThis & { __stryker__?: Switch };

const loaded = new Map<string, Promise<Kernels>>();

export async function runMutant(task: MutantTask): Promise<MutantReport> {
  const { config, bundle, mutant, isStatic, properties, fullEvery } = task;
  const start = performance.now();
  const control = (shared.__stryker__ ??= {});
  control.activeMutant = isStatic && mutant !== null ? mutant : undefined;
  try {
    const kernels = await (isStatic ? freshKernels(config, bundle) : knownKernels(config, bundle));
    if (kernels === null)
      return { property: 'no_fail', operation: 'boot', steps: 0, busyMs: performance.now() - start, reached: null };
    const loading = Object.keys(control.mutantCoverage?.static ?? {});
    control.activeMutant = mutant ?? undefined;
    // Worlds are booted anew: a mutant may be in what boots them.
    const lockstep = makeChecker(kernels, { properties, fullEvery });
    const tally = newTally();
    for (let run = 0; tally.steps < task.steps; run++) {
      const { last } = randomRuns(kernels, lockstep, { ...task, watchMs: 0 }, run, 1, tally);
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
    control.activeMutant = undefined;
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
