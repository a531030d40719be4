/** Mutants of the files about address spaces that change nothing that anybody could notice: each looked at by a person, with the reason. */
import type { Reviewed } from './reviewed.ts';

export const REVIEWED_VSPACE: readonly Reviewed[] = [
  {
    file: 'impl/kernel/vspace-perform.ts',
    because: 'a new table makes no translation wrong, so that none need be forgotten',
    mutants: [
      ['!IS_X86', 'IS_X86'],
      ['!IS_X86', 'false'],
      ['!IS_X86', 'true'],
    ],
  },
  {
    file: 'impl/kernel/vspace-perform.ts',
    because: 'to forget translations once more than needed shows nobody anything else',
    mutants: [['!IS_X86', 'true', 1]],
  },
  {
    file: 'impl/kernel/vspace-perform.ts',
    because: 'what is not mapped is empty, and has identifier 0, which leads nowhere',
    mutants: [
      ['capField(slot, 18, 1) === 1', 'true'],
      ['capField(slot, 21, 1) === 1', 'true'],
    ],
  },
  {
    file: 'impl/kernel/vspace.ts',
    because:
      'the slot holds the mapped root of an address space, or nothing: no root, and identifier 0, which leads nowhere',
    mutants: [
      ['meta >>> 27 !== CAP_PAGING || ((meta >>> 16) & 7) !== (ROOT_LEVEL | 4)', 'false'],
      [
        'meta >>> 27 !== CAP_PAGING || ((meta >>> 16) & 7) !== (ROOT_LEVEL | 4)',
        'meta >>> 27 !== CAP_PAGING && (meta >>> 16 & 7) !== (ROOT_LEVEL | 4)',
      ],
      ['meta >>> 27 !== CAP_PAGING', 'false'],
      ['((meta >>> 16) & 7) !== (ROOT_LEVEL | 4)', 'false'],
    ],
  },
  {
    file: 'impl/kernel/vspace.ts',
    because: 'to forget translations once more than needed shows nobody anything else',
    mutants: [
      ['IS_X86 && root !== load(HW_VSPACE_ROOT)', 'IS_X86 || root !== load(HW_VSPACE_ROOT)'],
      ['IS_X86 && root !== load(HW_VSPACE_ROOT)', 'true'],
      ['root !== load(HW_VSPACE_ROOT)', 'true'],
    ],
  },
  {
    file: 'impl/kernel/vspace.ts',
    because: 'address 0 is outside all memory: no entry is found there',
    mutants: [['root === 0', 'false']],
  },
  {
    file: 'impl/kernel/vspace.ts',
    because: 'an entry that is absent, leads to a table or is of another size has not the address of the frame',
    mutants: [
      ['walkBits !== bits || !isPresent(lo) || isTable(lo, walkBits)', 'false'],
      [
        'walkBits !== bits || !isPresent(lo) || isTable(lo, walkBits)',
        '(walkBits !== bits || !isPresent(lo)) && isTable(lo, walkBits)',
      ],
      ['walkBits !== bits || !isPresent(lo)', 'false'],
      ['walkBits !== bits || !isPresent(lo)', 'walkBits !== bits && !isPresent(lo)'],
    ],
  },
  {
    file: 'impl/kernel/vspace-riscv64.ts',
    because: 'what is not mapped has identifier 0, which leads nowhere',
    mutants: [['capField(slot, 18, 1) === 1', 'true']],
  },
];
