/**
 * What the platform decides about interrupts. Here: an I/O APIC and message-signalled interrupts.
 *
 * @source seL4 src/arch/x86/object/interrupt.c `Arch_checkIRQ`, `Arch_decodeIRQControlInvocation`; src/arch/x86/machine/hardware.c
 */
import { IRQ_USER_MAX, IRQ_USER_MIN, NUM_IOAPICS, NUM_IOAPIC_PINS, TIMER_IRQ } from '#impl-config';
import {
  ILLEGAL_OPERATION,
  LABEL_X86_IRQ_ISSUE_IRQ_HANDLER_IOAPIC,
  LABEL_X86_IRQ_ISSUE_IRQ_HANDLER_MSI,
  RANGE_ERROR,
  TRUNCATED_MESSAGE,
} from '../abi.ts';
import { maskInterrupt } from '../hardware/irq-controller.ts';
import { IRQ_INACTIVE, IRQ_RESERVED, IRQ_TIMER } from '../memory/layout.ts';
import { argCount, argExceeds, argLo } from './arguments.ts';
import { OK, fail, failRange } from './outcome.ts';
import { extraCapCount } from './transfer.ts';

export function initialIrqState(irq: number): number {
  if (irq === TIMER_IRQ) return IRQ_TIMER;
  return irq >= IRQ_USER_MIN && irq <= IRQ_USER_MAX ? IRQ_INACTIVE : IRQ_RESERVED;
}

/** Whether IRQControl_Get may name an interrupt by the number in word 0: not with an I/O APIC. */
export function checkIrq(): number {
  return fail(ILLEGAL_OPERATION);
}

/** The interrupt that the last request asked for. */
export let requestedIrq = 0;
/** Word of the message with the new capability's index; its depth comes next. */
export const REQUEST_INDEX_WORD = 0;

/** First part of the platform's own requests: which interrupt is asked for, in `requestedIrq`. */
export function decodeIrqRequest(label: number): number {
  if (label !== LABEL_X86_IRQ_ISSUE_IRQ_HANDLER_IOAPIC && label !== LABEL_X86_IRQ_ISSUE_IRQ_HANDLER_MSI)
    return fail(ILLEGAL_OPERATION);
  if (argCount < 7 || extraCapCount < 1) return fail(TRUNCATED_MESSAGE);
  const status = atMost(6, IRQ_USER_MAX - IRQ_USER_MIN);
  if (status === OK) requestedIrq = IRQ_USER_MIN + argLo[6]!;
  return status;
}

/** Second part, after the place for the capability was found: where the interrupt comes from. */
export function decodeIrqSource(label: number): number {
  const [first, second, third] =
    label === LABEL_X86_IRQ_ISSUE_IRQ_HANDLER_IOAPIC ? [NUM_IOAPICS - 1, NUM_IOAPIC_PINS - 1, 1] : [255, 31, 7];
  let status = atMost(2, first);
  if (status === OK) status = atMost(3, second);
  if (status === OK) status = atMost(4, third);
  // The handle of a message-signalled interrupt may be anything; a polarity may not.
  if (status === OK && label === LABEL_X86_IRQ_ISSUE_IRQ_HANDLER_IOAPIC) status = atMost(5, 1);
  return status;
}

function atMost(word: number, max: number): number {
  return argExceeds(word, max) ? failRange(RANGE_ERROR, 0, max) : OK;
}

/** A line that has signalled is quiet until its handler acknowledges. */
export function maskIrqSignal(irq: number): void {
  maskInterrupt(irq, true);
}

/** IRQHandler_Ack. */
export function acknowledgeIrq(irq: number): void {
  maskInterrupt(irq, false);
}
