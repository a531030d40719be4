/** Breadth-first search of all states of a model, so that what is wrong is found by a shortest way. */
import { Frontier } from './frontier.ts';
import { collision, isExact } from './fingerprint.ts';
import type { CompiledModel } from './generate.ts';
import { BATCH, compileModel } from './generate.ts';
import { Log } from './log.ts';
import type { Model } from './model.ts';
import { Seen } from './seen.ts';
import type { TraceStep } from './trace.ts';
import { retrace } from './trace.ts';

export interface Limits {
  /** Stops when more states are known. */
  readonly states?: number;
  /** Takes up no state that is further than so many steps from the first. */
  readonly depth?: number;
  /** Stops before the states that are known, the log and the states to be taken up need more. */
  readonly bytes?: number;
}

export interface Counts {
  readonly distinct: number;
  /** Successors that were looked at, the first state being one of them. */
  readonly generated: number;
  /** Steps to the furthest state that is known. */
  readonly depth: number;
  /** States that are still to be taken up. */
  readonly queue: number;
}

export interface Options {
  readonly limits?: Limits;
  /** Called at the end of every level. */
  readonly onProgress?: (counts: Counts) => void;
  /** Whether a state in which nothing can happen is wrong. */
  readonly noEnds?: boolean;
  /** See `FingerprintOptions`. */
  readonly fingerprintBits?: number;
  readonly seed?: number;
}

export interface Violation {
  /** The sentence that is not true. */
  readonly statement: string;
  /** A shortest way from the first state to where it is not. */
  readonly trace: readonly TraceStep[];
}

export interface Exploration extends Counts {
  /** Which of the limits was met; null when every state that can be reached was seen. */
  readonly bound: keyof Limits | null;
  readonly violation: Violation | null;
  /** States in which nothing can happen. */
  readonly ends: number;
  /** By action: how often it was taken, and how many states it was the first to reach. */
  readonly actions: readonly { readonly name: string; readonly taken: number; readonly first: number }[];
  /** As allocated at the end, and of the queue at its longest. */
  readonly bytes: { readonly seen: number; readonly log: number; readonly queue: number };
  /** Bits of a state that are used. */
  readonly stateBits: number;
  readonly storage: 'exact' | `${number} bits`;
  /** That two different states were taken for one, at most. */
  readonly collision: number;
}

const NO_END = 'something can happen';

/** Explores a model. Throws a RangeError for a model that does not fit its own fields, also when that shows only in a state. */
export function exploreModel<Name extends string>(model: Model<Name>, options: Options = {}): Exploration {
  const { fingerprintBits: bits = 64, seed = 0 } = options;
  const compiled = compileModel(model, { bits, seed });
  const search = new Search(
    compiled,
    model.invariants.map(({ statement }) => statement),
    options,
  );
  search.run();
  return search.result(bits);
}

class Search {
  readonly #compiled: CompiledModel;
  readonly #statements: readonly string[];
  readonly #options: Options;
  readonly #seen = new Seen();
  readonly #log: Log;
  readonly #frontier: Frontier;
  readonly #taken: Float64Array;
  readonly #fresh: Int32Array;
  #generated = 1;
  #ends = 0;
  /** States that were taken up. */
  #done = 0;
  /** Steps to the states that are taken up now, and the number of states until there and there. */
  #level = 0;
  #levelEnd = 1;
  #bound: keyof Limits | null = null;
  #violation: Violation | null = null;

  constructor(compiled: CompiledModel, statements: readonly string[], options: Options) {
    const { layout, actions, successors, lo, hi } = compiled;
    this.#compiled = compiled;
    this.#statements = statements;
    this.#options = options;
    this.#log = new Log(actions.length);
    this.#frontier = new Frontier(layout.words);
    this.#taken = new Float64Array(actions.length);
    this.#fresh = new Int32Array(lo.length);
    successors.set(layout.initial);
    compiled.fingerprint(1);
    this.#seen.add(lo, hi, 1, this.#fresh);
    this.#frontier.add(successors, this.#fresh, 1);
  }

  run(): void {
    for (;;) {
      if (this.#done === this.#levelEnd) {
        this.#options.onProgress?.(this.#counts());
        if (this.#seen.size === this.#levelEnd) return;
        this.#levelEnd = this.#seen.size;
        this.#level++;
      }
      this.#bound = this.#boundMet();
      const atMost = this.#bound === null ? Math.min(BATCH, this.#levelEnd - this.#done) : BATCH;
      const taken = this.#frontier.take(atMost, this.#compiled.states);
      if (taken === 0 || this.#isWrong(taken)) return;
      // With a bound met, what is known is still looked at.
      if (this.#bound === null && !this.#takeUp(taken)) return;
      this.#done += taken;
    }
  }

  result(bits: number): Exploration {
    const { layout, actions } = this.#compiled;
    const first = this.#log.firstBy(actions.length);
    return {
      ...this.#counts(),
      bound: this.#bound,
      violation: this.#violation,
      ends: this.#ends,
      actions: actions.map((name, at) => ({ name, taken: this.#taken[at] ?? 0, first: first[at] ?? 0 })),
      bytes: { seen: this.#seen.bytes, log: this.#log.bytes, queue: this.#frontier.bytes },
      stateBits: layout.bits,
      storage: isExact(layout.words, bits) ? 'exact' : `${bits} bits`,
      collision: collision(this.#seen.size, layout.words, bits),
    };
  }

  #counts(): Counts {
    const depth = this.#level + (this.#seen.size > this.#levelEnd ? 1 : 0);
    return { distinct: this.#seen.size, generated: this.#generated, depth, queue: this.#seen.size - this.#done };
  }

  #boundMet(): keyof Limits | null {
    if (this.#bound !== null) return this.#bound;
    const { states = Infinity, depth = Infinity, bytes = Infinity } = this.#options.limits ?? {};
    if (this.#level >= depth) return 'depth';
    if (this.#seen.size > states) return 'states';
    const next = this.#seen.bytesToAdd(this.#fresh.length) + this.#log.bytes + this.#frontier.bytes;
    return next > bytes ? 'bytes' : null;
  }

  /** Whether an invariant does not hold of one of so many states that were taken out. */
  #isWrong(taken: number): boolean {
    const found = this.#compiled.firstViolation(taken);
    if (found < 0) return false;
    const invariants = this.#statements.length;
    this.#blame(this.#statements[found % invariants] ?? '', this.#done + Math.floor(found / invariants));
    return true;
  }

  /** Adds what follows these states; false if that is nothing and must not be. */
  #takeUp(taken: number): boolean {
    const { successors, taken: actions, ends, lo, hi } = this.#compiled;
    const count = this.#compiled.expand(taken);
    this.#generated += count;
    tally(actions, count, this.#taken);
    const found = countEnds(ends, taken);
    this.#ends += found;
    if (found > 0 && this.#options.noEnds === true) {
      this.#blame(NO_END, this.#done + firstEnd(ends));
      return false;
    }
    this.#compiled.fingerprint(count);
    const added = this.#seen.add(lo, hi, count, this.#fresh);
    this.#frontier.add(successors, this.#fresh, added);
    this.#log.add(actions, ends, taken, this.#fresh, added);
    return true;
  }

  #blame(statement: string, state: number): void {
    this.#violation = { statement, trace: retrace(this.#compiled, this.#log.pathTo(state)) };
  }
}

function tally(actions: Uint16Array, count: number, taken: Float64Array): void {
  for (let i = 0; i < count; i++) (taken[actions[i] as number] as number)++;
}

/** Of so many states, how many have no successors. */
function countEnds(ends: Int32Array, states: number): number {
  let count = 0;
  let begin = 0;
  for (let i = 0; i < states; i++) {
    const end = ends[i] as number;
    if (end === begin) count++;
    begin = end;
  }
  return count;
}

/** The first state that has no successors. */
const firstEnd = (ends: Int32Array): number => ends.findIndex((end, i) => end === (i === 0 ? 0 : ends[i - 1]));
