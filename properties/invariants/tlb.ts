/** What the processor remembers of page tables. */
import type { Access } from '../../spec/lookup/translate.ts';
import { staleTranslations, translateIn } from '../../spec/lookup/translate.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import type { ObjRef } from '../../spec/state/refs.ts';
import { findVSpaceForASID } from '../../spec/state/vspace.ts';
import type { DesignInvariant, ImplMemory } from '../property.ts';
import { perMemory, wordAt } from './memory.ts';

const ACCESSES: readonly Access[] = ['load', 'store', 'fetch'];

interface Remembered {
  readonly page: bigint;
  readonly tag: number;
  readonly allowed: readonly Access[];
  readonly physical: number;
}

/** The entries that are valid, as `impl/hardware/tlb.ts` lays them out. */
function remembered(memory: ImplMemory): readonly Remembered[] {
  const { HW_TLB, TLB_ENTRIES, TLB_ENTRY_BYTES } = memory.layout;
  const entries: Remembered[] = [];
  for (let entry = HW_TLB; entry < HW_TLB + TLB_ENTRIES * TLB_ENTRY_BYTES; entry += TLB_ENTRY_BYTES) {
    const tag = wordAt(memory, entry + 4);
    if (((tag >>> 27) & 1) === 0) continue;
    entries.push({
      page: (BigInt(tag & 0xff) << 32n) | BigInt(wordAt(memory, entry)),
      tag: (tag >>> 8) & 0xffff,
      allowed: ACCESSES.filter((_, bit) => ((tag >>> (24 + bit)) & 1) === 1),
      physical: wordAt(memory, entry + 8),
    });
  }
  return entries;
}

/** On x86_64, without PCIDs, everything in the TLB is taken for the current address space's. */
function spaceOf(s: KernelState, tag: number): { readonly asid: number; readonly root: ObjRef | null } {
  return s.config.arch.name === 'x86_64' ? s.globals.machine.vspace : { asid: tag, root: findVSpaceForASID(s, tag) };
}

export const tlbConsistent: DesignInvariant = {
  name: 'tlb_consistent',
  kind: 'design',
  statement:
    'What the TLB allows, the page tables of that identifier allow, or they did and the kernel does not make the processor forget it then.',
  l4v: null,
  evidence: ['unmapped-page-remembered', 'table-remembered', 'switch-without-flush', 'remapped-page-remembered'],
  ...perMemory((memory, s, out) => {
    for (const { page, tag, allowed, physical } of remembered(memory)) {
      const vaddr = page << BigInt(s.config.frameBits.Small);
      const { asid, root } = spaceOf(s, tag);
      for (const access of allowed) {
        const walked = root === null ? null : translateIn(s, root, vaddr, access);
        if (walked === physical || staleTranslations(s, asid, vaddr, access).includes(physical)) continue;
        const tables = walked === null ? 'nothing' : `0x${walked.toString(16)}`;
        out.push({
          where: `address 0x${vaddr.toString(16)} of ASID ${asid}`,
          because: `the TLB leads a ${access} to 0x${physical.toString(16)}, the tables to ${tables}`,
        });
      }
    }
  }),
  exercised: (memory) => remembered(memory).length,
};
