/**
 * What TCB invocations do.
 *
 * @source l4v spec/abstract/Tcb_A.thy `invoke_tcb`; seL4 src/object/tcb.c
 */
import { TCB_FLAG_FPU_DISABLED } from '../abi/labels.ts';
import type { Installed, TcbInvocation } from '../decode/invocation.ts';
import type { Either } from '../prelude.ts';
import { E, right } from '../prelude.ts';
import { sameObjectAs } from '../state/cap-rules.ts';
import type { KernelState } from '../state/kernel-state.ts';
import {
  TCB_CTABLE,
  TCB_VTABLE,
  getCap,
  getTcb,
  isCurrent,
  isRunnable,
  slotAt,
  threadState,
  updateTcb,
} from '../state/kernel-state.ts';
import { rescheduleRequired, setThreadState } from '../state/ready-queues.ts';
import type { ObjRef, SlotRef, Word } from '../state/refs.ts';
import { getRegister, sanitiseRegister, setRegister, setRegisters } from '../state/user-context.ts';
import { MCS_TCB_FAULT_HANDLER, MCS_TCB_TIMEOUT_HANDLER, statePoints } from '../state/variant.ts';
import { cancelIpc, suspend, unbindNotification } from './cancel.ts';
import { capInsert } from './cap-insert.ts';
import { capDelete } from './delete.ts';
import { fpuRelease, lazyFpuRestore } from './fpu.ts';
import { bindNotification } from './notification.ts';
import type { Answer, Preempted, Preemptible } from './outcome.ts';
import { schedContextBindTcb, schedContextUnbindTcb } from './sched-context-binding.ts';
import { performPoints } from './variant.ts';

const answer = (state: KernelState, words: readonly Word[] = []): Either<Preempted, Answer> => right({ state, words });

export function invokeTcb(s: KernelState, invocation: TcbInvocation): Either<Preempted, Answer> {
  const { target } = invocation;
  switch (invocation._tag) {
    case 'ReadRegisters':
      return readRegisters(s, target, invocation.suspend, invocation.count);
    case 'WriteRegisters':
      return answer(writeRegisters(s, target, invocation.values, invocation.resume));
    case 'CopyRegisters':
      return answer(copyRegisters(s, invocation));
    case 'Suspend':
      return answer(suspend(s, target));
    case 'Resume':
      return answer(restart(s, target));
    case 'ThreadControl': {
      const done = threadControl(s, invocation);
      return E.isLeft(done) ? done : answer(done.right);
    }
    case 'NotificationControl': {
      const { notification } = invocation;
      return answer(notification === null ? unbindNotification(s, target) : bindNotification(s, target, notification));
    }
    case 'SetTLSBase':
      return answer(rescheduleIfCurrent(setRegister(s, target, s.config.registers.tlsBase, invocation.base), target));
    case 'SetFlags': {
      const flags = (getTcb(s, target).flags & ~invocation.clear) | invocation.set;
      return answer(postSetFlags(updateTcb(s, target, { flags }), target, flags), [BigInt(flags)]);
    }
  }
}

/** @source l4v spec/abstract/X64/ArchTcb_A.thy `arch_post_set_flags` */
function postSetFlags(s: KernelState, thread: ObjRef, flags: number): KernelState {
  if ((flags & TCB_FLAG_FPU_DISABLED) !== 0) return fpuRelease(s, thread);
  return isCurrent(s, thread) ? lazyFpuRestore(s, thread) : s;
}

function rescheduleIfCurrent(s: KernelState, thread: ObjRef): KernelState {
  return isCurrent(s, thread) ? rescheduleRequired(s) : s;
}

function userRegisters(s: KernelState): readonly number[] {
  const { frameRegisters, gpRegisters } = s.config.registers;
  return [...frameRegisters, ...gpRegisters];
}

function readRegisters(s: KernelState, target: ObjRef, stop: boolean, count: number): Either<Preempted, Answer> {
  const t = stop ? suspend(s, target) : s;
  const words = userRegisters(t)
    .slice(0, count)
    .map((register) => getRegister(t, target, register));
  return answer(t, words);
}

function writeRegisters(s: KernelState, target: ObjRef, values: readonly Word[], resume: boolean): KernelState {
  const writes: [number, Word][] = [];
  userRegisters(s).forEach((register, index) => {
    const value = values[index];
    if (value !== undefined) writes.push([register, sanitiseRegister(s.config, register, value)]);
  });
  const t = rescheduleIfCurrent(continueAtRestartPC(setRegisters(s, target, writes), target), target);
  return resume ? restart(t, target) : t;
}

/** A thread whose registers were replaced goes on at the program counter it was given. */
function continueAtRestartPC(s: KernelState, thread: ObjRef): KernelState {
  const { faultIP, nextIP } = s.config.registers;
  return setRegister(s, thread, nextIP, getRegister(s, thread, faultIP));
}

function copyRegisters(s: KernelState, invocation: TcbInvocation & { readonly _tag: 'CopyRegisters' }): KernelState {
  const { source, target, frame, integer } = invocation;
  const { frameRegisters, gpRegisters } = s.config.registers;
  const copy = (from: KernelState, registers: readonly number[]): KernelState =>
    setRegisters(
      from,
      target,
      registers.map((register) => [register, getRegister(from, source, register)] as const),
    );
  let t = invocation.suspendSource ? suspend(s, source) : s;
  if (invocation.resumeTarget) t = restart(t, target);
  if (frame) t = continueAtRestartPC(copy(t, frameRegisters), target);
  if (integer) t = copy(t, gpRegisters);
  return rescheduleIfCurrent(t, target);
}

/**
 * Lets a stopped thread run again, at the instruction where it stopped: an interrupted system call is issued anew.
 *
 * @source l4v spec/abstract/Tcb_A.thy `restart`
 */
export function restart(s: KernelState, thread: ObjRef): KernelState {
  const state = threadState(s, thread);
  if (isRunnable(state) || state._tag === 'IdleThreadState') return s;
  const points = performPoints(s);
  const t = setThreadState(points.beginRestart(cancelIpc(s, thread), thread), thread, { _tag: 'Restart' });
  return points.offerRestarted(t, thread);
}

/**
 * Several settings of a thread at once, in this order: fault handler, maximum controlled priority, the spaces, the buffer,
 * priority, scheduling context. Deleting what was there before may be preempted; then what is done stays done.
 */
function threadControl(start: KernelState, control: TcbInvocation & { readonly _tag: 'ThreadControl' }): Preemptible {
  const {
    target,
    slot,
    faultHandler,
    faultHandlerCap,
    timeoutHandlerCap,
    mcp,
    priority,
    schedContext,
    cspaceRoot,
    vspaceRoot,
    buffer,
  } = control;
  let s = start;
  if (faultHandler !== undefined) s = updateTcb(s, target, { faultHandler });
  if (faultHandlerCap !== undefined) {
    const deleted = capDelete(s, slotAt(target, MCS_TCB_FAULT_HANDLER));
    if (E.isLeft(deleted)) return deleted;
    s = deleted.right;
    if (faultHandlerCap !== null) s = install(s, target, slot, faultHandlerCap, MCS_TCB_FAULT_HANDLER);
  }
  if (timeoutHandlerCap !== undefined) {
    const deleted = capDelete(s, slotAt(target, MCS_TCB_TIMEOUT_HANDLER));
    if (E.isLeft(deleted)) return deleted;
    s = deleted.right;
    if (timeoutHandlerCap !== null) s = install(s, target, slot, timeoutHandlerCap, MCS_TCB_TIMEOUT_HANDLER);
  }
  if (mcp !== undefined) s = updateTcb(s, target, { mcp });
  if (cspaceRoot !== undefined) {
    const deleted = capDelete(s, slotAt(target, TCB_CTABLE));
    if (E.isLeft(deleted)) return deleted;
    s = install(deleted.right, target, slot, cspaceRoot, TCB_CTABLE);
  }
  if (vspaceRoot !== undefined) {
    const deleted = capDelete(s, slotAt(target, TCB_VTABLE));
    if (E.isLeft(deleted)) return deleted;
    s = install(deleted.right, target, slot, vspaceRoot, TCB_VTABLE);
  }
  if (buffer !== undefined) {
    const { tcbBuffer } = statePoints(s.config);
    const deleted = capDelete(s, slotAt(target, tcbBuffer));
    if (E.isLeft(deleted)) return deleted;
    s = updateTcb(deleted.right, target, { ipcBuffer: buffer.address });
    if (buffer.frame !== null) s = install(s, target, slot, buffer.frame, tcbBuffer);
    s = rescheduleIfCurrent(s, target);
  }
  if (priority !== undefined) s = performPoints(s).setPriority(s, target, priority);
  return right(schedContext === undefined ? s : runOn(s, target, schedContext));
}

/**
 * Puts a capability into a slot of the thread, unless the deletion just done took away what it comes from or the thread's own capability.
 *
 * @source l4v spec/abstract/Tcb_A.thy `check_cap_at`
 */
function install(
  s: KernelState,
  target: ObjRef,
  slot: SlotRef,
  { cap, source }: Installed,
  index: number,
): KernelState {
  const sourceStays = sameObjectAs(cap, getCap(s, source));
  const targetStays = sameObjectAs({ _tag: 'ThreadCap', ref: target }, getCap(s, slot));
  return sourceStays && targetStays ? capInsert(s, cap, source, slotAt(target, index)) : s;
}

/** MCS: the thread runs on the context from now on, or on none. */
function runOn(s: KernelState, thread: ObjRef, schedContext: ObjRef | null): KernelState {
  const bound = getTcb(s, thread).schedContext;
  if (schedContext === bound) return s;
  if (schedContext !== null) return schedContextBindTcb(s, schedContext, thread);
  return bound === null ? s : schedContextUnbindTcb(s, bound);
}
