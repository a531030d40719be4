/**
 * From one state of the kernel's memory to another and back. A state of it is kept as what differs from the one that travelling began with: few of the
 * granules do, and only these are written when it is taken up again.
 */
import { GRANULE } from './memory-diff.ts';

/** Per granule that differs: the index of its first word, and its four words. */
export type SavedMemory = Uint32Array;

const WORDS = GRANULE / 4;
const EACH = 1 + WORDS;
/** Words that saved states share a buffer of: a buffer of its own for each costs more than what is in it. What is saved about the same time goes about the same time. */
const SHARED = 2 ** 16;

export interface MemoryTravel {
  /** `count` granules, at these bytes of RAM, are not as they were. */
  note(offsets: Uint32Array, count: number): void;
  readonly saved: () => SavedMemory;
  readonly go: (to: SavedMemory) => void;
}

/** Begins with the memory as it is. Whatever is written goes to the shadow as well, which lies `ramSize` bytes behind, so that it counts for no change. */
export function memoryTravel(memory: WebAssembly.Memory, ramSize: number): MemoryTravel {
  const now = new Uint32Array(memory.buffer, 0, ramSize / 4);
  const shadow = new Uint32Array(memory.buffer, ramSize, ramSize / 4);
  const base = now.slice();
  /** The first words of all granules that may differ from the base, and whether a granule is among them. */
  const differing: number[] = [];
  const isListed = new Uint8Array(ramSize / GRANULE);
  /** Where states are saved, and how many words of it are. */
  let shared = new Uint32Array(SHARED);
  let used = 0;

  const list = (word: number): void => {
    const granule = word / WORDS;
    if (isListed[granule] === 1) return;
    isListed[granule] = 1;
    differing.push(word);
  };
  const isAsBase = (word: number): boolean => {
    for (let at = word; at < word + WORDS; at++) if (now[at] !== base[at]) return false;
    return true;
  };

  return {
    note: (offsets, count) => {
      for (let n = 0; n < count; n++) list((offsets[n] ?? 0) / 4);
    },
    saved: () => {
      if (used + differing.length * EACH > shared.length) {
        shared = new Uint32Array(Math.max(SHARED, differing.length * EACH));
        used = 0;
      }
      const start = used;
      for (const word of differing) {
        if (isAsBase(word)) continue;
        shared[used++] = word;
        for (let at = word; at < word + WORDS; at++) shared[used++] = now[at] ?? 0;
      }
      return shared.subarray(start, used);
    },
    go: (to) => {
      for (const word of differing) {
        isListed[word / WORDS] = 0;
        for (let at = word; at < word + WORDS; at++) now[at] = shadow[at] = base[at] ?? 0;
      }
      differing.length = 0;
      for (let n = 0; n < to.length; n += EACH) {
        const word = to[n] ?? 0;
        list(word);
        for (let at = 0; at < WORDS; at++) now[word + at] = shadow[word + at] = to[n + 1 + at] ?? 0;
      }
    },
  };
}
