/**
 * What the running thread's loads, stores and instruction fetches reach.
 *
 * @source l4v spec/abstract/RISCV64/ArchVSpace_A.thy `get_page_info`; X64/ArchVSpace_A.thy; the architectures' manuals as in the relation
 */
import type { Word } from '../abi/words.ts';
import { lowBits } from '../abi/words.ts';
import type { KernelState } from '../state/kernel-state.ts';
import type { Pte } from '../state/objects.ts';
import { walk } from '../state/vspace.ts';

export type Access = 'load' | 'store' | 'fetch';

/** The physical address behind a virtual one in the current address space; null when the access faults. */
export function translate(s: KernelState, vaddr: Word, access: Access): number | null {
  const { root } = s.globals.machine.vspace;
  if (root === null || !isUserAddress(s, vaddr)) return null;
  const { entry } = walk(s, root, vaddr, s.config.frameBits.Small);
  if (entry?._tag !== 'PagePTE' || !allows(s, entry, access)) return null;
  return entry.ref + Number(lowBits(vaddr, s.config.frameBits[entry.size]));
}

/** The lower half of the addresses that are translated: the upper one is the kernel's, or none. */
function isUserAddress({ config }: KernelState, vaddr: Word): boolean {
  const bits = config.frameBits.Small + (config.pageTableBits - 3) * config.arch.pagingLevels.length;
  return vaddr < 1n << BigInt(bits - 1);
}

function allows({ config }: KernelState, { rights, attributes }: Pte & { _tag: 'PagePTE' }, access: Access): boolean {
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
