/**
 * The interrupt controller. Knows nothing of the kernel: it is told when it is looked at. Its words lie in the same memory, so that a saved
 * image is a saved machine.
 *
 * A line is masked or not; one interrupt at a time is pending, and one that was taken is in service until it is acknowledged. What has been
 * latched before its line was masked may still come.
 */
import { load, store } from '../memory/heap.ts';
import {
  HW_ARRIVING_IRQ,
  HW_IRQ_COUNTDOWN,
  HW_IRQ_IN_SERVICE,
  HW_IRQ_MASKED,
  HW_PENDING_IRQ,
  NO_IRQ,
} from '../memory/layout.ts';

/** A device has raised its line, and the processor is told. NO_IRQ when the line is quiet again by then. */
export function raiseInterrupt(irq: number): void {
  store(HW_PENDING_IRQ, irq);
}

/** Is an interrupt pending? Each call is one moment at which the one that is on its way may come. */
export function isIrqPending(): boolean {
  const left = load(HW_IRQ_COUNTDOWN);
  if (left === 0) {
    store(HW_PENDING_IRQ, load(HW_ARRIVING_IRQ));
    forgetCountdown();
  } else if (left !== NO_IRQ) {
    store(HW_IRQ_COUNTDOWN, left - 1);
  }
  return load(HW_PENDING_IRQ) !== NO_IRQ;
}

/** The interrupt that is pending, in service from now on; NO_IRQ when none is. */
export function getActiveIrq(): number {
  const irq = load(HW_PENDING_IRQ);
  store(HW_PENDING_IRQ, NO_IRQ);
  store(HW_IRQ_IN_SERVICE, irq);
  return irq;
}

/** Lets the controller go on to the next interrupt. */
export function ackInterrupt(irq: number): void {
  if (load(HW_IRQ_IN_SERVICE) === irq) store(HW_IRQ_IN_SERVICE, NO_IRQ);
}

/** Nothing is on its way any more. */
export function forgetCountdown(): void {
  store(HW_IRQ_COUNTDOWN, NO_IRQ);
  store(HW_ARRIVING_IRQ, NO_IRQ);
}

export function maskInterrupt(irq: number, masked: boolean): void {
  store(HW_IRQ_MASKED + irq * 4, masked ? 1 : 0);
}

/** As after power-on: every line masked, nothing pending. */
export function initIrqController(lines: number): void {
  store(HW_PENDING_IRQ, NO_IRQ);
  store(HW_IRQ_IN_SERVICE, NO_IRQ);
  forgetCountdown();
  for (let irq = 0; irq < lines; irq++) maskInterrupt(irq, true);
}
