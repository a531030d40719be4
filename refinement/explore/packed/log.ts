/**
 * How each state was reached first, in 2 bytes: states are numbered as they are found, and taken up in that order, so the successors of one follow those of
 * the one before. It is enough to know by which action each was found, and how many were found from each.
 */

type Numbers = Uint8Array | Uint16Array;

const FIRST = 2 ** 12;
/** Copying is cheap beside the search, and room that is not used counts. */
const GROWTH = 1.5;

export class Log {
  /** By state. That of the first means nothing. */
  #actions: Numbers;
  #found: Numbers;
  #states = 1;
  #done = 0;

  /** For so many actions: of more than 255, both numbers take 2 bytes. */
  constructor(actions: number) {
    const make = (): Numbers => (actions <= 255 ? new Uint8Array(FIRST) : new Uint16Array(FIRST));
    this.#actions = make();
    this.#found = make();
  }

  get bytes(): number {
    return this.#actions.byteLength + this.#found.byteLength;
  }

  /**
   * After so many more states were taken up: their successors by action, where those of each end, and which of all are new.
   */
  add(actions: Uint16Array, ends: Int32Array, taken: number, fresh: Int32Array, added: number): void {
    this.#actions = withRoom(this.#actions, this.#states + added);
    this.#found = withRoom(this.#found, this.#done + taken);
    const [log, found] = [this.#actions, this.#found];
    const first = this.#states;
    for (let i = 0; i < added; i++) log[first + i] = actions[fresh[i] as number] as number;
    const done = this.#done;
    for (let i = 0, next = 0; i < taken; i++) {
      const before = next;
      while (next < added && (fresh[next] as number) < (ends[i] as number)) next++;
      found[done + i] = next - before;
    }
    this.#states += added;
    this.#done += taken;
  }

  /** The actions that lead to a state from the first. In one walk from the last state that was taken up, a predecessor being always before. */
  pathTo(state: number): readonly number[] {
    const path: number[] = [];
    let wanted = state;
    let first = this.#states;
    for (let at = this.#done - 1; at >= 0 && wanted > 0; at--) {
      first -= this.#found[at] ?? 0;
      if (wanted < first) continue;
      path.push(this.#actions[wanted] ?? 0);
      wanted = at;
    }
    return path.reverse();
  }

  /** By action: how many states it was the first to reach. */
  firstBy(actions: number): Float64Array {
    const [counts, log] = [new Float64Array(actions), this.#actions];
    for (let state = 1; state < this.#states; state++) (counts[log[state] as number] as number)++;
    return counts;
  }
}

function withRoom(numbers: Numbers, length: number): Numbers {
  if (length <= numbers.length) return numbers;
  const size = Math.ceil(length * GROWTH);
  const larger = numbers instanceof Uint8Array ? new Uint8Array(size) : new Uint16Array(size);
  larger.set(numbers);
  return larger;
}
