/** System calls by the running thread of a state, with their message, as user code would issue them. */
import { messageInfoFromWord, messageInfoToWord } from '../../spec/abi/message-info.ts';
import type { MessageInfo } from '../../spec/abi/message-info.ts';
import type { SyscallName } from '../../spec/abi/words.ts';
import { callKernel } from '../../spec/api/kernel.ts';
import { bufferCapWord, lookupIpcBuffer } from '../../spec/lookup/ipc-buffer.ts';
import { setMessageRegisters } from '../../spec/perform/message.ts';
import type { Cap } from '../../spec/state/caps.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { getTcb, slotAt, storeWord } from '../../spec/state/kernel-state.ts';
import type { ObjRef, Word } from '../../spec/state/refs.ts';
import { getRegister, setRegisters } from '../../spec/state/user-context.ts';
import { A, capAt, slots, variedState, withCap } from './states.ts';

export interface Message {
  readonly label?: Word;
  readonly words?: readonly Word[];
  /** Capability pointers of the extra capabilities. */
  readonly caps?: readonly Word[];
}

/** The varied state, in which the running thread's pointers are the indices of the root CNode. */
export function runningState(): KernelState {
  const s = variedState();
  return withCap(slotAt(A, 0), { ...capAt(s, slots.cnode), guardBits: 59 } as Cap)(s);
}

/** A pointer that leads nowhere, and how it fails. */
export const NOWHERE = 1n << 63n;
export const NOWHERE_FAILURE = { _tag: 'GuardMismatch', bitsLeft: 64, guard: 0n, guardBits: 59 } as const;

/** The message is put into registers and buffer, but the kernel is not entered. */
export function withMessage(s: KernelState, cap: Word, { label = 0n, words = [], caps = [] }: Message): KernelState {
  const thread = s.globals.currentThread;
  const buffer = lookupIpcBuffer(s, false, thread);
  let t = setMessageRegisters(s, thread, buffer, words).state;
  if (buffer === null && caps.length > 0) throw new Error('capabilities need a buffer');
  caps.forEach((pointer, index) => {
    t = storeWord(t, bufferCapWord(t.config, buffer ?? 0, index), pointer);
  });
  const info = messageInfoToWord({ label, capsUnwrapped: 0, extraCaps: caps.length, length: words.length });
  return setRegisters(t, thread, [
    [t.config.registers.cap, cap],
    [t.config.registers.msgInfo, info],
  ]);
}

export function call(s: KernelState, syscall: SyscallName, cap: Word, message: Message = {}): KernelState {
  return callKernel(withMessage(s, cap, message), { _tag: 'SyscallEvent', syscall });
}

/** What a thread finds in its registers when it runs again: badge, message info and the words in registers. */
export function received(
  s: KernelState,
  thread: ObjRef,
): MessageInfo & { readonly badge: Word; readonly words: readonly Word[] } {
  const { cap, msgInfo, messageRegisters } = s.config.registers;
  const info = messageInfoFromWord(getRegister(s, thread, msgInfo), s.config.msgMaxLength);
  const { context } = getTcb(s, thread);
  const words = messageRegisters.slice(0, info.length).map((register) => context[register] ?? 0n);
  return { ...info, badge: getRegister(s, thread, cap), words };
}

/** State of a thread, in a word. */
export const stateOf = (s: KernelState, thread: ObjRef): string => getTcb(s, thread).state._tag;
