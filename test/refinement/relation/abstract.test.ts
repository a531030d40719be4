/** The abstraction function gives back the specification's state, of everything that random programs did, as long as both kernels agree. */
import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import type { KernelState } from '../../../spec/state/kernel-state.ts';
import * as PMap from '../../../spec/state/pmap.ts';
import { generateRow, taste } from '../../../refinement/program/generate.ts';
import { toKernelStep } from '../../../refinement/program/program.ts';
import { hash, random } from '../../../refinement/program/random.ts';
import type { Doubtful } from '../../../refinement/relation/abstract.ts';
import { abstractState } from '../../../refinement/relation/abstract.ts';
import { imageOf } from '../../../refinement/relation/image.ts';
import { loadKernels } from '../../../refinement/step/kernels.ts';
import { makeLockstep } from '../../../refinement/step/lockstep.ts';

/** Everything that there is. */
function everything(s: KernelState): Doubtful {
  const keys = <V>(map: PMap.PMap<V>, unit: number): number[] => {
    const found: number[] = [];
    PMap.forEach(map, (_, key) => found.push(key * unit));
    return found;
  };
  return { objects: keys(s.heap, 16), slots: keys(s.caps, 32), queues: keys(s.queues, 1), words: keys(s.memory, 8) };
}

/** The tree knows which capability a root came from, and the list does not: roots and their order are not in it. */
function differences(is: KernelState, should: KernelState): readonly string[] {
  const found: string[] = [];
  const maps = ['heap', 'caps', 'queues', 'memory'] as const;
  for (const name of maps)
    PMap.diff<unknown>(is[name], should[name], (key, a, b) => {
      if (!isDeepStrictEqual(a, b)) found.push(`${name} ${key.toString(16)}`);
    });
  PMap.diff(is.cdt, should.cdt, (key, a, b) => {
    if (!isDeepStrictEqual(a, b)) found.push(`cdt ${key.toString(16)}`);
  });
  for (const name of Object.keys(should.globals) as (keyof KernelState['globals'])[])
    if (!isDeepStrictEqual(is.globals[name], should.globals[name])) found.push(name);
  return found;
}

it.each(['small', 'systems', 'small-riscv64', 'small-mcs'])('%s', async (configName) => {
  const { config, impl, world } = await loadKernels(configName);
  const lockstep = makeLockstep(config, impl, { invariants: [], fullEvery: 1000 });
  const image = imageOf(impl, config);
  let seen = 0;
  for (let run = 0; run < 12; run++) {
    const r = random(hash(3, run));
    expect(lockstep.boot(world(run % 4).boot)).toBeNull();
    const style = taste(r, config);
    for (let n = 0; n < 120; n++) {
      const row = generateRow(r, style, lockstep.state) ?? { op: 'Tick' as const, word: 0n };
      const step = toKernelStep(row, lockstep.state);
      if (step === null) continue;
      expect(lockstep.step(step)).toBeNull();
      if (n % 10 !== 0) continue;
      const s = lockstep.state;
      expect(differences(abstractState(image, s, everything(s)), s)).toEqual([]);
      seen++;
    }
  }
  expect(seen).toBeGreaterThan(100);
});

it('says what memory says, where that is something else', async () => {
  const { config, impl, world } = await loadKernels('small');
  const lockstep = makeLockstep(config, impl, { invariants: [], fullEvery: 1000 });
  lockstep.boot(world(0).boot);
  const s = lockstep.state;
  const thread = s.globals.currentThread;
  const image = imageOf(impl, config);
  const words = impl.words;
  const L = impl.layout;
  words[(thread + L.TCB_PRIORITY - impl.ramBase) >>> 2] = 3;
  words[(L.KS_CUR_DOMAIN - impl.ramBase) >>> 2] = 1;
  const t = abstractState(image, s, everything(s));
  expect(t.globals.currentDomain).toBe(1);
  const tcb = PMap.get(t.heap, thread / 16);
  expect(tcb?._tag === 'Tcb' && tcb.priority).toBe(3);
  expect(differences(t, s)).toEqual([`heap ${(thread / 16).toString(16)}`, 'currentDomain']);
});
