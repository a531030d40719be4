/**
 * Page tables as words in memory, in the architecture's format: what an entry says, and the way from a root to it. An address in an entry
 * counts in units of the size of a table.
 *
 * @source seL4 src/arch/riscv/kernel/vspace.c `lookupPTSlot`, src/arch/x86/64/kernel/vspace.c `lookupPDPTSlot`, `lookupPDSlot`, `lookupPTSlot`
 */
import { ASID_POOL_BITS, IS_X86, PAGE_BITS, PAGE_TABLE_BITS, PAGING_LEVELS, PTE_ADDRESS_SHIFT } from '#impl-config';
import { load, store } from '../memory/heap.ts';
import { ASID_POOL_ENTRIES, KS_ASID_TABLE, KS_GLOBAL_ROOT } from '../memory/layout.ts';
import { powerOf2 } from './caps.ts';

const TWO_32 = 2 ** 32;
export const INDEX_BITS = PAGE_TABLE_BITS - 3;
const ASID_LOW_BITS = ASID_POOL_BITS - 3;
const ENTRIES = 2 ** INDEX_BITS;
const UNIT = 2 ** PAGE_TABLE_BITS;
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
  return Math.floor((load(slot + 4) * TWO_32 + load(slot)) / ADDRESS_FACTOR) * UNIT;
}

export function setEntry(slot: number, address: number, flags: number): void {
  const word = (address / UNIT) * ADDRESS_FACTOR + flags;
  store(slot, word % TWO_32);
  store(slot + 4, Math.floor(word / TWO_32));
}

export function clearEntry(slot: number): void {
  store(slot, 0);
  store(slot + 4, 0);
}

/** Entry that the last walk ended at, and the bits of the address that it leaves open. */
export let walkSlot = 0;
export let walkBits = 0;

/** Follows tables down to the entry that leaves `bits` of the address open, or to one that leads to no further table. */
export function walk(root: number, vaddr: number, bits: number): void {
  let table = root;
  walkBits = PAGE_BITS + INDEX_BITS * PAGING_LEVELS;
  for (;;) {
    walkBits -= INDEX_BITS;
    walkSlot = table + (Math.floor(vaddr / powerOf2(walkBits)) % ENTRIES) * 8;
    if (walkBits <= bits || !isTable(load(walkSlot), walkBits)) return;
    table = entryAddress(walkSlot);
  }
}

/** Root of the address space with an identifier; 0 when there is none. */
export function findVSpaceForAsid(asid: number): number {
  const pool = load(KS_ASID_TABLE + (asid >>> ASID_LOW_BITS) * 4);
  return pool === 0 ? 0 : load(pool + (asid & (ASID_POOL_ENTRIES - 1)) * 8);
}

/** The kernel's half of a root. */
export function copyGlobalMappings(root: number): void {
  for (let at = UNIT / 2; at < UNIT; at += 4) store(root + at, load(KS_GLOBAL_ROOT + at));
}

/** The kernel's own root: nothing of it is the user's. */
export function bootGlobalRoot(): void {
  for (let at = UNIT / 2; at < UNIT; at += 8) {
    if (IS_X86) setEntry(KS_GLOBAL_ROOT + at, KS_GLOBAL_ROOT, 3);
    else setEntry(KS_GLOBAL_ROOT + at, 0, 0xef);
  }
}
