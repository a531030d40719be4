/**
 * Points of difference between the two kernels in how they are entered.
 *
 * @source l4v branches master and rt: spec/abstract/Syscall_A.thy `handle_event`
 */
import type { Variant } from '../abi/variant.ts';
import type { SyscallName } from '../abi/words.ts';
import type { Preemptible } from '../perform/outcome.ts';
import { acknowledgeDeadline, handleInterrupt, timerTick } from '../schedule/interrupt.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { handleClassicSyscall, handleMcsSyscall } from './syscall.ts';

interface ApiPoints {
  readonly handleSyscall: (s: KernelState, syscall: SyscallName) => Preemptible;
  readonly handleInterrupt: (s: KernelState, irq: number | null) => KernelState;
}

const API: Readonly<Record<Variant, ApiPoints>> = {
  classic: {
    handleSyscall: handleClassicSyscall,
    handleInterrupt: (s, irq) => handleInterrupt(s, irq, timerTick),
  },
  mcs: {
    handleSyscall: handleMcsSyscall,
    handleInterrupt: (s, irq) => handleInterrupt(s, irq, acknowledgeDeadline),
  },
};

export function apiPoints(s: { readonly config: { readonly variant: Variant } }): ApiPoints {
  return API[s.config.variant];
}
