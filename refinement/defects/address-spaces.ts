/** Defects in mapping, unmapping, and in which address space a thread runs. */
import type { Defect } from './defect.ts';
import { edit } from './defect.ts';

const X86 = 'impl/kernel/vspace-x86-64.ts';
const RISCV = 'impl/kernel/vspace-riscv64.ts';
const PERFORM = 'impl/kernel/vspace-perform.ts';
const DECODE = 'impl/kernel/vspace-decode.ts';
const VSPACE = 'impl/kernel/vspace.ts';
const DELETE = 'impl/kernel/delete.ts';
const SCHEDULER = 'impl/kernel/scheduler.ts';
const FASTPATH = 'impl/kernel/fastpath.ts';
const MDB = 'impl/kernel/mdb.ts';

type Parts = Pick<Defect, 'name' | 'description' | 'edits' | 'resembles' | 'config'>;

function inImpl(parts: Parts, ...others: readonly string[]): Defect {
  return {
    ...parts,
    subsystem: 'vspace',
    side: 'impl',
    breaks: ['refinement', 'no_fail', 'tlb_consistent', ...others],
  };
}

const RISCV_ONLY = 'small-riscv64';

export const ADDRESS_SPACE_DEFECTS: readonly Defect[] = [
  inImpl({
    name: 'unmapped-page-stays',
    description: 'Unmapping a frame clears its capability and leaves the entry.',
    edits: [edit(PERFORM, 'if (capField(slot, 21, 1) === 1) unmapPage(slot);', '')],
  }),
  inImpl({
    name: 'deleted-frame-stays-mapped',
    description: 'Deleting a capability to a mapped frame leaves the entry.',
    edits: [edit(DELETE, 'if (capField(slot, 21, 1) === 1) unmapPage(slot);', '')],
  }),
  inImpl({
    name: 'unmap-takes-what-replaced-it',
    description: 'Unmapping a frame takes away the entry of another one that was mapped over it.',
    edits: [
      edit(
        VSPACE,
        'if (Math.floor(entryAddress(walkSlot) / size) * size !== memoryAddress(slot)) return;',
        'if (size === 0) return;',
      ),
    ],
  }),
  inImpl({
    name: 'unmapped-table-not-cleared',
    description: 'A table that is taken out of an address space keeps its entries.',
    edits: [edit(PERFORM, 'clear(capAddress(slot), 2 ** PAGE_TABLE_BITS);', '')],
  }),
  inImpl({
    name: 'unmapped-table-stays-linked',
    description: 'A table that is unmapped is cleared, and the table above still leads to it.',
    edits: [edit(PERFORM, '    unmapPageTable(slot);\n', '')],
  }),
  inImpl({
    name: 'deleted-table-stays-linked',
    description: 'Deleting the last capability to a table leaves the entry that leads to it.',
    edits: [edit(VSPACE, 'else unmapPageTable(slot);', '')],
  }),
  inImpl({
    name: 'table-unmapped-while-copied',
    description: 'A table is unmapped although there are other capabilities to it.',
    edits: [
      edit(
        X86,
        'return isFinalCapability(slot) ? performUnmapTable(slot) : fail(REVOKE_FIRST);',
        'return performUnmapTable(slot);',
      ),
    ],
  }),
  inImpl({
    name: 'large-page-over-table',
    description: 'A large page takes the place of a table.',
    edits: [edit(X86, 'if (isTable(load(walkSlot), walkBits)) return fail(DELETE_FIRST);', '')],
  }),
  inImpl({
    name: 'table-over-entry',
    description: 'A table takes the place of whatever was there.',
    edits: [edit(X86, 'if (isPresent(load(walkSlot))) return fail(DELETE_FIRST);', '')],
  }),
  inImpl({
    name: 'mapping-rights-not-masked',
    description: 'A page is mapped with the rights that are asked for, whatever its capability allows.',
    edits: [edit(X86, 'maskVmRights(capField(slot, 19, 3), argLo[1]! & 15)', 'maskVmRights(3, argLo[1]! & 15)')],
  }),
  inImpl({
    name: 'read-only-page-writable',
    description: 'Pages mapped for reading can be written.',
    edits: [edit(X86, 'rights === 1 ? 1 : rights === 2 ? 5 : 7', 'rights === 1 ? 1 : 7')],
  }),
  inImpl({
    name: 'page-without-rights-readable',
    description: 'A page mapped without rights can be read.',
    edits: [edit(X86, 'rights === 1 ? 1 : rights === 2 ? 5 : 7', 'rights < 3 ? 5 : 7')],
  }),
  inImpl({
    name: 'caching-attributes-lost',
    description: 'Pages are mapped as if cached, whatever is asked for.',
    edits: [edit(X86, 'return access | ((attributes & 3) << 3) | pat', 'return access | pat')],
  }),
  inImpl({
    name: 'stale-space-mapped-into',
    description: 'A page is mapped into an address space whose identifier is gone.',
    edits: [
      edit(
        X86,
        '  status = checkVSpace();\n  if (status !== OK) return status;\n  if ((lo & (powerOf2(bits) - 1)) !== 0)',
        '  if ((lo & (powerOf2(bits) - 1)) !== 0)',
      ),
    ],
  }),
  inImpl({
    name: 'remapped-in-another-space',
    description: 'A mapped frame can be mapped again in another address space.',
    resembles: 'space-compared-with-itself',
    edits: [edit(X86, 'if (mappedAsid(slot) !== rootAsid) return failWith(INVALID_CAPABILITY, 1);', '')],
  }),
  inImpl({
    name: 'remapped-elsewhere',
    description: 'A mapped frame can be mapped again at another address.',
    edits: [edit(X86, 'if (!isSame) return failWith(INVALID_ARGUMENT, 0);', '')],
  }),
  inImpl({
    name: 'user-top-not-looked-at',
    description: "A page is mapped above the users' addresses.",
    edits: [edit(X86, 'if (isBeyond) return failWith(INVALID_ARGUMENT, 0);', '')],
  }),
  inImpl({
    name: 'misaligned-page',
    description: 'A page is mapped at an address that is not aligned to its size.',
    edits: [edit(X86, 'if ((lo & (powerOf2(bits) - 1)) !== 0) return fail(ALIGNMENT_ERROR);', '')],
  }),
  inImpl({
    name: 'table-address-not-rounded',
    description: 'The capability to a mapped table keeps the address as it was given.',
    edits: [
      edit(
        X86,
        'const [lo, hi] = roundedDown(argLo[0]!, argHi[0]!, bits);',
        'const [lo, hi] = [argLo[0]!, argHi[0]!];',
      ),
    ],
  }),
  inImpl({
    name: 'page-one-level-up',
    description: 'A page is looked for one level too high when it is mapped.',
    edits: [
      edit(
        X86,
        'walk(rootTable, hi * TWO_32 + lo, bits);\n  if (walkBits !== bits) return failMissing();\n  if (isTable',
        'walk(rootTable, hi * TWO_32 + lo, bits + INDEX_BITS);\n  if (isTable',
      ),
    ],
  }),
  inImpl({
    name: 'table-unlinked-too-high',
    description: 'Unmapping looks for the entry of a table from one level too high.',
    edits: [edit(VSPACE, 'let bits = PAGE_BITS + INDEX_BITS;', 'let bits = PAGE_BITS + 2 * INDEX_BITS;')],
  }),
  inImpl({
    name: 'copy-of-frame-mapped',
    description: 'A copy of a frame capability says that it is mapped where the original is.',
    edits: [edit(MDB, 'C[at + 1] = C[at + 1]! & ~(1 << 21);\n      C[at + 2] = 0;\n      C[at + 3] = 0;', '')],
  }),
  inImpl({
    name: 'identifier-of-nobody-assigned',
    description: 'The first address space that a pool is asked for gets identifier 0.',
    edits: [edit(DECODE, 'let low = base === 0 ? 1 : 0;', 'let low = 0;')],
  }),
  inImpl({
    name: 'identifier-outlives-its-root',
    description: 'Deleting a root leaves it in the pool of identifiers.',
    edits: [edit(VSPACE, '  store(pool + (asid % ASID_POOL_ENTRIES) * 8, 0);\n', '')],
  }),
  inImpl({
    name: 'pool-outlives-its-capability',
    description: 'Deleting the last capability to a pool leaves it in the table.',
    edits: [edit(VSPACE, '  store(at, 0);\n', '')],
  }),
  inImpl({
    name: 'pool-not-marked-used',
    description: 'The untyped that a pool was made of can be given out again.',
    resembles: 'untyped-not-marked-used',
    edits: [edit(DECODE, '  setWordAt(CAP_A, powerOf2(ASID_POOL_BITS));\n', '')],
  }),
  inImpl({
    name: 'pool-of-any-size',
    description: 'A pool can be made of an untyped of any size.',
    edits: [edit(DECODE, ' && capField(untyped, 17, 63) === ASID_POOL_BITS', '')],
  }),
  inImpl({
    name: 'pool-made-of-used-memory',
    description: 'A pool can be made of an untyped that has children.',
    edits: [edit(DECODE, 'if (hasChildren(untyped)) return fail(REVOKE_FIRST);', '')],
  }),
  inImpl({
    name: 'assigned-root-not-mapped',
    description: 'A root that gets an identifier does not say so.',
    edits: [edit(DECODE, '  setMapping(vspace, base + low, 0, 0);\n', '')],
  }),
  inImpl({
    name: 'space-not-switched',
    description: 'The thread switched to runs in the address space of the last one.',
    edits: [edit(SCHEDULER, '  setVMRoot(tcb);\n', '')],
  }),
  inImpl({
    name: 'idle-keeps-space',
    description: 'The idle thread runs in the address space of the last thread.',
    edits: [edit(SCHEDULER, '    setVMRoot(IDLE_THREAD);\n', '')],
  }),
  inImpl({
    name: 'fastpath-keeps-space',
    description: 'A thread that runs by the fastpath runs in the address space of its partner.',
    edits: [edit(FASTPATH, '  installVMRoot(receiver, root);\n', '')],
  }),
  inImpl({
    name: 'stale-root-installed',
    description: 'A thread runs in an address space whose identifier is gone or belongs to another one.',
    resembles: 'asid-not-checked',
    edits: [
      edit(VSPACE, 'return findVSpaceForAsid(load(slot + CTE_WORD_HI) >>> 16) === root ? root : 0;', 'return root;'),
    ],
  }),
  inImpl({
    name: 'root-stays-in-use',
    description: 'The processor goes on with the root of an address space whose pool is deleted.',
    edits: [edit(VSPACE, '  store(at, 0);\n  setVMRoot(load(KS_CUR_THREAD));\n', '  store(at, 0);\n')],
  }),
  inImpl({
    name: 'unmapped-page-remembered',
    description: 'The processor is not told to forget a page that is unmapped.',
    edits: [
      edit(VSPACE, 'if (IS_X86) flushPage(mappedAsid(slot), mappedAddress(slot), bits);\n  else flushAll();\n', ''),
    ],
  }),
  inImpl({
    name: 'table-remembered',
    description: 'The processor is not told to forget what was mapped through a table that is unmapped.',
    edits: [edit(VSPACE, 'if (IS_X86) flushAsid(mappedAsid(slot));\n      else flushAll();\n', '')],
  }),
  inImpl({
    name: 'switch-without-flush',
    description: 'A thread runs with what the processor remembers of another address space.',
    edits: [edit(VSPACE, 'if (IS_X86 && root !== load(HW_VSPACE_ROOT)) flushAll();\n', '')],
  }),
  inImpl({
    name: 'remapped-page-remembered',
    description: 'The processor is not told that a page is mapped again with other rights.',
    config: RISCV_ONLY,
    edits: [
      edit(
        PERFORM,
        'else setEntry(entry, memoryAddress(slot), flags);\n  if (!IS_X86) flushAll();\n',
        'else setEntry(entry, memoryAddress(slot), flags);\n',
      ),
    ],
  }),
  inImpl({
    name: 'deleted-space-remembered',
    description: 'The processor is not told to forget an address space that is deleted.',
    config: RISCV_ONLY,
    edits: [edit(VSPACE, '  flushAsid(asid);\n', '')],
  }),
  inImpl({
    name: 'wrong-space-forgotten',
    description: 'The processor is told to forget another address space than the one that is deleted.',
    config: RISCV_ONLY,
    edits: [edit(VSPACE, '  flushAsid(asid);\n', '  flushAsid(asid ^ 1);\n')],
  }),
  inImpl({
    name: 'root-without-kernel',
    description: "A table that becomes a root does not get the kernel's half.",
    config: RISCV_ONLY,
    edits: [edit(DECODE, '  copyGlobalMappings(root);\n', '')],
  }),
  inImpl({
    name: 'nothing-encoded-as-table',
    description: 'A page mapped without any rights becomes an entry that leads to a table.',
    resembles: 'rights-encode-table',
    config: RISCV_ONLY,
    edits: [edit(RISCV, 'return access === 0 ? 0 : 0xd1 | access;', 'return 0xd1 | access;')],
  }),
  inImpl({
    name: 'page-over-page',
    description: 'A frame is mapped over another one.',
    config: RISCV_ONLY,
    edits: [edit(RISCV, '  } else if (isPresent(load(walkSlot))) {\n    return fail(DELETE_FIRST);\n  }', '  }')],
  }),
  inImpl({
    name: 'living-root-unmapped',
    description: 'The root of an address space can be unmapped as if it were a table.',
    config: RISCV_ONLY,
    edits: [edit(RISCV, ' || (capField(slot, 18, 1) === 1 && isRoot(slot))', '')],
  }),
  inImpl({
    name: 'always-executable',
    description: 'Instructions can be fetched from every page.',
    config: RISCV_ONLY,
    edits: [edit(RISCV, '(argLo[2]! & 1) === 0', 'true')],
  }),
  inImpl({
    name: 'user-top-included',
    description: 'A table can be mapped at the first address that is not the users’.',
    config: RISCV_ONLY,
    edits: [edit(RISCV, 'lo >= USER_TOP_LO', 'lo > USER_TOP_LO')],
  }),
];
