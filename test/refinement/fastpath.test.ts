/** Random programs full of round trips: the fastpath is taken exactly when it should be, and does exactly what the slow path would have done. */
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { INVARIANTS } from '../../properties/catalogue.ts';
import { FASTPATH_CALL_TAKEN, FASTPATH_REPLY_RECV_TAKEN } from '../../properties/fastpath.ts';
import { isAbout } from '../../refinement/campaign/checker.ts';
import { dist } from '../../refinement/build/build.mjs';
import { generateRow, taste } from '../../refinement/program/generate.ts';
import { toKernelStep } from '../../refinement/program/program.ts';
import { hash, random } from '../../refinement/program/random.ts';
import type { ImplKernel } from '../../refinement/step/impl-kernel.ts';
import { loadImpl } from '../../refinement/step/impl-kernel.ts';
import type { Failure, Lockstep } from '../../refinement/step/lockstep.ts';
import { makeLockstep } from '../../refinement/step/lockstep.ts';
import { world } from '../../refinement/world/world.ts';
import { SMALL } from '../../spec/abi/config.ts';

let fast: ImplKernel;
let slow: ImplKernel;
beforeAll(async () => {
  fast = await loadImpl(join(dist, 'impl/small.mjs'));
  slow = await loadImpl(join(dist, 'impl/small.mjs'));
});

/** Programs of many round trips, up to the first that fails; null when none does. */
function firstFailure(lockstep: Lockstep): Failure | null {
  const { boot } = world(SMALL, { idleThread: fast.layout.IDLE_THREAD, irqNode: fast.layout.KS_IRQ_NODE });
  for (let run = 0; run < 12; run++) {
    const r = random(hash(3, run));
    const style = { ...taste(r, SMALL), rallyRate: 0.5 };
    const atBoot = lockstep.boot(boot);
    if (atBoot !== null) return atBoot;
    for (let n = 0; n < 120; n++) {
      const row = generateRow(r, style, lockstep.state) ?? { op: 'Tick', word: 0n };
      const step = toKernelStep(row, lockstep.state);
      const failure = step === null ? null : lockstep.step(step);
      if (failure !== null) return failure;
    }
  }
  return null;
}

it('takes the right path to the right result', () => {
  const decided = new Map<string, number>();
  const lockstep = makeLockstep(SMALL, fast, {
    invariants: INVARIANTS.filter((invariant) => isAbout(invariant, ['classic', 'benno', 'fastpath'])),
    fullEvery: 64,
    slow,
    onDecided: (property, by) => decided.set(`${property}: ${by}`, (decided.get(`${property}: ${by}`) ?? 0) + 1),
  });
  expect(firstFailure(lockstep)).toBeNull();
  expect(decided.get(`${FASTPATH_CALL_TAKEN.name}: taken`)).toBeGreaterThan(20);
  expect(decided.get(`${FASTPATH_REPLY_RECV_TAKEN.name}: taken`)).toBeGreaterThan(20);
  expect(decided.size).toBeGreaterThan(10);
});

it('is a violation when only the slow path crashes', () => {
  const crashing: ImplKernel = {
    ...slow,
    enterSlowly: () => {
      throw new Error('not this way');
    },
  };
  const lockstep = makeLockstep(SMALL, fast, { invariants: [], fullEvery: 64, slow: crashing });
  expect(firstFailure(lockstep)?.what).toContain('the slow path does not come to its end: not this way');
});
