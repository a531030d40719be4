/** Random programs measured against all that can be reached. */
import { describe, expect, it } from 'vitest';
import { explorationNames, explorationText } from '../../../refinement/explore/shipped.ts';
import { shareVisited } from '../../../refinement/explore/share.ts';
import { COUNTS, LARGE } from './counts.ts';

describe('the share of states that random programs visit', () => {
  // Programs of the exploration's events alone cannot be in any state that the search has not seen: a search that takes two states for one is found out so.
  it.each(explorationNames().filter((name) => !LARGE.includes(name)))(
    'in %s is of what the search saw, and of nothing else',
    { timeout: 60_000 },
    async (name) => {
      const { reachable, drawn, kept } = await shareVisited(explorationText(name), { seed: 3, rows: 100, steps: 2000 });
      expect(reachable).toBe(COUNTS[name]?.states);
      expect(kept.elsewhere).toBe(0);
      const [first, last] = [kept.met[0], kept.met.at(-1)];
      expect(last?.steps).toBe(2000);
      expect(last?.states).toBeGreaterThanOrEqual(first?.states ?? 0);
      expect(last?.states).toBeGreaterThan(50);
      expect(drawn.met.at(-1)?.states).toBeLessThan(last?.states ?? 0);
    },
  );
});
