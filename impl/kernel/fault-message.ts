/**
 * Faults as messages.
 *
 * @source seL4 src/api/faults.c `setMRs_fault`, `handleFaultReply`
 */
import {
  REG_FAULT_IP,
  REG_MSG_INFO,
  TIMEOUT_REGISTERS,
  UNKNOWN_SYSCALL_REGISTERS,
  USER_EXCEPTION_REGISTERS,
} from '#impl-config';
// biome-ignore format: packed
import {
  FAILURE_DEPTH_MISMATCH, FAILURE_GUARD_MISMATCH, FAILURE_INVALID_ROOT, FAULT_CAP, FAULT_UNKNOWN_SYSCALL, FAULT_USER_EXCEPTION,
} from '../abi.ts';
import { FAULT_TIMEOUT } from '../variant.ts';
import { load } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  TCB_FAULT, TCB_FAULT_AUX, TCB_FAULT_BITS_FOUND, TCB_FAULT_BITS_LEFT, TCB_FAULT_GUARD_HI, TCB_FAULT_GUARD_LO, TCB_FAULT_LOOKUP, TCB_FAULT_WORD_HI,
  TCB_FAULT_WORD_LO, TCB_SCHED_CONTEXT,
} from '../memory/layout.ts';
// biome-ignore format: packed
import {
  lookupIpcBuffer, messageLength, messageWord, registerHi, registerLo, setMessageWord, setUserRegister,
} from './message.ts';
import { takeConsumed } from './sched-context-binding.ts';
import { hi, lo } from './ticks.ts';
import { failureBitsFound, failureBitsLeft, failureGuardHi, failureGuardLo, failureType } from './outcome.ts';

/** Writes a failed lookup from message word `n` on; returns the length. */
function setLookupFailure(
  to: number,
  buffer: number,
  n: number,
  type: number,
  bitsLeft: number,
  bitsFound: number,
  guardLo: number,
  guardHi: number,
): number {
  let length = setMessageWord(to, buffer, n, type, 0);
  if (type === FAILURE_INVALID_ROOT) return length;
  length = setMessageWord(to, buffer, n + 1, bitsLeft, 0);
  if (type === FAILURE_DEPTH_MISMATCH) return setMessageWord(to, buffer, n + 2, bitsFound, 0);
  if (type !== FAILURE_GUARD_MISMATCH) return length;
  setMessageWord(to, buffer, n + 2, guardLo, guardHi);
  return setMessageWord(to, buffer, n + 3, bitsFound, 0);
}

/** The failure that the last lookup met, from message word `n` on. */
export function setLastLookupFailure(to: number, buffer: number, n: number): number {
  return setLookupFailure(
    to,
    buffer,
    n,
    failureType,
    failureBitsLeft,
    failureBitsFound,
    failureGuardLo,
    failureGuardHi,
  );
}

/** Writes the fault of `from` into the message of `to`; returns the length. */
export function setFaultMessage(from: number, to: number, buffer: number): number {
  const wordLo = load(from + TCB_FAULT_WORD_LO);
  const wordHi = load(from + TCB_FAULT_WORD_HI);
  const aux = load(from + TCB_FAULT_AUX);
  switch (load(from + TCB_FAULT)) {
    case FAULT_CAP:
      setMessageWord(to, buffer, 0, registerLo(from, REG_FAULT_IP), registerHi(from, REG_FAULT_IP));
      setMessageWord(to, buffer, 1, wordLo, wordHi);
      setMessageWord(to, buffer, 2, aux, 0);
      return setLookupFailure(
        to,
        buffer,
        3,
        load(from + TCB_FAULT_LOOKUP),
        load(from + TCB_FAULT_BITS_LEFT),
        load(from + TCB_FAULT_BITS_FOUND),
        load(from + TCB_FAULT_GUARD_LO),
        load(from + TCB_FAULT_GUARD_HI),
      );
    case FAULT_UNKNOWN_SYSCALL: {
      const n = setRegisters(from, to, buffer, UNKNOWN_SYSCALL_REGISTERS);
      return setMessageWord(to, buffer, n, wordLo, wordHi);
    }
    case FAULT_USER_EXCEPTION: {
      const n = setRegisters(from, to, buffer, USER_EXCEPTION_REGISTERS);
      setMessageWord(to, buffer, n, wordLo, wordHi);
      return setMessageWord(to, buffer, n + 1, aux, 0);
    }
    case FAULT_TIMEOUT: {
      const length = setMessageWord(to, buffer, 0, wordLo, wordHi);
      const context = load(from + TCB_SCHED_CONTEXT);
      if (context === 0) return length;
      takeConsumed(context);
      return setMessageWord(to, buffer, 1, lo, hi);
    }
    default:
      setMessageWord(to, buffer, 0, registerLo(from, REG_FAULT_IP), registerHi(from, REG_FAULT_IP));
      setMessageWord(to, buffer, 1, wordLo, wordHi);
      setMessageWord(to, buffer, 2, aux, 0);
      return setMessageWord(to, buffer, 3, load(from + TCB_FAULT_LOOKUP), 0);
  }
}

function setRegisters(from: number, to: number, buffer: number, registers: readonly number[]): number {
  for (let n = 0; n < registers.length; n++) {
    setMessageWord(to, buffer, n, registerLo(from, registers[n]!), registerHi(from, registers[n]!));
  }
  return registers.length;
}

/** Registers that the answer to a fault sets; null when it sets none and the thread restarts in any case. */
function repliedRegisters(fault: number): readonly number[] | null {
  switch (fault) {
    case FAULT_UNKNOWN_SYSCALL:
      return UNKNOWN_SYSCALL_REGISTERS;
    case FAULT_USER_EXCEPTION:
      return USER_EXCEPTION_REGISTERS;
    case FAULT_TIMEOUT:
      return TIMEOUT_REGISTERS;
    default:
      return null;
  }
}

/** Applies the handler's answer; returns whether the thread restarts. */
export function applyFaultReply(handler: number, thread: number, fault: number): boolean {
  const registers = repliedRegisters(fault);
  if (registers === null) return true;
  const info = registerLo(handler, REG_MSG_INFO);
  const buffer = lookupIpcBuffer(false, handler);
  const length = Math.min(messageLength(info), registers.length);
  for (let n = 0; n < length; n++) {
    const at = messageWord(handler, buffer, n);
    if (at === 0) break;
    setUserRegister(thread, registers[n]!, load(at), load(at + 4));
  }
  return info >>> 12 === 0 && registerHi(handler, REG_MSG_INFO) === 0;
}
