/**
 * System calls, the slow path: all of them end here when nothing faster applies.
 *
 * @source seL4 src/api/syscall.c `handleInvocation`, `handleRecv`, `handleReply`, `handleYield`; src/object/objecttype.c `decodeInvocation`
 */
import { REG_CAP, REG_MSG_INFO, REG_REPLY, REG_SEND_DEST } from '#impl-config';
// biome-ignore format: packed
import {
  FAILED_LOOKUP, FAILURE_MISSING_CAPABILITY, ILLEGAL_OPERATION, INVALID_ARGUMENT, INVALID_CAPABILITY, NOT_ENOUGH_MEMORY,
  RANGE_ERROR, SYSCALL_CALL, SYSCALL_NB_RECV, SYSCALL_NB_SEND, SYSCALL_NB_SEND_RECV, SYSCALL_NB_SEND_WAIT, SYSCALL_NB_WAIT, SYSCALL_RECV,
  SYSCALL_REPLY, SYSCALL_REPLY_RECV, SYSCALL_SEND, SYSCALL_WAIT, SYSCALL_YIELD,
} from '../abi.ts';
import { implAssert, load } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  CAP_ASID_CONTROL, CAP_ASID_POOL, CAP_CNODE, CAP_DOMAIN, CAP_ENDPOINT, CAP_FRAME, CAP_IO_PORT, CAP_IO_PORT_CONTROL, CAP_IRQ_CONTROL, CAP_IRQ_HANDLER, CAP_NOTIFICATION,
  CAP_NULL, CAP_PAGING, CAP_REPLY, CAP_REPLY_OBJECT, CAP_SCHED_CONTEXT, CAP_SCHED_CONTROL, CAP_THREAD, CAP_UNTYPED, CAP_ZOMBIE,
  CTE_BYTES, CTE_WORD_HI, CTE_WORD_LO, NTFN_BOUND_TCB, REPLY_TCB, STATE_RESTART, STATE_RUNNING, TCB_SLOT_CALLER, TCB_STATE,
} from '../memory/layout.ts';
import { TIME_IS_BUDGETED } from '../variant.ts';
import { answerLength, noAnswer } from './answer.ts';
import { readArguments } from './arguments.ts';
import { yieldBudget } from './budget.ts';
import { cancelIpc } from './cancel.ts';
import { capAddress, capField, capType } from './caps.ts';
import { beginPerform, decodeCNode } from './cnode.ts';
import { foundSlot, lookupSlot } from './cspace.ts';
import { decodeDomain } from './domain.ts';
import { invokeEndpoint, receiveIpc } from './endpoint.ts';
import { setLastLookupFailure } from './fault-message.ts';
import { handleCapFault } from './fault.ts';
import { decodeIoPort, decodeIoPortControl } from './io-port.ts';
import { decodeIrqControl, decodeIrqHandler } from './irq.ts';
import { lookupIpcBuffer, messageLength, registerHi, registerLo, setInfo, setMessageWord } from './message.ts';
import { receiveSignal, sendSignal } from './notification.ts';
// biome-ignore format: packed
import {
  ERROR, OK, PREEMPTED, errorCode, errorIsSource, errorMax, errorMaxHi, errorMin, errorWord, fail, failWith, setFailure,
} from './outcome.ts';
import { doReplyTransfer, answerThrough } from './reply.ts';
import { decodeSchedContext, decodeSchedControl } from './sched-context.ts';
import { currentThread, setThreadState, yieldToQueue } from './scheduler.ts';
import { decodeTcb } from './tcb.ts';
import { failedCPtrHi, failedCPtrLo, lookupExtraCaps } from './transfer.ts';
import { decodeUntyped } from './untyped.ts';
import { RECEIVE_NAMES_REPLY, REPLY_RECV_INVOKES, forgetCaller } from './variant.ts';
import { decodeAsidControl, decodeAsidPool, decodeFrame, decodePageTable } from './vspace-decode.ts';

/** OK or PREEMPTED. */
export function handleSyscall(number: number): number {
  switch (number) {
    case SYSCALL_SEND:
      return handleInvocation(REG_CAP, false, true, false);
    case SYSCALL_NB_SEND:
      return handleInvocation(REG_CAP, false, false, false);
    case SYSCALL_CALL:
      return handleInvocation(REG_CAP, true, true, false);
    case SYSCALL_RECV:
      handleRecv(true, true);
      return OK;
    case SYSCALL_NB_RECV:
      handleRecv(false, true);
      return OK;
    case SYSCALL_REPLY:
      handleReply();
      return OK;
    case SYSCALL_REPLY_RECV:
      if (REPLY_RECV_INVOKES) return sendThenReceive(REG_REPLY, true);
      handleReply();
      handleRecv(true, true);
      return OK;
    case SYSCALL_WAIT:
      handleRecv(true, false);
      return OK;
    case SYSCALL_NB_WAIT:
      handleRecv(false, false);
      return OK;
    case SYSCALL_YIELD:
      if (TIME_IS_BUDGETED) yieldBudget();
      else yieldToQueue();
      return OK;
    case SYSCALL_NB_SEND_RECV:
      return sendThenReceive(REG_SEND_DEST, true);
    case SYSCALL_NB_SEND_WAIT:
      return sendThenReceive(REG_REPLY, false);
    default:
      implAssert(false, 'a system call has a known number');
  }
}

/**
 * @param register holds the capability pointer
 * @param isFirstPhase MCS: the first half of a system call that goes on to receive
 */
function handleInvocation(register: number, isCall: boolean, blocking: boolean, isFirstPhase: boolean): number {
  const thread = currentThread();
  const cptrLo = registerLo(thread, register);
  const cptrHi = registerHi(thread, register);
  if (!lookupSlot(thread, cptrLo, cptrHi)) {
    if (blocking) handleCapFault(thread, cptrLo, cptrHi, 0);
    return OK;
  }
  const slot = foundSlot;
  const info = registerLo(thread, REG_MSG_INFO);
  const buffer = lookupIpcBuffer(false, thread);
  if (!lookupExtraCaps(thread, buffer, info)) {
    if (blocking) handleCapFault(thread, failedCPtrLo, failedCPtrHi, 0);
    return OK;
  }
  if (isFirstPhase && isRefusedFirst(capType(slot))) return OK;
  noAnswer();
  const status = decodeInvocation(thread, slot, buffer, info, isCall, blocking, isCall || isFirstPhase);
  if (status === PREEMPTED) return PREEMPTED;
  if (status === ERROR) {
    if (isCall) answerError(thread);
    return OK;
  }
  if (load(thread + TCB_STATE) === STATE_RESTART) {
    // Message info last: it says how many words the invocation left.
    if (isCall) setInfo(thread, 0, 0, answerLength, 0);
    setThreadState(thread, STATE_RUNNING);
  }
  return OK;
}

/** MCS: what is sent first is dropped if nobody waits for it, and so are its errors; then the thread receives. */
function sendThenReceive(register: number, offersReply: boolean): number {
  const status = handleInvocation(register, false, false, true);
  if (status === OK) handleRecv(true, offersReply);
  return status;
}

/** What could delete or change the caller is not invoked in the first half of a system call. */
function isRefusedFirst(type: number): boolean {
  switch (type) {
    case CAP_CNODE:
    case CAP_THREAD:
    case CAP_DOMAIN:
    case CAP_SCHED_CONTEXT:
    case CAP_SCHED_CONTROL:
      return true;
    default:
      return false;
  }
}

/** Decodes and performs, by the type of the capability in `slot`. */
function decodeInvocation(
  thread: number,
  slot: number,
  buffer: number,
  info: number,
  isCall: boolean,
  blocking: boolean,
  canDonate: boolean,
): number {
  const type = capType(slot);
  switch (type) {
    case CAP_ENDPOINT:
      if (capField(slot, 16, 1) === 0) return failWith(INVALID_CAPABILITY, 0);
      beginPerform();
      invokeEndpoint(slot, blocking, isCall, canDonate, thread);
      return OK;
    case CAP_NOTIFICATION:
      if (capField(slot, 16, 1) === 0) return failWith(INVALID_CAPABILITY, 0);
      beginPerform();
      sendSignal(capAddress(slot), load(slot + CTE_WORD_LO), load(slot + CTE_WORD_HI));
      return OK;
    case CAP_REPLY:
      if (capField(slot, 16, 1) === 1) return failWith(INVALID_CAPABILITY, 0);
      beginPerform();
      doReplyTransfer(thread, capAddress(slot), slot, capField(slot, 17, 1) === 1);
      return OK;
    case CAP_REPLY_OBJECT:
      beginPerform();
      answerThrough(thread, capAddress(slot), capField(slot, 17, 1) === 1);
      return OK;
    case CAP_NULL:
    case CAP_ZOMBIE:
      return failWith(INVALID_CAPABILITY, 0);
    default:
  }
  // Labels of more than 20 bits name nothing: any such number will do.
  const label = registerHi(thread, REG_MSG_INFO) === 0 ? info >>> 12 : 0;
  readArguments(thread, buffer, messageLength(info));
  switch (type) {
    case CAP_THREAD:
      return decodeTcb(slot, label, isCall);
    case CAP_CNODE:
      return decodeCNode(slot, label);
    case CAP_UNTYPED:
      return decodeUntyped(slot, label);
    case CAP_SCHED_CONTROL:
      return decodeSchedControl(label);
    case CAP_SCHED_CONTEXT:
      return decodeSchedContext(slot, label, isCall);
    case CAP_FRAME:
      return decodeFrame(slot, label, isCall);
    case CAP_PAGING:
      return decodePageTable(slot, label);
    case CAP_IO_PORT_CONTROL:
      return decodeIoPortControl(slot, label);
    case CAP_IO_PORT:
      return decodeIoPort(slot, label, isCall);
    case CAP_ASID_CONTROL:
      return decodeAsidControl(label);
    case CAP_ASID_POOL:
      return decodeAsidPool(slot, label);
    case CAP_IRQ_CONTROL:
      return decodeIrqControl(slot, label);
    case CAP_IRQ_HANDLER:
      return decodeIrqHandler(slot, label);
    case CAP_DOMAIN:
      return decodeDomain(label);
    default:
      return fail(ILLEGAL_OPERATION);
  }
}

function answerError(thread: number): void {
  const buffer = lookupIpcBuffer(true, thread);
  let length = 0;
  switch (errorCode) {
    case INVALID_ARGUMENT:
    case INVALID_CAPABILITY:
      length = setMessageWord(thread, buffer, 0, errorWord, 0);
      break;
    case NOT_ENOUGH_MEMORY:
      length = setMessageWord(thread, buffer, 0, errorWord >>> 0, Math.floor(errorWord / 2 ** 32));
      break;
    case RANGE_ERROR:
      setMessageWord(thread, buffer, 0, errorMin, 0);
      length = setMessageWord(thread, buffer, 1, errorMax, errorMaxHi);
      break;
    case FAILED_LOOKUP:
      setMessageWord(thread, buffer, 0, errorIsSource, 0);
      length = setLastLookupFailure(thread, buffer, 1);
      break;
    default:
  }
  setInfo(thread, 0, 0, (errorCode << 12) | length, 0);
}

function handleReply(): void {
  const thread = currentThread();
  const caller = thread + TCB_SLOT_CALLER * CTE_BYTES;
  if (capType(caller) === CAP_NULL) return;
  implAssert(
    capType(caller) === CAP_REPLY && capField(caller, 16, 1) === 0,
    'the caller slot holds a reply capability or nothing',
  );
  doReplyTransfer(thread, capAddress(caller), caller, capField(caller, 17, 1) === 1);
}

/** @param offersReply MCS: whether a register names a reply object, for an endpoint */
function handleRecv(blocking: boolean, offersReply: boolean): void {
  const thread = currentThread();
  const cptrLo = registerLo(thread, REG_CAP);
  const cptrHi = registerHi(thread, REG_CAP);
  if (!lookupSlot(thread, cptrLo, cptrHi)) {
    handleCapFault(thread, cptrLo, cptrHi, 1);
    return;
  }
  const slot = foundSlot;
  const type = capType(slot);
  if (type === CAP_ENDPOINT && capField(slot, 17, 1) === 1) {
    forgetCaller(thread);
    const reply = RECEIVE_NAMES_REPLY && offersReply ? findReply(thread) : 0;
    if (reply >= 0) receiveIpc(thread, slot, blocking, reply);
    return;
  }
  if (type === CAP_NOTIFICATION && capField(slot, 17, 1) === 1) {
    const bound = load(capAddress(slot) + NTFN_BOUND_TCB);
    if (bound === 0 || bound === thread) {
      receiveSignal(thread, capAddress(slot), blocking);
      return;
    }
  }
  setFailure(FAILURE_MISSING_CAPABILITY, 0, 0);
  handleCapFault(thread, cptrLo, cptrHi, 1);
}

/** The reply object that the thread names, taken away from whoever else uses it; -1 when there is none, and the thread has a fault then. */
function findReply(thread: number): number {
  const cptrLo = registerLo(thread, REG_REPLY);
  const cptrHi = registerHi(thread, REG_REPLY);
  const found = lookupSlot(thread, cptrLo, cptrHi);
  if (!found || capType(foundSlot) !== CAP_REPLY_OBJECT) {
    if (found) setFailure(FAILURE_MISSING_CAPABILITY, 0, 0);
    handleCapFault(thread, cptrLo, cptrHi, 1);
    return -1;
  }
  const reply = capAddress(foundSlot);
  const user = load(reply + REPLY_TCB);
  if (user !== 0) cancelIpc(user);
  return reply;
}
