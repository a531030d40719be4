/** Names that everything above shares. */

/** A 64-bit word a user sees: badge, capability pointer, message register, register, virtual address. */
export type Word = bigint;
export const WORD_MASK = 0xffff_ffff_ffff_ffffn;

// Tables: an exponentiation is a call into the engine, and so is every BigInt that is made on the way.
const POWERS = Array.from({ length: 65 }, (_, bits) => 2 ** bits);
const MASKS = Array.from({ length: 65 }, (_, bits) => (1n << BigInt(bits)) - 1n);
const AMOUNTS = Array.from({ length: 65 }, (_, bits) => BigInt(bits));

/** 2^bits, for 0 to 64. */
export function powerOf2(bits: number): number {
  return POWERS[bits] ?? 2 ** bits;
}

/** The lowest `count` bits of a word, 0 to 64. */
export function lowBits(word: Word, count: number): Word {
  return word & (MASKS[count] ?? WORD_MASK);
}

/** `count` bits of `word` from bit `low` up; each 0 to 64. */
export function bitField(word: Word, low: number, count: number): Word {
  return lowBits(word >> (AMOUNTS[low] ?? BigInt(low)), count);
}

export type ClassicSyscallName = 'Call' | 'ReplyRecv' | 'Send' | 'NBSend' | 'Recv' | 'Reply' | 'Yield' | 'NBRecv';
/** The MCS kernel has no `Reply`, and these instead. */
export type SyscallName = ClassicSyscallName | 'NBSendRecv' | 'NBSendWait' | 'Wait' | 'NBWait';
