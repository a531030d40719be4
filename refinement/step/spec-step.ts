/** The specification's half of a step. */
import { callKernel } from '../../spec/api/kernel.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { setMachine, storeWord } from '../../spec/state/kernel-state.ts';
import { setRegisters } from '../../spec/state/user-context.ts';
import type { KernelStep } from './kernel-step.ts';

/** What the running thread does to itself before it enters the kernel, and what the outside does: which interrupt is on its way. */
export function userStep(before: KernelState, step: KernelStep): KernelState {
  let t = setRegisters(before, before.globals.currentThread, step.registers);
  for (const [address, value] of step.stores) t = storeWord(t, address, value);
  if (step.fpu !== null) t = setMachine(t, { fpu: { ...t.globals.machine.fpu, registers: step.fpu } });
  return step.irqArrival === null ? t : setMachine(t, { irqArrival: step.irqArrival });
}

export function stepSpec(before: KernelState, step: KernelStep): KernelState {
  return callKernel(userStep(before, step), step.event);
}
