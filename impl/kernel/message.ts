/**
 * Registers, message registers and IPC buffers.
 *
 * @source seL4 src/object/tcb.c `setMR`, `copyMRs`; src/kernel/thread.c `lookupIPCBuffer`
 */
// biome-ignore format: packed
import {
  CANONICAL_REGISTERS, FLAGS_ALLOWED, FLAGS_ALWAYS, FLAGS_INITIAL, HAS_FLAGS, IPC_BUFFER_BITS, MSG_MAX_EXTRA_CAPS, MSG_MAX_LENGTH, REG_CAP, REG_FLAGS, REG_MR,
  REG_MSG_INFO,
} from '#impl-config';
import { CANONICAL_GAP_END_HI, CANONICAL_GAP_START_HI } from '../abi.ts';
import { W, index, load, store } from '../memory/heap.ts';
import { CAP_FRAME, CTE_BYTES, TCB_CONTEXT, TCB_IPC_BUFFER_LO, TCB_SLOT_BUFFER } from '../memory/layout.ts';
import { capAddress, capField, capType, frameBits } from './caps.ts';

export const MESSAGE_REGISTERS = 4;
const MR0 = REG_MR[0]!;
const MR1 = REG_MR[1]!;
const MR2 = REG_MR[2]!;
const MR3 = REG_MR[3]!;
/** Byte offsets in the buffer. */
export const BUFFER_CAPS = (MSG_MAX_LENGTH + 2) * 8;
export const BUFFER_RECEIVE = (MSG_MAX_LENGTH + 2 + MSG_MAX_EXTRA_CAPS) * 8;
export const BUFFER_BYTES = 2 ** IPC_BUFFER_BITS;

/** Address of a register in a thread's context. */
export function registerAddress(tcb: number, register: number): number {
  return tcb + TCB_CONTEXT + register * 8;
}

export function registerLo(tcb: number, register: number): number {
  return load(tcb + TCB_CONTEXT + register * 8);
}

export function registerHi(tcb: number, register: number): number {
  return load(tcb + TCB_CONTEXT + register * 8 + 4);
}

export function setRegister(tcb: number, register: number, lo: number, hi: number): void {
  store(tcb + TCB_CONTEXT + register * 8, lo);
  store(tcb + TCB_CONTEXT + register * 8 + 4, hi);
}

/** The registers of a thread that has not run, whose memory is zero. */
export function initRegisters(tcb: number): void {
  if (HAS_FLAGS) setRegister(tcb, REG_FLAGS, FLAGS_INITIAL, 0);
}

/** A value from a user: some flags are not the user's, and an address that the processor could not load becomes 0. */
export function setUserRegister(tcb: number, register: number, lo: number, hi: number): void {
  const isAddress = ((CANONICAL_REGISTERS >>> register) & 1) === 1;
  if (register === REG_FLAGS) setRegister(tcb, register, (lo | FLAGS_ALWAYS) & FLAGS_ALLOWED, 0);
  else if (isAddress && hi >= CANONICAL_GAP_START_HI && hi < CANONICAL_GAP_END_HI) setRegister(tcb, register, 0, 0);
  else setRegister(tcb, register, lo, hi);
}

export function copyRegister(from: number, to: number, register: number): void {
  setRegister(to, register, registerLo(from, register), registerHi(from, register));
}

function messageRegister(n: number): number {
  switch (n) {
    case 0:
      return MR0;
    case 1:
      return MR1;
    case 2:
      return MR2;
    default:
      return MR3;
  }
}

/** Physical address of the thread's buffer, 0 when it has none that may be read (by a sender) or written (by a receiver). */
export function lookupIpcBuffer(isReceiver: boolean, tcb: number): number {
  const slot = tcb + TCB_SLOT_BUFFER * CTE_BYTES;
  if (capType(slot) !== CAP_FRAME || capField(slot, 18, 1) === 1) return 0;
  const rights = capField(slot, 19, 3);
  if (rights !== 3 && (isReceiver || rights !== 2)) return 0;
  const mask = (1 << frameBits(capField(slot, 16, 3))) - 1;
  return capAddress(slot) + (load(tcb + TCB_IPC_BUFFER_LO) & mask);
}

/** Length field of a thread's message info, clamped. */
export function messageLength(info: number): number {
  const length = info & 0x7f;
  return length > MSG_MAX_LENGTH ? MSG_MAX_LENGTH : length;
}

/** Address of message word `n`; 0 when there is no buffer for it. */
export function messageWord(tcb: number, buffer: number, n: number): number {
  if (n < MESSAGE_REGISTERS) return registerAddress(tcb, messageRegister(n));
  return buffer === 0 ? 0 : buffer + (n + 1) * 8;
}

/** Writes message word `n` if there is a place for it; returns how long the message is now. */
export function setMessageWord(tcb: number, buffer: number, n: number, lo: number, hi: number): number {
  const at = messageWord(tcb, buffer, n);
  if (at === 0) return MESSAGE_REGISTERS;
  store(at, lo);
  store(at + 4, hi);
  return n + 1;
}

/** Copies as many of `length` words as are in registers. */
export function copyMessageRegisters(from: number, to: number, length: number): void {
  if (length > 0) copyRegister(from, to, MR0);
  if (length > 1) copyRegister(from, to, MR1);
  if (length > 2) copyRegister(from, to, MR2);
  if (length > 3) copyRegister(from, to, MR3);
}

/** Copies `length` words from thread to thread, as many as have places on both sides; returns how many those were. */
export function copyMessage(from: number, fromBuffer: number, to: number, toBuffer: number, length: number): number {
  copyMessageRegisters(from, to, length);
  if (length <= MESSAGE_REGISTERS) return length;
  if (fromBuffer === 0 || toBuffer === 0) return MESSAGE_REGISTERS;
  const source = index(fromBuffer);
  const target = index(toBuffer);
  for (let word = (MESSAGE_REGISTERS + 1) * 2; word < (length + 1) * 2; word++) W[target + word] = W[source + word]!;
  return length;
}

/** Badge and message info in the receiver's registers; the label as 52 bits in two halves of the info word. */
export function setInfo(tcb: number, badgeLo: number, badgeHi: number, infoLo: number, infoHi: number): void {
  setRegister(tcb, REG_CAP, badgeLo, badgeHi);
  setRegister(tcb, REG_MSG_INFO, infoLo, infoHi);
}

export function setBadge(tcb: number, lo: number, hi: number): void {
  setRegister(tcb, REG_CAP, lo, hi);
}
