/**
 * How much there is to see in a small system that can do a little of everything, with some of its features or all of them: the specification alone, every
 * state that can be reached.
 */
import { bootState } from '../../../spec/state/initial.ts';
import { alphabetOf } from '../../explore/alphabet.ts';
import { localExpander } from '../../explore/expander.ts';
import { fingerprints } from '../../explore/fingerprint.ts';
import { decodeExploration } from '../../explore/format.ts';
import type { Exploration } from '../../explore/format.ts';
import { search } from '../../explore/search.ts';
import { specSide } from '../../explore/side.ts';
import { shipped } from '../../shipped.ts';
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
const own = shipped('cost/exhaust', 'exploration');

export function featureExploration(): Exploration {
  return decodeExploration(own.text('features').text, FILE);
}

/** @param most states after which it is given up */
export async function exhaust(kernels: Kernels, features: readonly Group[], most: number): Promise<Exhausted> {
  const exploration = featureExploration();
  const { world } = kernels.compiled({ system: exploration.system, without: [], pairs: false });
  const events = eventsOf(exploration.events, features);
  const actions = alphabetOf(events, kernels.config, world, FILE);
  const nothing = (): null => null;
  const expander = localExpander({
    side: specSide(() => bootState(kernels.config, world.boot), { ofState: nothing, ofStep: nothing }, 1),
    actions,
    fingerprints: fingerprints(),
    labelsOf: () => 0,
    exercised: new Set(),
  });
  const limits = { depth: Infinity, states: most, isOver: () => false };
  const {
    distinct: states,
    generated: transitions,
    depth,
    bound,
    failure,
  } = await search([expander], { actions, limits });
  if (failure !== null) throw new Error(`the specification asserts: ${failure.failure.what}`);
  return { features, events: events.length, states, transitions, depth, isAll: bound === null };
}
