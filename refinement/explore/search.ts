/**
 * Breadth-first search of everything that can happen in a small system, so that what is found is found by a shortest way. A level at a time; the states of the
 * level are kept whole, and of all others only the fingerprint and how they were reached.
 */
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { SpecAssertion } from '../../spec/prelude.ts';
import type { Row } from '../program/program.ts';
import { toKernelStep } from '../program/program.ts';
import { describe } from '../step/enter.ts';
import type { KernelStep } from '../step/kernel-step.ts';
import type { Failure, Lockstep } from '../step/lockstep.ts';
import { stepSpec } from '../step/spec-step.ts';
import type { Action } from './alphabet.ts';
import type { Buffers } from './fingerprint.ts';
import { fingerprint, fingerprintAfter, hi, lo } from './fingerprint.ts';
import { Visited } from './visited.ts';

/** What a transition leads to, or what is wrong with it. */
export interface Driver {
  /** The state that everything begins in, or what is wrong with it. */
  readonly boot: () => KernelState | Failure;
  /** Something that the state is taken up again with. */
  readonly keep: () => Uint32Array | null;
  readonly take: (from: Kept, step: KernelStep) => KernelState | Failure;
}

interface Kept {
  readonly state: KernelState;
  readonly image: Uint32Array | null;
}

interface Waiting extends Kept {
  readonly number: number;
  readonly lo: number;
  readonly hi: number;
}

export interface Limits {
  readonly depth: number;
  readonly states: number;
  /** Asked now and then. */
  readonly isOver: () => boolean;
}

export type Bound = 'depth' | 'states' | 'time';

export interface Progress {
  readonly distinct: number;
  readonly generated: number;
  readonly depth: number;
  /** States that are still to be taken up. */
  readonly queue: number;
}

export interface SearchResult extends Progress {
  /** Null when everything that can be reached was seen. */
  readonly bound: Bound | null;
  /** New states by level, the first being the one that everything begins in. */
  readonly levels: readonly number[];
  /** States in which nothing can happen. */
  readonly ends: number;
  /** How many different states follow one that was taken up. */
  readonly outDegree: { readonly min: number; readonly mean: number; readonly max: number };
  /** By action: how often it was taken, and how many states it was the first to reach. */
  readonly actions: readonly { readonly taken: number; readonly first: number }[];
  readonly bytesPerState: number;
  /** That two different states were taken for one, at most. */
  readonly collision: number;
  readonly failure: { readonly failure: Failure; readonly program: readonly Row[] } | null;
}

/** What may happen, and what of memory counts only for whoever waits. */
export interface Searched {
  readonly actions: readonly Action[];
  readonly buffers: Buffers;
}

const isFailure = (result: KernelState | Failure): result is Failure => 'failureClass' in result;
const LOOK_EVERY = 256;

/** Yields at every level, and now and then between; whoever runs it may do something else then. */
export function* search(
  driver: Driver,
  { actions, buffers }: Searched,
  limits: Limits,
): Generator<Progress, SearchResult, undefined> {
  const visited = new Visited();
  const counts = actions.map(() => ({ taken: 0, first: 0 }));
  const levels: number[] = [];
  const degrees = { min: Infinity, max: 0, sum: 0, taken: 0 };
  let generated = 0;
  let depth = 0;
  let ends = 0;
  /** Of the level, those that are still to be taken up. */
  let left = 0;
  let level: Waiting[] = [];
  let next: Waiting[] = [];
  let bound: Bound | null = null;
  const wrong: { found: SearchResult['failure'] } = { found: null };

  const fail = (failure: Failure, from: number, last: number | null): void => {
    const path = [...visited.pathTo(from), ...(last === null ? [] : [last])];
    const program = path.flatMap((action) => actions[action]?.row ?? []);
    wrong.found = { failure: { ...failure, step: program.length }, program };
  };

  /** Everything that can happen in a state; false if something goes wrong. */
  const takeUp = (from: Waiting): boolean => {
    const { state } = from;
    const { currentThread } = state.globals;
    const after = new Set<number>();
    let isEnd = true;
    for (const [at, { by, row }] of actions.entries()) {
      if (by !== null && by !== currentThread) continue;
      const step = toKernelStep(row, state);
      if (step === null) continue;
      isEnd = false;
      generated++;
      const count = counts[at];
      if (count !== undefined) count.taken++;
      const result = driver.take(from, step);
      if (isFailure(result)) {
        fail(result, from.number, at);
        return false;
      }
      fingerprintAfter(from.lo, from.hi, state, result, buffers);
      after.add(hi * 2 ** 20 + (lo & 0xfffff));
      const number = visited.add(lo, hi, from.number, at);
      if (number < 0) continue;
      if (count !== undefined) count.first++;
      next.push({ number, state: result, image: driver.keep(), lo, hi });
    }
    if (isEnd) ends++;
    degrees.min = Math.min(degrees.min, after.size);
    degrees.max = Math.max(degrees.max, after.size);
    degrees.sum += after.size;
    degrees.taken++;
    return true;
  };

  const first = driver.boot();
  if (isFailure(first)) {
    fail(first, 0, null);
  } else {
    fingerprint(first, buffers);
    next.push({ number: visited.add(lo, hi, 0, 0), state: first, image: driver.keep(), lo, hi });
  }
  while (next.length > 0 && wrong.found === null && bound === null) {
    [level, next] = [next, []];
    levels.push(level.length);
    left = level.length;
    if (depth === limits.depth) {
      bound = 'depth';
      break;
    }
    for (const [at, from] of level.entries()) {
      left--;
      if (!takeUp(from)) break;
      if (visited.size >= limits.states) bound = 'states';
      else if (at % LOOK_EVERY === LOOK_EVERY - 1 && limits.isOver()) bound = 'time';
      if (bound !== null) break;
      if (at % LOOK_EVERY === 0) yield { distinct: visited.size, generated, depth, queue: left + next.length };
    }
    depth++;
    if (bound === null && next.length > 0 && limits.isOver()) bound = 'time';
  }
  const { size, bytes } = visited;
  return {
    distinct: size,
    generated,
    depth: next.length === 0 && wrong.found === null && bound === null ? Math.max(0, depth - 1) : depth,
    queue: left + next.length,
    bound,
    levels,
    ends,
    outDegree: {
      min: degrees.taken === 0 ? 0 : degrees.min,
      mean: degrees.taken === 0 ? 0 : degrees.sum / degrees.taken,
      max: degrees.max,
    },
    actions: counts,
    bytesPerState: size === 0 ? 0 : bytes / size,
    collision: (size * (size - 1)) / 2 ** 65,
    failure: wrong.found,
  };
}

/** The specification by itself: what it asserts, and what its states are asked. */
export function specDriver(boot: () => KernelState, violated: (s: KernelState) => Failure | null): Driver {
  return {
    boot: () => {
      const s = boot();
      return violated(s) ?? s;
    },
    keep: () => null,
    take: ({ state }, step) => {
      try {
        const after = stepSpec(state, step);
        return violated(after) ?? after;
      } catch (error) {
        if (!(error instanceof SpecAssertion)) throw error;
        return {
          failureClass: 'spec-assertion',
          property: 'no_fail',
          what: describe(error),
          differences: [],
          step: 0,
          fullPass: false,
        };
      }
    },
  };
}

/** Both sides, compared and asked as `check` does. The memory of a state that waits is kept as what differs from the one that everything began with. */
export function lockstepDriver(lockstep: Lockstep, boot: () => Failure | null): Driver {
  let base: Uint32Array = new Uint32Array();
  return {
    boot: () => {
      const failure = boot();
      base = lockstep.image();
      return failure ?? lockstep.state;
    },
    keep: () => packed(base, lockstep.image()),
    take: ({ state, image }, step) => {
      lockstep.resume(state, unpacked(base, image ?? new Uint32Array()));
      return lockstep.step(step) ?? lockstep.state;
    },
  };
}

/** Length, and then place and value of each word that differs. */
function packed(base: Uint32Array, image: Uint32Array): Uint32Array {
  const words: number[] = [image.length];
  for (let at = 0; at < image.length; at++) {
    const word = image[at] ?? 0;
    if (word !== (base[at] ?? 0)) words.push(at, word);
  }
  return Uint32Array.from(words);
}

function unpacked(base: Uint32Array, words: Uint32Array): Uint32Array {
  const image = new Uint32Array(words[0] ?? base.length);
  image.set(base.subarray(0, image.length));
  for (let at = 1; at < words.length; at += 2) image[words[at] ?? 0] = words[at + 1] ?? 0;
  return image;
}
