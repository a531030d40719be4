/** Expanders that are threads. */
import { join } from 'node:path';
import { Piscina } from 'piscina';
import type { Failure } from '../step/lockstep.ts';
import { distFolder } from '../step/kernels.ts';
import type { Begun, Expander, Found } from './expander.ts';
import type { SearchSpec } from './open.ts';

/**
 * One thread, which keeps its states from one task to the next: so it is a pool of its own.
 *
 * @param worker another build of it than the project's own, as one with a defect in its specification
 */
export function workerExpander(spec: SearchSpec, worker = join(distFolder(), 'explore-worker.mjs')): Expander {
  const pool = new Piscina({
    filename: worker,
    minThreads: 1,
    maxThreads: 1,
    idleTimeout: Infinity,
  });
  return {
    boot: () => pool.run(spec, { name: 'open' }) as Promise<Begun | Failure>,
    expand: (orders) => pool.run(orders, { name: 'expand' }) as Promise<Found>,
    close: () => pool.destroy(),
  };
}
