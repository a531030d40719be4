/**
 * An entry of a page table: a 64-bit word in the architecture's format. Its address counts in units of the size of a table: 4 KiB on the real
 * sizes, as the processors want it, and less on the small ones.
 *
 * x86_64: bit 0 present, 1 writable, 2 user, 3 write-through, 4 cache-disabled, 7 page size or, in a small page's, PAT; 12 a larger page's PAT;
 * address from bit 12 on. RISC-V: bit 0 valid, 1 read, 2 write, 3 execute, 4 user, 5 global, 6 accessed, 7 dirty; address from bit 10 on.
 *
 * @source Intel SDM vol. 3 section 4.5; RISC-V privileged architecture, section Sv39
 */
import { IS_X86, PAGE_BITS, PAGE_TABLE_BITS, PTE_ADDRESS_SHIFT } from '#impl-config';
import { load, store } from './heap.ts';

const TWO_32 = 2 ** 32;
export const INDEX_BITS = PAGE_TABLE_BITS - 3;
export const TABLE_ENTRIES = 2 ** INDEX_BITS;
export const TABLE_BYTES = 2 ** PAGE_TABLE_BITS;
const ADDRESS_FACTOR = 2 ** PTE_ADDRESS_SHIFT;

export function isPresent(lo: number): boolean {
  return (lo & 1) !== 0;
}

/** Whether an entry leads to a further table. x86: nothing but a page does in a table of small pages, and a set bit 7 makes it a larger one. */
export function isTable(lo: number, bitsLeft: number): boolean {
  if (bitsLeft === PAGE_BITS) return false;
  return IS_X86 ? (lo & 0x81) === 1 : (lo & 15) === 1;
}

/** The address in an entry, with what else a larger page's entry has in the low bits of that field. */
export function entryAddress(slot: number): number {
  return Math.floor((load(slot + 4) * TWO_32 + load(slot)) / ADDRESS_FACTOR) * TABLE_BYTES;
}

export function setEntry(slot: number, address: number, flags: number): void {
  const word = (address / TABLE_BYTES) * ADDRESS_FACTOR + flags;
  store(slot, word % TWO_32);
  store(slot + 4, Math.floor(word / TWO_32));
}

export function clearEntry(slot: number): void {
  store(slot, 0);
  store(slot + 4, 0);
}
