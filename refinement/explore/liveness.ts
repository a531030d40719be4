/**
 * Whether a thread that waits gets what it waits for. Not to get it takes for ever, so what is looked for is a circle of states in all of which it waits, though
 * in it everything happens that was promised to happen again and again.
 */
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { object } from '../../spec/state/kernel-state.ts';
import type { Tcb } from '../../spec/state/objects.ts';
import type { ObjRef } from '../../spec/state/refs.ts';
import { InputError } from '../input-error.ts';
import type { World } from '../world/world.ts';
import type { Action } from './alphabet.ts';
import type { LivenessQuestion } from './format.ts';

/** A state has a bit for each. */
const MOST = 32;

/** The bits of a state: bit n says that the thread of question n waits in it. */
export function labelsOf(
  questions: readonly LivenessQuestion[],
  { objectNames }: World,
  where: string,
): (s: KernelState) => number {
  if (questions.length > MOST) throw new InputError(`${where}: liveness: more than ${MOST} questions`);
  const threads = new Map([...objectNames].map(([ref, called]) => [called, ref]));
  const asked = questions.map(({ thread, waits }, n) => {
    const ref = threads.get(thread);
    if (ref === undefined) throw new InputError(`${where}: liveness.${n}: there is no thread '${thread}'`);
    return { ref, isWaiting: WAITS[waits] };
  });
  return (s) => asked.reduce((bits, { ref, isWaiting }, n) => (isWaiting(s, ref) ? bits | (1 << n) : bits), 0) >>> 0;
}

const WAITS: Readonly<Record<LivenessQuestion['waits'], (s: KernelState, ref: ObjRef) => boolean>> = {
  answer: (s, ref) => {
    const state = threadAt(s, ref)?.state;
    return state?._tag === 'BlockedOnReply' || (state?._tag === 'BlockedOnSend' && state.isCall);
  },
  turn: (s, ref) => {
    const thread = threadAt(s, ref);
    const { currentThread, currentDomain } = s.globals;
    const current = threadAt(s, currentThread);
    if (thread === null || ref === currentThread || thread.domain !== currentDomain || !isRunnable(thread))
      return false;
    return current !== null && (!isRunnable(current) || current.priority <= thread.priority);
  },
};

function threadAt(s: KernelState, ref: ObjRef): Tcb | null {
  const found = object(s, ref);
  return found?._tag === 'Tcb' ? found : null;
}

const isRunnable = ({ state }: Tcb): boolean => state._tag === 'Running' || state._tag === 'Restart';

/** Whether an action is one of those that something is promised of. */
export function isPromised({ by, op }: LivenessQuestion['again'][number], { name, row }: Action): boolean {
  return (by === undefined || name.startsWith(`${by}: `)) && (op === undefined || row.op === op);
}
