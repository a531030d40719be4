/** The implementation's half of a user step, and what it means that a kernel gave up. */
import { SpecAssertion } from '../../spec/prelude.ts';
import type { ImplKernel } from './impl-kernel.ts';
import { writeWord } from './impl-kernel.ts';
import type { KernelStep } from './kernel-step.ts';

/** What the running thread does to itself before it enters the kernel, and what the outside does. */
export function writeUserStep(impl: ImplKernel, thread: number, step: KernelStep): void {
  const { layout: L, ramBase, words } = impl;
  for (const [register, value] of step.registers) writeWord(impl, thread + L.TCB_CONTEXT + register * 8, value);
  for (const [address, value] of step.stores) writeWord(impl, address, value);
  if (step.fpu !== null) writeWord(impl, L.HW_FPU_LO, step.fpu);
  if (step.time !== null) {
    writeWord(impl, L.HW_TIME_LO, step.time);
    writeWord(impl, L.HW_LOOK_TICKS_LO, step.lookTicks);
  }
  words[(L.HW_PORT_IN - ramBase) >>> 2] = step.portIn;
  words[(L.HW_IRQ_COUNTDOWN - ramBase) >>> 2] = step.irqArrival?.countdown ?? L.NO_IRQ;
  words[(L.HW_ARRIVING_IRQ - ramBase) >>> 2] = step.irqArrival?.irq ?? L.NO_IRQ;
}

/** An assertion of either kernel says what should be true; any other exception is reported as what it is. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isAssertion = error instanceof SpecAssertion || error.name === 'ImplAssertion';
  return isAssertion ? `should be true: ${error.message}` : `${error.name}: ${error.message}`;
}
