/**
 * Registers of threads, and which values a user may not put into them.
 *
 * @source l4v spec/machine/X64/MachineTypes.thy `register`, `sanitiseRegister`; seL4 src/arch/x86/machine/registerset.c
 */
import type { KernelConfig } from '../abi/config.ts';
import type { Word } from '../abi/words.ts';
import type { KernelState } from './kernel-state.ts';
import { getTcb, updateTcb } from './kernel-state.ts';
import type { UserContext } from './objects.ts';
import type { ObjRef } from './refs.ts';

/** FLAGS of a thread that has not run: interrupts on, and the bit that is always set. */
export const INITIAL_FLAGS = 0x202n;

export function initialContext(config: KernelConfig): UserContext {
  return config.registers.names.map((_, index) => (index === config.registers.flags ? INITIAL_FLAGS : 0n));
}

export function getRegister(s: KernelState, thread: ObjRef, register: number): Word {
  return getTcb(s, thread).context[register] ?? 0n;
}

export function setRegister(s: KernelState, thread: ObjRef, register: number, value: Word): KernelState {
  const { context } = getTcb(s, thread);
  if (context[register] === value) return s;
  return updateTcb(s, thread, { context: context.with(register, value) });
}

/** Several registers of one thread at once. */
export function setRegisters(
  s: KernelState,
  thread: ObjRef,
  writes: readonly (readonly [register: number, value: Word])[],
): KernelState {
  if (writes.length === 0) return s;
  const context = getTcb(s, thread).context.slice();
  for (const [register, value] of writes) context[register] = value;
  return updateTcb(s, thread, { context });
}

/** The ends of the addresses that the processor can load: what lies between them has no sign-extended 48 bits. */
export const CANONICAL_LOW_END = 0x7fff_ffff_ffffn;
export const CANONICAL_HIGH_START = 0xffff_8000_0000_0000n;

/** What `value` becomes when a user asks the kernel to put it into a register. */
export function sanitiseRegister({ registers }: KernelConfig, register: number, value: Word): Word {
  if (register === registers.flags) return (value | 0x202n) & 0xfffn & ~0x128n;
  const isCanonical = value <= CANONICAL_LOW_END || value >= CANONICAL_HIGH_START;
  return isCanonical || !registers.canonical.includes(register) ? value : 0n;
}
