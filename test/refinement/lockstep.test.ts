/** What the lockstep does not look at in a step it looks at in the next pass over everything, and a world is put back as it was. */
import { beforeAll, expect, it } from 'vitest';
import { INVARIANTS } from '../../properties/catalogue.ts';
import { featuresOf, isAbout } from '../../refinement/campaign/checker.ts';
import type { Row } from '../../refinement/program/program.ts';
import { toKernelStep } from '../../refinement/program/program.ts';
import type { Kernels } from '../../refinement/step/kernels.ts';
import { loadKernels } from '../../refinement/step/kernels.ts';
import type { Failure, Lockstep } from '../../refinement/step/lockstep.ts';
import { makeLockstep } from '../../refinement/step/lockstep.ts';

const TICK: Row = { op: 'Tick', word: 0n };

let kernels: Kernels;
let lockstep: Lockstep;
beforeAll(async () => {
  kernels = await loadKernels('x86_64');
  lockstep = makeLockstep(kernels.config, kernels.impl, {
    invariants: INVARIANTS.filter((invariant) => isAbout(invariant, featuresOf(kernels))),
    fullEvery: 2,
  });
});

function tick(): Failure | null {
  const step = toKernelStep(TICK, lockstep.state);
  if (step === null) throw new Error('an interrupt can always come');
  return lockstep.step(step);
}

it('finds a stray write far from all objects at the next pass', () => {
  const { impl, config } = kernels;
  const last = config.ramSize / 4 - 1;
  expect(lockstep.boot(kernels.world(0).boot)).toBeNull();
  impl.words[last] = 1;
  expect(tick()).toBeNull();
  expect(tick()).toMatchObject({ failureClass: 'difference', fullPass: true });
});

it('boots the same world again after it was left in disorder', () => {
  const { impl, config } = kernels;
  const { boot } = kernels.world(0);
  expect(lockstep.boot(boot)).toBeNull();
  const ram = new Uint8Array(impl.memory.buffer, 0, config.ramSize);
  const fresh = ram.slice();
  for (const index of [0, config.ramSize / 8, config.ramSize / 4 - 1]) {
    expect(tick()).toBeNull();
    impl.words[index] = 0xdead;
    expect(lockstep.boot(boot)).toBeNull();
    expect(Buffer.compare(ram, fresh)).toBe(0);
    expect(tick()).toBeNull();
    expect(tick()).toBeNull();
  }
});
