/** The specification's half of a step. */
import { callKernel } from '../../spec/api/kernel.ts';
import type { Choices } from '../../spec/schedule/choices.ts';
import { STRICT } from '../../spec/schedule/choices.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { setMachine, storeWord } from '../../spec/state/kernel-state.ts';
import { setRegisters } from '../../spec/state/user-context.ts';
import type { KernelStep } from './kernel-step.ts';

/** What the running thread does to itself before it enters the kernel, and what the outside does: which interrupt is on its way. */
function enter(before: KernelState, step: KernelStep): KernelState {
  let t = setRegisters(before, before.globals.currentThread, step.registers);
  for (const [address, value] of step.stores) t = storeWord(t, address, value);
  if (step.fpu !== null) t = setMachine(t, { fpu: { ...t.globals.machine.fpu, registers: step.fpu } });
  if (step.portIn !== t.globals.machine.portIn) t = setMachine(t, { portIn: step.portIn });
  if (step.time !== null) t = setMachine(t, { time: step.time, lookTicks: step.lookTicks });
  return step.irqArrival === null ? t : setMachine(t, { irqArrival: step.irqArrival });
}

interface Taken {
  readonly before: KernelState;
  readonly step: KernelStep;
  readonly entered: KernelState;
  after: KernelState | null;
}

/** The generator tries a step before the run makes it: the same function of the same values is not worked out twice. */
let last: Taken | null = null;

function take(before: KernelState, step: KernelStep): Taken {
  if (last?.before !== before || last.step !== step) last = { before, step, entered: enter(before, step), after: null };
  return last;
}

/** The state in which the running thread enters the kernel. */
export function userStep(before: KernelState, step: KernelStep): KernelState {
  return take(before, step).entered;
}

/** With choices left open, the result depends on them, and is not kept. */
export function stepSpec(before: KernelState, step: KernelStep, choices: Choices = STRICT): KernelState {
  const taken = take(before, step);
  if (choices !== STRICT) return callKernel(taken.entered, step.event, choices);
  taken.after ??= callKernel(taken.entered, step.event);
  return taken.after;
}
