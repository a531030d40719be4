/**
 * The set of states that were seen, by 64 bits of each: an open table of 8 bytes a place, three quarters full at most. One of a mebibyte or more grows by a half or a third,
 * and so is never less than half full after that: 16 bytes a state.
 */
const FULL = 0.75;
const FIRST_BITS = 10;
/** Bytes below which it is doubled. */
const SMALL = 2 ** 20;

export class Seen {
  /** Places are `#quarters` times a power of two: 4 or 6. */
  #quarters = 4;
  /** How far a product is shifted to be a place. */
  #shift = 31 - FIRST_BITS;
  #table = new Int32Array(2 * 2 ** FIRST_BITS);
  #size = 0;
  /** Both halves 0 is an empty place; the state whose 64 bits are so is told apart. */
  #hasZero = false;
  /** What nobody needs, kept so that the reads for it are not left out. */
  #touched = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#table.byteLength;
  }

  /** Bytes that `add` has at once at most if it must grow the table for so many: the old one and a new one of twice the size. */
  bytesToAdd(count: number): number {
    return this.#isEnoughFor(count) ? this.bytes : 3 * this.bytes;
  }

  /** Adds so many; writes the indices of those that are new, in their order, and returns how many they are. */
  add(lo: Int32Array, hi: Int32Array, count: number, fresh: Int32Array): number {
    while (!this.#isEnoughFor(count)) this.#grow();
    const table = this.#table;
    const [quarters, shift] = [this.#quarters, this.#shift];
    this.#touched = touch(table, hi, count, quarters, shift);
    let added = 0;
    next: for (let i = 0; i < count; i++) {
      const low = lo[i] as number;
      const high = hi[i] as number;
      if ((low | high) === 0) {
        if (this.#hasZero) continue;
        this.#hasZero = true;
        fresh[added++] = i;
        continue;
      }
      let at = placeOf(high, quarters, shift);
      for (;;) {
        const a = table[at] as number;
        const b = table[at + 1] as number;
        if (a === low && b === high) continue next;
        if ((a | b) === 0) break;
        at += 2;
        if (at === table.length) at = 0;
      }
      table[at] = low;
      table[at + 1] = high;
      fresh[added++] = i;
    }
    this.#size += added;
    return added;
  }

  #isEnoughFor(count: number): boolean {
    return this.#size + count <= FULL * (this.#table.length / 2);
  }

  /** A place follows from the upper bits, so that whoever is moved in order is put in order: the old and the new table are walked, not jumped in. */
  #grow(): void {
    const old = this.#table;
    if (this.#quarters === 4 && old.byteLength < SMALL) {
      this.#shift--;
    } else if (this.#quarters === 4) {
      this.#quarters = 6;
    } else {
      this.#quarters = 4;
      this.#shift--;
    }
    const table = new Int32Array(this.#quarters * 2 ** (30 - this.#shift));
    const [quarters, shift] = [this.#quarters, this.#shift];
    for (let from = 0; from < old.length; from += 2) {
      const low = old[from] as number;
      const high = old[from + 1] as number;
      if ((low | high) === 0) continue;
      let at = placeOf(high, quarters, shift);
      while (((table[at] as number) | (table[at + 1] as number)) !== 0) {
        at += 2;
        if (at === table.length) at = 0;
      }
      table[at] = low;
      table[at + 1] = high;
    }
    this.#table = table;
  }
}

/** Index of the place of a state: as far into the table as its upper half is into the numbers. */
const placeOf = (high: number, quarters: number, shift: number): number =>
  (Math.imul(high >>> 3, quarters) >>> shift) << 1;

/**
 * Reads the places that so many states will be looked for at. None of these reads waits for another, so the memory works on many at once; looking for one
 * after the other would wait for each.
 */
function touch(table: Int32Array, hi: Int32Array, count: number, quarters: number, shift: number): number {
  let all = 0;
  for (let i = 0; i < count; i++) all |= table[placeOf(hi[i] as number, quarters, shift)] as number;
  return all;
}
