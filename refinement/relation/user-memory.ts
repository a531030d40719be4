/**
 * Memory without kernel data in it: frames, whose words are the specification's user memory; and free memory, of which the specification says nothing but that nobody fills it.
 *
 * @source l4v proof/refine/StateRelation.thy `pspace_relation` (user data), proof/refine/X64/Untyped_R.thy `untyped_ranges_zero`
 */
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { loadWord } from '../../spec/state/kernel-state.ts';
import type { Difference, Image } from './image.ts';
import { compareWord, differ, hex, inMemory, load } from './image.ts';

/** The 64-bit word at `address`, a multiple of 8. */
export function compareMemoryWord(m: Image, s: KernelState, address: number, out: Difference[]): void {
  compareWord(m, address, loadWord(s, address), 'memory', address, 'word', out);
}

/** A whole frame. Zero words of the implementation are the common case and are passed over fast; words that the specification stores are compared one by one. */
export function compareFrame(m: Image, s: KernelState, ref: number, bytes: number, out: Difference[]): void {
  if (!inMemory(m, ref)) return;
  const { words } = m;
  const first = (ref - m.base) / 4;
  const end = Math.min(first + bytes / 4, m.bytes / 4);
  for (let i = first; i < end; i += 2) {
    if (words[i] !== 0 || words[i + 1] !== 0) compareMemoryWord(m, s, m.base + i * 4, out);
  }
}

/** Free memory, and words of the kernel's area that belong to no global: a step leaves a word of it as it was, or clears it. */
export function compareFree(m: Image, address: number, was: number, out: Difference[]): void {
  const is = load(m, address);
  if (is !== was && is !== 0) differ(out, `free memory ${hex(address)}`, 'word', `${hex(was)} or 0`, hex(is));
}
