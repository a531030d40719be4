/**
 * Who has which interrupt: its state, and the entry that holds the notification capability it signals.
 *
 * @source seL4 src/object/interrupt.c `setIRQState`, `deletingIRQHandler`, `deletedIRQHandler`
 */
import { maskInterrupt } from '../hardware/irq-controller.ts';
import { load, store } from '../memory/heap.ts';
import { CTE_BYTES, IRQ_INACTIVE, KS_IRQ_NODE, KS_IRQ_STATE } from '../memory/layout.ts';
import { cteDeleteOne } from './cancel.ts';

export function irqState(irq: number): number {
  return load(KS_IRQ_STATE + irq * 4);
}

/** An interrupt that nobody has is masked, any other is not. */
export function setIrqState(irq: number, state: number): void {
  store(KS_IRQ_STATE + irq * 4, state);
  maskInterrupt(irq, state === IRQ_INACTIVE);
}

export function irqNode(irq: number): number {
  return KS_IRQ_NODE + irq * CTE_BYTES;
}

/** Forgets which notification the interrupt signals. */
export function deletingIrqHandler(irq: number): void {
  cteDeleteOne(irqNode(irq));
}

/** After the last handler capability of the interrupt is gone. */
export function deletedIrqHandler(irq: number): void {
  setIrqState(irq, IRQ_INACTIVE);
}
