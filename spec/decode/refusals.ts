/**
 * Which errors each invocation, and each capability, can be refused with. The types of the decoding functions are made of these tables, so none
 * can end in an error that is not in them; and what a run can see at all is counted from them.
 *
 * @source l4v spec/abstract/Decode_A.thy; seL4 src/object (the decode functions)
 */
import type { ErrorOf, SyscallError } from '../abi/error-codes.ts';
import type { Label } from '../abi/labels.ts';
import type { Either } from '../prelude.ts';
import type { Cap } from '../state/caps.ts';

type ErrorTag = SyscallError['_tag'];

const SLOT = ['TruncatedMessage', 'RangeError', 'FailedLookup'] as const;
const NEW_HANDLER = [...SLOT, 'RevokeFirst', 'DeleteFirst'] as const;
const PRIORITY = ['TruncatedMessage', 'InvalidCapability', 'RangeError'] as const;
const MAP = ['TruncatedMessage', 'InvalidCapability', 'InvalidArgument', 'FailedLookup', 'DeleteFirst'] as const;
/** A structure of another level does not have the invocation. */
const X86_TABLE_MAP = [...MAP, 'IllegalOperation'] as const;
const X86_TABLE_UNMAP = ['RevokeFirst', 'IllegalOperation'] as const;
const MAKE_POOL = [...SLOT, 'DeleteFirst', 'InvalidCapability', 'RevokeFirst'] as const;
const PORT = ['TruncatedMessage', 'IllegalOperation'] as const;
const ASSIGN = ['TruncatedMessage', 'InvalidCapability', 'FailedLookup', 'DeleteFirst'] as const;
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
  TCBSetSpace: [...INSTALL, 'InvalidCapability'],
  TCBSetIPCBuffer: [...INSTALL, 'AlignmentError'],
  TCBSetPriority: PRIORITY,
  TCBSetMCPriority: PRIORITY,
  TCBSetSchedParams: [...PRIORITY, 'IllegalOperation'],
  TCBSetTimeoutEndpoint: ['TruncatedMessage', 'InvalidCapability'],
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
  SchedControlConfigureFlags: ['TruncatedMessage', 'RangeError', 'InvalidCapability'],
  SchedContextBind: ['TruncatedMessage', 'InvalidCapability', 'IllegalOperation'],
  SchedContextUnbind: ['IllegalOperation'],
  SchedContextUnbindObject: ['TruncatedMessage', 'InvalidCapability', 'IllegalOperation'],
  SchedContextConsumed: [],
  SchedContextYieldTo: ['IllegalOperation'],
  X86PDPTMap: X86_TABLE_MAP,
  X86PDPTUnmap: X86_TABLE_UNMAP,
  X86PageDirectoryMap: X86_TABLE_MAP,
  X86PageDirectoryUnmap: X86_TABLE_UNMAP,
  X86PageTableMap: X86_TABLE_MAP,
  X86PageTableUnmap: X86_TABLE_UNMAP,
  X86PageMap: [...MAP, 'AlignmentError'],
  X86PageUnmap: [],
  X86PageGetAddress: [],
  X86ASIDControlMakePool: MAKE_POOL,
  X86ASIDPoolAssign: ASSIGN,
  X86IOPortControlIssue: [...NEW_HANDLER, 'InvalidArgument'],
  X86IOPortIn8: PORT,
  X86IOPortIn16: PORT,
  X86IOPortIn32: PORT,
  X86IOPortOut8: PORT,
  X86IOPortOut16: PORT,
  X86IOPortOut32: PORT,
  RISCVPageTableMap: MAP,
  RISCVPageTableUnmap: ['RevokeFirst'],
  RISCVPageMap: [...MAP, 'AlignmentError'],
  RISCVPageUnmap: [],
  RISCVPageGetAddress: [],
  RISCVASIDControlMakePool: MAKE_POOL,
  RISCVASIDPoolAssign: ASSIGN,
} as const satisfies Partial<Record<Label, readonly ErrorTag[]>>;

/** The invocations that are modelled, by their labels. */
export type Modelled = keyof typeof REFUSALS;
export type Refusal<L extends Modelled> = ErrorOf<(typeof REFUSALS)[L][number]>;
export type Decoded<L extends Modelled, Invocation> = Either<Refusal<L>, Invocation>;

/** What each kind of capability can be asked for. */
export const INVOCATIONS = {
  UntypedCap: ['UntypedRetype'],
  CNodeCap: [
    'CNodeRevoke',
    'CNodeDelete',
    'CNodeCancelBadgedSends',
    'CNodeCopy',
    'CNodeMint',
    'CNodeMove',
    'CNodeMutate',
    'CNodeRotate',
    'CNodeSaveCaller',
  ],
  ThreadCap: [
    'TCBReadRegisters',
    'TCBWriteRegisters',
    'TCBCopyRegisters',
    'TCBConfigure',
    'TCBSetSpace',
    'TCBSetIPCBuffer',
    'TCBSetPriority',
    'TCBSetMCPriority',
    'TCBSetSchedParams',
    'TCBSetTimeoutEndpoint',
    'TCBSuspend',
    'TCBResume',
    'TCBBindNotification',
    'TCBUnbindNotification',
    'TCBSetTLSBase',
    'TCBSetFlags',
  ],
  FrameCap: [
    'X86PageMap',
    'X86PageUnmap',
    'X86PageGetAddress',
    'RISCVPageMap',
    'RISCVPageUnmap',
    'RISCVPageGetAddress',
  ],
  PagingCap: [
    'X86PDPTMap',
    'X86PDPTUnmap',
    'X86PageDirectoryMap',
    'X86PageDirectoryUnmap',
    'X86PageTableMap',
    'X86PageTableUnmap',
    'RISCVPageTableMap',
    'RISCVPageTableUnmap',
  ],
  ASIDControlCap: ['X86ASIDControlMakePool', 'RISCVASIDControlMakePool'],
  ASIDPoolCap: ['X86ASIDPoolAssign', 'RISCVASIDPoolAssign'],
  IOPortControlCap: ['X86IOPortControlIssue'],
  IOPortCap: ['X86IOPortIn8', 'X86IOPortIn16', 'X86IOPortIn32', 'X86IOPortOut8', 'X86IOPortOut16', 'X86IOPortOut32'],
  IRQControlCap: [
    'IRQIssueIRQHandler',
    'X86IRQIssueIRQHandlerIOAPIC',
    'X86IRQIssueIRQHandlerMSI',
    'RISCVIRQIssueIRQHandlerTrigger',
  ],
  IRQHandlerCap: ['IRQAckIRQ', 'IRQSetIRQHandler', 'IRQClearIRQHandler'],
  DomainCap: ['DomainSetSet', 'DomainScheduleConfigure', 'DomainScheduleSetStart'],
  SchedControlCap: ['SchedControlConfigureFlags'],
  SchedContextCap: [
    'SchedContextBind',
    'SchedContextUnbind',
    'SchedContextUnbindObject',
    'SchedContextConsumed',
    'SchedContextYieldTo',
  ],
} as const satisfies Partial<Record<Cap['_tag'], readonly Modelled[]>>;
export type Invokable = keyof typeof INVOCATIONS;
export type DecodedOn<C extends Invokable, Invocation> = Either<
  Refusal<(typeof INVOCATIONS)[C][number]> | ErrorOf<(typeof CAP_REFUSALS)[C][number]>,
  Invocation
>;

/**
 * What a capability is refused with whatever it is asked for: those above with a label that is none of theirs, those that messages go to without
 * the right to send, a master reply capability, and what is no capability.
 */
export const CAP_REFUSALS = {
  NullCap: ['InvalidCapability'],
  Zombie: ['InvalidCapability'],
  EndpointCap: ['InvalidCapability'],
  NotificationCap: ['InvalidCapability'],
  ReplyCap: ['InvalidCapability'],
  UntypedCap: ['IllegalOperation'],
  CNodeCap: ['IllegalOperation'],
  ThreadCap: ['IllegalOperation'],
  FrameCap: ['IllegalOperation'],
  PagingCap: ['IllegalOperation'],
  ASIDControlCap: ['IllegalOperation'],
  ASIDPoolCap: ['IllegalOperation'],
  IOPortControlCap: ['IllegalOperation'],
  IOPortCap: ['IllegalOperation'],
  IRQControlCap: ['IllegalOperation'],
  IRQHandlerCap: ['IllegalOperation'],
  DomainCap: ['IllegalOperation'],
  SchedControlCap: ['IllegalOperation'],
  SchedContextCap: ['IllegalOperation'],
} as const satisfies Partial<Record<Cap['_tag'], readonly ErrorTag[]>>;
