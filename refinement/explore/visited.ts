/**
 * Which states have been seen, by 64 bits of each, and how each was reached first: 8 bytes in a table between two thirds and five sixths full, and 6 in a log
 * that grows by the piece, so under 20 for a state once there are some thousands. Two different states with the same 64 bits would count as one; how likely
 * that is belongs to every result.
 *
 * The table is memory that workers share. They read it while nobody writes.
 */
const FIRST_PLACES = 1024;
const FULL = 5 / 6;
const GROWTH = 5 / 4;
const PIECE = 2 ** 12;

/** Pairs of halves in open addressing, both 0 where nothing is. */
export type Table = Uint32Array;

/** Both halves 0 is an empty place. */
const firstHalf = (lo: number, hi: number): number => (lo === 0 && hi === 0 ? 1 : lo);

/** Where a state is, or else where it would go. */
function find(table: Table, lo: number, hi: number): number {
  const places = table.length / 2;
  let at = Math.floor((((lo ^ Math.imul(hi, 0x9e3779b1)) >>> 0) / 2 ** 32) * places);
  for (;;) {
    const [a, b] = [table[2 * at] ?? 0, table[2 * at + 1] ?? 0];
    if ((a === 0 && b === 0) || (a === lo >>> 0 && b === hi >>> 0)) return at;
    at = at + 1 === places ? 0 : at + 1;
  }
}

const isEmpty = (table: Table, at: number): boolean => table[2 * at] === 0 && table[2 * at + 1] === 0;

/** Whether a state is there. */
export function isIn(table: Table, lo: number, hi: number): boolean {
  return !isEmpty(table, find(table, firstHalf(lo, hi), hi));
}

/** All that there is to know, as it is written to a file and read again. */
export interface VisitedParts {
  readonly parents: Uint32Array;
  readonly actions: Uint16Array;
  readonly table: Table;
  /** By place in the table, of a set that is numbered. */
  readonly numbers: Uint32Array | null;
}

export class Visited {
  #table: Table = tableOf(FIRST_PLACES);
  /** By place in the table; null where nobody asks for it. */
  #numbers: Uint32Array | null;
  readonly #parents: Uint32Array[] = [];
  readonly #actions: Uint16Array[] = [];
  #size = 0;

  /** @param isNumbered whether states can be asked for their numbers, which takes 4 more bytes a place */
  constructor(isNumbered = false) {
    this.#numbers = isNumbered ? new Uint32Array(FIRST_PLACES) : null;
  }

  get size(): number {
    return this.#size;
  }

  get table(): Table {
    return this.#table;
  }

  /** Of the table and the log as they are allocated. */
  get bytes(): number {
    return this.#table.byteLength + (this.#numbers?.byteLength ?? 0) + this.#parents.length * PIECE * 6;
  }

  has(lo: number, hi: number): boolean {
    return isIn(this.#table, lo, hi);
  }

  /** The number of a state that is new, counted from 0; -1 for one that is not. */
  add(lo: number, hi: number, parent: number, action: number): number {
    const first = firstHalf(lo, hi);
    const at = find(this.#table, first, hi);
    if (!isEmpty(this.#table, at)) return -1;
    this.#table[2 * at] = first;
    this.#table[2 * at + 1] = hi;
    const number = this.#size++;
    if (this.#numbers !== null) this.#numbers[at] = number;
    this.#log(number, parent, action);
    if (this.#size > (FULL * this.#table.length) / 2) this.#grow();
    return number;
  }

  /** The number of a state that is there, in a set that is numbered. */
  numberOf(lo: number, hi: number): number {
    return this.#numbers?.[find(this.#table, firstHalf(lo, hi), hi)] ?? -1;
  }

  /** The actions by which a state was reached first, from the beginning. */
  pathTo(state: number): readonly number[] {
    const path: number[] = [];
    for (let at = state; at !== 0; at = this.parentOf(at))
      path.push(this.#actions[Math.floor(at / PIECE)]?.[at % PIECE] ?? 0);
    return path.reverse();
  }

  /** The state that a state was reached from first; 0 of the one that everything begins in. */
  parentOf(state: number): number {
    return this.#parents[Math.floor(state / PIECE)]?.[state % PIECE] ?? 0;
  }

  parts(): VisitedParts {
    const parents = new Uint32Array(this.#size);
    const actions = new Uint16Array(this.#size);
    for (let at = 0; at < this.#size; at += PIECE) {
      const length = Math.min(PIECE, this.#size - at);
      parents.set((this.#parents[at / PIECE] ?? new Uint32Array()).subarray(0, length), at);
      actions.set((this.#actions[at / PIECE] ?? new Uint16Array()).subarray(0, length), at);
    }
    return { parents, actions, table: this.#table, numbers: this.#numbers };
  }

  static from({ parents, actions, table, numbers }: VisitedParts): Visited {
    const visited = new Visited();
    visited.#table = tableOf(table.length / 2);
    visited.#table.set(table);
    visited.#numbers = numbers;
    visited.#size = parents.length;
    parents.forEach((parent, number) => {
      visited.#log(number, parent, actions[number] ?? 0);
    });
    return visited;
  }

  #log(number: number, parent: number, action: number): void {
    if (number % PIECE === 0) {
      this.#parents.push(new Uint32Array(PIECE));
      this.#actions.push(new Uint16Array(PIECE));
    }
    const piece = Math.floor(number / PIECE);
    const [parents, actions] = [this.#parents[piece], this.#actions[piece]];
    if (parents === undefined || actions === undefined) throw new Error('the log has no piece for this state');
    parents[number % PIECE] = parent;
    actions[number % PIECE] = action;
  }

  #grow(): void {
    const [old, numbers] = [this.#table, this.#numbers];
    this.#table = tableOf(Math.ceil((old.length / 2) * GROWTH));
    if (numbers !== null) this.#numbers = new Uint32Array(this.#table.length / 2);
    for (let at = 0; at < old.length; at += 2) {
      const [lo, hi] = [old[at] ?? 0, old[at + 1] ?? 0];
      if (lo === 0 && hi === 0) continue;
      const place = find(this.#table, lo, hi);
      this.#table[2 * place] = lo;
      this.#table[2 * place + 1] = hi;
      if (this.#numbers !== null) this.#numbers[place] = numbers?.[at / 2] ?? 0;
    }
  }
}

function tableOf(places: number): Table {
  return new Uint32Array(new SharedArrayBuffer(places * 8));
}
