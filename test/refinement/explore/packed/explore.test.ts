/** The explorer counts what there is, finds what is wrong by a shortest way, and says when it did not look at everything. */
import { describe, expect, it } from 'vitest';
import { ipcModel } from '../../../../refinement/bench/peers/ipc-model.ts';
import { exploreModel } from '../../../../refinement/explore/packed/explore.ts';
import type { Model } from '../../../../refinement/explore/packed/model.ts';
import { add, eq, lt, ne, not, sub } from '../../../../refinement/explore/packed/term.ts';
import { exploreNaively, initial, isAnswerable, successors } from './naive-ipc.ts';

const TWO = { threads: 2, endpoints: 2, badges: 1 };
const THREE = { threads: 3, endpoints: 2, badges: 1 };

describe('the states of the IPC model', () => {
  it.each([
    ['two threads', TWO, { distinct: 1074, generated: 2547, depth: 10, ends: 432 }],
    ['two threads, one endpoint', { ...TWO, endpoints: 1 }, { distinct: 436, generated: 1100, depth: 10, ends: 151 }],
    ['two threads, two badges', { ...TWO, badges: 2 }, { distinct: 8702, generated: 21_737, depth: 18, ends: 3446 }],
    ['three threads', THREE, { distinct: 33_844, generated: 102_715, depth: 14, ends: 12_622 }],
  ])('%s: as many as naive exploration finds', (_, size, counts) => {
    const { distinct, generated, depth, ends, violation, bound } = exploreModel(ipcModel(size));
    expect({ distinct, generated, depth, ends, violation, bound }).toEqual({ ...counts, violation: null, bound: null });
    const naive = exploreNaively(size, isAnswerable);
    expect(naive).toEqual({ ...counts, wrongAt: null });
  });

  it('are counted alike with another seed', () => {
    expect(exploreModel(ipcModel(THREE), { seed: 12_345 }).distinct).toBe(33_844);
  });

  it('are fewer if states are known by too few bits, and the result says how likely that was', () => {
    const { distinct, storage, collision } = exploreModel(ipcModel(THREE), { fingerprintBits: 20 });
    expect(distinct).toBeLessThan(33_844);
    expect(storage).toBe('20 bits');
    expect(collision).toBe(1);
  });

  it('are told apart without doubt where they have 64 bits', () => {
    const { storage, stateBits, collision } = exploreModel(ipcModel(THREE));
    expect({ storage, stateBits, collision }).toEqual({ storage: 'exact', stateBits: 49, collision: 0 });
    const four = exploreModel(ipcModel({ threads: 4, endpoints: 2, badges: 1 }), { limits: { states: 1000 } });
    expect(four.storage).toBe('64 bits');
    expect(four.collision).toBeGreaterThan(0);
  });

  it('take no more than 20 bytes each, with how they were reached', () => {
    const { bytes, distinct } = exploreModel(ipcModel(THREE));
    expect((bytes.seen + bytes.log) / distinct).toBeLessThan(20);
  });

  it('are reached by every action but one that cannot happen, and each by one first', () => {
    const { actions, distinct, generated } = exploreModel(ipcModel(THREE));
    // There is no other thread of the priority of the first.
    expect(actions.filter(({ taken }) => taken === 0).map(({ name }) => name)).toEqual(['Preempt(0)']);
    expect(actions.reduce((sum, { taken }) => sum + taken, 1)).toBe(generated);
    expect(actions.reduce((sum, { first }) => sum + first, 1)).toBe(distinct);
  });
});

describe('a defect', () => {
  it.each([
    ['two threads', TWO],
    ['three threads', THREE],
  ])('is found by a shortest way, %s', (_, size) => {
    const broken = { ...size, hasDefect: true };
    const { violation } = exploreModel(ipcModel(broken));
    expect(violation?.statement).toBe('whoever may be answered waits for an answer');
    const trace = violation?.trace ?? [];
    expect(trace.length - 1).toBe(exploreNaively(broken, isAnswerable).wrongAt);
    // And it is a way that there is.
    let state = initial(broken);
    for (const { action } of trace.slice(1)) {
      const next = successors(broken, state).find(([name]) => name === action);
      if (next === undefined) throw new Error(`${String(action)} cannot happen`);
      state = next[1];
    }
    expect(isAnswerable(state)).toBe(false);
    expect(trace.at(-1)?.state['message']).toEqual(state.message);
  });

  it('is found among states that a bound leaves behind', () => {
    const broken = ipcModel({ ...TWO, hasDefect: true });
    const length = (exploreModel(broken).violation?.trace.length ?? 0) - 1;
    const { violation, bound } = exploreModel(broken, { limits: { depth: length } });
    expect(violation?.trace).toHaveLength(length + 1);
    expect(bound).toBe('depth');
    expect(exploreModel(broken, { limits: { depth: length - 1 } }).violation).toBeNull();
  });
});

/** Counts up, and down again. */
const counter = (values: number, last: number): Model<'count' | 'other'> => ({
  name: 'counter',
  fields: { count: { values }, other: { values: 5, count: 2, initial: [4, 3] } },
  rules: [
    {
      name: 'Up',
      parameters: [],
      body: (k) => {
        const count = k.get('count');
        k.when(ne(count, last));
        k.set('count', 0, add(count, 1));
      },
    },
  ],
  invariants: [{ statement: 'the count is small', holds: (k) => lt(k.get('count'), 1000) }],
});

describe('an exploration', () => {
  it('ends where nothing more can happen', () => {
    const { distinct, depth, ends, violation } = exploreModel(counter(100, 99));
    expect({ distinct, depth, ends, violation }).toEqual({ distinct: 100, depth: 99, ends: 1, violation: null });
  });

  it('finds that wrong if it is', () => {
    const { violation } = exploreModel(counter(100, 4), { noEnds: true });
    expect(violation?.statement).toBe('something can happen');
    expect(violation?.trace.map(({ action, state }) => [action, state['count']])).toEqual([
      [null, 0],
      ['Up', 1],
      ['Up', 2],
      ['Up', 3],
      ['Up', 4],
    ]);
    expect(violation?.trace[0]?.state['other']).toEqual([4, 3]);
  });

  it.each([
    ['states', 50],
    ['depth', 50],
  ] as const)('stops at a bound of %s and says so', (name, limit) => {
    const { bound, distinct, queue } = exploreModel(counter(100, 99), { limits: { [name]: limit } });
    expect(bound).toBe(name);
    expect(distinct).toBe(51);
    expect(queue).toBeLessThanOrEqual(1);
  });

  it('stops before it needs more memory than it may', () => {
    const most = 300_000;
    const { bound, bytes, distinct } = exploreModel(ipcModel(THREE), { limits: { bytes: most } });
    expect(bound).toBe('bytes');
    expect(distinct).toBeGreaterThan(1000);
    expect(bytes.seen + bytes.log + bytes.queue).toBeLessThanOrEqual(most);
  });

  it('tells how far it is at every level', () => {
    const depths: number[] = [];
    exploreModel(counter(5, 4), { onProgress: ({ distinct }) => depths.push(distinct) });
    expect(depths).toEqual([1, 2, 3, 4, 5].map((count) => Math.min(count + 1, 5)));
  });
});

describe('a model that does not fit its fields', () => {
  it('is refused when a value that it gives is none of the field', () => {
    expect(() => exploreModel(counter(100, 200))).toThrow('counter: count has no such value or element: 100');
  });

  it.each([
    ['count takes 33 bits', { count: { values: 2 ** 11, count: 3 } }],
    ['count has no values', { count: { values: 0 } }],
    ['count cannot begin as 9', { count: { values: 9, initial: 9 } }],
  ])('%s', (message, fields) => {
    expect(() => exploreModel({ name: 'bad', fields, rules: [], invariants: [] })).toThrow(message);
  });

  it.each([
    ['count cannot become 3', 0, 3],
    ['count has no element 1', 1, 0],
  ])('%s', (message, index, value) => {
    const model: Model<'count'> = {
      name: 'bad',
      fields: { count: { values: 3 } },
      rules: [
        {
          name: 'Set',
          parameters: [],
          body: (k) => {
            k.set('count', index, value);
          },
        },
      ],
      invariants: [],
    };
    expect(() => exploreModel(model)).toThrow(message);
  });

  it('nor may a value be used outside of the branch that it was read in', () => {
    const model: Model<'count'> = {
      name: 'bad',
      fields: { count: { values: 3 } },
      rules: [
        {
          name: 'Leak',
          parameters: [],
          body: (k) => {
            let leaked = k.get('count');
            k.branch(eq(leaked, 0), () => {
              leaked = sub(k.get('count'), 1);
            });
            k.when(not(eq(leaked, 0)));
          },
        },
      ],
      invariants: [],
    };
    expect(() => exploreModel(model)).toThrow('a value is used outside of the branch');
  });
});
