/**
 * Address spaces: the words of paging structures in the architecture's format, the pools of identifiers and the table of pools.
 *
 * An entry's address counts in units of the size of a paging structure: 4 KiB on the real sizes, as the processors want it, and less on the
 * small ones.
 *
 * @source l4v proof/refine/RISCV64/StateRelation.thy `pte_relation'`, `asid_pool_relation`; Intel SDM vol. 3 ch. 4; RISC-V privileged
 * architecture, Sv39
 */
import type { KernelConfig } from '../../spec/abi/config.ts';
import { powerOf2 } from '../../spec/abi/words.ts';
import type { Globals } from '../../spec/state/kernel-state.ts';
import type { ASIDPool, PageTable, Pte } from '../../spec/state/objects.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { ObjRef, Word } from '../../spec/state/refs.ts';
import type { Difference, Image } from './image.ts';
import { compareNumber, compareReference, compareWord, inMemory } from './image.ts';

export function comparePageTable(m: Image, ref: ObjRef, value: PageTable, out: Difference[]): void {
  if (!inMemory(m, ref)) return;
  const { config } = m;
  const entries = powerOf2(config.pageTableBits - 3);
  const where = config.arch.name === 'x86_64' ? value.level : 'page table';
  for (let index = 0; index < entries; index++) {
    const pte = PMap.get(value.entries, index);
    const word =
      pte === undefined ? (value.kernelMappings && index >= entries / 2 ? kernelEntry(m) : 0n) : entryWord(config, pte);
    compareWord(m, ref + index * 8, word, where, ref, `entry ${index}`, out);
  }
}

export function compareASIDPool(m: Image, ref: ObjRef, { entries }: ASIDPool, out: Difference[]): void {
  if (!inMemory(m, ref)) return;
  const count = powerOf2(m.config.asidPoolBits - 3);
  for (let index = 0; index < count; index++) {
    compareReference(m, ref + index * 8, PMap.get(entries, index) ?? null, 'ASID pool', ref, `entry ${index}`, out);
    compareNumber(m, ref + index * 8 + 4, 0, 'ASID pool', ref, `entry ${index}, high half`, out);
  }
}

/** The table of pools, and the root that the processor uses. */
export function compareVSpaceGlobals(m: Image, { asidTable, machine }: Globals, out: Difference[]): void {
  const { layout: L } = m;
  for (let high = 0; high < asidTable.length; high++)
    compareReference(m, L.KS_ASID_TABLE + high * 4, asidTable[high] ?? null, 'ASID table', high, 'pool', out);
  const { root, asid } = machine.vspace;
  compareReference(m, L.HW_VSPACE_ROOT, root ?? L.KS_GLOBAL_ROOT, 'globals', m.base, 'root of the address space', out);
  compareNumber(m, L.HW_VSPACE_ASID, asid, 'globals', m.base, 'ASID', out);
}

function entryWord(config: KernelConfig, pte: Pte): Word {
  const address = BigInt(pte.ref);
  const unit = BigInt(config.pageTableBits);
  return config.arch.name === 'x86_64'
    ? x86Word((address << 12n) >> unit, pte)
    : riscvWord((address << 10n) >> unit, pte);
}

/** Bit 0 present, 1 writable, 2 user, 3 write-through, 4 cache-disabled, 7 page size or, in a small page's, PAT; 12 a larger page's PAT. */
function x86Word(address: Word, pte: Pte): Word {
  const { attributes } = pte;
  const low = address | BigInt((attributes & 3) << 3);
  if (pte._tag === 'PageTablePTE') return low | 7n;
  const pat = (attributes & 4) === 0 ? 0n : pte.size === 'Small' ? 1n << 7n : 1n << 12n;
  const isLarge = pte.size === 'Small' ? 0n : 1n << 7n;
  const rights = pte.rights === 'KernelOnly' ? 1n : pte.rights === 'ReadOnly' ? 5n : 7n;
  return low | pat | isLarge | rights;
}

/** Bit 0 valid, 1 read, 2 write, 3 execute, 4 user, 6 accessed, 7 dirty. */
function riscvWord(address: Word, pte: Pte): Word {
  if (pte._tag === 'PageTablePTE') return address | 1n;
  const rights = pte.rights === 'KernelOnly' ? 0n : pte.rights === 'ReadOnly' ? 2n : 6n;
  return address | 0xd1n | rights | (pte.attributes === 0 ? 8n : 0n);
}

/** An entry of the kernel's half of a root: not the user's. */
function kernelEntry({ config, layout }: Image): Word {
  if (config.arch.name === 'riscv64') return 0xefn;
  return (BigInt(layout.KS_GLOBAL_ROOT / powerOf2(config.pageTableBits)) << 12n) | 3n;
}
