/** Small systems are searched to their ends, and what is found is a shortest way to it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import * as build from '../../../refinement/build/build.mjs';
import { makeChecker } from '../../../refinement/campaign/checker.ts';
import { defectNamed } from '../../../refinement/defects/catalogue.ts';
import { buildDefective } from '../../../refinement/defects/hunt.ts';
import { alphabetOf } from '../../../refinement/explore/alphabet.ts';
import { buffersOf, fingerprint, fingerprintAfter, hi, lo } from '../../../refinement/explore/fingerprint.ts';
import { decodeExploration } from '../../../refinement/explore/format.ts';
import type { Driver, Limits, Searched, SearchResult } from '../../../refinement/explore/search.ts';
import { lockstepDriver, search, specDriver } from '../../../refinement/explore/search.ts';
import { explorationNames, openExploration } from '../../../refinement/explore/shipped.ts';
import { Visited } from '../../../refinement/explore/visited.ts';
import { random } from '../../../refinement/program/random.ts';
import { toKernelStep } from '../../../refinement/program/program.ts';
import type { Kernels } from '../../../refinement/step/kernels.ts';
import { loadKernels } from '../../../refinement/step/kernels.ts';
import { stepSpec } from '../../../refinement/step/spec-step.ts';
import { bootState } from '../../../spec/state/initial.ts';

const folder = mkdtempSync(join(build.dist, 'explore-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const kernels = await loadKernels('systems');
const NO_LIMITS: Limits = { depth: Infinity, states: Infinity, isOver: () => false };

function opened(
  name: string,
  on: Kernels = kernels,
): { readonly both: Driver; readonly spec: Driver; readonly searched: Searched } {
  const { exploration, shown } = openExploration(name);
  const { boot, ...world } = on.compiled({ system: exploration.system, without: [], pairs: false }).world;
  const lockstep = makeChecker(on, { properties: null, fullEvery: 64 });
  return {
    both: lockstepDriver(lockstep, () => lockstep.boot(boot)),
    spec: specDriver(
      () => bootState(on.config, boot),
      () => null,
    ),
    searched: {
      actions: alphabetOf(exploration.events, on.config, { ...world, boot }, shown),
      buffers: buffersOf(boot, on.config),
    },
  };
}

function run(driver: Driver, searched: Searched, limits: Partial<Limits> = {}): SearchResult {
  const running = search(driver, searched, { ...NO_LIMITS, ...limits });
  for (;;) {
    const { done, value } = running.next();
    if (done === true) return value;
  }
}

/** What can be reached, and by how many ways: another number is another kernel, or another search. */
const COUNTS: Readonly<
  Record<string, { readonly states: number; readonly transitions: number; readonly depth: number }>
> = {
  interrupts: { states: 135, transitions: 945, depth: 9 },
  'ipc-three-threads': { states: 270, transitions: 846, depth: 13 },
  'ipc-two-threads': { states: 99, transitions: 486, depth: 8 },
  'notification-binding': { states: 387, transitions: 1494, depth: 14 },
  'page-mapping': { states: 408, transitions: 2160, depth: 12 },
  'reply-capabilities': { states: 156, transitions: 816, depth: 10 },
  'retype-and-delete': { states: 141, transitions: 1128, depth: 13 },
  'revoke-preempted': { states: 408, transitions: 2904, depth: 15 },
  'two-domains': { states: 8208, transitions: 23436, depth: 25 },
};

describe('a shipped system', () => {
  it.each(explorationNames())(
    '%s is searched to its end on both sides, and nothing is violated',
    { timeout: 120_000 },
    (name) => {
      const { both, searched } = opened(name);
      const { distinct, generated, depth, bound, failure, actions } = run(both, searched);
      expect(failure).toBeNull();
      expect(bound).toBeNull();
      expect({ states: distinct, transitions: generated, depth }).toEqual(COUNTS[name]);
      expect(actions.filter(({ taken }) => taken === 0)).toEqual([]);
    },
  );

  it.each(explorationNames())('%s has as many states for the specification alone', { timeout: 60_000 }, (name) => {
    const { spec, searched } = opened(name);
    const { distinct, generated, depth } = run(spec, searched);
    expect({ states: distinct, transitions: generated, depth }).toEqual(COUNTS[name]);
  });
});

describe('bounds', () => {
  it.each([
    ['depth', { depth: 3 }],
    ['states', { states: 40 }],
    ['time', { isOver: () => true }],
  ] as const)('%s is said to be what the search ended by', (bound, limits) => {
    const { spec, searched } = opened('ipc-two-threads');
    const result = run(spec, searched, limits);
    expect(result.bound).toBe(bound);
    expect(result.distinct).toBeLessThan(COUNTS['ipc-two-threads']?.states ?? 0);
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
      const on = await loadKernels('systems', bundle);
      const { both, searched } = opened(exploration, on);
      const { failure } = run(both, searched);
      expect(failure?.program).toHaveLength(events);
      // The same again as `replay` does it, from the beginning.
      const { boot } = on.compiled({
        system: openExploration(exploration).exploration.system,
        without: [],
        pairs: false,
      }).world;
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

describe('a fingerprint', () => {
  it('is the same from step to step as from scratch', () => {
    for (const name of explorationNames()) {
      const { searched } = opened(name);
      const { actions, buffers } = searched;
      const { exploration } = openExploration(name);
      const { boot } = kernels.compiled({ system: exploration.system, without: [], pairs: false }).world;
      const r = random(7);
      let s = bootState(kernels.config, boot);
      fingerprint(s, buffers);
      let [a, b] = [lo, hi];
      const seen = new Set([`${a} ${b}`]);
      for (let n = 0; n < 300; n++) {
        const { by, row } = r.pick(actions);
        const step = by === null || by === s.globals.currentThread ? toKernelStep(row, s) : null;
        if (step === null) continue;
        const t = stepSpec(s, step);
        fingerprintAfter(a, b, s, t, buffers);
        [a, b] = [lo, hi];
        fingerprint(t, buffers);
        expect([lo, hi]).toEqual([a, b]);
        seen.add(`${a} ${b}`);
        s = t;
      }
      expect(seen.size).toBeGreaterThan(3);
    }
  });
});

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
    expect(visited.bytes / visited.size).toBeLessThan(32);
    expect(visited.pathTo(3)).toEqual([1, 2, 3]);
    expect(visited.pathTo(0)).toEqual([]);
  });

  it('takes two empty halves for a state, too', () => {
    const visited = new Visited();
    expect(visited.add(0, 0, 0, 0)).toBe(0);
    expect(visited.add(0, 0, 0, 0)).toBe(-1);
  });
});

describe('a description that cannot be searched', () => {
  const good = JSON.stringify(openExploration('ipc-two-threads').exploration);
  const change = (edit: (value: { events: Record<string, unknown>[] }) => void): string => {
    const value = JSON.parse(good) as { events: Record<string, unknown>[] };
    edit(value);
    return JSON.stringify(value);
  };
  const alphabet = (text: string): unknown => {
    const { system, events } = decodeExploration(text, 'x.json');
    return alphabetOf(events, kernels.config, kernels.compiled({ system, without: [], pairs: false }).world, 'x.json');
  };

  it.each([
    ['{', /x\.json: is neither YAML nor JSON/],
    ['schema: somebody-elses/1', /x\.json: does not say 'schema: corres-exploration\/1'/],
    [change((value) => value.events.splice(0)), /x\.json: events: nothing happens in it/],
    [change((value) => (value.events[0] = { op: 5 })), /x\.json: events\.0\.op is 5/],
    [change((value) => (value.events[1] = { op: 'Jump' })), /x\.json: events\.1: there is no operation 'Jump'/],
    [
      change((value) => (value.events[1] = { op: 'Call', by: 'nobody.main', cap: 'ep' })),
      /events\.1: there is no thread 'nobody\.main'/,
    ],
    [change((value) => (value.events[1] = { op: 'Call', cap: 'nothing' })), /events\.1: nothing is called 'nothing'/],
    [change((value) => (value.events[1] = { op: 'Call' })), /events\.1: Call needs a cap/],
  ])('is refused with its place: %#', (text, reason) => {
    expect(() => alphabet(text)).toThrow(reason);
  });

  it('is asked for by a name that there is', () => {
    expect(() => openExploration('nothing')).toThrow(/unknown exploration 'nothing'; there are: .*ipc-two-threads/);
    expect(() => openExploration('./nothing.yaml')).toThrow(/nothing\.yaml: cannot be read/);
  });
});
