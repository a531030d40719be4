/**
 * What the running thread's loads, stores and instruction fetches reach.
 *
 * @source l4v spec/abstract/RISCV64/ArchVSpace_A.thy `get_page_info`; X64/ArchVSpace_A.thy; the architectures' manuals as in the relation
 */
import type { Word } from '../abi/words.ts';
import { lowBits, powerOf2 } from '../abi/words.ts';
import type { KernelState } from '../state/kernel-state.ts';
import type { PagePte } from '../state/objects.ts';
import type { ObjRef } from '../state/refs.ts';
import { walk } from '../state/vspace.ts';

export type Access = 'load' | 'store' | 'fetch';

/** The physical address behind a virtual one in the current address space; null when the access faults. */
export function translate(s: KernelState, vaddr: Word, access: Access): number | null {
  const { root } = s.globals.machine.vspace;
  return root === null ? null : translateIn(s, root, vaddr, access);
}

/** The same in the address space with some root. */
export function translateIn(s: KernelState, root: ObjRef, vaddr: Word, access: Access): number | null {
  if (!isUserAddress(s, vaddr)) return null;
  const { entry } = walk(s, root, vaddr, s.config.frameBits.Small);
  if (entry?._tag !== 'PagePTE' || !allows(s, entry, access)) return null;
  return entry.ref + Number(lowBits(vaddr, s.config.frameBits[entry.size]));
}

/** Where else the processor may take an access: by translations of the address space that it was not told to forget. */
export function staleTranslations(s: KernelState, asid: number, vaddr: Word, access: Access): readonly number[] {
  return s.globals.machine.stale.flatMap(({ asid: of, vaddr: from, page }) => {
    const offset = vaddr - from;
    const covers = offset >= 0n && offset < BigInt(powerOf2(s.config.frameBits[page.size]));
    return of === asid && covers && allows(s, page, access) ? [page.ref + Number(offset)] : [];
  });
}

/** The lower half of the addresses that are translated: the upper one is the kernel's, or none. */
function isUserAddress({ config }: KernelState, vaddr: Word): boolean {
  const bits = config.frameBits.Small + (config.pageTableBits - 3) * config.arch.pagingLevels.length;
  return vaddr < 1n << BigInt(bits - 1);
}

function allows({ config }: KernelState, { rights, attributes }: PagePte, access: Access): boolean {
  switch (access) {
    case 'load':
      return rights !== 'KernelOnly';
    case 'store':
      return rights === 'ReadWrite';
    case 'fetch':
      // x86_64: whatever can be read. RISC-V: its attribute is that it cannot, and then it can without being readable, too.
      return config.arch.name === 'x86_64' ? rights !== 'KernelOnly' : attributes === 0;
  }
}
