/** Rows with a mistake in them. */
import { edge } from './edge.ts';
import type { CallRow } from './program.ts';
import type { Random } from './random.ts';
import type { Surroundings } from './surroundings.ts';
import { cptrOf, pickNamed } from './surroundings.ts';

/** One thing about the row is made wrong, or at least strange. */
export function spoil(r: Random, row: CallRow, around: Surroundings): CallRow {
  const { words, caps } = row;
  switch (r.below(8)) {
    case 0:
      return { ...row, words: words.slice(0, -1 - r.below(2)) };
    case 1:
      return { ...row, caps: caps.slice(0, -1) };
    case 2:
      return { ...row, cap: r.chance(0.6) ? near(r, row.cap) : cptrOf(pickNamed(r, around, 'any')) };
    case 3:
      return {
        ...row,
        caps: caps.map((cap) => {
          if (r.chance(0.5)) return cap;
          const other = pickNamed(r, around, 'any');
          return other === undefined ? edge(r) : cptrOf(other);
        }),
      };
    case 4:
      if (caps.length === 0) return { ...row, cap: near(r, row.cap) };
      return changed(r, row, 'caps', (cap) => near(r, cap));
    case 5:
      if (words.length === 0) return { ...row, label: edge(r) & 0xf_ffff_ffff_ffffn };
      return changed(r, row, 'words', () => BigInt(r.below(70)));
    default:
      return words.length === 0 ? row : changed(r, row, 'words', (word) => near(r, word));
  }
}

function changed(r: Random, row: CallRow, field: 'words' | 'caps', change: (word: bigint) => bigint): CallRow {
  const at = r.below(row[field].length);
  return { ...row, [field]: row[field].map((word, index) => (index === at ? change(word) : word)) };
}

/** A word that is not quite the given one: off by one, one bit too many, or something else altogether. */
function near(r: Random, word: bigint): bigint {
  switch (r.below(6)) {
    case 0:
      return BigInt.asUintN(64, word - 1n);
    case 1:
      return BigInt.asUintN(64, word + 1n);
    case 2:
      return word ^ (1n << 32n);
    case 3:
      return word ^ (1n << BigInt(r.below(64)));
    case 4:
      return 0n;
    default:
      return edge(r);
  }
}
