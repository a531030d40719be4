/**
 * The message info word: bits 0-6 length, 7-8 extra capabilities, 9-11 capabilities unwrapped, 12-63 label.
 *
 * @source seL4 libsel4 types.bf `seL4_MessageInfo`; l4v `data_to_message_info`
 */
import type { Word } from './words.ts';

export interface MessageInfo {
  readonly label: Word;
  readonly capsUnwrapped: number;
  readonly extraCaps: number;
  /** Message words, at most the configuration's maximum. */
  readonly length: number;
}

export function messageInfoFromWord(word: Word, maxLength: number): MessageInfo {
  const low = Number(word & 0xfffn);
  return {
    label: word >> 12n,
    capsUnwrapped: low >> 9,
    extraCaps: (low >> 7) & 3,
    length: Math.min(low & 0x7f, maxLength),
  };
}

export function messageInfoToWord(info: MessageInfo): Word {
  return (info.label << 12n) | BigInt((info.capsUnwrapped << 9) | (info.extraCaps << 7) | info.length);
}
