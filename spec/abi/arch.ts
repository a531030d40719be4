/**
 * What an architecture fixes for every configuration of it.
 *
 * @source seL4 libsel4 arch_include and sel4_arch_include (objecttype.h, generated invocation labels)
 */
export type PagingLevel = 'PageTable' | 'PageDirectory' | 'PDPT' | 'PML4';

export type ObjectType =
  | 'Untyped'
  | 'Tcb'
  | 'Endpoint'
  | 'Notification'
  | 'CapTable'
  /** The next two are of the MCS kernel. */
  | 'SchedContext'
  | 'Reply'
  | 'HugePage'
  | 'SmallPage'
  | 'LargePage'
  | PagingLevel;

export interface Architecture {
  readonly name: 'x86_64' | 'riscv64';
  /** Object types in the order of their numbers in the classic kernel. */
  readonly objectTypes: readonly ObjectType[];
  /** Invocations that only this architecture has, by their numbers in the classic kernel, which follow those that all have. */
  readonly labels: Readonly<Record<string, number>>;
  /** Length of the instruction that enters the kernel. */
  readonly syscallInstructionBytes: bigint;
  /** The paging structure that an address space begins with. */
  readonly vspaceRoot: PagingLevel;
  /** The paging structures on the way to a small page, the root first. */
  readonly pagingLevels: readonly PagingLevel[];
}

const COMMON_TYPES: readonly ObjectType[] = ['Untyped', 'Tcb', 'Endpoint', 'Notification', 'CapTable'];

export const X86_64_LABELS = {
  X86PDPTMap: 33,
  X86PDPTUnmap: 34,
  X86PageDirectoryMap: 35,
  X86PageDirectoryUnmap: 36,
  X86PageTableMap: 37,
  X86PageTableUnmap: 38,
  X86PageMap: 39,
  X86PageUnmap: 40,
  X86PageGetAddress: 41,
  X86ASIDControlMakePool: 42,
  X86ASIDPoolAssign: 43,
  X86IOPortControlIssue: 44,
  X86IOPortIn8: 45,
  X86IOPortIn16: 46,
  X86IOPortIn32: 47,
  X86IOPortOut8: 48,
  X86IOPortOut16: 49,
  X86IOPortOut32: 50,
  X86IRQIssueIRQHandlerIOAPIC: 51,
  X86IRQIssueIRQHandlerMSI: 52,
} as const;

export const RISCV64_LABELS = {
  RISCVPageTableMap: 33,
  RISCVPageTableUnmap: 34,
  RISCVPageMap: 35,
  RISCVPageUnmap: 36,
  RISCVPageGetAddress: 37,
  RISCVASIDControlMakePool: 38,
  RISCVASIDPoolAssign: 39,
  RISCVIRQIssueIRQHandlerTrigger: 40,
} as const;

export const X86_64_ARCH: Architecture = {
  name: 'x86_64',
  objectTypes: [...COMMON_TYPES, 'PDPT', 'PML4', 'HugePage', 'SmallPage', 'LargePage', 'PageTable', 'PageDirectory'],
  labels: X86_64_LABELS,
  syscallInstructionBytes: 2n,
  vspaceRoot: 'PML4',
  pagingLevels: ['PML4', 'PDPT', 'PageDirectory', 'PageTable'],
};

/** There is one paging structure, whatever level it is used at. */
export const RISCV64_ARCH: Architecture = {
  name: 'riscv64',
  objectTypes: [...COMMON_TYPES, 'HugePage', 'SmallPage', 'LargePage', 'PageTable'],
  labels: RISCV64_LABELS,
  syscallInstructionBytes: 4n,
  vspaceRoot: 'PageTable',
  pagingLevels: ['PageTable', 'PageTable', 'PageTable'],
};
