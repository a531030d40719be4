/**
 * The interrupt lines as the kernel finds them. Knows nothing of the kernel: it is told when it is polled.
 *
 * Its words lie in the same memory, so that a saved image is a saved machine.
 */
import { TIMER_IRQ } from '#impl-config';
import { load, store } from '../memory/heap.ts';
import { HW_IRQ_COUNTDOWN, HW_IRQ_MASKED, HW_PENDING_IRQ, NO_IRQ } from '../memory/layout.ts';

/** Is an interrupt pending? Each call is one moment at which the timer may fire. */
export function pollInterrupt(): boolean {
  const left = load(HW_IRQ_COUNTDOWN);
  if (left === 0) {
    store(HW_PENDING_IRQ, TIMER_IRQ);
    store(HW_IRQ_COUNTDOWN, NO_IRQ);
  } else if (left !== NO_IRQ) {
    store(HW_IRQ_COUNTDOWN, left - 1);
  }
  return load(HW_PENDING_IRQ) !== NO_IRQ;
}

/** The interrupt that is pending, which is then no longer; NO_IRQ when none is. */
export function takeInterrupt(): number {
  const irq = load(HW_PENDING_IRQ);
  store(HW_PENDING_IRQ, NO_IRQ);
  return irq;
}

export function forgetCountdown(): void {
  store(HW_IRQ_COUNTDOWN, NO_IRQ);
}

export function maskInterrupt(irq: number, masked: boolean): void {
  store(HW_IRQ_MASKED + irq * 4, masked ? 1 : 0);
}
