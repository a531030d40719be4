/** Small systems are searched to their ends, and what is found is a shortest way to it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import * as build from '../../../refinement/build/build.mjs';
import { makeChecker } from '../../../refinement/campaign/checker.ts';
import { defectNamed } from '../../../refinement/defects/catalogue.ts';
import { buildDefective } from '../../../refinement/defects/hunt.ts';
import type { Expander } from '../../../refinement/explore/expander.ts';
import { localExpander } from '../../../refinement/explore/expander.ts';
import { workerExpander } from '../../../refinement/explore/pool.ts';
import { openSearch } from '../../../refinement/explore/open.ts';
import type { Limits, SearchResult } from '../../../refinement/explore/search.ts';
import { search } from '../../../refinement/explore/search.ts';
import { explorationNames } from '../../../refinement/explore/shipped.ts';
import { toKernelStep } from '../../../refinement/program/program.ts';
import { loadKernels } from '../../../refinement/step/kernels.ts';
import { COUNTS, LARGE } from './counts.ts';
import { NO_LIMITS, explored, specOf } from './explored.ts';

const folder = mkdtempSync(join(build.dist, 'explore-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('a shipped system', () => {
  it.each(explorationNames().filter((name) => !LARGE.includes(name)))(
    '%s is searched to its end on both sides, and nothing is violated',
    { timeout: 120_000 },
    async (name) => {
      const { result, answers } = await explored(name);
      const { distinct, generated, depth, bound, failure, actions } = result;
      expect(failure).toBeNull();
      expect(bound).toBeNull();
      expect({ states: distinct, transitions: generated, depth }).toEqual(COUNTS[name]);
      expect(actions.filter(({ taken }) => taken === 0)).toEqual([]);
      expect(answers.filter(({ lasso, waitingIn }) => lasso !== null || waitingIn === 0)).toEqual([]);
    },
  );

  it.each(explorationNames())(
    '%s has as many states for the specification alone',
    { timeout: 60_000 },
    async (name) => {
      const properties = LARGE.includes(name) ? ['no_fail'] : null;
      const { distinct, generated, depth } = (await explored(name, { isSpecAlone: true, properties })).result;
      expect({ states: distinct, transitions: generated, depth }).toEqual(COUNTS[name]);
    },
  );
});

describe('bounds', () => {
  it.each([
    ['depth', { depth: 3 }],
    ['states', { states: 40 }],
    ['time', { isOver: () => true }],
  ] as const)('%s is said to be what the search ended by', async (bound, limits) => {
    const { result } = await explored('two-domains', { isSpecAlone: true }, limits);
    expect(result.bound).toBe(bound);
    expect(result.distinct).toBeLessThan(COUNTS['two-domains']?.states ?? 0);
    expect(result.queue).toBeGreaterThan(0);
  });

  it('a bound on the depth leaves exactly its last level to go', async () => {
    const { result } = await explored('two-domains', { isSpecAlone: true }, { depth: 3 });
    expect(result.depth).toBe(3);
    expect(result.levels).toHaveLength(4);
    expect(result.queue).toBe(result.levels[3]);
  });

  it('a bound that everything is within is none', async () => {
    const { result } = await explored('ipc-two-threads', { isSpecAlone: true }, { depth: 9, states: 322 });
    expect(result.bound).toBeNull();
    expect(result.distinct).toBe(321);
  });
});

/** Defects that show in a shipped system, with how many events it takes. */
const FOUND = [
  ['move-over-capability', 'reply-capabilities', 5],
  ['suspend-keeps-restart-pc', 'reply-capabilities', 4],
  ['receive-overlooks-signal', 'notification-binding', 4],
  ['candidate-overtakes', 'ipc-three-threads', 3],
] as const;

describe('a seeded defect', () => {
  it.each(FOUND)(
    '%s is found in %s after %i events, and a program shows it',
    { timeout: 60_000 },
    async (name, exploration, events) => {
      const defect = defectNamed(name);
      if (defect === undefined) throw new Error(`there is no defect ${name}`);
      const { bundle } = await buildDefective(build, { ...defect, config: 'systems' }, folder);
      const { opened, result } = await explored(exploration, { bundle });
      const { failure } = result;
      expect(failure?.program).toHaveLength(events);
      // The same again as `replay` does it, from the beginning.
      const on = await loadKernels('systems', bundle);
      const { boot } = on.compiled(opened.setting).world;
      const lockstep = makeChecker(on, { properties: null, fullEvery: 1 });
      let seen = lockstep.boot(boot);
      for (const row of failure?.program ?? []) {
        const step = toKernelStep(row, lockstep.state);
        if (step !== null) seen ??= lockstep.step(step);
      }
      expect(seen?.property).toBe(failure?.failure.property);
    },
  );
});

describe('a search that may keep few states', () => {
  it.each([
    [0, 1],
    [40, 1],
    [40, 2],
  ])(
    '%d, with %d at work, works the others out again and finds the same',
    { timeout: 120_000 },
    async (mostKept, many) => {
      const of = async (expanders: number, kept?: number): Promise<SearchResult> => {
        const opened = await Promise.all(Array.from({ length: expanders }, () => openSearch(specOf('ipc-alike'))));
        const { actions = [] } = opened[0] ?? {};
        const limits = { ...NO_LIMITS, states: 700 };
        return search(opened.map(localExpander), {
          actions,
          limits,
          ...(kept === undefined ? {} : { mostKept: kept }),
        });
      };
      expect(await of(many, mostKept)).toEqual(await of(1));
    },
  );
});

describe('two workers', () => {
  // Short rounds, so that one is always under way while another is counted.
  it.each<[string, Partial<Limits>]>([
    ['to the end', {}],
    ['as deep as asked', { depth: 9 }],
    ['as many states as asked', { states: 700 }],
  ])(
    'that get the next round before the last is counted find the same, %s',
    { timeout: 120_000 },
    async (_, limits) => {
      const spec = specOf('ipc-alike', { isSpecAlone: true });
      const { actions } = await openSearch(spec);
      const threads = [workerExpander(spec), workerExpander(spec)];
      const of = (expanders: readonly Expander[]): Promise<SearchResult> =>
        search(expanders, { actions, limits: { ...NO_LIMITS, ...limits }, round: 16 });
      try {
        const [one, two] = [await of([localExpander(await openSearch(spec))]), await of(threads)];
        expect({ ...two, exercised: [] }).toEqual({ ...one, exercised: [] });
        expect(one.distinct).toBeGreaterThan(300);
      } finally {
        await Promise.all(threads.map(({ close }) => close()));
      }
    },
  );

  it.each(['two-domains', 'answers', 'ipc-alike'])(
    'find in %s what one finds, number for number',
    { timeout: 120_000 },
    async (name) => {
      const limits = { states: 700 };
      const [one, two] = [await explored(name, {}, limits), await explored(name, {}, limits, 2)];
      expect(two.result).toEqual(one.result);
      expect(two.answers).toEqual(one.answers);
    },
  );

  it('find the same failure', { timeout: 120_000 }, async () => {
    const defect = defectNamed('suspend-keeps-restart-pc');
    if (defect === undefined) throw new Error('there is no such defect');
    const { bundle } = await buildDefective(build, { ...defect, config: 'systems' }, folder);
    const [one, two] = [
      await explored('reply-capabilities', { bundle }),
      await explored('reply-capabilities', { bundle }, {}, 2),
    ];
    expect(one.result.failure).not.toBeNull();
    // Beyond the failure, one worker may have seen what two have not.
    expect({ ...two.result, exercised: [] }).toEqual({ ...one.result, exercised: [] });
  });
});

describe('what is asked', () => {
  it('is nothing that a search has not got', async () => {
    for (const property of ['nonleakage', 'queue_depth_bounded', 'refills_conserved'])
      await expect(explored('ipc-two-threads', { properties: [property] })).rejects.toThrow(
        `'${property}' is not asked in a search like this one`,
      );
    await expect(explored('ipc-two-threads', { properties: ['refinement'], isSpecAlone: true })).rejects.toThrow(
      /is not asked/,
    );
  });

  it('is said to be exercised only where it was', { timeout: 60_000 }, async () => {
    const { result } = await explored('ipc-two-threads', { wholeEvery: 1 });
    expect(result.exercised).toContain('valid_ep');
    expect(result.exercised).not.toContain('untyped_inc');
    expect(specOf('ipc-two-threads').properties).toBeNull();
  });
});
