/**
 * Giving interrupts away, and what their handlers do.
 *
 * @source l4v spec/abstract/Interrupt_A.thy `invoke_irq_control`, `invoke_irq_handler`, CSpace_A.thy `deleting_irq_handler`;
 * seL4 src/object/interrupt.c
 */
import { acknowledgeIrq, maskInterrupt } from '../arch/irq-controller.ts';
import type { IrqControlInvocation, IrqHandlerInvocation } from '../decode/invocation.ts';
import type { IrqState, KernelState } from '../state/kernel-state.ts';
import { irqSlot, setGlobals } from '../state/kernel-state.ts';
import { capDeleteOne } from './cancel.ts';
import { capInsert } from './cap-insert.ts';

/** An interrupt that nobody has is masked, any other is not. */
export function setIrqState(s: KernelState, irq: number, state: IrqState): KernelState {
  const t = setGlobals(s, { irqStates: s.globals.irqStates.with(irq, state) });
  return maskInterrupt(t, irq, state === 'Inactive');
}

export function invokeIrqControl(s: KernelState, { irq, control, target }: IrqControlInvocation): KernelState {
  return capInsert(setIrqState(s, irq, 'Signal'), { _tag: 'IRQHandlerCap', irq }, control, target);
}

export function invokeIrqHandler(s: KernelState, invocation: IrqHandlerInvocation): KernelState {
  const { irq } = invocation;
  switch (invocation._tag) {
    case 'AckIRQ':
      return acknowledgeIrq(s, irq);
    case 'SetIRQHandler':
      return capInsert(deletingIrqHandler(s, irq), invocation.cap, invocation.source, irqSlot(s, irq));
    case 'ClearIRQHandler':
      return deletingIrqHandler(s, irq);
  }
}

/** Forgets which notification the interrupt signals. */
export function deletingIrqHandler(s: KernelState, irq: number): KernelState {
  return capDeleteOne(s, irqSlot(s, irq));
}

/** After the last handler capability of an interrupt is gone: anybody may ask for it again. */
export function deletedIrqHandler(s: KernelState, irq: number): KernelState {
  return setIrqState(s, irq, 'Inactive');
}
