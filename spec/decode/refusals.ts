/**
 * Which errors each invocation can be refused with. The types of the decoding functions are made of this table, so none can end in an error
 * that is not in it.
 *
 * @source l4v spec/abstract/Decode_A.thy; seL4 src/object (the decode functions)
 */
import type { ErrorOf, SyscallError } from '../abi/error-codes.ts';
import type { ClassicLabel } from '../abi/labels.ts';
import type { Either } from '../prelude.ts';

type ErrorTag = SyscallError['_tag'];

const SLOT = ['TruncatedMessage', 'RangeError', 'FailedLookup'] as const;
const NEW_HANDLER = [...SLOT, 'RevokeFirst', 'DeleteFirst'] as const;
const PRIORITY = ['TruncatedMessage', 'InvalidCapability', 'RangeError'] as const;
const INSTALL = ['TruncatedMessage', 'IllegalOperation', 'RevokeFirst'] as const;

export const REFUSALS = {
  UntypedRetype: [...SLOT, 'InvalidArgument', 'DeleteFirst', 'NotEnoughMemory'],
  CNodeRevoke: SLOT,
  CNodeDelete: SLOT,
  CNodeCancelBadgedSends: [...SLOT, 'IllegalOperation'],
  CNodeCopy: [...SLOT, 'DeleteFirst', 'IllegalOperation', 'RevokeFirst'],
  CNodeMint: [...SLOT, 'DeleteFirst', 'IllegalOperation', 'RevokeFirst'],
  CNodeMove: [...SLOT, 'DeleteFirst'],
  CNodeMutate: [...SLOT, 'DeleteFirst', 'IllegalOperation'],
  CNodeRotate: [...SLOT, 'DeleteFirst', 'IllegalOperation'],
  CNodeSaveCaller: [...SLOT, 'DeleteFirst'],
  TCBReadRegisters: ['TruncatedMessage', 'RangeError', 'IllegalOperation'],
  TCBWriteRegisters: ['TruncatedMessage', 'IllegalOperation'],
  TCBCopyRegisters: ['TruncatedMessage', 'InvalidCapability'],
  TCBConfigure: [...INSTALL, 'AlignmentError'],
  TCBSetSpace: INSTALL,
  TCBSetIPCBuffer: [...INSTALL, 'AlignmentError'],
  TCBSetPriority: PRIORITY,
  TCBSetMCPriority: PRIORITY,
  TCBSetSchedParams: [...PRIORITY, 'IllegalOperation'],
  TCBSuspend: [],
  TCBResume: [],
  TCBBindNotification: ['TruncatedMessage', 'IllegalOperation'],
  TCBUnbindNotification: ['IllegalOperation'],
  TCBSetTLSBase: ['TruncatedMessage'],
  TCBSetFlags: ['TruncatedMessage'],
  IRQIssueIRQHandler: [...NEW_HANDLER, 'IllegalOperation'],
  X86IRQIssueIRQHandlerIOAPIC: NEW_HANDLER,
  X86IRQIssueIRQHandlerMSI: NEW_HANDLER,
  RISCVIRQIssueIRQHandlerTrigger: NEW_HANDLER,
  IRQAckIRQ: [],
  IRQSetIRQHandler: ['TruncatedMessage', 'InvalidCapability'],
  IRQClearIRQHandler: [],
  DomainSetSet: ['TruncatedMessage', 'InvalidArgument'],
  DomainScheduleConfigure: ['TruncatedMessage', 'RangeError', 'InvalidArgument'],
  DomainScheduleSetStart: ['TruncatedMessage', 'RangeError', 'InvalidArgument'],
  X86PageGetAddress: [],
  RISCVPageGetAddress: [],
} as const satisfies Partial<Record<ClassicLabel, readonly ErrorTag[]>>;

/** The invocations that are modelled, by their labels. */
export type Modelled = keyof typeof REFUSALS;
export type Refusal<L extends Modelled> = ErrorOf<(typeof REFUSALS)[L][number]>;
export type Decoded<L extends Modelled, Invocation> = Either<Refusal<L>, Invocation>;
