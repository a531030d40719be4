/**
 * Faults are messages to the handler's endpoint.
 *
 * @source seL4 src/kernel/faulthandler.c `handleFault`, `sendFaultIPC`
 */
import { FAULT_CAP } from '../abi.ts';
import { load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  BLOCKING_CAN_GRANT, CTE_WORD_HI, CTE_WORD_LO, STATE_INACTIVE, TCB_FAULT, TCB_FAULT_AUX, TCB_FAULT_BITS_FOUND, TCB_FAULT_BITS_LEFT,
  TCB_FAULT_GUARD_HI, TCB_FAULT_GUARD_LO, TCB_FAULT_LOOKUP, TCB_FAULT_WORD_HI, TCB_FAULT_WORD_LO, BLOCKING_CAN_DONATE,
  BLOCKING_CAN_GRANT_REPLY, CTE_BYTES, SCHED_CONTEXT_BADGE_LO, TCB_SCHED_CONTEXT,
} from '../memory/layout.ts';
import { capAddress, capField } from './caps.ts';
import { sendIpc } from './endpoint.ts';
import { failureBitsFound, failureBitsLeft, failureGuardHi, failureGuardLo, failureType } from './outcome.ts';
import { setThreadState } from './scheduler.ts';
import { FAULT_TIMEOUT, TCB_SLOT_TIMEOUT_HANDLER } from '../variant.ts';
import { faultFlags, isFaultHandler, lookupFaultHandler } from './variant.ts';

/** The endpoint capability that handles the thread's faults; 0, and the thread stopped for good, when there is none. */
function faultHandlerOf(tcb: number): number {
  const handler = lookupFaultHandler(tcb);
  if (handler === 0) setThreadState(tcb, STATE_INACTIVE);
  return handler;
}

/** Fault words other than those of a cap fault: number, two halves, and what else it carries. */
export function handleFault(tcb: number, type: number, lo: number, hi: number, aux: number, fsr: number): void {
  const handler = faultHandlerOf(tcb);
  if (handler === 0) return;
  store(tcb + TCB_FAULT, type);
  store(tcb + TCB_FAULT_AUX, aux);
  store(tcb + TCB_FAULT_WORD_LO, lo);
  store(tcb + TCB_FAULT_WORD_HI, hi);
  store(tcb + TCB_FAULT_LOOKUP, fsr);
  callHandler(tcb, handler);
}

/** The lookup failure is the last one that was met. */
export function handleCapFault(tcb: number, lo: number, hi: number, inReceivePhase: number): void {
  const type = failureType;
  const bitsLeft = failureBitsLeft;
  const bitsFound = failureBitsFound;
  const guardLo = failureGuardLo;
  const guardHi = failureGuardHi;
  const handler = faultHandlerOf(tcb);
  if (handler === 0) return;
  store(tcb + TCB_FAULT, FAULT_CAP);
  store(tcb + TCB_FAULT_AUX, inReceivePhase);
  store(tcb + TCB_FAULT_WORD_LO, lo);
  store(tcb + TCB_FAULT_WORD_HI, hi);
  store(tcb + TCB_FAULT_LOOKUP, type);
  store(tcb + TCB_FAULT_BITS_LEFT, bitsLeft);
  store(tcb + TCB_FAULT_BITS_FOUND, bitsFound);
  store(tcb + TCB_FAULT_GUARD_LO, guardLo);
  store(tcb + TCB_FAULT_GUARD_HI, guardHi);
  callHandler(tcb, handler);
}

/** MCS: the entry with the endpoint capability that the running out of the thread's budget is told to; 0 if there is none. */
export function timeoutHandler(tcb: number): number {
  const slot = tcb + TCB_SLOT_TIMEOUT_HANDLER * CTE_BYTES;
  return isFaultHandler(slot) ? slot : 0;
}

/** MCS: tells it, which is there. The thread has no time to lend it. */
export function handleTimeout(tcb: number): void {
  const handler = timeoutHandler(tcb);
  const badge = load(tcb + TCB_SCHED_CONTEXT) + SCHED_CONTEXT_BADGE_LO;
  store(tcb + TCB_FAULT, FAULT_TIMEOUT);
  store(tcb + TCB_FAULT_WORD_LO, load(badge));
  store(tcb + TCB_FAULT_WORD_HI, load(badge + 4));
  const rights = capField(handler, 16, 15);
  const flags = ((rights & 4) !== 0 ? BLOCKING_CAN_GRANT : 0) | ((rights & 8) !== 0 ? BLOCKING_CAN_GRANT_REPLY : 0);
  sendIpc(true, flags, load(handler + CTE_WORD_LO), load(handler + CTE_WORD_HI), tcb, capAddress(handler));
}

function callHandler(tcb: number, handler: number): void {
  const canGrant = (capField(handler, 16, 15) & 4) !== 0 ? BLOCKING_CAN_GRANT : 0;
  const flags = canGrant | faultFlags(handler) | BLOCKING_CAN_DONATE;
  sendIpc(true, flags, load(handler + CTE_WORD_LO), load(handler + CTE_WORD_HI), tcb, capAddress(handler));
}
