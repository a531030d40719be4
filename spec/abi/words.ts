/** Names that everything above shares. */

/** A 64-bit word a user sees: badge, capability pointer, message register, register, virtual address. */
export type Word = bigint;
export const WORD_MASK = 0xffff_ffff_ffff_ffffn;

export type SyscallName = 'Call' | 'ReplyRecv' | 'Send' | 'NBSend' | 'Recv' | 'Reply' | 'Yield' | 'NBRecv';
