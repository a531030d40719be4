/**
 * The translation lookaside buffer: what the processor remembers of its walks, until it is told to forget it or needs the room. It is direct-mapped
 * by small pages; a larger page takes an entry for each small page of it that is used. Without PCIDs, as seL4 is verified, x86_64 does not tell
 * address spaces apart: all are identifier 0.
 *
 * An entry is three words. Word 0: low half of the number of the virtual page. Word 1: bits 0-7 high bits of that number, 8-23 ASID, 24 load,
 * 25 store, 26 fetch allowed, 27 valid. Word 2: physical address of the page.
 *
 * @source Intel SDM vol. 3 section 4.10; RISC-V privileged architecture, `SFENCE.VMA`
 */
import { IS_X86, PAGE_BITS } from '#impl-config';
import { load, store } from '../memory/heap.ts';
import { HW_TLB, HW_TLB_USED, TLB_ENTRIES, TLB_ENTRY_BYTES } from '../memory/layout.ts';

const VALID = 1 << 27;
const ACCESS_SHIFT = 24;
const PAGE_BYTES = 2 ** PAGE_BITS;
const TWO_32 = 2 ** 32;

const entryOf = (page: number): number => HW_TLB + (page % TLB_ENTRIES) * TLB_ENTRY_BYTES;
const tagOf = (page: number, asid: number): number => VALID | (tagged(asid) << 8) | Math.floor(page / TWO_32);
const tagged = (asid: number): number => (IS_X86 ? 0 : asid);
const TAG_MASK = VALID | 0xffffff;

/** Physical address of the page that the processor remembers for a virtual one; -1 when it has to walk: it knows nothing, or nothing that allows the access. */
export function remembered(page: number, asid: number, access: number): number {
  const entry = entryOf(page);
  const tag = load(entry + 4);
  if (load(entry) !== page % TWO_32 || (tag & TAG_MASK) !== tagOf(page, asid)) return -1;
  return ((tag >>> (ACCESS_SHIFT + access)) & 1) === 1 ? load(entry + 8) : -1;
}

/** @param allowed bit 0 load, 1 store, 2 fetch */
export function remember(page: number, asid: number, allowed: number, physical: number): void {
  const entry = entryOf(page);
  store(HW_TLB_USED, 1);
  store(entry, page % TWO_32);
  store(entry + 4, tagOf(page, asid) | (allowed << ACCESS_SHIFT));
  store(entry + 8, physical);
}

function forget(asid: number, first: number, count: number): void {
  if (load(HW_TLB_USED) === 0) return;
  for (let entry = HW_TLB; entry < HW_TLB + TLB_ENTRIES * TLB_ENTRY_BYTES; entry += TLB_ENTRY_BYTES) {
    const tag = load(entry + 4);
    const page = (tag & 0xff) * TWO_32 + load(entry);
    if (((tag >>> 8) & 0xffff) === tagged(asid) && page >= first && page < first + count) store(entry + 4, 0);
  }
}

/** Everything: writing CR3 without PCIDs, `sfence.vma` without operands, power-on. */
export function flushAll(): void {
  if (load(HW_TLB_USED) === 0) return;
  store(HW_TLB_USED, 0);
  for (let entry = HW_TLB; entry < HW_TLB + TLB_ENTRIES * TLB_ENTRY_BYTES; entry += TLB_ENTRY_BYTES)
    store(entry + 4, 0);
}

/** All translations of one address space. */
export function flushAsid(asid: number): void {
  forget(asid, 0, Infinity);
}

/** Those of one page of 2^bits bytes. */
export function flushPage(asid: number, vaddr: number, bits: number): void {
  forget(asid, Math.floor(vaddr / PAGE_BYTES), 2 ** (bits - PAGE_BITS));
}
