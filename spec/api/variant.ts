/**
 * Points of difference between the two kernels in how they are entered.
 *
 * @source l4v branches master and rt: spec/abstract/Syscall_A.thy `handle_event`
 */
import type { Variant } from '../abi/variant.ts';
import type { SyscallName } from '../abi/words.ts';
import type { Preemptible } from '../perform/outcome.ts';
import { notModelled } from '../prelude.ts';
import { handleInterrupt } from '../schedule/interrupt.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { handleClassicSyscall, handleMcsSyscall } from './syscall.ts';

interface ApiPoints {
  readonly handleSyscall: (s: KernelState, syscall: SyscallName) => Preemptible;
  readonly handleInterrupt: (s: KernelState, irq: number | null) => KernelState;
}

const API: Readonly<Record<Variant, ApiPoints>> = {
  classic: { handleSyscall: handleClassicSyscall, handleInterrupt },
  mcs: {
    handleSyscall: handleMcsSyscall,
    handleInterrupt: () => notModelled('interrupts, and with them the passing of time'),
  },
};

export function apiPoints(s: { readonly config: { readonly variant: Variant } }): ApiPoints {
  return API[s.config.variant];
}
