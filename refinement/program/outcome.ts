/**
 * What became of an event, in a word: for the statistics of a run and for its listing. Read off the abstract states before and after,
 * so it costs a run nothing but the reading.
 */
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { object } from '../../spec/state/kernel-state.ts';
import type { Fault, ThreadState } from '../../spec/state/objects.ts';
import type { Answer } from './answer.ts';
import type { Row } from './program.ts';
import { isOvertaken } from './clock.ts';
import { isCallRow } from './program.ts';

/** The timer came before the row's time. */
export const OVERTAKEN = 'the timer comes first';

const BLOCKED: Readonly<Record<ThreadState['_tag'], string>> = {
  Inactive: 'inactive',
  Running: 'done',
  Restart: 'restarted',
  IdleThreadState: 'idle',
  BlockedOnReceive: 'waits to receive',
  BlockedOnSend: 'waits to send',
  BlockedOnReply: 'waits for a reply',
  BlockedOnNotification: 'waits for a signal',
};

const FAULTED: Readonly<Record<Fault['_tag'], string>> = {
  CapFault: 'fault: CapFault',
  UnknownSyscallException: 'fault: UnknownSyscallException',
  UserException: 'fault: UserException',
  VMFault: 'fault: VMFault',
  Timeout: 'fault: Timeout',
};

/**
 * The error code's name where the kernel gave an `answer` (`NoError`, `RangeError`, ...); `fault: CapFault` and so on when the caller
 * faulted; otherwise what the caller does now.
 */
export function outcomeOf(before: KernelState, row: Row, after: KernelState, answer: Answer | null): string {
  const thread = before.globals.currentThread;
  if (isOvertaken(row, before)) return OVERTAKEN;
  if (row.op === 'Tick' || row.op === 'Interrupt' || row.op === 'Spurious') {
    return after.globals.currentThread === thread ? 'resumed' : 'switched';
  }
  const was = object(before, thread);
  const is = object(after, thread);
  if (was?._tag !== 'Tcb' || is?._tag !== 'Tcb') return 'gone';
  if (is.fault !== null && is.fault !== was.fault) return FAULTED[is.fault._tag];
  if (!isCallRow(row)) return is.state._tag === 'Inactive' ? 'double fault' : BLOCKED[is.state._tag];
  const { nextIP } = after.config.registers;
  // Sent back to the instruction that entered the kernel: what was begun is begun again.
  if (is.state._tag === 'Running' && is.context[nextIP] === was.context[nextIP]) return 'restarted';
  if (answer !== null) return answer.result;
  return BLOCKED[is.state._tag];
}
