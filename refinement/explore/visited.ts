/**
 * Which states have been seen, by 64 bits of each, and how each was reached first. 8 bytes in a table that is at most seven tenths full, and 6 in the log:
 * under 20 for a state. Two different states with the same 64 bits would count as one; how likely that is belongs to every result.
 */
const FIRST_BITS = 12;
const FULL = 0.7;

export class Visited {
  #bits = FIRST_BITS;
  #table = new Uint32Array(2 * 2 ** FIRST_BITS);
  #parents = new Uint32Array(2 ** FIRST_BITS);
  #actions = new Uint16Array(2 ** FIRST_BITS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Of the table and the log as they are allocated. */
  get bytes(): number {
    return this.#table.byteLength + this.#parents.byteLength + this.#actions.byteLength;
  }

  /** The number of a state that is new, counted from 0; -1 for one that is not. */
  add(lo: number, hi: number, parent: number, action: number): number {
    // Both halves 0 is an empty place.
    const first = lo === 0 && hi === 0 ? 1 : lo;
    if (!this.#put(first, hi)) return -1;
    if (this.#size === this.#parents.length) {
      this.#parents = grown(this.#parents, new Uint32Array(this.#size * 2));
      this.#actions = grown(this.#actions, new Uint16Array(this.#size * 2));
    }
    this.#parents[this.#size] = parent;
    this.#actions[this.#size] = action;
    const number = this.#size++;
    if (this.#size > FULL * 2 ** this.#bits) this.#double();
    return number;
  }

  /** The actions by which a state was reached first, from the beginning. */
  pathTo(state: number): readonly number[] {
    const path: number[] = [];
    for (let at = state; at !== 0; at = this.#parents[at] ?? 0) path.push(this.#actions[at] ?? 0);
    return path.reverse();
  }

  #put(lo: number, hi: number): boolean {
    const table = this.#table;
    const mask = 2 ** this.#bits - 1;
    for (let at = (lo ^ Math.imul(hi, 0x9e3779b1)) & mask; ; at = (at + 1) & mask) {
      const [a, b] = [table[2 * at] ?? 0, table[2 * at + 1] ?? 0];
      if (a === 0 && b === 0) {
        table[2 * at] = lo;
        table[2 * at + 1] = hi;
        return true;
      }
      if (a === lo >>> 0 && b === hi >>> 0) return false;
    }
  }

  #double(): void {
    const old = this.#table;
    this.#bits++;
    this.#table = new Uint32Array(2 * 2 ** this.#bits);
    for (let at = 0; at < old.length; at += 2) {
      const [lo, hi] = [old[at] ?? 0, old[at + 1] ?? 0];
      if (lo !== 0 || hi !== 0) this.#put(lo, hi);
    }
  }
}

function grown<T extends Uint32Array | Uint16Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
