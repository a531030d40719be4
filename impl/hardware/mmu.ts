/**
 * The memory management unit: what an access of the running thread reaches, by what the TLB
 * remembers and otherwise by the tables in memory.
 *
 * @source Intel SDM vol. 3 section 4.5 and 4.6; RISC-V privileged architecture, section Sv39
 */
import { IS_X86, PAGE_BITS, PAGING_LEVELS } from '#impl-config';
import { load } from '../memory/heap.ts';
import { HW_VSPACE_ASID, HW_VSPACE_ROOT } from '../memory/layout.ts';
import { INDEX_BITS, TABLE_ENTRIES, entryAddress, isPresent, isTable } from '../memory/pte.ts';
import { remember, remembered } from './tlb.ts';

export const LOAD = 0;
export const STORE = 1;
export const FETCH = 2;

const PAGE_BYTES = 2 ** PAGE_BITS;

/** Bits of addresses that are translated; those above must be as the highest of them. */
const VADDR_BITS = PAGE_BITS + INDEX_BITS * PAGING_LEVELS;

/** Physical address, or -1 for a page fault. The upper half of the addresses is never the user's, so it is not looked at. */
export function translate(vaddrLo: number, vaddrHi: number, access: number): number {
  const vaddr = vaddrHi * 2 ** 32 + vaddrLo;
  if (vaddr >= 2 ** (VADDR_BITS - 1)) return -1;
  const page = Math.floor(vaddr / PAGE_BYTES);
  const asid = load(HW_VSPACE_ASID);
  const known = remembered(page, asid, access);
  if (known >= 0) return known + (vaddr % PAGE_BYTES);
  const physical = walk(vaddr);
  if (((allowed >>> access) & 1) === 0) return -1;
  remember(page, asid, allowed, physical - (vaddr % PAGE_BYTES));
  return physical;
}

/** What the last walk found to be allowed: bit 0 load, 1 store, 2 fetch. */
let allowed = 0;

/** Physical address that the tables lead to, if they allow anything. */
function walk(vaddr: number): number {
  allowed = ALL;
  let table = load(HW_VSPACE_ROOT);
  for (let bits = VADDR_BITS - INDEX_BITS; ; bits -= INDEX_BITS) {
    const slot = table + (Math.floor(vaddr / 2 ** bits) % TABLE_ENTRIES) * 8;
    const lo = load(slot);
    allowed &= isPresent(lo) ? allowedBy(lo, isTable(lo, bits)) : 0;
    if (allowed === 0) return 0;
    if (isTable(lo, bits)) {
      table = entryAddress(slot);
      continue;
    }
    const size = 2 ** bits;
    return Math.floor(entryAddress(slot) / size) * size + (vaddr % size);
  }
}

const ALL = (1 << LOAD) | (1 << STORE) | (1 << FETCH);

/** x86_64 asks at every level, RISC-V at the last one. */
function allowedBy(lo: number, leadsOn: boolean): number {
  if (IS_X86) {
    if ((lo & 4) === 0) return 0;
    return (lo & 2) !== 0 ? ALL : ALL & ~(1 << STORE);
  }
  if (leadsOn) return ALL;
  if ((lo & 16) === 0) return 0;
  return (((lo >>> 1) & 1) << LOAD) | (((lo >>> 2) & 1) << STORE) | (((lo >>> 3) & 1) << FETCH);
}
