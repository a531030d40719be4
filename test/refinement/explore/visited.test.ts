/** Where it is kept which states were seen. */
import { describe, expect, it } from 'vitest';
import { Visited } from '../../../refinement/explore/visited.ts';
import { random } from '../../../refinement/program/random.ts';

describe('the table of states', () => {
  it('keeps every state once while it grows, and how it was reached', () => {
    const visited = new Visited();
    const r = random(3);
    const halves = Array.from({ length: 20_000 }, () => [r.below(2 ** 32), r.below(2 ** 32)] as const);
    halves.forEach(([a, b], n) => {
      expect(visited.add(a, b, Math.max(0, n - 1), n % 60)).toBe(n);
    });
    for (const [a, b] of halves) expect(visited.add(a, b, 0, 0)).toBe(-1);
    expect(visited.size).toBe(20_000);
    expect(visited.bytes / visited.size).toBeLessThan(20);
    expect(visited.pathTo(3)).toEqual([1, 2, 3]);
    expect(visited.pathTo(0)).toEqual([]);
    const again = Visited.from(visited.parts());
    for (const [a, b] of halves) expect(again.has(a, b)).toBe(true);
    expect(again.pathTo(3)).toEqual([1, 2, 3]);
    expect(again.size).toBe(20_000);
  });

  it('knows the numbers of states, if it is to', () => {
    const visited = new Visited(true);
    const r = random(5);
    const halves = Array.from({ length: 5000 }, () => [r.below(2 ** 32), r.below(2 ** 32)] as const);
    for (const [a, b] of halves) visited.add(a, b, 0, 0);
    halves.forEach(([a, b], n) => {
      expect(visited.numberOf(a, b)).toBe(n);
    });
  });

  it('takes two empty halves for a state, too', () => {
    const visited = new Visited();
    expect(visited.add(0, 0, 0, 0)).toBe(0);
    expect(visited.add(0, 0, 0, 0)).toBe(-1);
  });
});
