/**
 * What can enter the kernel. The registers a system call reads are already in the current thread's context, and its IPC
 * buffer in memory; the machine's part (a pending interrupt) is in the state too.
 *
 * @source l4v spec/abstract/ExecState_A / spec/design `event`
 */
import type { SyscallName, Word } from '../abi/words.ts';

export type { SyscallName };

export type Event =
  | { readonly _tag: 'SyscallEvent'; readonly syscall: SyscallName }
  | { readonly _tag: 'UnknownSyscall'; readonly number: Word }
  | { readonly _tag: 'UserLevelFault'; readonly number: Word; readonly code: number }
  | { readonly _tag: 'VMFaultEvent'; readonly address: Word; readonly fsr: number; readonly instruction: boolean }
  /** `irq` is what the interrupt controller says is active; null is a spurious interrupt. */
  | { readonly _tag: 'Interrupt'; readonly irq: number | null };
