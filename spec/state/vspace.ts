/**
 * Address spaces: from identifiers to roots, from addresses to entries, and what takes entries away.
 *
 * @source l4v spec/abstract/RISCV64/ArchVSpaceAcc_A.thy `vspace_for_asid`, `pt_lookup_slot`; ArchVSpace_A.thy `set_vm_root`, `unmap_page`,
 * `unmap_page_table`, `delete_asid`, `delete_asid_pool`; X64/ArchVSpace_A.thy
 */
import type { PagingLevel } from '../abi/arch.ts';
import type { KernelConfig } from '../abi/config.ts';
import type { Word } from '../abi/words.ts';
import { bitField, powerOf2 } from '../abi/words.ts';
import type { Cap, FrameCap, Mapping, PagingCap } from './caps.ts';
import type { KernelState, StaleTranslation } from './kernel-state.ts';
import {
  TCB_VTABLE,
  getASIDPool,
  getCap,
  getPageTable,
  setASIDPoolEntry,
  setGlobals,
  setMachine,
  setObject,
  setPte,
  slotAt,
} from './kernel-state.ts';
import type { PagePte, PageTable, Pte } from './objects.ts';
import * as PMap from './pmap.ts';
import type { ObjRef } from './refs.ts';

/** On x86_64 the kernel's half is in every root from its making on, on RISC-V from when it gets an identifier. */
export function newPageTable({ arch }: KernelConfig, level: PagingLevel): PageTable {
  return {
    _tag: 'PageTable',
    level,
    entries: PMap.emptyMap(),
    kernelMappings: arch.name === 'x86_64' && level === 'PML4',
  };
}

/* --- identifiers ------------------------------------------------------------------------------------------------------ */

/** Identifiers in a pool. */
export function asidsPerPool({ asidPoolBits }: KernelConfig): number {
  return powerOf2(asidPoolBits - 3);
}

export function asidHigh(config: KernelConfig, asid: number): number {
  return Math.floor(asid / asidsPerPool(config));
}

export function setASIDTableEntry(s: KernelState, high: number, pool: ObjRef | null): KernelState {
  return setGlobals(s, { asidTable: s.globals.asidTable.with(high, pool) });
}

/** The pool that an identifier is in; null when there is none. */
export function poolOf(s: KernelState, asid: number): ObjRef | null {
  return s.globals.asidTable[asidHigh(s.config, asid)] ?? null;
}

/** Root of the address space with an identifier; null when there is none. */
export function findVSpaceForASID(s: KernelState, asid: number): ObjRef | null {
  const pool = poolOf(s, asid);
  if (pool === null) return null;
  return PMap.get(getASIDPool(s, pool).entries, asid % asidsPerPool(s.config)) ?? null;
}

/** Makes a paging structure the root of the address space with an identifier, the kernel's half included. */
export function assignASID(s: KernelState, asid: number, root: ObjRef): KernelState {
  const pool = poolOf(s, asid);
  if (pool === null) return s;
  const { level, entries } = getPageTable(s, root);
  const t = setObject(s, root, { _tag: 'PageTable', level, entries, kernelMappings: true });
  return setASIDPoolEntry(t, pool, asid % asidsPerPool(s.config), root);
}

/* --- walking ---------------------------------------------------------------------------------------------------------- */

export interface Walked {
  readonly table: ObjRef;
  readonly index: number;
  /** Bits of the address that the entry leaves open. */
  readonly bitsLeft: number;
  readonly entry: Pte | undefined;
}

/** Follows tables from the root, down to the entry that leaves `bits` of the address open or to one that leads to no further table. */
export function walk(s: KernelState, root: ObjRef, vaddr: Word, bits: number): Walked {
  const { config } = s;
  const indexBits = config.pageTableBits - 3;
  let table = root;
  let bitsLeft = config.frameBits.Small + indexBits * config.arch.pagingLevels.length;
  for (;;) {
    bitsLeft -= indexBits;
    const index = Number(bitField(vaddr, bitsLeft, indexBits));
    const entry = PMap.get(getPageTable(s, table).entries, index);
    if (bitsLeft <= bits || entry?._tag !== 'PageTablePTE') return { table, index, bitsLeft, entry };
    table = entry.ref;
  }
}

/* --- taking away ------------------------------------------------------------------------------------------------------ */

/** The entry goes if it still is this frame's: another may have taken its place. */
export function unmapPage(s: KernelState, { ref, size }: FrameCap, { asid, vaddr }: Mapping): KernelState {
  const root = findVSpaceForASID(s, asid);
  if (root === null) return s;
  const bits = s.config.frameBits[size];
  const { table, index, bitsLeft, entry } = walk(s, root, vaddr, bits);
  const isOurs = bitsLeft === bits && entry?._tag === 'PagePTE' && entry.ref === ref;
  if (!isOurs) return s;
  const t = setPte(s, table, index, undefined);
  return isX86(s) ? flushed(t, (stale) => stale.asid === asid && isWithin(s, stale, vaddr, bits)) : flushed(t);
}

/** The entry that leads to the table goes, if there is one on the way of its address. */
export function unmapPageTable(s: KernelState, ref: ObjRef, { asid, vaddr }: Mapping): KernelState {
  const { frameBits, pageTableBits } = s.config;
  const root = findVSpaceForASID(s, asid);
  if (root === null) return s;
  // From the table of small pages up: whichever level leads to it.
  for (let bits = frameBits.Small + pageTableBits - 3; ; bits += pageTableBits - 3) {
    const { table, index, entry } = walk(s, root, vaddr, bits);
    if (entry?._tag === 'PageTablePTE' && entry.ref === ref) {
      const t = setPte(s, table, index, undefined);
      return isX86(s) ? flushed(t, (stale) => stale.asid === asid) : flushed(t);
    }
    if (table === root) return s;
  }
}

export function deleteASID(s: KernelState, asid: number, root: ObjRef): KernelState {
  const pool = poolOf(s, asid);
  if (pool === null || findVSpaceForASID(s, asid) !== root) return s;
  const t = setASIDPoolEntry(
    flushed(s, (stale) => stale.asid === asid),
    pool,
    asid % asidsPerPool(s.config),
    undefined,
  );
  return setVMRoot(t, t.globals.currentThread);
}

export function deleteASIDPool(s: KernelState, base: number, pool: ObjRef): KernelState {
  const high = asidHigh(s.config, base);
  if (s.globals.asidTable[high] !== pool) return s;
  const t = setASIDTableEntry(poolMadeStale(s, base, pool), high, null);
  return setVMRoot(t, t.globals.currentThread);
}

/** RISC-V's processor goes on with what was mapped in the address spaces of a pool that goes, until the next change of any table; x86_64's forgets it with the root. */
function poolMadeStale(s: KernelState, base: number, pool: ObjRef): KernelState {
  if (isX86(s)) return s;
  const stale: StaleTranslation[] = [];
  PMap.forEach(getASIDPool(s, pool).entries, (root, low) => {
    forEachPage(s, root, (vaddr, page) => stale.push({ asid: base + low, vaddr, page }));
  });
  return madeStale(s, stale);
}

/** What losing the last capability to a mapped paging structure does. */
export function finalisePaging(s: KernelState, { ref, level, mapped }: PagingCap): KernelState {
  if (mapped === null) return s;
  const isRoot = s.config.arch.name === 'x86_64' ? level === 'PML4' : findVSpaceForASID(s, mapped.asid) === ref;
  return isRoot ? deleteASID(s, mapped.asid, ref) : unmapPageTable(s, ref, mapped);
}

/* --- what the processor remembers ------------------------------------------------------------------------------------- */

function isX86({ config }: KernelState): boolean {
  return config.arch.name === 'x86_64';
}

/** It is a set that the processor has: each translation once, in one order. */
function nameOfTranslation({ asid, vaddr, page }: StaleTranslation): string {
  return [asid, vaddr, page.ref, page.size, page.rights, page.attributes].join(' ');
}

/** Translations that the processor is not told to forget, though no table has them any more. */
export function madeStale(s: KernelState, translations: readonly StaleTranslation[]): KernelState {
  if (translations.length === 0) return s;
  const all = new Map([...s.globals.machine.stale, ...translations].map((one) => [nameOfTranslation(one), one]));
  return setMachine(s, { stale: [...all.keys()].sort().flatMap((name) => all.get(name) ?? []) });
}

/** The processor forgets those, or all. */
export function flushed(s: KernelState, which: (stale: StaleTranslation) => boolean = () => true): KernelState {
  const { stale } = s.globals.machine;
  if (stale.length === 0) return s;
  return setMachine(s, { stale: stale.filter((translation) => !which(translation)) });
}

function isWithin({ config }: KernelState, { vaddr, page }: StaleTranslation, from: Word, bits: number): boolean {
  const end = from + BigInt(powerOf2(bits));
  return vaddr < end && vaddr + BigInt(powerOf2(config.frameBits[page.size])) > from;
}

/** Everything of users' that is mapped in an address space. */
function forEachPage(s: KernelState, root: ObjRef, visit: (vaddr: Word, page: PagePte) => void): void {
  const indexBits = s.config.pageTableBits - 3;
  const visitTable = (table: ObjRef, from: Word, bits: number): void => {
    PMap.forEach(getPageTable(s, table).entries, (entry, index) => {
      const vaddr = from + (BigInt(index) << BigInt(bits));
      if (entry._tag === 'PagePTE') visit(vaddr, entry);
      else visitTable(entry.ref, vaddr, bits - indexBits);
    });
  };
  visitTable(root, 0n, s.config.frameBits.Small + indexBits * (s.config.arch.pagingLevels.length - 1));
}

/* --- what a thread runs in -------------------------------------------------------------------------------------------- */

/** A root of an address space with an identifier that leads to it; null for anything else. */
export function vspaceOf(s: KernelState, cap: Cap): { readonly root: ObjRef; readonly asid: number } | null {
  if (cap._tag !== 'PagingCap' || cap.level !== s.config.arch.vspaceRoot || cap.mapped === null) return null;
  const { asid } = cap.mapped;
  return findVSpaceForASID(s, asid) === cap.ref ? { root: cap.ref, asid } : null;
}

/** A thread without an address space, or whose own is gone, runs in the kernel's. */
export function setVMRoot(s: KernelState, thread: ObjRef): KernelState {
  const { root, asid } = vspaceOf(s, getCap(s, slotAt(thread, TCB_VTABLE))) ?? { root: null, asid: 0 };
  const { vspace } = s.globals.machine;
  if (vspace.root === root && vspace.asid === asid) return s;
  // Without PCIDs, x86 forgets all translations when CR3 is written.
  const t = isX86(s) && vspace.root !== root ? flushed(s) : s;
  return setMachine(t, { vspace: { root, asid } });
}
