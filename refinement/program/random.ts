/**
 * Random numbers from a seed: the same seed gives the same program on every machine.
 *
 * The generator is sfc32, four words of state; fast-check's is made for splitting and shrinking, which programs do not need.
 */
export interface Random {
  /** Whole number from 0 to n - 1. */
  below(n: number): number;
  /** True with probability p. */
  chance(p: number): boolean;
  pick<T>(from: readonly T[]): T;
  word(): bigint;
}

/** What is drawn `count` times. */
export function several<T>(count: number, draw: () => T): readonly T[] {
  const drawn: T[] = [];
  while (drawn.length < count) drawn.push(draw());
  return drawn;
}

/** Mixes numbers into a seed of 32 bits. */
export function hash(...values: readonly number[]): number {
  let h = 0x811c9dc5;
  for (const value of values) {
    for (let part = value; ; part = Math.floor(part / 2 ** 32)) {
      h = Math.imul(h ^ (part >>> 0), 0x01000193);
      h ^= h >>> 15;
      if (part < 2 ** 32) break;
    }
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  return (h ^ (h >>> 13)) >>> 0;
}

export function random(seed: number): Random {
  let a = seed | 0;
  let b = hash(seed) | 0;
  let c = hash(seed, 1) | 0;
  let d = 1;
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let n = 0; n < 12; n++) next();
  const below = (n: number): number => Math.floor((next() / 4294967296) * n);
  return {
    below,
    chance: (p) => next() < p * 4294967296,
    pick: (from) => {
      const chosen = from[below(from.length)];
      if (chosen === undefined) throw new Error('one cannot pick from nothing');
      return chosen;
    },
    word: () => (BigInt(next()) << 32n) | BigInt(next()),
  };
}
