/**
 * What the kernel answers to an invocation: the pairs that there can be, by the tables that decoding is typed with, and the one that a step gave.
 * A campaign counts them, so that it can say which refusal it never saw.
 */
import type { Architecture } from '../../spec/abi/arch.ts';
import { ERROR_NAMES } from '../../spec/abi/error-codes.ts';
import type { Label } from '../../spec/abi/labels.ts';
import { messageInfoFromWord } from '../../spec/abi/message-info.ts';
import type { Interface, Variant } from '../../spec/abi/variant.ts';
import { labelName, labelNumberIn } from '../../spec/abi/variant.ts';
import type { Word } from '../../spec/abi/words.ts';
import type { Event } from '../../spec/api/event.ts';
import type { Invokable } from '../../spec/decode/refusals.ts';
import { CAP_REFUSALS, INVOCATIONS, REFUSALS } from '../../spec/decode/refusals.ts';
import { lookupCap } from '../../spec/lookup/cspace.ts';
import { E } from '../../spec/prelude.ts';
import type { Cap } from '../../spec/state/caps.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { object } from '../../spec/state/kernel-state.ts';
import { getRegister } from '../../spec/state/user-context.ts';
import type { Row } from './program.ts';
import { isCallRow } from './program.ts';

export interface Answer {
  /** The invocation's label; or the capability's kind, where that was refused whatever it was asked for. */
  readonly invocation: string;
  /** Name of the error code; `NoError` for success. */
  readonly result: string;
}

const SUCCESS = 'NoError';

/** Answers of messages that are delivered at once. A Call on an endpoint is answered by whoever receives it, not by the kernel. */
const DELIVERED: readonly Answer[] = [
  { invocation: 'NotificationCap', result: SUCCESS },
  { invocation: 'ReplyCap', result: SUCCESS },
  { invocation: 'ReplyObjectCap', result: SUCCESS },
];

/** Kinds of capabilities that only one of the kernels has. */
const CLASSIC_CAPS: readonly string[] = ['ReplyCap'];
const MCS_CAPS: readonly string[] = ['ReplyObjectCap', 'SchedControlCap', 'SchedContextCap'];

/** All answers that decoding and performing can give in a kernel. */
export function possibleAnswers(kernel: Interface): readonly Answer[] {
  const absent = kernel.variant === 'mcs' ? CLASSIC_CAPS : MCS_CAPS;
  const ofCaps = [
    ...DELIVERED,
    ...Object.entries(CAP_REFUSALS).flatMap(([invocation, results]) =>
      results.map((result): Answer => ({ invocation, result })),
    ),
  ].filter(({ invocation }) => !absent.includes(invocation));
  const ofInvocations = Object.entries(REFUSALS).flatMap(([invocation, results]) =>
    labelNumberIn(kernel, invocation as Label) === undefined
      ? []
      : [SUCCESS, ...results].map((result): Answer => ({ invocation, result })),
  );
  return [...ofCaps, ...ofInvocations];
}

/** Answers that the types allow and that nobody can get. */
export const UNREACHABLE: readonly {
  /** Absent: on none. */
  readonly arch?: Architecture['name'];
  /** Absent: in neither kernel. */
  readonly variant?: Variant;
  readonly answer: Answer;
  readonly because: string;
}[] = [
  {
    variant: 'classic',
    answer: { invocation: 'ReplyCap', result: 'InvalidCapability' },
    because: 'only a master reply capability is refused, and it stays in its TCB, where no capability pointer leads',
  },
  {
    variant: 'classic',
    answer: { invocation: 'TCBSetSpace', result: 'InvalidCapability' },
    because: 'of the MCS kernel: the handler of faults is a capability',
  },
  {
    variant: 'classic',
    answer: { invocation: 'TCBSetSchedParams', result: 'IllegalOperation' },
    because: 'of the MCS kernel: the scheduling context or the thread is bound already',
  },
  {
    arch: 'riscv64',
    answer: { invocation: 'IRQIssueIRQHandler', result: 'IllegalOperation' },
    because: 'of an I/O APIC, with which no interrupt is had by its number',
  },
  ...(['NoError', 'RangeError', 'FailedLookup', 'RevokeFirst', 'DeleteFirst'] as const).map((result) => ({
    arch: 'x86_64' as const,
    answer: { invocation: 'IRQIssueIRQHandler', result },
    because: 'with an I/O APIC no interrupt is had by its number alone: IllegalOperation comes first',
  })),
  ...(
    [
      ['x86_64', 'X86ASIDPoolAssign'],
      ['riscv64', 'RISCVASIDPoolAssign'],
    ] as const
  ).map(([arch, invocation]) => ({
    arch,
    answer: { invocation, result: 'FailedLookup' as const },
    because: 'a pool is in the table for as long as there is a capability to it',
  })),
];

export const answerName = ({ invocation, result }: Answer): string => `${invocation}: ${result}`;

/** What the kernel answered to a row; null when that is no Call, or it gave no answer. */
export function answerToRow(before: KernelState, row: Row, after: KernelState): Answer | null {
  return isCallRow(row) && row.syscall === 'Call' ? answerOf(before, row.cap, row.label, after) : null;
}

/** What the kernel answered to an event; `before` is the state in which the thread entered it. */
export function answerToEvent(before: KernelState, event: Event, after: KernelState): Answer | null {
  if (event._tag !== 'SyscallEvent' || event.syscall !== 'Call') return null;
  const { currentThread } = before.globals;
  const { cap, msgInfo } = before.config.registers;
  const label = messageInfoFromWord(getRegister(before, currentThread, msgInfo), before.config.msgMaxLength).label;
  return answerOf(before, getRegister(before, currentThread, cap), label, after);
}

/**
 * The kernel's answer to a Call, null when it gave none: the thread faulted, waits, is gone, or was sent back to begin again, or it invoked what is not modelled. `before` is any
 * state from which the thread entered the kernel with this capability pointer and label.
 */
export function answerOf(before: KernelState, cptr: Word, label: Word, after: KernelState): Answer | null {
  const thread = before.globals.currentThread;
  const was = object(before, thread);
  const is = object(after, thread);
  if (was?._tag !== 'Tcb' || is?._tag !== 'Tcb' || is.state._tag !== 'Running') return null;
  if (is.fault !== null && is.fault !== was.fault) return null;
  const { nextIP, msgInfo } = after.config.registers;
  if (is.context[nextIP] === was.context[nextIP]) return null;
  const invoked = lookupCap(before, thread, cptr);
  if (E.isLeft(invoked)) return null;
  const invocation = invocationOf(before, invoked.right.cap, label);
  const result = ERROR_NAMES[Number((is.context[msgInfo] ?? 0n) >> 12n)];
  return result === undefined || invocation === null ? null : { invocation, result };
}

/** Null for a capability of a kind that is not modelled, and on which every label is refused. */
function invocationOf({ config }: KernelState, { _tag }: Cap, label: Word): string | null {
  if (!Object.hasOwn(CAP_REFUSALS, _tag) && !DELIVERED.some(({ invocation }) => invocation === _tag)) return null;
  const name = labelName(config, label);
  return name !== undefined && isInvokable(_tag) && INVOCATIONS[_tag].some((own) => own === name) ? name : _tag;
}

function isInvokable(tag: Cap['_tag']): tag is Invokable {
  return Object.hasOwn(INVOCATIONS, tag);
}
