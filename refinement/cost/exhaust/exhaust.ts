/**
 * How much there is to see in a small system that can do a little of everything, with some of its features or all of them: the specification alone, every
 * state that can be reached.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootState } from '../../../spec/state/initial.ts';
import { alphabetOf } from '../../explore/alphabet.ts';
import { buffersOf } from '../../explore/fingerprint.ts';
import { decodeExploration } from '../../explore/format.ts';
import type { Exploration } from '../../explore/format.ts';
import { search, specDriver } from '../../explore/search.ts';
import { InputError } from '../../input-error.ts';
import type { Kernels } from '../../step/kernels.ts';
import type { Group } from './groups.ts';
import { eventsOf } from './groups.ts';

export interface Exhausted {
  readonly features: readonly Group[];
  /** Different events. */
  readonly events: number;
  readonly states: number;
  readonly transitions: number;
  /** Events to the state that is furthest away. */
  readonly depth: number;
  /** Whether that is all there is. */
  readonly isAll: boolean;
}

const FILE = 'features.yaml';
const FOLDER = 'refinement/cost/exhaust';

export function featureExploration(): Exploration {
  const here = dirname(fileURLToPath(import.meta.url));
  for (const up of ['.', join('..', FOLDER), join('..', '..', FOLDER)]) {
    const path = join(here, up, FILE);
    if (existsSync(path)) return decodeExploration(readFileSync(path, 'utf8'), FILE);
  }
  throw new InputError(`${FOLDER}/${FILE}: is not where the project is`);
}

/** @param most states after which it is given up */
export function exhaust(kernels: Kernels, features: readonly Group[], most: number): Exhausted {
  const exploration = featureExploration();
  const { world } = kernels.compiled({ system: exploration.system, without: [], pairs: false });
  const events = eventsOf(exploration.events, features);
  const driver = specDriver(
    () => bootState(kernels.config, world.boot),
    () => null,
  );
  const searched = {
    actions: alphabetOf(events, kernels.config, world, FILE),
    buffers: buffersOf(world.boot, kernels.config),
  };
  const running = search(driver, searched, { depth: Infinity, states: most, isOver: () => false });
  for (;;) {
    const { done, value } = running.next();
    if (done !== true) continue;
    if (value.failure !== null) throw new Error(`the specification asserts: ${value.failure.failure.what}`);
    const { distinct: states, generated: transitions, depth, bound } = value;
    return { features, events: events.length, states, transitions, depth, isAll: bound === null };
  }
}
