/**
 * Numbers of the system-call interface of the MCS kernel, as far as all architectures have them.
 *
 * @source seL4 libsel4 with CONFIG_KERNEL_MCS: interfaces (generated invocation labels), objecttype.h; `config-mcs.json` of the traces
 */
import type { ObjectType } from './arch.ts';
import type { Label } from './labels.ts';
import type { SyscallName } from './words.ts';

export const MCS_LABELS: Readonly<Partial<Record<Label, number>>> = {
  UntypedRetype: 1,
  TCBReadRegisters: 2,
  TCBWriteRegisters: 3,
  TCBCopyRegisters: 4,
  TCBConfigure: 5,
  TCBSetPriority: 6,
  TCBSetMCPriority: 7,
  TCBSetSchedParams: 8,
  TCBSetTimeoutEndpoint: 9,
  TCBSetIPCBuffer: 10,
  TCBSetSpace: 11,
  TCBSuspend: 12,
  TCBResume: 13,
  TCBBindNotification: 14,
  TCBUnbindNotification: 15,
  TCBSetTLSBase: 16,
  TCBSetFlags: 17,
  CNodeRevoke: 18,
  CNodeDelete: 19,
  CNodeCancelBadgedSends: 20,
  CNodeCopy: 21,
  CNodeMint: 22,
  CNodeMove: 23,
  CNodeMutate: 24,
  CNodeRotate: 25,
  IRQIssueIRQHandler: 26,
  IRQAckIRQ: 27,
  IRQSetIRQHandler: 28,
  IRQClearIRQHandler: 29,
  DomainSetSet: 30,
  DomainScheduleConfigure: 31,
  DomainScheduleSetStart: 32,
  SchedControlConfigureFlags: 33,
  SchedContextBind: 34,
  SchedContextUnbind: 35,
  SchedContextUnbindObject: 36,
  SchedContextConsumed: 37,
  SchedContextYieldTo: 38,
};

/** Object types that the MCS kernel has before those of the architecture. */
export const MCS_OBJECT_TYPES: readonly ObjectType[] = ['SchedContext', 'Reply'];

export const MCS_SYSCALLS: Readonly<Partial<Record<SyscallName, number>>> = {
  Call: -1,
  ReplyRecv: -2,
  NBSendRecv: -3,
  NBSendWait: -4,
  Send: -5,
  NBSend: -6,
  Recv: -7,
  NBRecv: -8,
  Wait: -9,
  NBWait: -10,
  Yield: -11,
};
