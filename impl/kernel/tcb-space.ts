/**
 * Giving a thread its CSpace, VSpace and IPC buffer.
 *
 * @source seL4 src/object/tcb.c `decodeTCBConfigure`, `decodeSetSpace`, `decodeSetIPCBuffer`, `invokeTCB_ThreadControl`
 */
import { ROOT_LEVEL } from '#impl-config';
import { ALIGNMENT_ERROR, ILLEGAL_OPERATION, INVALID_CAPABILITY, TRUNCATED_MESSAGE } from '../abi.ts';
import { store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  CAP_CNODE, CAP_FRAME, CAP_NULL, CAP_PAGING, CAP_THREAD, CAP_ZOMBIE, CTE_BYTES, TCB_FAULT_HANDLER_HI, TCB_FAULT_HANDLER_LO, TCB_IPC_BUFFER_HI,
  TCB_IPC_BUFFER_LO, TCB_SLOT_BUFFER, TCB_SLOT_CTABLE, TCB_SLOT_VTABLE, TCB_SLOT_FAULT_HANDLER,
} from '../memory/layout.ts';
import { CONFIGURE_HANDLER_WORDS, SET_SPACE_CAPS, SET_SPACE_HANDLER_CAPS } from '../variant.ts';
import { argCount, argHi, argLo } from './arguments.ts';
// biome-ignore format: packed
import {
  C, CAP_A, CAP_B, CAP_C, CAP_D, capAddress, capType, fieldAt, loadCap, makeCap, sameObjectAs, typeAt, updateCapData,
} from './caps.ts';
import { beginPerform } from './cnode.ts';
import { cteDelete } from './delete.ts';
import { cteInsert, deriveCap, isFinalCapability } from './mdb.ts';
import { BUFFER_BYTES } from './message.ts';
import { OK, fail, failWith } from './outcome.ts';
import { currentThread, rescheduleRequired } from './scheduler.ts';
import { extraCapCount, extraCaps } from './transfer.ts';
import { isFaultHandler } from './variant.ts';

/** Derived capabilities waiting to be installed, four words each: CSpace root, VSpace root, buffer frame, fault handler. */
const derived = new Uint32Array(16);
const CSPACE = 0;
const VSPACE = 4;
const BUFFER = 8;
const HANDLER = 12;

function keep(place: number): void {
  for (let n = 0; n < 4; n++) derived[place + n] = C[CAP_A + n]!;
}

export function decodeConfigure(slot: number): number {
  const spaces = CONFIGURE_HANDLER_WORDS;
  if (argCount < spaces + 3 || extraCapCount < 3) return fail(TRUNCATED_MESSAGE);
  const [addressLo, addressHi] = [argLo[spaces + 2]!, argHi[spaces + 2]!];
  const [cspace, vspace, frame] = [extraCaps[0]!, extraCaps[1]!, extraCaps[2]!];
  let status = decodeBuffer(addressLo, addressHi, frame);
  if (status !== OK) return status;
  status = decodeRoots(slot, cspace, vspace, spaces);
  if (status !== OK) return status;
  beginPerform();
  if (spaces > 0) setFaultHandler(slot);
  status = installRoots(slot, cspace, vspace);
  return status === OK ? installBuffer(slot, frame, addressLo, addressHi) : status;
}

export function decodeSetSpace(slot: number): number {
  if (argCount < CONFIGURE_HANDLER_WORDS + 2 || extraCapCount < SET_SPACE_CAPS) return fail(TRUNCATED_MESSAGE);
  const handler = extraCaps[0]!;
  const cspace = extraCaps[SET_SPACE_HANDLER_CAPS]!;
  const vspace = extraCaps[SET_SPACE_HANDLER_CAPS + 1]!;
  let status = decodeRoots(slot, cspace, vspace, CONFIGURE_HANDLER_WORDS);
  if (status !== OK) return status;
  const hasHandlerCap = SET_SPACE_HANDLER_CAPS > 0;
  if (hasHandlerCap && capType(handler) !== CAP_NULL && !isFaultHandler(handler))
    return failWith(INVALID_CAPABILITY, 1);
  beginPerform();
  if (hasHandlerCap) {
    status = installHandler(slot, handler, TCB_SLOT_FAULT_HANDLER);
    if (status !== OK) return status;
  } else {
    setFaultHandler(slot);
  }
  return installRoots(slot, cspace, vspace);
}

export function decodeSetIpcBuffer(slot: number): number {
  if (argCount < 1 || extraCapCount < 1) return fail(TRUNCATED_MESSAGE);
  const [addressLo, addressHi] = [argLo[0]!, argHi[0]!];
  const frame = extraCaps[0]!;
  const status = decodeBuffer(addressLo, addressHi, frame);
  if (status !== OK) return status;
  beginPerform();
  return installBuffer(slot, frame, addressLo, addressHi);
}

/** Address 0 means no buffer, and the frame is not even looked at. */
function decodeBuffer(addressLo: number, addressHi: number, frame: number): number {
  if (addressLo === 0 && addressHi === 0) return OK;
  loadCap(CAP_A, frame);
  const status = deriveCap(CAP_A, frame);
  if (status !== OK) return status;
  if (typeAt(CAP_A) !== CAP_FRAME || fieldAt(CAP_A, 18, 1) === 1) return fail(ILLEGAL_OPERATION);
  if ((addressLo & (BUFFER_BYTES - 1)) !== 0) return fail(ALIGNMENT_ERROR);
  keep(BUFFER);
  return OK;
}

/** @param word the message word with the data for the CSpace root; that for the VSpace root follows */
function decodeRoots(slot: number, cspace: number, vspace: number, word: number): number {
  const tcb = capAddress(slot);
  if (isLongDeletion(tcb + TCB_SLOT_CTABLE * CTE_BYTES)) return fail(ILLEGAL_OPERATION);
  if (isLongDeletion(tcb + TCB_SLOT_VTABLE * CTE_BYTES)) return fail(ILLEGAL_OPERATION);
  let status = deriveRoot(cspace, word);
  if (status !== OK) return status;
  if (typeAt(CAP_A) !== CAP_CNODE) return fail(ILLEGAL_OPERATION);
  keep(CSPACE);
  status = deriveRoot(vspace, word + 1);
  if (status !== OK) return status;
  const isRoot = typeAt(CAP_A) === CAP_PAGING && fieldAt(CAP_A, 16, 3) === ROOT_LEVEL && fieldAt(CAP_A, 18, 1) === 1;
  if (!isRoot) return fail(ILLEGAL_OPERATION);
  keep(VSPACE);
  return OK;
}

function deriveRoot(slot: number, word: number): number {
  loadCap(CAP_A, slot);
  if (argLo[word] !== 0 || argHi[word] !== 0) updateCapData(CAP_A, false, argLo[word]!, argHi[word]!);
  return deriveCap(CAP_A, slot);
}

function isLongDeletion(slot: number): boolean {
  const type = capType(slot);
  if (type === CAP_NULL || !isFinalCapability(slot)) return false;
  return type === CAP_CNODE || type === CAP_THREAD || type === CAP_ZOMBIE;
}

function setFaultHandler(slot: number): void {
  const tcb = capAddress(slot);
  store(tcb + TCB_FAULT_HANDLER_LO, argLo[0]!);
  store(tcb + TCB_FAULT_HANDLER_HI, argHi[0]!);
}

function installRoots(slot: number, cspace: number, vspace: number): number {
  const tcb = capAddress(slot);
  let status = cteDelete(tcb + TCB_SLOT_CTABLE * CTE_BYTES);
  if (status !== OK) return status;
  install(CSPACE, cspace, slot, tcb, TCB_SLOT_CTABLE);
  status = cteDelete(tcb + TCB_SLOT_VTABLE * CTE_BYTES);
  if (status !== OK) return status;
  install(VSPACE, vspace, slot, tcb, TCB_SLOT_VTABLE);
  return OK;
}

function installBuffer(slot: number, frame: number, addressLo: number, addressHi: number): number {
  const tcb = capAddress(slot);
  const status = cteDelete(tcb + TCB_SLOT_BUFFER * CTE_BYTES);
  if (status !== OK) return status;
  store(tcb + TCB_IPC_BUFFER_LO, addressLo);
  store(tcb + TCB_IPC_BUFFER_HI, addressHi);
  if (addressLo !== 0 || addressHi !== 0) install(BUFFER, frame, slot, tcb, TCB_SLOT_BUFFER);
  if (tcb === currentThread()) rescheduleRequired();
  return OK;
}

/** MCS: puts the capability in `handler`, an endpoint's or none, where the thread's faults or timeouts look for it. */
export function installHandler(slot: number, handler: number, index: number): number {
  const tcb = capAddress(slot);
  loadCap(CAP_A, handler);
  keep(HANDLER);
  const status = cteDelete(tcb + index * CTE_BYTES);
  if (status === OK) install(HANDLER, handler, slot, tcb, index);
  return status;
}

/** The deletion just done may have taken the source, or the thread's own capability: then nothing is installed. */
function install(place: number, source: number, slot: number, tcb: number, index: number): void {
  for (let n = 0; n < 4; n++) C[CAP_A + n] = derived[place + n]!;
  loadCap(CAP_B, source);
  if (!sameObjectAs(CAP_A, CAP_B)) return;
  makeCap(CAP_C, CAP_THREAD, tcb, 0, 0, 0);
  loadCap(CAP_D, slot);
  if (!sameObjectAs(CAP_C, CAP_D)) return;
  cteInsert(CAP_A, source, tcb + index * CTE_BYTES);
}
