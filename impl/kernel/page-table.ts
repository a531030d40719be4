/**
 * The way from an identifier to a root, and from a root to an entry.
 *
 * @source seL4 src/arch/riscv/kernel/vspace.c `lookupPTSlot`, src/arch/x86/64/kernel/vspace.c `lookupPDPTSlot`, `lookupPDSlot`, `lookupPTSlot`
 */
import { ASID_POOL_BITS, IS_X86, PAGE_BITS, PAGING_LEVELS } from '#impl-config';
import { load, store } from '../memory/heap.ts';
import { ASID_POOL_ENTRIES, KS_ASID_TABLE, KS_GLOBAL_ROOT } from '../memory/layout.ts';
import { INDEX_BITS, TABLE_BYTES, TABLE_ENTRIES, entryAddress, isTable, setEntry } from '../memory/pte.ts';
import { powerOf2 } from './caps.ts';

const ASID_LOW_BITS = ASID_POOL_BITS - 3;

/** Entry that the last walk ended at, and the bits of the address that it leaves open. */
export let walkSlot = 0;
export let walkBits = 0;

/** Follows tables down to the entry that leaves `bits` of the address open, or to one that leads to no further table. */
export function walk(root: number, vaddr: number, bits: number): void {
  let table = root;
  walkBits = PAGE_BITS + INDEX_BITS * PAGING_LEVELS;
  for (;;) {
    walkBits -= INDEX_BITS;
    walkSlot = table + (Math.floor(vaddr / powerOf2(walkBits)) % TABLE_ENTRIES) * 8;
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
  for (let at = TABLE_BYTES / 2; at < TABLE_BYTES; at += 4) store(root + at, load(KS_GLOBAL_ROOT + at));
}

/** The kernel's own root: nothing of it is the user's. */
export function bootGlobalRoot(): void {
  for (let at = TABLE_BYTES / 2; at < TABLE_BYTES; at += 8) {
    if (IS_X86) setEntry(KS_GLOBAL_ROOT + at, KS_GLOBAL_ROOT, 3);
    else setEntry(KS_GLOBAL_ROOT + at, 0, 0xef);
  }
}
