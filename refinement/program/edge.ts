/** Words at which something may change. */
import type { Random } from './random.ts';

// biome-ignore format: packed
const EDGES = [0n, 1n, 2n, 3n, 63n, 64n, 65n, 0xffn, 0x100n, 2n ** 31n, 2n ** 32n, 2n ** 32n + 1n, 2n ** 47n, 2n ** 56n, 2n ** 63n, 2n ** 64n - 2n, 2n ** 64n - 1n];

export function edge(r: Random): bigint {
  return r.chance(0.9) ? r.pick(EDGES) : r.word();
}
