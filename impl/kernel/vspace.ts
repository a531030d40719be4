/**
 * Address spaces: what a thread runs in, and what taking capabilities away does to them.
 *
 * @source seL4 src/arch/riscv/kernel/vspace.c, src/arch/x86/kernel/vspace.c (`setVMRoot`, `unmapPage`, `unmapPageTable`, `deleteASID`,
 * `deleteASIDPool`); src/arch/riscv/object/objecttype.c, src/arch/x86/64/object/objecttype.c (`Arch_finaliseCap`)
 */
import { IS_X86, PAGE_BITS, ROOT_LEVEL } from '#impl-config';
import { flushAll, flushAsid, flushPage } from '../hardware/tlb.ts';
import { load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  ASID_POOL_ENTRIES, CAP_PAGING, CTE_BYTES, CTE_META, CTE_WORD_HI, CTE_WORD_LO, HW_VSPACE_ASID, HW_VSPACE_ROOT, KS_ASID_TABLE, KS_CUR_THREAD,
  KS_GLOBAL_ROOT, TCB_SLOT_VTABLE,
} from '../memory/layout.ts';
import { INDEX_BITS, TABLE_BYTES, clearEntry, entryAddress, isPresent, isTable } from '../memory/pte.ts';
import { capAddress, capField, frameBits, memoryAddress, powerOf2 } from './caps.ts';
import { findVSpaceForAsid, walk, walkBits, walkSlot } from './page-table.ts';

/** Root that a thread's VTable slot leads to: a mapped one whose identifier leads to it; 0 when there is none. */
export function vspaceRoot(tcb: number): number {
  const slot = tcb + TCB_SLOT_VTABLE * CTE_BYTES;
  const meta = load(slot + CTE_META);
  if (meta >>> 27 !== CAP_PAGING || ((meta >>> 16) & 7) !== (ROOT_LEVEL | 4)) return 0;
  // Tables lie in RAM: the high half of their address is 0.
  const root = load(slot);
  return findVSpaceForAsid(load(slot + CTE_WORD_HI) >>> 16) === root ? root : 0;
}

/** A thread without an address space, or whose own is gone, runs in the kernel's. */
export function setVMRoot(tcb: number): void {
  installVMRoot(tcb, vspaceRoot(tcb));
}

/** What `setVMRoot` does once the thread's root is known. */
export function installVMRoot(tcb: number, found: number): void {
  const root = found === 0 ? KS_GLOBAL_ROOT : found;
  // Without PCIDs, x86 forgets all translations when CR3 is written.
  if (IS_X86 && root !== load(HW_VSPACE_ROOT)) flushAll();
  store(HW_VSPACE_ROOT, root);
  store(HW_VSPACE_ASID, found === 0 ? 0 : load(tcb + TCB_SLOT_VTABLE * CTE_BYTES + CTE_WORD_HI) >>> 16);
}

/** Where a capability says that it is mapped. */
export function mappedAsid(slot: number): number {
  return load(slot + CTE_WORD_HI) >>> 16;
}

export function mappedAddress(slot: number): number {
  return load(slot + CTE_WORD_LO) + (load(slot + CTE_WORD_HI) & 0xffff) * 2 ** 32;
}

/** The entry goes if it still is this frame's: another may have taken its place. */
export function unmapPage(slot: number): void {
  const root = findVSpaceForAsid(mappedAsid(slot));
  if (root === 0) return;
  const bits = frameBits(capField(slot, 16, 3));
  walk(root, mappedAddress(slot), bits);
  const lo = load(walkSlot);
  if (walkBits !== bits || !isPresent(lo) || isTable(lo, walkBits)) return;
  const size = powerOf2(bits);
  if (Math.floor(entryAddress(walkSlot) / size) * size !== memoryAddress(slot)) return;
  clearEntry(walkSlot);
  if (IS_X86) flushPage(mappedAsid(slot), mappedAddress(slot), bits);
  else flushAll();
}

/** The entry that leads to the table goes, if there is one on the way of its address. */
export function unmapPageTable(slot: number): void {
  const root = findVSpaceForAsid(mappedAsid(slot));
  const table = capAddress(slot);
  if (root === 0) return;
  for (let bits = PAGE_BITS + INDEX_BITS; ; bits += INDEX_BITS) {
    walk(root, mappedAddress(slot), bits);
    const isLeading = isTable(load(walkSlot), walkBits);
    if (isLeading && entryAddress(walkSlot) === table) {
      clearEntry(walkSlot);
      if (IS_X86) flushAsid(mappedAsid(slot));
      else flushAll();
      return;
    }
    if (walkSlot >= root && walkSlot < root + TABLE_BYTES) return;
  }
}

function deleteAsid(asid: number, root: number): void {
  const pool = load(KS_ASID_TABLE + Math.floor(asid / ASID_POOL_ENTRIES) * 4);
  if (findVSpaceForAsid(asid) !== root) return;
  flushAsid(asid);
  store(pool + (asid % ASID_POOL_ENTRIES) * 8, 0);
  setVMRoot(load(KS_CUR_THREAD));
}

export function deleteAsidPool(slot: number): void {
  const at = KS_ASID_TABLE + Math.floor(load(slot + CTE_WORD_LO) / ASID_POOL_ENTRIES) * 4;
  if (load(at) !== capAddress(slot)) return;
  // On RISC-V what the processor remembers of the dead address spaces stays until something is mapped or unmapped.
  store(at, 0);
  setVMRoot(load(KS_CUR_THREAD));
}

/** Whether a paging structure is the root of the address space that its capability says it is mapped in. */
export function isRoot(slot: number): boolean {
  return IS_X86 ? capField(slot, 16, 3) === ROOT_LEVEL : findVSpaceForAsid(mappedAsid(slot)) === capAddress(slot);
}

/** What losing the last capability to a mapped paging structure does. */
export function finalisePaging(slot: number): void {
  if (capField(slot, 18, 1) === 0) return;
  if (isRoot(slot)) deleteAsid(mappedAsid(slot), capAddress(slot));
  else unmapPageTable(slot);
}
