/**
 * The operations of a user program: what each is called, which words and capabilities its message has, and what kind of value each
 * word is. Generation, shrinking and printing all go by this table.
 */
import type { Label } from '../../spec/abi/labels.ts';
import type { Interface, Variant } from '../../spec/abi/variant.ts';
import { labelNumberIn } from '../../spec/abi/variant.ts';
import type { SyscallName } from '../../spec/abi/words.ts';

/** What a message word means. */
export type Kind =
  | 'index'
  | 'depth'
  | 'rights'
  | 'data'
  | 'type'
  | 'size'
  | 'offset'
  | 'count'
  | 'priority'
  | 'flags'
  | 'address'
  | 'handler'
  | 'irq'
  | 'vector'
  | 'source'
  | 'domain'
  | 'entry'
  | 'duration'
  | 'port'
  | 'vaddr'
  | 'attributes'
  /** Microseconds of a budget or of a period, and refills beyond those that all have. */
  | 'budget'
  | 'period'
  | 'refills'
  | 'word';

/** What the invoked capability should be for the operation to make sense. */
export type Target =
  | 'endpoint'
  | 'notification'
  | 'cnode'
  | 'tcb'
  | 'untyped'
  | 'frame'
  | 'reply'
  | 'irqControl'
  | 'irqHandler'
  | 'domain'
  | 'pageTable'
  | 'pageDirectory'
  | 'pdpt'
  /** A paging structure that address spaces begin with. */
  | 'vspace'
  | 'asidControl'
  | 'asidPool'
  | 'ioPortControl'
  | 'ioPort'
  | 'schedControl'
  | 'schedContext'
  | 'any'
  | 'none';

export interface Operation {
  readonly name: string;
  readonly target: Target;
  /** The invocation, under the name that each architecture has for it. Null: the label is the program's to choose. */
  readonly labels: readonly Label[] | null;
  readonly words: readonly Kind[];
  /** Extra capabilities, by what they should be. */
  readonly caps: readonly Target[];
  /** Only these system calls make sense; the first is the usual one. */
  readonly syscalls: readonly SyscallName[];
  /** The kernel that has it; both if absent. */
  readonly only?: Variant;
  /** What is otherwise in the MCS kernel. */
  readonly mcs?: Partial<Pick<Operation, 'words' | 'caps' | 'syscalls'>>;
}

const CALLS: readonly SyscallName[] = ['Call', 'Send', 'NBSend'];

function invocation(
  name: string,
  target: Target,
  label: Label | readonly Label[],
  words: readonly Kind[],
  caps: readonly Target[],
): Operation {
  return { name, target, labels: typeof label === 'string' ? [label] : label, words, caps, syscalls: CALLS };
}

function ipc(name: SyscallName, target: Target): Operation {
  return { name, target, labels: null, words: [], caps: [], syscalls: [name] };
}

export const OPERATIONS: readonly Operation[] = [
  ipc('Call', 'endpoint'),
  ipc('Send', 'endpoint'),
  ipc('NBSend', 'endpoint'),
  ipc('Recv', 'endpoint'),
  ipc('NBRecv', 'endpoint'),
  ipc('ReplyRecv', 'endpoint'),
  { ...ipc('Reply', 'none'), only: 'classic' },
  { ...ipc('NBSendRecv', 'endpoint'), only: 'mcs' },
  { ...ipc('NBSendWait', 'any'), only: 'mcs' },
  ipc('Yield', 'none'),
  { ...ipc('Send', 'reply'), name: 'SendReply', syscalls: ['Send', 'Call', 'NBSend'] },
  { ...ipc('NBSend', 'notification'), name: 'Signal', syscalls: ['Send', 'Call', 'NBSend'] },
  { ...ipc('Recv', 'notification'), name: 'Wait', mcs: { syscalls: ['Wait', 'Recv'] } },
  { ...ipc('NBRecv', 'notification'), name: 'Poll', mcs: { syscalls: ['NBWait', 'NBRecv'] } },
  invocation(
    'Untyped_Retype',
    'untyped',
    'UntypedRetype',
    ['type', 'size', 'index', 'depth', 'offset', 'count'],
    ['cnode'],
  ),
  invocation('CNode_Revoke', 'cnode', 'CNodeRevoke', ['index', 'depth'], []),
  invocation('CNode_Delete', 'cnode', 'CNodeDelete', ['index', 'depth'], []),
  invocation('CNode_CancelBadgedSends', 'cnode', 'CNodeCancelBadgedSends', ['index', 'depth'], []),
  invocation('CNode_Copy', 'cnode', 'CNodeCopy', ['index', 'depth', 'index', 'depth', 'rights'], ['cnode']),
  invocation('CNode_Mint', 'cnode', 'CNodeMint', ['index', 'depth', 'index', 'depth', 'rights', 'data'], ['cnode']),
  invocation('CNode_Move', 'cnode', 'CNodeMove', ['index', 'depth', 'index', 'depth'], ['cnode']),
  invocation('CNode_Mutate', 'cnode', 'CNodeMutate', ['index', 'depth', 'index', 'depth', 'data'], ['cnode']),
  invocation(
    'CNode_Rotate',
    'cnode',
    'CNodeRotate',
    ['index', 'depth', 'data', 'index', 'depth', 'data', 'index', 'depth'],
    ['cnode', 'cnode'],
  ),
  { ...invocation('CNode_SaveCaller', 'cnode', 'CNodeSaveCaller', ['index', 'depth'], []), only: 'classic' },
  invocation('TCB_ReadRegisters', 'tcb', 'TCBReadRegisters', ['flags', 'count'], []),
  invocation('TCB_WriteRegisters', 'tcb', 'TCBWriteRegisters', ['flags', 'count', 'word', 'word', 'word'], []),
  invocation('TCB_CopyRegisters', 'tcb', 'TCBCopyRegisters', ['flags'], ['tcb']),
  {
    ...invocation(
      'TCB_Configure',
      'tcb',
      'TCBConfigure',
      ['handler', 'data', 'data', 'address'],
      ['cnode', 'any', 'frame'],
    ),
    mcs: { words: ['data', 'data', 'address'] },
  },
  {
    ...invocation('TCB_SetSpace', 'tcb', 'TCBSetSpace', ['handler', 'data', 'data'], ['cnode', 'any']),
    mcs: { words: ['data', 'data'], caps: ['endpoint', 'cnode', 'any'] },
  },
  invocation('TCB_SetIPCBuffer', 'tcb', 'TCBSetIPCBuffer', ['address'], ['frame']),
  invocation('TCB_SetPriority', 'tcb', 'TCBSetPriority', ['priority'], ['tcb']),
  invocation('TCB_SetMCPriority', 'tcb', 'TCBSetMCPriority', ['priority'], ['tcb']),
  {
    ...invocation('TCB_SetSchedParams', 'tcb', 'TCBSetSchedParams', ['priority', 'priority'], ['tcb']),
    mcs: { caps: ['tcb', 'schedContext', 'endpoint'] },
  },
  { ...invocation('TCB_SetTimeoutEndpoint', 'tcb', 'TCBSetTimeoutEndpoint', [], ['endpoint']), only: 'mcs' },
  {
    ...invocation(
      'SchedControl_ConfigureFlags',
      'schedControl',
      'SchedControlConfigureFlags',
      ['budget', 'period', 'refills', 'word', 'flags'],
      ['schedContext'],
    ),
    only: 'mcs',
  },
  { ...invocation('SchedContext_Bind', 'schedContext', 'SchedContextBind', [], ['tcb']), only: 'mcs' },
  { ...invocation('SchedContext_Unbind', 'schedContext', 'SchedContextUnbind', [], []), only: 'mcs' },
  { ...invocation('SchedContext_UnbindObject', 'schedContext', 'SchedContextUnbindObject', [], ['tcb']), only: 'mcs' },
  { ...invocation('SchedContext_Consumed', 'schedContext', 'SchedContextConsumed', [], []), only: 'mcs' },
  { ...invocation('SchedContext_YieldTo', 'schedContext', 'SchedContextYieldTo', [], []), only: 'mcs' },
  invocation('TCB_Suspend', 'tcb', 'TCBSuspend', [], []),
  invocation('TCB_Resume', 'tcb', 'TCBResume', [], []),
  invocation('TCB_BindNotification', 'tcb', 'TCBBindNotification', [], ['notification']),
  invocation('TCB_UnbindNotification', 'tcb', 'TCBUnbindNotification', [], []),
  invocation('TCB_SetTLSBase', 'tcb', 'TCBSetTLSBase', ['word'], []),
  invocation('TCB_SetFlags', 'tcb', 'TCBSetFlags', ['flags', 'flags'], []),
  invocation('IRQControl_Get', 'irqControl', 'IRQIssueIRQHandler', ['irq', 'index', 'depth'], ['cnode']),
  invocation(
    'IRQControl_GetIOAPIC',
    'irqControl',
    'X86IRQIssueIRQHandlerIOAPIC',
    ['index', 'depth', 'source', 'source', 'source', 'source', 'vector'],
    ['cnode'],
  ),
  invocation(
    'IRQControl_GetMSI',
    'irqControl',
    'X86IRQIssueIRQHandlerMSI',
    ['index', 'depth', 'source', 'source', 'source', 'word', 'vector'],
    ['cnode'],
  ),
  invocation(
    'IRQControl_GetTrigger',
    'irqControl',
    'RISCVIRQIssueIRQHandlerTrigger',
    ['irq', 'source', 'index', 'depth'],
    ['cnode'],
  ),
  invocation('IRQHandler_Ack', 'irqHandler', 'IRQAckIRQ', [], []),
  invocation('IRQHandler_SetNotification', 'irqHandler', 'IRQSetIRQHandler', [], ['notification']),
  invocation('IRQHandler_Clear', 'irqHandler', 'IRQClearIRQHandler', [], []),
  invocation('DomainSet_Set', 'domain', 'DomainSetSet', ['domain'], ['tcb']),
  invocation('DomainSet_ScheduleConfigure', 'domain', 'DomainScheduleConfigure', ['entry', 'domain', 'duration'], []),
  invocation('DomainSet_ScheduleSetStart', 'domain', 'DomainScheduleSetStart', ['entry'], []),
  invocation('PDPT_Map', 'pdpt', 'X86PDPTMap', ['vaddr', 'attributes'], ['vspace']),
  invocation('PDPT_Unmap', 'pdpt', 'X86PDPTUnmap', [], []),
  invocation('PageDirectory_Map', 'pageDirectory', 'X86PageDirectoryMap', ['vaddr', 'attributes'], ['vspace']),
  invocation('PageDirectory_Unmap', 'pageDirectory', 'X86PageDirectoryUnmap', [], []),
  invocation(
    'PageTable_Map',
    'pageTable',
    ['X86PageTableMap', 'RISCVPageTableMap'],
    ['vaddr', 'attributes'],
    ['vspace'],
  ),
  invocation('PageTable_Unmap', 'pageTable', ['X86PageTableUnmap', 'RISCVPageTableUnmap'], [], []),
  invocation('Page_Map', 'frame', ['X86PageMap', 'RISCVPageMap'], ['vaddr', 'rights', 'attributes'], ['vspace']),
  invocation('Page_Unmap', 'frame', ['X86PageUnmap', 'RISCVPageUnmap'], [], []),
  invocation(
    'ASIDControl_MakePool',
    'asidControl',
    ['X86ASIDControlMakePool', 'RISCVASIDControlMakePool'],
    ['index', 'depth'],
    ['untyped', 'cnode'],
  ),
  invocation('ASIDPool_Assign', 'asidPool', ['X86ASIDPoolAssign', 'RISCVASIDPoolAssign'], [], ['vspace']),
  invocation(
    'IOPortControl_Issue',
    'ioPortControl',
    'X86IOPortControlIssue',
    ['port', 'port', 'index', 'depth'],
    ['cnode'],
  ),
  invocation('IOPort_In8', 'ioPort', 'X86IOPortIn8', ['port'], []),
  invocation('IOPort_In16', 'ioPort', 'X86IOPortIn16', ['port'], []),
  invocation('IOPort_In32', 'ioPort', 'X86IOPortIn32', ['port'], []),
  invocation('IOPort_Out8', 'ioPort', 'X86IOPortOut8', ['port', 'word'], []),
  invocation('IOPort_Out16', 'ioPort', 'X86IOPortOut16', ['port', 'word'], []),
  invocation('IOPort_Out32', 'ioPort', 'X86IOPortOut32', ['port', 'word'], []),
  invocation('Page_GetAddress', 'frame', ['X86PageGetAddress', 'RISCVPageGetAddress'], [], []),
  /** Any label on any capability. */
  { name: 'Invoke', target: 'any', labels: null, words: [], caps: [], syscalls: CALLS },
];

/** Ways into the kernel other than system calls. */
export const EVENTS = [
  'Tick',
  'Interrupt',
  'Spurious',
  'UseFpu',
  'UnknownSyscall',
  'UserException',
  'VMFault',
  /** Accesses of the running thread to an address: a page fault, or its own business. */
  'Load',
  'Store',
  'Fetch',
] as const;
export type EventName = (typeof EVENTS)[number];

const BY_NAME: ReadonlyMap<string, Operation> = new Map(OPERATIONS.map((operation) => [operation.name, operation]));

export function operationNamed(name: string): Operation | undefined {
  return BY_NAME.get(name);
}

/** The label's number in a kernel; null for one that is the program's to choose, and for an operation that there is none of. */
export function labelOf({ labels }: Operation, kernel: Interface): bigint | null {
  for (const label of labels ?? []) {
    const number = labelNumberIn(kernel, label);
    if (number !== undefined) return BigInt(number);
  }
  return null;
}

const OPERATIONS_OF = new Map<string, readonly Operation[]>();

/** The operations that a kernel has, as it has them. */
export function operationsOf(kernel: Interface): readonly Operation[] {
  const { variant, arch } = kernel;
  const key = `${variant} ${arch.name}`;
  let operations = OPERATIONS_OF.get(key);
  if (operations === undefined) {
    operations = OPERATIONS.filter(
      (operation) =>
        (operation.only ?? variant) === variant && (operation.labels === null || labelOf(operation, kernel) !== null),
    ).map((operation) => (variant === 'mcs' ? { ...operation, ...operation.mcs } : operation));
    OPERATIONS_OF.set(key, operations);
  }
  return operations;
}

/** The same by name. */
export function operationIn(kernel: Interface, name: string): Operation | undefined {
  return operationsOf(kernel).find((operation) => operation.name === name);
}

/** Operations that look for interrupts: they delete, or clear memory. */
export const PREEMPTIBLE: readonly string[] = [
  'CNode_Revoke',
  'CNode_Delete',
  'Untyped_Retype',
  'TCB_Configure',
  'TCB_SetSpace',
  'TCB_SetIPCBuffer',
];
