/**
 * What both architectures check of the root of an address space, and what mapping and unmapping do.
 *
 * @source seL4 src/arch/riscv/kernel/vspace.c `performPageTableInvocationMap`, `performPageInvocationMapPTE` and so on; src/arch/x86/kernel/vspace.c
 */
import { IS_X86, PAGE_TABLE_BITS, ROOT_LEVEL } from '#impl-config';
import { FAILED_LOOKUP, FAILURE_INVALID_ROOT, INVALID_CAPABILITY } from '../abi.ts';
import { flushAll } from '../hardware/tlb.ts';
import { clear, load, store } from '../memory/heap.ts';
import { CAP_PAGING, CTE_META, CTE_WORD_HI, CTE_WORD_LO } from '../memory/layout.ts';
import { clearEntry, setEntry } from '../memory/pte.ts';
import { capAddress, capField, capType, memoryAddress } from './caps.ts';
import { beginPerform } from './cnode.ts';
import { OK, failLookup, failWith, setFailure } from './outcome.ts';
import { findVSpaceForAsid } from './page-table.ts';
import { answerWord } from './answer.ts';
import { mappedAsid, unmapPage, unmapPageTable } from './vspace.ts';

/** The address space is gone. */
export function failRoot(): number {
  setFailure(FAILURE_INVALID_ROOT, 0, 0);
  return failLookup(FAILED_LOOKUP, 0);
}

/** Identifier and root of the address space that the last `checkRoot` was about. */
export let rootAsid = 0;
export let rootTable = 0;

/** The capability given as the root of an address space is one that has an identifier. */
export function checkRoot(slot: number): number {
  if (capType(slot) !== CAP_PAGING || capField(slot, 16, 7) !== (ROOT_LEVEL | 4))
    return failWith(INVALID_CAPABILITY, 1);
  rootAsid = mappedAsid(slot);
  rootTable = capAddress(slot);
  return OK;
}

/** That identifier still leads to it. */
export function checkVSpace(): number {
  const found = findVSpaceForAsid(rootAsid);
  if (found === 0) return failRoot();
  return found === rootTable ? OK : failWith(INVALID_CAPABILITY, 1);
}

/** Marks a frame or paging structure as mapped. */
export function setMapping(slot: number, asid: number, vaddrLo: number, vaddrHi: number): void {
  const bit = capType(slot) === CAP_PAGING ? 1 << 18 : 1 << 21;
  store(slot + CTE_META, load(slot + CTE_META) | bit);
  store(slot + CTE_WORD_LO, vaddrLo);
  store(slot + CTE_WORD_HI, (vaddrHi & 0xffff) | (asid << 16));
}

function clearMapping(slot: number): void {
  const bit = capType(slot) === CAP_PAGING ? 1 << 18 : 1 << 21;
  store(slot + CTE_META, load(slot + CTE_META) & ~bit);
  store(slot + CTE_WORD_LO, 0);
  store(slot + CTE_WORD_HI, 0);
}

/** @param entry where the table is linked; @param flags of the entry */
export function performMapTable(slot: number, entry: number, flags: number, vaddrLo: number, vaddrHi: number): number {
  beginPerform();
  setMapping(slot, rootAsid, vaddrLo, vaddrHi);
  setEntry(entry, capAddress(slot), flags);
  if (!IS_X86) flushAll();
  return OK;
}

/** A table that is taken out of its address space is cleared; what was mapped through it still says that it is. */
export function performUnmapTable(slot: number): number {
  beginPerform();
  if (capField(slot, 18, 1) === 1) {
    unmapPageTable(slot);
    clear(capAddress(slot), 2 ** PAGE_TABLE_BITS);
  }
  clearMapping(slot);
  return OK;
}

/**
 * RISC-V makes the processor forget after every change. x86_64 does not after this one: what was mapped there stays in use for as long as the
 * processor remembers it.
 *
 * @param flags 0 for an entry that says nothing
 */
export function performMapPage(slot: number, entry: number, flags: number, vaddrLo: number, vaddrHi: number): number {
  beginPerform();
  setMapping(slot, rootAsid, vaddrLo, vaddrHi);
  if (flags === 0) clearEntry(entry);
  else setEntry(entry, memoryAddress(slot), flags);
  if (!IS_X86) flushAll();
  return OK;
}

export function performUnmapPage(slot: number): number {
  beginPerform();
  if (capField(slot, 21, 1) === 1) unmapPage(slot);
  clearMapping(slot);
  return OK;
}

export function performGetAddress(slot: number, isCall: boolean): number {
  const address = memoryAddress(slot);
  beginPerform();
  if (isCall) answerWord(address >>> 0, Math.floor(address / 2 ** 32));
  return OK;
}
