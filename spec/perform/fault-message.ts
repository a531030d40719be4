/**
 * Faults as messages, and answers to them.
 *
 * @source l4v spec/abstract/Ipc_A.thy `make_fault_msg`, `handle_fault_reply`; seL4 src/api/faults.c
 */
import { lookupFailureMessage } from '../abi/error-codes.ts';
import { abi } from '../abi/variant.ts';
import { absurd } from '../prelude.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getTcb } from '../state/kernel-state.ts';
import type { Fault } from '../state/objects.ts';
import type { ObjRef, Word } from '../state/refs.ts';
import { sanitiseRegister, setRegisters } from '../state/user-context.ts';

const TIMEOUT_LABEL = 5n;

/** Label and words of the message the fault handler receives; that of a timeout goes on with the time used, which `transfer.ts` asks for. */
export function makeFaultMessage(
  s: KernelState,
  thread: ObjRef,
  fault: Fault,
): { readonly label: Word; readonly words: readonly Word[] } {
  const { context } = getTcb(s, thread);
  const { faultIP, unknownSyscallMessage, userExceptionMessage } = s.config.registers;
  const registers = (indices: readonly number[]): Word[] => indices.map((index) => context[index] ?? 0n);
  const restartPC = context[faultIP] ?? 0n;
  switch (fault._tag) {
    case 'CapFault': {
      const failure = lookupFailureMessage(fault.failure);
      return { label: 1n, words: [restartPC, fault.cptr, fault.inReceivePhase ? 1n : 0n, ...failure] };
    }
    case 'UnknownSyscallException':
      return { label: 2n, words: [...registers(unknownSyscallMessage), fault.number] };
    case 'UserException':
      return { label: 3n, words: [...registers(userExceptionMessage), fault.number, BigInt(fault.code)] };
    case 'VMFault':
      return {
        label: abi(s.config).vmFaultLabel,
        words: [restartPC, fault.address, fault.instruction ? 1n : 0n, BigInt(fault.fsr)],
      };
    case 'Timeout':
      return { label: TIMEOUT_LABEL, words: [fault.badge] };
    default:
      return absurd(fault);
  }
}

/**
 * Applies the handler's answer to the thread that faulted. Only system-call and exception faults let the handler set registers, and
 * only there does a label other than 0 keep the thread stopped.
 */
export function handleFaultReply(
  s: KernelState,
  thread: ObjRef,
  fault: Fault,
  label: Word,
  words: readonly Word[],
): { readonly state: KernelState; readonly restart: boolean } {
  const { unknownSyscallMessage, userExceptionMessage, timeoutMessage } = s.config.registers;
  switch (fault._tag) {
    case 'CapFault':
    case 'VMFault':
      return { state: s, restart: true };
    case 'Timeout':
      return { state: copyRegisters(s, thread, timeoutMessage, words), restart: label === 0n };
    case 'UnknownSyscallException':
      return { state: copyRegisters(s, thread, unknownSyscallMessage, words), restart: label === 0n };
    case 'UserException':
      return { state: copyRegisters(s, thread, userExceptionMessage, words), restart: label === 0n };
    default:
      return absurd(fault);
  }
}

function copyRegisters(
  s: KernelState,
  thread: ObjRef,
  registers: readonly number[],
  words: readonly Word[],
): KernelState {
  const writes: [number, Word][] = [];
  registers.forEach((register, index) => {
    const word = words[index];
    if (word !== undefined) writes.push([register, sanitiseRegister(s.config, register, word)]);
  });
  return setRegisters(s, thread, writes);
}
