/**
 * Threads: fields, state, fault and registers. Their slots are compared as slots, their links with the queues they are in.
 *
 * A field that means nothing in the thread's state has no counterpart and is not compared; that it is zero is a design invariant
 * (`tcb_unused_fields_zero`).
 *
 * @source l4v proof/refine/StateRelation.thy `tcb_relation`, `thread_state_relation`, `fault_rel`
 */
import { abi } from '../../spec/abi/variant.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { isRunnable } from '../../spec/state/kernel-state.ts';
import type { Fault, LookupFailure, Tcb } from '../../spec/state/objects.ts';
import { readyQueue } from '../../spec/state/ready-queues.ts';
import type { ObjRef } from '../../spec/state/refs.ts';
import type { Difference, Image } from './image.ts';
import { compareNumber, compareReference, compareWord, differ, hex, isWord, load } from './image.ts';

/** Everything but the registers. */
export function compareTcb(m: Image, s: KernelState, ref: ObjRef, tcb: Tcb, out: Difference[]): void {
  const { layout: L } = m;
  compareThreadState(m, ref, tcb, out);
  compareReference(m, ref + L.TCB_SCHED_CONTEXT, tcb.schedContext, 'thread', ref, 'scheduling context', out);
  compareReference(m, ref + L.TCB_YIELD_TO, tcb.yieldTo, 'thread', ref, 'scheduling context yielded to', out);
  const isPostponed = s.globals.time.releaseQueue.includes(ref);
  compareNumber(m, ref + L.TCB_IN_RELEASE_QUEUE, isPostponed ? 1 : 0, 'thread', ref, 'waits for budget', out);
  compareFault(m, ref, tcb.fault, out);
  compareNumber(m, ref + L.TCB_PRIORITY, tcb.priority, 'thread', ref, 'priority', out);
  compareNumber(m, ref + L.TCB_MCP, tcb.mcp, 'thread', ref, 'maximum controlled priority', out);
  compareNumber(m, ref + L.TCB_DOMAIN, tcb.domain, 'thread', ref, 'domain', out);
  compareNumber(m, ref + L.TCB_TIME_SLICE, tcb.timeSlice, 'thread', ref, 'time slice', out);
  compareNumber(m, ref + L.TCB_FLAGS, tcb.flags, 'thread', ref, 'flags', out);
  compareWord(m, ref + L.TCB_FPU_LO, tcb.fpu, 'thread', ref, 'saved floating-point registers', out);
  compareReference(m, ref + L.TCB_BOUND_NOTIFICATION, tcb.boundNotification, 'thread', ref, 'bound notification', out);
  compareWord(m, ref + L.TCB_FAULT_HANDLER_LO, tcb.faultHandler, 'thread', ref, 'fault handler', out);
  compareWord(m, ref + L.TCB_IPC_BUFFER_LO, tcb.ipcBuffer, 'thread', ref, 'IPC buffer', out);
  const isQueued = isRunnable(tcb.state) && readyQueue(s, tcb.domain, tcb.priority).includes(ref);
  // Under lazy scheduling a thread that is in no queue any more may still be in the list.
  if (isQueued || s.config.scheduler === 'benno') {
    compareNumber(m, ref + L.TCB_QUEUED, isQueued ? 1 : 0, 'thread', ref, 'queued', out);
  }
}

function compareThreadState(m: Image, ref: ObjRef, tcb: Tcb, out: Difference[]): void {
  const { layout: L } = m;
  const { state } = tcb;
  const word = load(m, ref + L.TCB_STATE);
  if (word !== stateNumber(L, state._tag)) differ(out, `thread ${hex(ref)}`, 'state', state._tag, stateName(L, word));
  switch (state._tag) {
    case 'BlockedOnReceive':
      compareReference(m, ref + L.TCB_BLOCKING_OBJECT, state.endpoint, 'thread', ref, 'endpoint waited for', out);
      compareBlockingFlags(m, ref, state.canGrant ? L.BLOCKING_CAN_GRANT : 0, out);
      compareReference(m, ref + L.TCB_REPLY_OBJECT, state.reply ?? 0, 'thread', ref, 'reply object offered', out);
      break;
    case 'BlockedOnReply':
      compareReference(m, ref + L.TCB_REPLY_OBJECT, state.reply ?? 0, 'thread', ref, 'reply object', out);
      break;
    case 'BlockedOnSend':
      compareReference(m, ref + L.TCB_BLOCKING_OBJECT, state.endpoint, 'thread', ref, 'endpoint waited for', out);
      compareWord(m, ref + L.TCB_BLOCKING_BADGE_LO, state.badge, 'thread', ref, "sender's badge", out);
      compareBlockingFlags(
        m,
        ref,
        (state.canGrant ? L.BLOCKING_CAN_GRANT : 0) |
          (state.canGrantReply ? L.BLOCKING_CAN_GRANT_REPLY : 0) |
          (state.isCall ? L.BLOCKING_IS_CALL : 0),
        out,
      );
      break;
    case 'BlockedOnNotification':
      compareReference(
        m,
        ref + L.TCB_BLOCKING_OBJECT,
        state.notification,
        'thread',
        ref,
        'notification waited for',
        out,
      );
      break;
    default:
  }
}

function compareBlockingFlags(m: Image, ref: ObjRef, flags: number, out: Difference[]): void {
  compareNumber(m, ref + m.layout.TCB_BLOCKING_FLAGS, flags, 'thread', ref, 'grant, grant reply and call flags', out);
}

function stateNumber(L: Image['layout'], tag: Tcb['state']['_tag']): number {
  switch (tag) {
    case 'Inactive':
      return L.STATE_INACTIVE;
    case 'Running':
      return L.STATE_RUNNING;
    case 'Restart':
      return L.STATE_RESTART;
    case 'IdleThreadState':
      return L.STATE_IDLE;
    case 'BlockedOnReceive':
      return L.STATE_BLOCKED_ON_RECEIVE;
    case 'BlockedOnSend':
      return L.STATE_BLOCKED_ON_SEND;
    case 'BlockedOnReply':
      return L.STATE_BLOCKED_ON_REPLY;
    case 'BlockedOnNotification':
      return L.STATE_BLOCKED_ON_NOTIFICATION;
  }
}

const STATE_TAGS: readonly Tcb['state']['_tag'][] = [
  'Inactive',
  'Running',
  'Restart',
  'IdleThreadState',
  'BlockedOnReceive',
  'BlockedOnSend',
  'BlockedOnReply',
  'BlockedOnNotification',
];

function stateName(L: Image['layout'], word: number): string {
  return STATE_TAGS.find((tag) => stateNumber(L, tag) === word) ?? `state word ${word}`;
}

/** Fault numbers as user programs see them. */
const CAP_FAULT = 1;
const UNKNOWN_SYSCALL = 2;
const USER_EXCEPTION = 3;
const TIMEOUT = 5;

function compareFault(m: Image, ref: ObjRef, fault: Fault | null, out: Difference[]): void {
  const { layout: L } = m;
  const word = load(m, ref + L.TCB_FAULT);
  if (word !== faultNumber(m, fault))
    differ(out, `thread ${hex(ref)}`, 'fault', fault?._tag ?? 'none', `fault word ${word}`);
  switch (fault?._tag) {
    case 'CapFault':
      compareWord(m, ref + L.TCB_FAULT_WORD_LO, fault.cptr, 'thread', ref, "fault's capability pointer", out);
      compareNumber(
        m,
        ref + L.TCB_FAULT_AUX,
        fault.inReceivePhase ? 1 : 0,
        'thread',
        ref,
        'fault in receive phase',
        out,
      );
      compareFailure(m, ref, fault.failure, out);
      break;
    case 'UnknownSyscallException':
      compareWord(m, ref + L.TCB_FAULT_WORD_LO, fault.number, 'thread', ref, "fault's system call number", out);
      break;
    case 'UserException':
      compareWord(m, ref + L.TCB_FAULT_WORD_LO, fault.number, 'thread', ref, "fault's exception number", out);
      compareNumber(m, ref + L.TCB_FAULT_AUX, fault.code, 'thread', ref, "fault's exception code", out);
      break;
    case 'Timeout':
      compareWord(m, ref + L.TCB_FAULT_WORD_LO, fault.badge, 'thread', ref, "timed out context's badge", out);
      break;
    case 'VMFault':
      compareWord(m, ref + L.TCB_FAULT_WORD_LO, fault.address, 'thread', ref, "fault's address", out);
      compareNumber(m, ref + L.TCB_FAULT_AUX, fault.instruction ? 1 : 0, 'thread', ref, 'instruction fault', out);
      compareNumber(m, ref + L.TCB_FAULT_LOOKUP, fault.fsr, 'thread', ref, "fault's status", out);
      break;
    default:
  }
}

function faultNumber(m: Image, fault: Fault | null): number {
  switch (fault?._tag) {
    case undefined:
      return 0;
    case 'CapFault':
      return CAP_FAULT;
    case 'UnknownSyscallException':
      return UNKNOWN_SYSCALL;
    case 'UserException':
      return USER_EXCEPTION;
    case 'Timeout':
      return TIMEOUT;
    case 'VMFault':
      return Number(abi(m.config).vmFaultLabel);
  }
}

const FAILURE_NUMBERS = { InvalidRoot: 1, MissingCapability: 2, DepthMismatch: 3, GuardMismatch: 4 } as const;

function compareFailure(m: Image, ref: ObjRef, failure: LookupFailure, out: Difference[]): void {
  const { layout: L } = m;
  const word = load(m, ref + L.TCB_FAULT_LOOKUP);
  if (word !== FAILURE_NUMBERS[failure._tag]) {
    differ(out, `thread ${hex(ref)}`, "fault's lookup failure", failure._tag, `failure word ${word}`);
  }
  switch (failure._tag) {
    case 'InvalidRoot':
      break;
    case 'MissingCapability':
      compareNumber(m, ref + L.TCB_FAULT_BITS_LEFT, failure.bitsLeft, 'thread', ref, "fault's bits left", out);
      break;
    case 'DepthMismatch':
      compareNumber(m, ref + L.TCB_FAULT_BITS_LEFT, failure.bitsLeft, 'thread', ref, "fault's bits left", out);
      compareNumber(m, ref + L.TCB_FAULT_BITS_FOUND, failure.bitsFound, 'thread', ref, "fault's bits found", out);
      break;
    case 'GuardMismatch':
      compareNumber(m, ref + L.TCB_FAULT_BITS_LEFT, failure.bitsLeft, 'thread', ref, "fault's bits left", out);
      compareNumber(m, ref + L.TCB_FAULT_BITS_FOUND, failure.guardBits, 'thread', ref, "fault's guard size", out);
      compareWord(m, ref + L.TCB_FAULT_GUARD_LO, failure.guard, 'thread', ref, "fault's guard", out);
      break;
  }
}

export function compareRegister(m: Image, ref: ObjRef, tcb: Tcb, register: number, out: Difference[]): void {
  const spec = tcb.context[register];
  if (spec === undefined) return;
  const at = ref + m.layout.TCB_CONTEXT + register * 8;
  if (isWord(spec, load(m, at), load(m, at + 4))) return;
  const name = m.config.registers.names[register] ?? String(register);
  compareWord(m, at, spec, 'thread', ref, `register ${name}`, out);
}

export function compareContext(m: Image, ref: ObjRef, tcb: Tcb, out: Difference[]): void {
  for (let register = 0; register < tcb.context.length; register++) compareRegister(m, ref, tcb, register, out);
}

/** Only the registers that differ between two contexts of the specification. */
export function compareChangedRegisters(m: Image, ref: ObjRef, was: Tcb, is: Tcb, out: Difference[]): void {
  if (was.context === is.context) return;
  for (let register = 0; register < is.context.length; register++) {
    if (was.context[register] !== is.context[register]) compareRegister(m, ref, is, register, out);
  }
}

/** Only the registers with a word in the 32 bytes from `line`, a multiple of 32. */
export function compareRegistersIn(m: Image, ref: ObjRef, tcb: Tcb, line: number, out: Difference[]): void {
  const first = Math.floor((line - ref - m.layout.TCB_CONTEXT) / 8);
  for (let register = Math.max(first, 0); register <= first + 4; register++)
    compareRegister(m, ref, tcb, register, out);
}
