/** Objects are taken away from those who wait for them: the last capability goes, and whoever waited is let go of. */
import { expect, it } from 'vitest';
import { toKernelStep } from '../../../refinement/program/program.ts';
import { random } from '../../../refinement/program/random.ts';
import { surroundings } from '../../../refinement/program/surroundings.ts';
import { takeAway } from '../../../refinement/program/take-away.ts';
import { loadKernels } from '../../../refinement/step/kernels.ts';
import { makeLockstep } from '../../../refinement/step/lockstep.ts';
import { stepSpec } from '../../../refinement/step/spec-step.ts';
import type { KernelState } from '../../../spec/state/kernel-state.ts';
import * as PMap from '../../../spec/state/pmap.ts';
import { visitStates } from '../../helpers/mcs-runs.ts';

const ENOUGH = 3;

/** What somebody waits for, by kind, with how many wait; reply objects as long as they are in use. */
function awaited(s: KernelState): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const add = (kind: string, count: number): void => {
    found.set(kind, (found.get(kind) ?? 0) + count);
  };
  PMap.forEach(s.heap, (object) => {
    if (object._tag === 'SendEP' || object._tag === 'RecvEP') add('endpoint', object.queue.length);
    if (object._tag === 'Notification' && object.state._tag === 'WaitingNtfn')
      add('notification', object.state.queue.length);
    if (object._tag === 'Reply' && object.tcb !== null) add('reply', 1);
  });
  return found;
}

it.each([
  ['small', ['endpoint', 'notification']],
  ['small-mcs', ['endpoint', 'notification', 'reply']],
] as const)('%s: %j', async (name, kinds) => {
  const kernels = await loadKernels(name);
  const lockstep = makeLockstep(kernels.config, kernels.impl, { invariants: [], paths: false, fullEvery: 1000 });
  const gone = new Map<string, number>(kinds.map((kind) => [kind, 0]));
  let n = 0;
  visitStates(kernels, lockstep, 600, (s) => {
    if (s.globals.currentThread === s.globals.idleThread) return false;
    const row = takeAway(random(n++), surroundings(s, 0), s);
    if (row?.op !== 'CNode_Delete') return false;
    const step = toKernelStep(row, s);
    if (step === null) return false;
    const [before, after] = [awaited(s), awaited(stepSpec(s, step))];
    for (const kind of kinds)
      if ((after.get(kind) ?? 0) < (before.get(kind) ?? 0)) gone.set(kind, (gone.get(kind) ?? 0) + 1);
    return kinds.every((kind) => (gone.get(kind) ?? 0) >= ENOUGH);
  });
  expect(Math.min(...gone.values())).toBeGreaterThanOrEqual(ENOUGH);
});
