/** States that random programs of the MCS kernel come to, on both sides. */
import { generateRow, taste } from '../../refinement/program/generate.ts';
import type { Row } from '../../refinement/program/program.ts';
import { toKernelStep } from '../../refinement/program/program.ts';
import { hash, random } from '../../refinement/program/random.ts';
import type { Kernels } from '../../refinement/step/kernels.ts';
import type { Lockstep } from '../../refinement/step/lockstep.ts';
import { worldCount } from '../../refinement/world/world.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import type { KernelObject } from '../../spec/state/objects.ts';
import * as PMap from '../../spec/state/pmap.ts';

const TICK: Row = { op: 'Tick', word: 0n };

/** Calls `visit` after every step of so many programs, until it says that it has seen enough. */
export function visitStates(
  { config, world }: Kernels,
  lockstep: Lockstep,
  programs: number,
  visit: (s: KernelState, before: KernelState, row: Row) => boolean,
): void {
  for (let run = 0; run < programs; run++) {
    const r = random(hash(11, run));
    const failure = lockstep.boot(world(run % worldCount(config)).boot);
    if (failure !== null) throw new Error(failure.what);
    const style = taste(r, config);
    for (let n = 0; n < 120; n++) {
      const before = lockstep.state;
      const row = generateRow(r, style, before) ?? TICK;
      const step = toKernelStep(row, before);
      if (step === null) continue;
      const broken = lockstep.step(step);
      if (broken !== null) throw new Error(broken.what);
      if (visit(lockstep.state, before, row)) return;
    }
  }
}

type Found<T extends KernelObject['_tag']> = readonly (readonly [number, Extract<KernelObject, { _tag: T }>])[];

function objectsOf<T extends KernelObject['_tag']>(s: KernelState, tag: T): Found<T> {
  const found: [number, Extract<KernelObject, { _tag: T }>][] = [];
  PMap.forEach(s.heap, (value, key) => {
    if (value._tag === tag) found.push([key * 16, value as Extract<KernelObject, { _tag: T }>]);
  });
  return found;
}
export const contextsOf = (s: KernelState): Found<'SchedContext'> => objectsOf(s, 'SchedContext');
export const repliesOf = (s: KernelState): Found<'Reply'> => objectsOf(s, 'Reply');
export const threadsOf = (s: KernelState): Found<'Tcb'> => objectsOf(s, 'Tcb');

/** Of the places where time is hard, those that the state shows. */
export function hardPlaces(s: KernelState): readonly string[] {
  const contexts = contextsOf(s).map(([, context]) => context);
  const inStack = new Set(contexts.flatMap(({ replies }) => replies));
  const found: readonly (readonly [string, boolean])[] = [
    ['a call stack', contexts.some(({ replies }) => replies.length > 0)],
    ['a call stack of two', contexts.some(({ replies }) => replies.length > 1)],
    [
      'an answer that no context comes back through',
      repliesOf(s).some(([ref, { tcb }]) => {
        const waits = threadsOf(s).some(([at, { state }]) => at === tcb && state._tag === 'BlockedOnReply');
        return waits && !inStack.has(ref);
      }),
    ],
    ['a thread that waits for its budget', s.globals.time.releaseQueue.length > 0],
    ['two threads that wait for their budgets', s.globals.time.releaseQueue.length > 1],
    ['three refills', contexts.some(({ refills }) => refills.length > 2)],
    [
      'as many refills as there may be',
      contexts.some(({ refills, refillMax }) => refillMax > 2 && refills.length === refillMax),
    ],
    ['a thread that yielded', contexts.some(({ yieldFrom }) => yieldFrom !== null)],
    ['a notification that lends', contexts.some(({ notification }) => notification !== null)],
    ['a timeout', threadsOf(s).some(([, { fault }]) => fault?._tag === 'Timeout')],
    ['a domain whose slice is over soon', s.globals.domainTime < 20n],
    ['time past 2^63', s.globals.time.now >= 2n ** 63n],
  ];
  return found.flatMap(([name, isThere]) => (isThere ? [name] : []));
}
