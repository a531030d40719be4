/** Transitions of an exhaustive search, by the code that `corres explore` runs in one process: both sides, and the specification alone. */
import { localExpander } from '../explore/expander.ts';
import { openSearch } from '../explore/open.ts';
import { search } from '../explore/search.ts';
import { explorationText } from '../explore/shipped.ts';
import type { Subject } from './subject.ts';

const NAME = 'two-domains';
const STATES = 2000;

const explored = (name: string, isSpecAlone: boolean, how: string): Subject => ({
  name,
  unit: 'transition',
  configuration: `${NAME}, the first ${STATES} states, ${how}`,
  prepare: async () => {
    const spec = { ...explorationText(NAME), isSpecAlone, properties: null, wholeEvery: 64, symmetry: true };
    const opened = await openSearch(spec);
    return async () => {
      const limits = { depth: Infinity, states: STATES, isOver: () => false };
      const { generated, failure } = await search([localExpander(opened)], { actions: opened.actions, limits });
      if (failure !== null) throw new Error(`${failure.failure.property}: ${failure.failure.what}`);
      return generated;
    };
  },
});

export const EXPLORED: readonly Subject[] = [
  explored('explored', false, 'both sides, local checks at every transition, one state in 64 whole'),
  explored(
    'explored-spec',
    true,
    'the specification alone, local invariants at every transition, one state in 64 whole',
  ),
];
