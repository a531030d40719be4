/**
 * The memory management unit: what an access of the running thread reaches, by the tables in memory.
 *
 * @source Intel SDM vol. 3 section 4.5 and 4.6; RISC-V privileged architecture, section Sv39
 */
import { IS_X86, PAGE_BITS, PAGING_LEVELS } from '#impl-config';
import { load } from '../memory/heap.ts';
import { HW_VSPACE_ROOT } from '../memory/layout.ts';
import { INDEX_BITS, TABLE_ENTRIES, entryAddress, isPresent, isTable } from '../memory/pte.ts';

export const LOAD = 0;
export const STORE = 1;
export const FETCH = 2;

/** Bits of addresses that are translated; those above must be as the highest of them. */
const VADDR_BITS = PAGE_BITS + INDEX_BITS * PAGING_LEVELS;

/** Physical address, or -1 for a page fault. The upper half of the addresses is never the user's, so it is not looked at. */
export function translate(vaddrLo: number, vaddrHi: number, access: number): number {
  const vaddr = vaddrHi * 2 ** 32 + vaddrLo;
  if (vaddr >= 2 ** (VADDR_BITS - 1)) return -1;
  let table = load(HW_VSPACE_ROOT);
  for (let bits = VADDR_BITS - INDEX_BITS; ; bits -= INDEX_BITS) {
    const slot = table + (Math.floor(vaddr / 2 ** bits) % TABLE_ENTRIES) * 8;
    const lo = load(slot);
    if (!isPresent(lo) || !allows(lo, access, isTable(lo, bits))) return -1;
    if (isTable(lo, bits)) {
      table = entryAddress(slot);
      continue;
    }
    const size = 2 ** bits;
    return Math.floor(entryAddress(slot) / size) * size + (vaddr % size);
  }
}

/** x86_64 asks at every level, RISC-V at the last one. */
function allows(lo: number, access: number, leadsOn: boolean): boolean {
  if (IS_X86) return (lo & 4) !== 0 && (access !== STORE || (lo & 2) !== 0);
  if (leadsOn) return true;
  const needed = access === LOAD ? 2 : access === STORE ? 4 : 8;
  return (lo & 16) !== 0 && (lo & needed) !== 0;
}
