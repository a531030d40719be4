/** What stands for a state, and for all states that are alike. */
import { describe, expect, it } from 'vitest';
import type { KernelState } from '../../../spec/state/kernel-state.ts';
import { bootState } from '../../../spec/state/initial.ts';
import { openSearch } from '../../../refinement/explore/open.ts';
import { explorationNames } from '../../../refinement/explore/shipped.ts';
import { random } from '../../../refinement/program/random.ts';
import { toKernelStep } from '../../../refinement/program/program.ts';
import { stepSpec } from '../../../refinement/step/spec-step.ts';
import { explored, specOf } from './explored.ts';

describe('a fingerprint', () => {
  it('is the same from step to step as from scratch', async () => {
    for (const name of explorationNames()) {
      const { actions, fingerprints: print, kernels, setting } = await openSearch(specOf(name, { isSpecAlone: true }));
      const r = random(7);
      let s = bootState(kernels.config, kernels.compiled(setting).world.boot);
      print.of(s);
      let { lo: a, hi: b } = print;
      let sums = print.sums();
      const seen = new Set([`${a} ${b}`]);
      for (let n = 0; n < 300; n++) {
        const { by, row } = r.pick(actions);
        const step = by === null || by === s.globals.currentThread ? toKernelStep(row, s) : null;
        if (step === null) continue;
        const t = stepSpec(s, step);
        print.after(sums, s, t);
        [a, b] = [print.lo, print.hi];
        print.of(t);
        expect([print.lo, print.hi]).toEqual([a, b]);
        sums = print.sums();
        seen.add(`${a} ${b}`);
        s = t;
      }
      expect(seen.size).toBeGreaterThan(3);
    }
  });
});

const DEPTH = 7;

describe('interchangeable components', () => {
  it('leave as many states as there are kinds of them among all', { timeout: 60_000 }, async () => {
    const spec = { isSpecAlone: true, properties: ['no_fail'] };
    const {
      actions,
      fingerprints: whole,
      kernels,
      setting,
    } = await openSearch(specOf('ipc-alike', { ...spec, symmetry: false }));
    const { fingerprints: kinds } = await openSearch(specOf('ipc-alike', spec));
    const first = bootState(kernels.config, kernels.compiled(setting).world.boot);
    const seen = new Set<string>();
    const seenKinds = new Set<string>();
    let level: KernelState[] = [first];
    for (let depth = 0; depth <= DEPTH; depth++) {
      const next: KernelState[] = [];
      for (const s of level) {
        whole.of(s);
        if (seen.has(`${whole.hi} ${whole.lo}`)) continue;
        seen.add(`${whole.hi} ${whole.lo}`);
        kinds.of(s);
        seenKinds.add(`${kinds.hi} ${kinds.lo}`);
        for (const { by, row } of actions) {
          const step = by === null || by === s.globals.currentThread ? toKernelStep(row, s) : null;
          if (step !== null) next.push(stepSpec(s, step));
        }
      }
      level = next;
    }
    const [all, reduced] = [
      await explored('ipc-alike', { ...spec, symmetry: false }, { depth: DEPTH }),
      await explored('ipc-alike', spec, { depth: DEPTH }),
    ];
    expect(all.result.distinct).toBe(seen.size);
    expect(reduced.result.distinct).toBe(seenKinds.size);
    expect(seen.size).toBeGreaterThan(seenKinds.size);
  });

  it.each([
    [['a', 'nobody'], /interchangeable: there is no component 'nobody'/],
    [['a', 'a'], /interchangeable: 'a' is there twice/],
    [['a', 'server'], /interchangeable: other events happen in 'a' than in 'server'/],
  ])('must be alike: %j', async (names, reason) => {
    const { text } = specOf('ipc-alike');
    const changed = text.replace('interchangeable: [a, b, c]', `interchangeable: [${names.join(', ')}]`);
    await expect(openSearch({ ...specOf('ipc-alike'), text: changed })).rejects.toThrow(reason);
  });
});
