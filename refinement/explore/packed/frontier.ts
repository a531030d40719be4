/**
 * The states that are still to be taken up, whole, in the order in which they were found: blocks of states, of which one that is done is used again.
 */
const BLOCK = 4096;

export class Frontier {
  readonly #words: number;
  readonly #blocks: Int32Array[] = [];
  readonly #spare: Int32Array[] = [];
  /** States of the first block that are done. */
  #from = 0;
  /** States in the last block. */
  #to = BLOCK;
  #made = 0;

  constructor(words: number) {
    this.#words = words;
  }

  /** Of all blocks that there ever were at once. */
  get bytes(): number {
    return this.#made * BLOCK * this.#words * 4;
  }

  /** Adds so many states, by their indices in an array of states. */
  add(states: Int32Array, indices: Int32Array, count: number): void {
    const words = this.#words;
    for (let begin = 0; begin < count; ) {
      if (this.#to === BLOCK) {
        this.#blocks.push(this.#spare.pop() ?? this.#make());
        this.#to = 0;
      }
      const block = this.#blocks[this.#blocks.length - 1] as Int32Array;
      const some = Math.min(count - begin, BLOCK - this.#to);
      copy(states, indices, begin, begin + some, words, block, this.#to * words);
      begin += some;
      this.#to += some;
    }
  }

  /** Takes the next states out, so many at most, and puts them where an array begins; returns how many they are. */
  take(atMost: number, to: Int32Array): number {
    if (this.#from === BLOCK) {
      this.#spare.push(this.#blocks.shift() as Int32Array);
      this.#from = 0;
    }
    const [block] = this.#blocks;
    if (block === undefined) return 0;
    const count = Math.min(atMost, (this.#blocks.length === 1 ? this.#to : BLOCK) - this.#from);
    to.set(block.subarray(this.#from * this.#words, (this.#from + count) * this.#words));
    this.#from += count;
    return count;
  }

  #make(): Int32Array {
    this.#made++;
    return new Int32Array(BLOCK * this.#words);
  }
}

function copy(
  states: Int32Array,
  indices: Int32Array,
  begin: number,
  end: number,
  words: number,
  to: Int32Array,
  at: number,
): void {
  for (let i = begin, next = at; i < end; i++) {
    const from = (indices[i] as number) * words;
    for (let word = 0; word < words; word++) to[next++] = states[from + word] as number;
  }
}
