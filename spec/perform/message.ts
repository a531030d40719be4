/**
 * Message registers: the first four are registers of the thread, the rest lies in its IPC buffer.
 *
 * @source l4v spec/abstract/CSpace_A.thy `get_mrs`, `set_message_info`, Ipc_A.thy `set_mrs`, `copy_mrs`, `get_message_info`
 */
import type { MessageInfo } from '../abi/message-info.ts';
import { messageInfoFromWord, messageInfoToWord } from '../abi/message-info.ts';
import { bufferMessageWord } from '../lookup/ipc-buffer.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getTcb, loadWord, storeWord } from '../state/kernel-state.ts';
import type { ObjRef, Word } from '../state/refs.ts';
import { getRegister, setRegisters } from '../state/user-context.ts';

export function getMessageInfo(s: KernelState, thread: ObjRef): MessageInfo {
  return messageInfoFromWord(getRegister(s, thread, s.config.registers.msgInfo), s.config.msgMaxLength);
}

/** The first `length` words of a thread's message; without a buffer, no more than the registers hold. */
export function getMessageRegisters(
  s: KernelState,
  thread: ObjRef,
  buffer: number | null,
  length: number,
): readonly Word[] {
  const { messageRegisters } = s.config.registers;
  const { context } = getTcb(s, thread);
  const words: Word[] = [];
  for (let i = 0; i < length; i++) {
    const register = messageRegisters[i];
    if (register !== undefined) words.push(context[register] ?? 0n);
    else if (buffer !== null) words.push(loadWord(s, bufferMessageWord(buffer, i)));
  }
  return words;
}

export interface Written {
  readonly state: KernelState;
  /** Words that found a place. */
  readonly length: number;
}

/** Writes message words, and returns how many there was room for. */
export function setMessageRegisters(
  s: KernelState,
  thread: ObjRef,
  buffer: number | null,
  words: readonly Word[],
): Written {
  const { messageRegisters } = s.config.registers;
  const room = buffer === null ? messageRegisters.length : s.config.msgMaxLength;
  const length = Math.min(words.length, room);
  const writes: [number, Word][] = [];
  let t = s;
  for (let i = 0; i < length; i++) {
    const word = words[i] ?? 0n;
    const register = messageRegisters[i];
    if (register !== undefined) writes.push([register, word]);
    else if (buffer !== null) t = storeWord(t, bufferMessageWord(buffer, i), word);
  }
  return { state: setRegisters(t, thread, writes), length };
}

/** What ends every delivery: badge and message info, in the receiver's registers. */
export function setBadgeAndInfo(s: KernelState, thread: ObjRef, badge: Word, info: MessageInfo): KernelState {
  const { cap, msgInfo } = s.config.registers;
  return setRegisters(s, thread, [
    [cap, badge],
    [msgInfo, messageInfoToWord(info)],
  ]);
}
