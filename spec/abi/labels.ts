/**
 * Numbers of the system-call interface: invocation labels, object types, system calls.
 *
 * @source seL4 libsel4 interfaces (generated invocation labels), objecttype.h, syscall.h; `config-nomcs.json` of the traces
 */
import type { SyscallName, Word } from './words.ts';

export const LABELS = {
  UntypedRetype: 1,
  TCBReadRegisters: 2,
  TCBWriteRegisters: 3,
  TCBCopyRegisters: 4,
  TCBConfigure: 5,
  TCBSetPriority: 6,
  TCBSetMCPriority: 7,
  TCBSetSchedParams: 8,
  TCBSetIPCBuffer: 9,
  TCBSetSpace: 10,
  TCBSuspend: 11,
  TCBResume: 12,
  TCBBindNotification: 13,
  TCBUnbindNotification: 14,
  TCBSetTLSBase: 15,
  TCBSetFlags: 16,
  CNodeRevoke: 17,
  CNodeDelete: 18,
  CNodeCancelBadgedSends: 19,
  CNodeCopy: 20,
  CNodeMint: 21,
  CNodeMove: 22,
  CNodeMutate: 23,
  CNodeRotate: 24,
  CNodeSaveCaller: 25,
  IRQIssueIRQHandler: 26,
  IRQAckIRQ: 27,
  IRQSetIRQHandler: 28,
  IRQClearIRQHandler: 29,
  DomainSetSet: 30,
  DomainScheduleConfigure: 31,
  DomainScheduleSetStart: 32,
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
export type Label = keyof typeof LABELS;

const NAME_OF_LABEL: readonly (Label | undefined)[] = (() => {
  const names: Label[] = [];
  for (const name of Object.keys(LABELS) as Label[]) names[LABELS[name]] = name;
  return names;
})();

/** The invocation a label names; undefined for 0 and for numbers past the last. */
export function labelName(label: Word): Label | undefined {
  return label <= 52n ? NAME_OF_LABEL[Number(label)] : undefined;
}

/** Object types in the order of their numbers. */
export const OBJECT_TYPES = [
  'Untyped',
  'Tcb',
  'Endpoint',
  'Notification',
  'CapTable',
  'PDPT',
  'PML4',
  'HugePage',
  'SmallPage',
  'LargePage',
  'PageTable',
  'PageDirectory',
] as const;
export type ObjectType = (typeof OBJECT_TYPES)[number];

export const SYSCALLS: Readonly<Record<SyscallName, number>> = {
  Call: -1,
  ReplyRecv: -2,
  Send: -3,
  NBSend: -4,
  Recv: -5,
  Reply: -6,
  Yield: -7,
  NBRecv: -8,
};

/** Bit 0 of a TCB's flags, the only one there is. */
export const TCB_FLAG_FPU_DISABLED = 1;
export const TCB_FLAG_MASK = 1;
