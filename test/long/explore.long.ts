/** All shipped systems on both sides, every state looked at whole. */
import { expect, it } from 'vitest';
import { explorationNames } from '../../refinement/explore/shipped.ts';
import { COUNTS } from '../refinement/explore/counts.ts';
import { explored } from '../refinement/explore/explored.ts';

it.each(explorationNames())('%s is searched to its end, and nothing is violated in any state', async (name) => {
  const { result } = await explored(name, { wholeEvery: 1 }, {}, 2);
  const { distinct, generated, depth, bound, failure } = result;
  expect(failure).toBeNull();
  expect(bound).toBeNull();
  expect({ states: distinct, transitions: generated, depth }).toEqual(COUNTS[name]);
});
