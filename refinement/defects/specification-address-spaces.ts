/** Defects in what the specification says of address spaces: each breaks an invariant that has to notice it alone. */
import type { Defect } from './defect.ts';
import { edit } from './defect.ts';

const DERIVE = 'spec/lookup/derive.ts';
const DELETE = 'spec/perform/delete.ts';
const PERFORM = 'spec/perform/vspace.ts';
const X86 = 'spec/decode/vspace-x86-64.ts';
const VSPACE = 'spec/state/vspace.ts';

type Parts = Pick<Defect, 'name' | 'description' | 'edits' | 'config'>;

function inSpec(invariant: string, parts: Parts, ...others: readonly string[]): Defect {
  return { ...parts, subsystem: 'vspace', side: 'spec', breaks: ['refinement', 'no_fail', invariant, ...others] };
}

export const SPEC_ADDRESS_SPACE_DEFECTS: readonly Defect[] = [
  inSpec(
    'valid_asid_table',
    {
      name: 'spec-pool-registered-twice',
      description: 'A new pool is in the first place of the table, too.',
      edits: [
        edit(
          PERFORM,
          'return setASIDTableEntry(t, asidHigh(t.config, base), cap.ref);',
          'return setASIDTableEntry(setASIDTableEntry(t, asidHigh(t.config, base), cap.ref), 0, cap.ref);',
        ),
      ],
    },
    'valid_asid_pool_caps',
  ),
  inSpec(
    'valid_asid_pool_caps',
    {
      name: 'spec-deleted-pool-stays',
      description: 'Deleting the last capability to a pool leaves it in the table.',
      edits: [edit(DELETE, 'isFinal ? deleteASIDPool(s, cap.base, cap.ref) : s', 's')],
    },
    'valid_asid_table',
  ),
  inSpec('valid_vspace_objs', {
    name: 'spec-page-of-no-size',
    description: 'Entries say that every page is a small one.',
    edits: [edit(X86, 'size: cap.size,', "size: 'Small',")],
  }),
  inSpec(
    'valid_vs_lookup',
    {
      name: 'spec-deleted-frame-stays-mapped',
      description: 'Deleting a capability to a mapped frame leaves the entry.',
      edits: [edit(DELETE, 'cap.mapped === null ? s : unmapPage(s, cap, cap.mapped)', 's')],
    },
    'valid_vspace_objs',
  ),
  inSpec(
    'valid_vs_lookup',
    {
      name: 'spec-deleted-table-stays-linked',
      description: 'Deleting the last capability to a table leaves the entry that leads to it.',
      edits: [edit(VSPACE, ': unmapPageTable(s, ref, mapped);', ': s;')],
    },
    'valid_vspace_objs',
  ),
  inSpec('valid_table_caps', {
    name: 'spec-unmapped-table-not-cleared',
    description: 'A table that is taken out of an address space keeps its entries.',
    edits: [
      edit(
        PERFORM,
        'emptied(unmapPageTable(t, cap.ref, cap.mapped), cap.ref)',
        'unmapPageTable(t, cap.ref, cap.mapped)',
      ),
    ],
  }),
  inSpec('unique_table_refs', {
    name: 'spec-unmapped-table-copied',
    description: 'A capability to a paging structure that is not mapped can be copied.',
    edits: [edit(DERIVE, 'return cap.mapped === null ? left(ILLEGAL) : right(cap);', 'return right(cap);')],
  }),
  inSpec('equal_kernel_mappings', {
    name: 'spec-root-without-kernel',
    description: "A root that gets an identifier loses the kernel's half.",
    edits: [
      edit(
        VSPACE,
        "{ _tag: 'PageTable', level, entries, kernelMappings: true }",
        "{ _tag: 'PageTable', level, entries, kernelMappings: false }",
      ),
    ],
  }),
  inSpec(
    'valid_arch_obj',
    {
      name: 'spec-page-off-its-frame',
      description: 'Entries lead to the second part of a frame.',
      edits: [edit(X86, 'ref: cap.ref,\n      size', 'ref: cap.ref + 16,\n      size')],
    },
    'valid_vspace_objs',
  ),
  inSpec('cur_vspace', {
    name: 'spec-root-outlives-its-identifier',
    description: 'The processor goes on with the root of an address space whose pool is deleted.',
    edits: [
      edit(
        VSPACE,
        'const t = setASIDTableEntry(poolMadeStale(s, base, pool), high, null);\n  return setVMRoot(t, t.globals.currentThread);',
        'return setASIDTableEntry(s, high, null);',
      ),
    ],
  }),
  inSpec('tlb_consistent', {
    name: 'spec-page-mapped-over-forgotten',
    description: 'The processor is said to forget a page that is mapped over; on x86_64 it is not told to.',
    edits: [edit(PERFORM, '? withReplaced(t, s, invocation)', '? t')],
  }),
  inSpec('tlb_consistent', {
    name: 'spec-dead-pool-forgotten',
    description: 'The processor is said to forget the address spaces of a deleted pool; on RISC-V it is not told to.',
    config: 'small-riscv64',
    edits: [
      edit(VSPACE, 'setASIDTableEntry(poolMadeStale(s, base, pool), high, null)', 'setASIDTableEntry(s, high, null)'),
    ],
  }),
];
