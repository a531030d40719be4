/**
 * Takes states up: makes everything happen in them that can, and keeps the states that this leads to. Which of these are new, whoever asked for it says the
 * next time; so several of them can work on one search.
 */
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { hang } from '../program/execute.ts';
import { toKernelStep } from '../program/program.ts';
import type { Failure } from '../step/lockstep.ts';
import type { SavedMemory } from '../step/memory-travel.ts';
import type { Action } from './alphabet.ts';
import type { Fingerprints, Sums } from './fingerprint.ts';
import type { Side } from './side.ts';
import { isFailure } from './side.ts';
import { TimeUp, watched } from '../step/watchdog.ts';
import type { Table } from './visited.ts';
import { isIn } from './visited.ts';

/** Words of a row of what was found: number of the state that was taken up, action, fingerprint, and what the state is asked for liveness, a bit each. */
export const ROW = 5;
export const [PARENT, ACTION, LO, HI, LABELS] = [0, 1, 2, 3, 4] as const;

export interface Orders {
  /** Of rounds that were counted since the last orders, the oldest first, by row of what was found: the number of the new state, -1 for one that is not new. */
  readonly accepted: readonly Int32Array[];
  /** States to be worked out by repeating what led to them. */
  readonly adopted: readonly Adopted[];
  /** States that another one took over. */
  readonly dropped: readonly number[];
  /** States to be taken up, in ascending order. */
  readonly taken: readonly number[];
  /** States that are known by now; it may be written to while it is read, so that a new state seems unknown still. */
  readonly table: Table;
}

export interface Adopted {
  readonly number: number;
  /** The actions that lead to it. */
  readonly path: readonly number[];
}

export interface Found {
  /** Of the transitions, in the order of the states and of the actions. */
  readonly rows: Uint32Array;
  /** What ended it before the end. */
  readonly failure: { readonly parent: number; readonly action: number; readonly failure: Failure } | null;
  /** Properties that saw their case. */
  readonly exercised: readonly string[];
}

export interface Begun {
  readonly lo: number;
  readonly hi: number;
  readonly labels: number;
}

export interface Expander {
  /** The state that everything begins in becomes number 0. */
  readonly boot: () => Promise<Begun | Failure>;
  readonly expand: (orders: Orders) => Promise<Found>;
  readonly close: () => Promise<void>;
}

export interface Searched {
  readonly side: Side;
  readonly actions: readonly Action[];
  readonly fingerprints: Fingerprints;
  readonly labelsOf: (s: KernelState) => number;
  /** What the side exercised so far. */
  readonly exercised: ReadonlySet<string>;
}

/** A round takes a second or so; but a changed kernel may loop for ever. */
const LIMIT_MS = 60_000;

function inTime(body: () => Failure | null): Failure | null {
  try {
    return watched(LIMIT_MS, body);
  } catch (error) {
    if (!(error instanceof TimeUp)) throw error;
    return hang(0, LIMIT_MS);
  }
}

interface Waiting {
  readonly state: KernelState;
  readonly memory: SavedMemory;
  readonly sums: Sums;
}

/** What one round found. */
interface Candidates {
  readonly seen: Set<number>;
  /** By row; null where the state was known already. */
  readonly states: (Waiting | null)[];
}

/** In this process. */
export function localExpander({ side, actions, fingerprints: print, labelsOf, exercised }: Searched): Expander {
  const waiting = new Map<number, Waiting>();
  /** Of rounds that are not counted yet, the oldest first. */
  const uncounted: Candidates[] = [];
  let first: Waiting | null = null;

  const keep = (state: KernelState): Waiting => ({ state, memory: side.saved(), sums: print.sums() });
  const booted = (): Waiting => {
    if (first === null) throw new Error('a search is booted before it goes on');
    return first;
  };

  const settle = ({ accepted, adopted, dropped }: Orders): void => {
    for (const numbers of accepted) {
      const { states } = uncounted.shift() ?? { states: [] };
      numbers.forEach((number, row) => {
        const candidate = states[row];
        if (number >= 0 && candidate) waiting.set(number, candidate);
      });
    }
    for (const number of dropped) waiting.delete(number);
    const way = new Way(booted(), actions, side, print, keep);
    for (const { number, path } of adopted) waiting.set(number, way.to(path));
  };

  const expand = (orders: Orders): Found => {
    settle(orders);
    const { taken, table } = orders;
    const rows: number[] = [];
    const seen = new Set<number>();
    const candidates: (Waiting | null)[] = [];
    uncounted.push({ seen, states: candidates });
    const isNew = (lo: number, hi: number): boolean => {
      const key = (hi & 0xfffff) * 2 ** 32 + lo;
      if (uncounted.some((round) => round.seen.has(key)) || isIn(table, lo, hi)) return false;
      seen.add(key);
      return true;
    };
    /** What is being done, for when it takes too long. */
    let doing = { parent: 0, action: 0 };
    const takeUp = (parent: number): Failure | null => {
      const from = waiting.get(parent);
      if (from === undefined) throw new Error(`state ${parent} is not here`);
      waiting.delete(parent);
      const { state, memory, sums } = from;
      for (const [at, { by, row }] of actions.entries()) {
        if (by !== null && by !== state.globals.currentThread) continue;
        const step = toKernelStep(row, state);
        if (step === null) continue;
        doing = { parent, action: at };
        const result = side.take(state, memory, step);
        if (isFailure(result)) return result;
        print.after(sums, state, result);
        const { lo, hi } = print;
        const isFirst = isNew(lo, hi);
        const failure = isFirst ? side.judge(result, lo) : null;
        if (failure !== null) return failure;
        rows.push(parent, at, lo, hi, labelsOf(result));
        candidates.push(isFirst ? keep(result) : null);
      }
      return null;
    };
    const failure = inTime(() => {
      for (const parent of taken) {
        const wrong = takeUp(parent);
        if (wrong !== null) return wrong;
      }
      return null;
    });
    return {
      rows: Uint32Array.from(rows),
      failure: failure === null ? null : { ...doing, failure },
      exercised: [...exercised],
    };
  };

  return {
    boot: () => {
      const state = side.boot();
      if (isFailure(state)) return Promise.resolve(state);
      print.of(state);
      const { lo, hi } = print;
      first = keep(state);
      waiting.set(0, first);
      return Promise.resolve({ lo, hi, labels: labelsOf(state) });
    },
    expand: (orders) => Promise.resolve(expand(orders)),
    close: () => Promise.resolve(),
  };
}

/** Repeats what led to states. Those that come one after the other have most of their way in common, and that is gone once. */
class Way {
  readonly #stops: Waiting[];
  #path: readonly number[] = [];
  readonly #actions: readonly Action[];
  readonly #side: Side;
  readonly #print: Fingerprints;
  readonly #keep: (s: KernelState) => Waiting;

  constructor(
    first: Waiting,
    actions: readonly Action[],
    side: Side,
    print: Fingerprints,
    keep: (s: KernelState) => Waiting,
  ) {
    this.#stops = [first];
    this.#actions = actions;
    this.#side = side;
    this.#print = print;
    this.#keep = keep;
  }

  to(path: readonly number[]): Waiting {
    let common = 0;
    while (common < path.length && path[common] === this.#path[common]) common++;
    this.#stops.length = common + 1;
    this.#path = path;
    for (const action of path.slice(common)) this.#stops.push(this.#next(action));
    return this.#last();
  }

  #last(): Waiting {
    const last = this.#stops.at(-1);
    if (last === undefined) throw new Error('a way begins somewhere');
    return last;
  }

  #next(action: number): Waiting {
    const { state, memory, sums } = this.#last();
    const row = this.#actions[action]?.row;
    const step = row === undefined ? null : toKernelStep(row, state);
    const result = step === null ? null : this.#side.take(state, memory, step);
    if (result === null || isFailure(result)) throw new Error(`action ${action} does not lead where it led before`);
    this.#print.after(sums, state, result);
    return this.#keep(result);
  }
}
