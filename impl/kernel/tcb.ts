/**
 * TCB invocations that do not install capabilities.
 *
 * @source seL4 src/object/tcb.c `decodeTCBInvocation` and the functions it calls
 */
import { FRAME_REGISTERS, GP_REGISTERS, REG_FAULT_IP, REG_NEXT_IP, REG_TLS_BASE } from '#impl-config';
// biome-ignore format: packed
import {
  ILLEGAL_OPERATION, INVALID_CAPABILITY, LABEL_TCB_BIND_NOTIFICATION, LABEL_TCB_CONFIGURE, LABEL_TCB_COPY_REGISTERS, LABEL_TCB_READ_REGISTERS,
  LABEL_TCB_RESUME, LABEL_TCB_SET_FLAGS, LABEL_TCB_SET_IPC_BUFFER, LABEL_TCB_SET_MC_PRIORITY, LABEL_TCB_SET_PRIORITY, LABEL_TCB_SET_SCHED_PARAMS,
  LABEL_TCB_SET_SPACE, LABEL_TCB_SET_TLS_BASE, LABEL_TCB_SUSPEND, LABEL_TCB_UNBIND_NOTIFICATION, LABEL_TCB_WRITE_REGISTERS, RANGE_ERROR,
  TRUNCATED_MESSAGE, LABEL_TCB_SET_TIMEOUT_ENDPOINT,
} from '../abi.ts';
import { load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  CAP_NOTIFICATION, CAP_THREAD, FLAG_FPU_DISABLED, NTFN_BOUND_TCB, NTFN_STATE, NTFN_WAITING, STATE_IDLE, STATE_RESTART, TCB_BOUND_NOTIFICATION,
  TCB_FLAGS, TCB_MCP, TCB_STATE, CAP_NULL, TCB_SLOT_FAULT_HANDLER,
} from '../memory/layout.ts';
import { TCB_SLOT_TIMEOUT_HANDLER } from '../variant.ts';
import { answerWord, setAnswerLength } from './answer.ts';
import { argCount, argExceeds, argHi, argLo } from './arguments.ts';
import { cancelIpc, suspend, unbindNotification } from './cancel.ts';
import { capAddress, capField, capType } from './caps.ts';
import { beginPerform } from './cnode.ts';
import { fpuRelease, lazyFpuRestore } from './fpu.ts';
// biome-ignore format: packed
import {
  copyRegister, lookupIpcBuffer, registerHi, registerLo, setMessageWord, setRegister, setUserRegister,
} from './message.ts';
import { bindNotification } from './notification.ts';
import { OK, fail, failRange, failWith } from './outcome.ts';
import { checkTime, isHandlerOrNone, runOn } from './sched-context.ts';
import { currentThread, isRunnable, rescheduleRequired, setThreadState } from './scheduler.ts';
import { decodeConfigure, decodeSetIpcBuffer, decodeSetSpace, installHandler } from './tcb-space.ts';
import { extraCapCount, extraCaps } from './transfer.ts';
import { SCHED_PARAMS_HAS_TIME, beginRestart, offerRestarted, setPriority } from './variant.ts';

const REGISTER_TOTAL = FRAME_REGISTERS.length + GP_REGISTERS.length;

function userRegister(n: number): number {
  return n < FRAME_REGISTERS.length ? FRAME_REGISTERS[n]! : GP_REGISTERS[n - FRAME_REGISTERS.length]!;
}

export function decodeTcb(slot: number, label: number, isCall: boolean): number {
  const tcb = capAddress(slot);
  switch (label) {
    case LABEL_TCB_READ_REGISTERS:
      return readRegisters(tcb, isCall);
    case LABEL_TCB_WRITE_REGISTERS:
      return writeRegisters(tcb);
    case LABEL_TCB_COPY_REGISTERS:
      return copyRegisters(tcb);
    case LABEL_TCB_CONFIGURE:
      return decodeConfigure(slot);
    case LABEL_TCB_SET_PRIORITY:
      return decodePriorities(tcb, -1, 0);
    case LABEL_TCB_SET_MC_PRIORITY:
      return decodePriorities(tcb, 0, -1);
    case LABEL_TCB_SET_SCHED_PARAMS:
      return SCHED_PARAMS_HAS_TIME ? decodeTimeAndPriorities(slot) : decodePriorities(tcb, 0, 1);
    case LABEL_TCB_SET_TIMEOUT_ENDPOINT:
      return decodeSetTimeoutHandler(slot);
    case LABEL_TCB_SET_IPC_BUFFER:
      return decodeSetIpcBuffer(slot);
    case LABEL_TCB_SET_SPACE:
      return decodeSetSpace(slot);
    case LABEL_TCB_SUSPEND:
      beginPerform();
      suspend(tcb);
      return OK;
    case LABEL_TCB_RESUME:
      beginPerform();
      restart(tcb);
      return OK;
    case LABEL_TCB_BIND_NOTIFICATION:
      return decodeBind(tcb);
    case LABEL_TCB_UNBIND_NOTIFICATION:
      if (load(tcb + TCB_BOUND_NOTIFICATION) === 0) return fail(ILLEGAL_OPERATION);
      beginPerform();
      unbindNotification(tcb);
      return OK;
    case LABEL_TCB_SET_TLS_BASE:
      if (argCount < 1) return fail(TRUNCATED_MESSAGE);
      beginPerform();
      setRegister(tcb, REG_TLS_BASE, argLo[0]!, argHi[0]!);
      rescheduleIfCurrent(tcb);
      return OK;
    case LABEL_TCB_SET_FLAGS: {
      if (argCount < 2) return fail(TRUNCATED_MESSAGE);
      beginPerform();
      const flags = (load(tcb + TCB_FLAGS) & ~(argLo[0]! & 1)) | (argLo[1]! & 1);
      store(tcb + TCB_FLAGS, flags);
      if ((flags & FLAG_FPU_DISABLED) !== 0) fpuRelease(tcb);
      else if (tcb === currentThread()) lazyFpuRestore(tcb);
      if (isCall) answerWord(flags, 0);
      return OK;
    }
    default:
      return fail(ILLEGAL_OPERATION);
  }
}

function rescheduleIfCurrent(tcb: number): void {
  if (tcb === currentThread()) rescheduleRequired();
}

/** The range of the count is checked before a thread is told that it cannot read itself. */
function readRegisters(tcb: number, isCall: boolean): number {
  if (argCount < 2) return fail(TRUNCATED_MESSAGE);
  const count = argLo[1]!;
  if (argExceeds(1, REGISTER_TOTAL) || count < 1) return failRange(RANGE_ERROR, 1, REGISTER_TOTAL);
  if (tcb === currentThread()) return fail(ILLEGAL_OPERATION);
  beginPerform();
  if ((argLo[0]! & 1) !== 0) suspend(tcb);
  if (!isCall) return OK;
  const caller = currentThread();
  const buffer = lookupIpcBuffer(true, caller);
  for (let n = 0; n < count; n++) {
    const register = userRegister(n);
    setAnswerLength(setMessageWord(caller, buffer, n, registerLo(tcb, register), registerHi(tcb, register)));
  }
  return OK;
}

function writeRegisters(tcb: number): number {
  if (argCount < 2 || argExceeds(1, argCount - 2)) return fail(TRUNCATED_MESSAGE);
  if (tcb === currentThread()) return fail(ILLEGAL_OPERATION);
  const count = Math.min(argLo[1]!, REGISTER_TOTAL);
  beginPerform();
  for (let n = 0; n < count; n++) setUserRegister(tcb, userRegister(n), argLo[n + 2]!, argHi[n + 2]!);
  continueAtRestartPc(tcb);
  if ((argLo[0]! & 1) !== 0) restart(tcb);
  return OK;
}

function continueAtRestartPc(tcb: number): void {
  setRegister(tcb, REG_NEXT_IP, registerLo(tcb, REG_FAULT_IP), registerHi(tcb, REG_FAULT_IP));
}

function copyRegisters(tcb: number): number {
  if (argCount < 1 || extraCapCount < 1) return fail(TRUNCATED_MESSAGE);
  const slot = extraCaps[0]!;
  if (capType(slot) !== CAP_THREAD) return failWith(INVALID_CAPABILITY, 1);
  const source = capAddress(slot);
  const flags = argLo[0]!;
  beginPerform();
  if ((flags & 1) !== 0) suspend(source);
  if ((flags & 2) !== 0) restart(tcb);
  if ((flags & 4) !== 0) {
    for (let n = 0; n < FRAME_REGISTERS.length; n++) copyRegister(source, tcb, FRAME_REGISTERS[n]!);
    continueAtRestartPc(tcb);
  }
  if ((flags & 8) !== 0) {
    for (let n = 0; n < GP_REGISTERS.length; n++) copyRegister(source, tcb, GP_REGISTERS[n]!);
  }
  rescheduleIfCurrent(tcb);
  return OK;
}

/** A stopped thread runs again from the instruction it was stopped in. */
export function restart(tcb: number): void {
  if (isRunnable(tcb) || load(tcb + TCB_STATE) === STATE_IDLE) return;
  cancelIpc(tcb);
  beginRestart(tcb);
  setThreadState(tcb, STATE_RESTART);
  offerRestarted(tcb);
}

/** Message word of the maximum controlled priority and of the priority, -1 for not given. The authority is the first extra capability. */
function decodePriorities(tcb: number, mcpWord: number, priorityWord: number): number {
  if (argCount <= Math.max(mcpWord, priorityWord) || extraCapCount < 1) return fail(TRUNCATED_MESSAGE);
  const status = checkPriorities(mcpWord, priorityWord);
  if (status !== OK) return status;
  beginPerform();
  if (mcpWord >= 0) store(tcb + TCB_MCP, argLo[mcpWord]!);
  if (priorityWord >= 0) setPriority(tcb, argLo[priorityWord]!);
  return OK;
}

function checkPriorities(mcpWord: number, priorityWord: number): number {
  const authority = extraCaps[0]!;
  if (capType(authority) !== CAP_THREAD) return failWith(INVALID_CAPABILITY, 1);
  const limit = load(capAddress(authority) + TCB_MCP);
  if (mcpWord >= 0 && argExceeds(mcpWord, limit)) return failRange(RANGE_ERROR, 0, limit);
  if (priorityWord >= 0 && argExceeds(priorityWord, limit)) return failRange(RANGE_ERROR, 0, limit);
  return OK;
}

/** MCS: maximum controlled priority and priority, and the scheduling context and fault handler that are the other two capabilities. */
function decodeTimeAndPriorities(slot: number): number {
  if (argCount < 2 || extraCapCount < 3) return fail(TRUNCATED_MESSAGE);
  const tcb = capAddress(slot);
  const [mcp, priority, contextSlot, handler] = [argLo[0]!, argLo[1]!, extraCaps[1]!, extraCaps[2]!];
  let status = checkPriorities(0, 1);
  if (status !== OK) return status;
  status = checkTime(tcb, contextSlot, handler);
  if (status !== OK) return status;
  const context = capType(contextSlot) === CAP_NULL ? 0 : capAddress(contextSlot);
  beginPerform();
  status = installHandler(slot, handler, TCB_SLOT_FAULT_HANDLER);
  if (status !== OK) return status;
  store(tcb + TCB_MCP, mcp);
  setPriority(tcb, priority);
  runOn(tcb, context);
  return OK;
}

/** MCS: the only extra capability is the handler, or none. */
function decodeSetTimeoutHandler(slot: number): number {
  if (extraCapCount < 1) return fail(TRUNCATED_MESSAGE);
  const handler = extraCaps[0]!;
  if (!isHandlerOrNone(handler)) return failWith(INVALID_CAPABILITY, 1);
  beginPerform();
  return installHandler(slot, handler, TCB_SLOT_TIMEOUT_HANDLER);
}

function decodeBind(tcb: number): number {
  if (extraCapCount < 1) return fail(TRUNCATED_MESSAGE);
  const slot = extraCaps[0]!;
  if (load(tcb + TCB_BOUND_NOTIFICATION) !== 0) return fail(ILLEGAL_OPERATION);
  if (capType(slot) !== CAP_NOTIFICATION || capField(slot, 17, 1) === 0) return fail(ILLEGAL_OPERATION);
  const notification = capAddress(slot);
  if (load(notification + NTFN_STATE) === NTFN_WAITING || load(notification + NTFN_BOUND_TCB) !== 0)
    return fail(ILLEGAL_OPERATION);
  beginPerform();
  bindNotification(tcb, notification);
  return OK;
}
