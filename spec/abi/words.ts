/** Names that everything above shares. */

/** A 64-bit word a user sees: badge, capability pointer, message register, register, virtual address. */
export type Word = bigint;
export const WORD_MASK = 0xffff_ffff_ffff_ffffn;

export type ClassicSyscallName = 'Call' | 'ReplyRecv' | 'Send' | 'NBSend' | 'Recv' | 'Reply' | 'Yield' | 'NBRecv';
/** The MCS kernel has no `Reply`, and these instead. */
export type SyscallName = ClassicSyscallName | 'NBSendRecv' | 'NBSendWait' | 'Wait' | 'NBWait';
