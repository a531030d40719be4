/**
 * Breadth-first search of everything that can happen in a small system, so that what is found is found by a shortest way. States are numbered as they are
 * met first, by the number of the state before and then by the action; so everything is the same however many work on it.
 */
import { setImmediate } from 'node:timers/promises';
import type { Row } from '../program/program.ts';
import type { Failure } from '../step/lockstep.ts';
import type { Action } from './alphabet.ts';
import type { Adopted, Begun, Expander, Found } from './expander.ts';
import { ACTION, HI, LABELS, LO, PARENT, ROW } from './expander.ts';
import { Visited } from './visited.ts';

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
  /** New states by level, the first being the one that everything begins in; the last one may not be complete. */
  readonly levels: readonly number[];
}

export interface SearchResult extends Progress {
  /** Null when everything that can be reached was seen. */
  readonly bound: Bound | null;
  /** States in which nothing can happen. */
  readonly ends: number;
  /** How many different states follow one that was taken up. */
  readonly outDegree: { readonly min: number; readonly mean: number; readonly max: number };
  /** By action: how often it was taken, and how many states it was the first to reach. */
  readonly actions: readonly ActionCount[];
  /** Properties that saw their case. */
  readonly exercised: readonly string[];
  readonly bytesPerState: number;
  /** That two different states were taken for one, at most. */
  readonly collision: number;
  readonly failure: { readonly failure: Failure; readonly program: readonly Row[] } | null;
}

export interface ActionCount {
  readonly taken: number;
  readonly first: number;
}

/** Between two rounds of a search: everything there is to it but the states themselves, which can be worked out again. */
export interface Position {
  readonly visited: Visited;
  /** States from this number on are to be taken up. */
  readonly taken: number;
  /** The number that the next level begins with. */
  readonly levelEnd: number;
  readonly levels: readonly number[];
  readonly generated: number;
  readonly ends: number;
  readonly degrees: { readonly min: number; readonly max: number; readonly sum: number };
  readonly actions: readonly ActionCount[];
  readonly exercised: readonly string[];
}

/** Told of every transition: the numbers of both states, and what the later one is asked for liveness. */
export type OnTransition = (from: number, action: number, to: number, labels: number) => void;

export interface SearchOptions {
  readonly actions: readonly Action[];
  readonly limits: Limits;
  /** Where an earlier search stopped. */
  readonly from?: Position;
  readonly onProgress?: (progress: Progress) => void;
  /** Between two rounds. */
  readonly onPosition?: (position: Position) => void;
  readonly onTransition?: OnTransition;
  /** States that may wait with all that is needed to go on from them; of others only the way is kept. */
  readonly mostKept?: number;
  /** States that one of the expanders takes up in a round, about. */
  readonly round?: number;
}

/** Half a second's work. In shorter rounds whoever collects garbage keeps the others waiting. */
const ROUND = 2048;
/** Rounds that are with the expanders at a time where there are several: so none of them waits for the slowest, nor for what was found to be counted. */
const ROUNDS_AT_ONCE = 2;
/** About 8 KiB each. */
const MOST_KEPT = 60_000;
/** Work that a state is for whoever takes it over, against 1 for whoever has it: the steps that led to it are made again. */
const ADOPTION = 2;

export async function search(expanders: readonly Expander[], options: SearchOptions): Promise<SearchResult> {
  const begun = await Promise.all(expanders.map(({ boot }) => boot()));
  const run = new Search(expanders, options);
  for (const first of begun) if ('failureClass' in first) return run.failed(first, 0, null);
  run.begin(begun[0] as Begun);
  while (await run.round()) await setImmediate();
  await run.unfinished();
  return run.result();
}

interface Round {
  readonly start: number;
  readonly end: number;
  readonly found: Promise<readonly Found[]>;
}

class Search {
  readonly #expanders: readonly Expander[];
  readonly #options: SearchOptions;
  readonly #visited: Visited;
  readonly #counts: { taken: number; first: number }[];
  readonly #levels: number[];
  readonly #degrees: { min: number; max: number; sum: number };
  readonly #exercised: Set<string>;
  /** Of states that are to be taken up: which expander has it. Nobody has one that came when enough others waited, or in an earlier search. */
  readonly #owners = new Map<number, number>();
  readonly #mostKept: number;
  /** States of a round. */
  readonly #full: number;
  #taken: number;
  #levelEnd: number;
  #generated: number;
  #ends: number;
  #bound = null as Bound | null;
  #failure = null as SearchResult['failure'];
  /** Rounds that are with the expanders, the oldest first, and the number that the next one begins with. */
  readonly #issued: Round[] = [];
  #issuedTo: number;
  /** What expanders are still to be told. */
  readonly #accepted: Int32Array[][];
  #adopted: Adopted[][];
  #dropped: number[][];

  constructor(expanders: readonly Expander[], options: SearchOptions) {
    const { from, actions } = options;
    this.#expanders = expanders;
    this.#options = options;
    this.#visited = from?.visited ?? new Visited(options.onTransition !== undefined);
    this.#counts = actions.map((_, at) => ({ ...(from?.actions[at] ?? { taken: 0, first: 0 }) }));
    this.#levels = [...(from?.levels ?? [])];
    this.#degrees = { ...(from?.degrees ?? { min: Infinity, max: 0, sum: 0 }) };
    this.#exercised = new Set(from?.exercised);
    this.#mostKept = options.mostKept ?? MOST_KEPT;
    this.#full = (options.round ?? ROUND) * expanders.length;
    this.#taken = from?.taken ?? 0;
    this.#levelEnd = from?.levelEnd ?? 0;
    this.#generated = from?.generated ?? 0;
    this.#ends = from?.ends ?? 0;
    this.#issuedTo = this.#taken;
    this.#accepted = expanders.map(() => []);
    this.#adopted = expanders.map(() => []);
    this.#dropped = expanders.map(() => []);
  }

  begin({ lo, hi, labels }: Begun): void {
    const { from, onTransition, onPosition } = this.#options;
    if (from === undefined) {
      this.#visited.add(lo, hi, 0, 0);
      this.#levels.push(1);
      this.#levelEnd = 1;
      onTransition?.(-1, -1, 0, labels);
      this.#owners.set(0, 0);
    }
    onPosition?.(this.#position());
  }

  /** False when there is nothing more to do. */
  async round(): Promise<boolean> {
    const { limits, onProgress, onPosition } = this.#options;
    if (this.#taken === this.#visited.size || this.#bound !== null || this.#failure !== null) return false;
    while (this.#isNextDue()) this.#issue();
    if (this.#issued.length === 0) {
      if (this.#taken === this.#levelEnd) this.#enterLevel();
      this.#bound = 'depth';
      return false;
    }
    await this.#merge();
    if (this.#isViolated()) return false;
    onPosition?.(this.#position());
    onProgress?.(this.#progress());
    if (this.#taken < this.#visited.size && limits.isOver()) this.#bound ??= 'time';
    return true;
  }

  /** Rounds that nobody asks for any more are waited for all the same. */
  async unfinished(): Promise<void> {
    await Promise.allSettled(this.#issued.splice(0).map(({ found }) => found));
  }

  #isViolated(): boolean {
    return this.#failure !== null;
  }

  #position(): Position {
    return {
      visited: this.#visited,
      taken: this.#taken,
      levelEnd: this.#levelEnd,
      // A copy: at the bound of the depth another level is entered, which the end above would not be of.
      levels: [...this.#levels],
      generated: this.#generated,
      ends: this.#ends,
      degrees: this.#degrees,
      actions: this.#counts,
      exercised: [...this.#exercised],
    };
  }

  failed(failure: Failure, parent: number, last: number | null): SearchResult {
    this.#fail(failure, parent, last);
    return this.result();
  }

  result(): SearchResult {
    const { size, bytes } = this.#visited;
    const { min, max, sum } = this.#degrees;
    const nothing = this.#taken === 0;
    return {
      ...this.#progress(),
      bound: this.#bound,
      ends: this.#ends,
      outDegree: { min: nothing ? 0 : min, mean: nothing ? 0 : sum / this.#taken, max },
      actions: this.#counts,
      exercised: [...this.#exercised].sort(),
      bytesPerState: size === 0 ? 0 : bytes / size,
      collision: (size * (size - 1)) / 2 ** 65,
      failure: this.#failure,
    };
  }

  #progress(): Progress {
    const { size } = this.#visited;
    return {
      distinct: size,
      generated: this.#generated,
      depth: Math.max(0, this.#levels.length - 1),
      queue: size - this.#taken,
      levels: this.#levels,
    };
  }

  #enterLevel(): void {
    this.#levels.push(this.#visited.size - this.#levelEnd);
    this.#levelEnd = this.#visited.size;
  }

  /**
   * Whoever has more than the others hands states over; the others work them out again, as long as all are done sooner by that. So does somebody with what
   * nobody has.
   */
  #share(start: number, end: number): void {
    const work = this.#expanders.map(() => 0);
    const add = (expander: number, more: number): number => (work[expander] = (work[expander] ?? 0) + more);
    const least = (): number => work.indexOf(Math.min(...work));
    const nobodys: number[] = [];
    for (let number = start; number < end; number++) {
      const owner = this.#owners.get(number);
      if (owner === undefined) nobodys.push(number);
      else add(owner, 1);
    }
    let taker = 0;
    for (const [n, number] of nobodys.entries()) {
      if (n % TOGETHER === 0) taker = least();
      add(taker, ADOPTION);
      this.#give(number, taker);
    }
    const given = new Set(nobodys);
    for (const number of spread(start, end)) {
      const [owner, other] = [this.#ownerOf(number), least()];
      if (given.has(number) || (work[owner] ?? 0) < (work[other] ?? 0) + ADOPTION) continue;
      add(owner, -1);
      add(other, ADOPTION);
      this.#dropped[owner]?.push(number);
      this.#give(number, other);
    }
    for (const list of this.#adopted) list.sort((a, b) => a.number - b.number);
  }

  #give(number: number, expander: number): void {
    this.#owners.set(number, expander);
    this.#adopted[expander]?.push({ number, path: this.#visited.pathTo(number) });
  }

  #ownerOf(number: number): number {
    const owner = this.#owners.get(number);
    if (owner === undefined) throw new Error(`nobody has state ${number}`);
    return owner;
  }

  /** As long as one is under way, the next one has to be a full one. */
  #isNextDue(): boolean {
    const toTake = this.#end() - this.#issuedTo;
    if (this.#issued.length === 0) return toTake > 0;
    return this.#expanders.length > 1 && this.#issued.length < ROUNDS_AT_ONCE && toTake >= this.#full;
  }

  /** The number of the first state that cannot be taken up: it has none yet, or is too deep. */
  #end(): number {
    const deeper = this.#options.limits.depth - this.#levels.length;
    if (deeper > 0) return this.#visited.size;
    return deeper === 0 ? this.#levelEnd : this.#taken;
  }

  #issue(): void {
    const start = this.#issuedTo;
    const end = Math.min(start + this.#full, this.#end());
    this.#issuedTo = end;
    this.#share(start, end);
    const takes: number[][] = this.#expanders.map(() => []);
    for (let number = start; number < end; number++) takes[this.#ownerOf(number)]?.push(number);
    const { table } = this.#visited;
    const found = Promise.all(
      this.#expanders.map(({ expand }, at) =>
        expand({
          accepted: this.#accepted[at]?.splice(0) ?? [],
          adopted: this.#adopted[at] ?? [],
          dropped: this.#dropped[at] ?? [],
          taken: takes[at] ?? [],
          table,
        }),
      ),
    );
    this.#adopted = this.#expanders.map(() => []);
    this.#dropped = this.#expanders.map(() => []);
    // What went wrong is told when it is merged, and until then by nobody.
    found.catch(() => undefined);
    this.#issued.push({ start, end, found });
  }

  async #merge(): Promise<void> {
    const round = this.#issued.shift();
    if (round === undefined) throw new Error('what is merged was handed out');
    const { start, end } = round;
    const found = await round.found;
    const accepted = found.map(({ rows }) => new Int32Array(rows.length / ROW).fill(-1));
    accepted.forEach((numbers, at) => this.#accepted[at]?.push(numbers));
    for (const { exercised } of found) for (const name of exercised) this.#exercised.add(name);
    const first = found
      .flatMap(({ failure }) => failure ?? [])
      .reduce<Found['failure']>((least, one) => (least === null || one.parent < least.parent ? one : least), null);
    const next = found.map(() => 0);
    const last = first?.parent ?? end - 1;
    for (let parent = start; parent <= last && this.#bound === null; parent++) {
      if (parent === this.#levelEnd) this.#enterLevel();
      const owner = this.#ownerOf(parent);
      this.#owners.delete(parent);
      const { rows = new Uint32Array() } = found[owner] ?? {};
      next[owner] = this.#mergeOne(parent, owner, rows, next[owner] ?? 0, accepted[owner]);
      if (parent === first?.parent) break;
      this.#taken++;
      if (this.#visited.size >= this.#options.limits.states && this.#taken < this.#visited.size) this.#bound = 'states';
    }
    if (first !== null && this.#bound === null) this.#fail(first.failure, first.parent, first.action);
  }

  /** The transitions of one state; returns where the next one's begin. */
  #mergeOne(parent: number, owner: number, rows: Uint32Array, from: number, accepted: Int32Array | undefined): number {
    const { onTransition } = this.#options;
    let degree = 0;
    let at = from;
    for (; rows[at + PARENT] === parent && at < rows.length; at += ROW) {
      const [action, lo, hi] = [rows[at + ACTION] ?? 0, rows[at + LO] ?? 0, rows[at + HI] ?? 0];
      this.#generated++;
      if (!isAmong(rows, from, at, lo, hi)) degree++;
      const count = this.#counts[action];
      if (count !== undefined) count.taken++;
      const number = this.#visited.add(lo, hi, parent, action);
      onTransition?.(parent, action, number < 0 ? this.#visited.numberOf(lo, hi) : number, rows[at + LABELS] ?? 0);
      if (number < 0) continue;
      if (count !== undefined) count.first++;
      if (this.#owners.size >= this.#mostKept) continue;
      this.#owners.set(number, owner);
      if (accepted !== undefined) accepted[at / ROW] = number;
    }
    if (at === from) this.#ends++;
    this.#degrees.min = Math.min(this.#degrees.min, degree);
    this.#degrees.max = Math.max(this.#degrees.max, degree);
    this.#degrees.sum += degree;
    return at;
  }

  #fail(failure: Failure, from: number, last: number | null): void {
    const path = [...this.#visited.pathTo(from), ...(last === null ? [] : [last])];
    const program = path.flatMap((action) => this.#options.actions[action]?.row ?? []);
    this.#failure = { failure: { ...failure, step: program.length }, program };
  }
}

/** Whether a state is among those of the rows before. */
function isAmong(rows: Uint32Array, from: number, to: number, lo: number, hi: number): boolean {
  for (let at = from; at < to; at += ROW) if (rows[at + LO] === lo && rows[at + HI] === hi) return true;
  return false;
}

/** Neighbours that are handed over together, since most of the way to them is the same. */
const TOGETHER = 16;
/** Groups of neighbours from one that is handed over to the next, as long as there are enough of them. */
const APART = 8;

/** All numbers, in an order whose beginning is spread over the whole: what follows from neighbours are neighbours, and whoever had all of them would have too much again. */
function* spread(start: number, end: number): Generator<number> {
  for (let phase = 0; phase < APART; phase++)
    for (let group = start + phase * TOGETHER; group < end; group += APART * TOGETHER)
      for (let number = group; number < Math.min(group + TOGETHER, end); number++) yield number;
}
