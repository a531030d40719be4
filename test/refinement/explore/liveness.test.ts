/** Whoever waits gets what it waits for; and it is noticed when it does not. */
import { describe, expect, it } from 'vitest';
import type { KernelState } from '../../../spec/state/kernel-state.ts';
import { setObject } from '../../../spec/state/kernel-state.ts';
import * as PMap from '../../../spec/state/pmap.ts';
import type { Action } from '../../../refinement/explore/alphabet.ts';
import { localExpander } from '../../../refinement/explore/expander.ts';
import { Graph } from '../../../refinement/explore/lasso.ts';
import { openSearch } from '../../../refinement/explore/open.ts';
import { search } from '../../../refinement/explore/search.ts';
import type { Side } from '../../../refinement/explore/side.ts';
import { isFailure } from '../../../refinement/explore/side.ts';
import { NO_LIMITS, specOf } from './explored.ts';

const question = { name: 'q', thread: 't', waits: 'answer', again: [{ op: 'Tick' }] } as const;
const actions: readonly Action[] = ['Tick', 'Spurious'].map((op) => ({
  name: `anybody: ${op}`,
  by: null,
  row: { op: op as 'Tick', word: 0n },
}));

/** From transitions and the states that are waited in. */
function lassoIn(transitions: readonly (readonly [number, number, number])[], waiting: readonly number[]): unknown {
  const graph = new Graph();
  const labels = (state: number): number => (waiting.includes(state) ? 1 : 0);
  graph.add(-1, -1, 0, labels(0));
  for (const [from, action, to] of transitions) graph.add(from, action, to, labels(to));
  return graph.find(0, question, actions, (state) => [state]);
}

describe('a circle', () => {
  it('in which what was promised happens is one to wait in for ever', () => {
    expect(
      lassoIn(
        [
          [0, 1, 1],
          [1, 1, 2],
          [2, 0, 1],
        ],
        [1, 2],
      ),
    ).toEqual({ stem: [1], circle: [1, 0] });
    expect(lassoIn([[0, 0, 0]], [0])).toEqual({ stem: [0], circle: [0] });
  });

  it.each([
    [
      'in which it does not happen',
      [
        [0, 1, 1],
        [1, 1, 0],
      ],
      [0, 1],
    ],
    [
      'that leads through a state in which nobody waits',
      [
        [0, 0, 1],
        [1, 0, 0],
      ],
      [0],
    ],
    [
      'that is none',
      [
        [0, 0, 1],
        [0, 0, 2],
        [1, 0, 2],
      ],
      [0, 1, 2],
    ],
  ] as const)('%s is not', (_, transitions, waiting) => {
    expect(lassoIn(transitions, waiting)).toBeNull();
  });
});

/** A kernel in which whoever has the higher address always comes first. */
function partial(side: Side, make: (s: KernelState) => KernelState): Side {
  return {
    ...side,
    take: (from, memory, step) => {
      const result = side.take(from, memory, step);
      return isFailure(result) ? result : make(result);
    },
  };
}

const sorted = (queue: readonly number[]): readonly number[] => [...queue].sort((a, b) => b - a);

function senders(s: KernelState): KernelState {
  let t = s;
  PMap.forEach(s.heap, (value, key) => {
    if (value._tag === 'SendEP')
      t = setObject(t, key * 16, { ...value, queue: sorted(value.queue) as typeof value.queue });
  });
  return t;
}

function ready(s: KernelState): KernelState {
  let { queues } = s;
  PMap.forEach(s.queues, (queue, key) => {
    queues = PMap.set(queues, key, sorted(queue));
  });
  return { ...s, queues };
}

async function answersIn(make: (s: KernelState) => KernelState): Promise<readonly string[]> {
  const opened = await openSearch(specOf('answers', { isSpecAlone: true, properties: ['no_fail'] }));
  const graph = new Graph();
  const expander = localExpander({ ...opened, side: partial(opened.side, make) });
  const result = await search([expander], { actions: opened.actions, limits: NO_LIMITS, onTransition: graph.add });
  expect(result.bound).toBeNull();
  return opened.liveness
    .filter((asked, n) => graph.find(n, asked, opened.actions, () => []) !== null)
    .map(({ name }) => name);
}

describe('a kernel that prefers one of two', () => {
  it('at an endpoint leaves the other without an answer', async () => {
    expect(await answersIn(senders)).toContain('a client is answered');
  });

  it('among ready threads leaves the other without its turn', async () => {
    expect(await answersIn(ready)).toContain('a client gets its turn');
  });

  it('is told from one that does not', async () => {
    expect(await answersIn((s) => s)).toEqual([]);
  });
});
