/**
 * Numbers of the system-call interface: invocation labels and system calls.
 *
 * @source seL4 libsel4 interfaces (generated invocation labels), syscall.h; `config-nomcs.json` of the traces
 */
import type { Architecture } from './arch.ts';
import { RISCV64_LABELS, X86_64_LABELS } from './arch.ts';
import type { SyscallName } from './words.ts';

/** The invocations that every architecture has. */
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
} as const;
/** Invocations that only the MCS kernel has; `labels-mcs.ts` has the numbers of those and of the others there. */
type McsLabel =
  | 'TCBSetTimeoutEndpoint'
  | 'SchedControlConfigureFlags'
  | 'SchedContextBind'
  | 'SchedContextUnbind'
  | 'SchedContextUnbindObject'
  | 'SchedContextConsumed'
  | 'SchedContextYieldTo';
export type ClassicLabel = keyof typeof LABELS | keyof typeof X86_64_LABELS | keyof typeof RISCV64_LABELS;
export type Label = ClassicLabel | McsLabel;

const ALL_LABELS: Readonly<Record<Architecture['name'], Readonly<Record<string, number>>>> = {
  x86_64: { ...LABELS, ...X86_64_LABELS },
  riscv64: { ...LABELS, ...RISCV64_LABELS },
};

/** The number of an invocation of the classic kernel; undefined if the architecture does not have it. */
export function labelNumber({ name }: Architecture, label: ClassicLabel): number | undefined {
  return ALL_LABELS[name][label];
}

export const SYSCALLS: Readonly<Partial<Record<SyscallName, number>>> = {
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
