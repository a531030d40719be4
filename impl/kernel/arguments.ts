/** The words of the message being decoded, as halves; `argCount` of them are valid. */
import { MSG_MAX_LENGTH } from '#impl-config';
import { load } from '../memory/heap.ts';
import { messageWord } from './message.ts';

export const argLo = new Uint32Array(MSG_MAX_LENGTH + 1);
export const argHi = new Uint32Array(MSG_MAX_LENGTH + 1);
export let argCount = 0;

/** Without a buffer the message is as long as its registers. */
export function readArguments(tcb: number, buffer: number, length: number): void {
  argCount = 0;
  for (let n = 0; n < length; n++) {
    const at = messageWord(tcb, buffer, n);
    if (at === 0) return;
    argLo[n] = load(at);
    argHi[n] = load(at + 4);
    argCount = n + 1;
  }
}

/** Whether word `n` is greater than a number below 2^32. */
export function argExceeds(n: number, limit: number): boolean {
  return argHi[n] !== 0 || argLo[n]! > limit;
}
