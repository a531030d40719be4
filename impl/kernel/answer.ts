/** Words of the answer that an invocation leaves in the caller's message. */
import { load } from '../memory/heap.ts';
import { KS_CUR_THREAD } from '../memory/layout.ts';
import { lookupIpcBuffer, setMessageWord } from './message.ts';

export let answerLength = 0;

export function noAnswer(): void {
  answerLength = 0;
}

export function setAnswerLength(length: number): void {
  answerLength = length;
}

/** Leaves one word for the caller. */
export function answerWord(lo: number, hi: number): void {
  const caller = load(KS_CUR_THREAD);
  answerLength = setMessageWord(caller, lookupIpcBuffer(true, caller), 0, lo, hi);
}
