/**
 * What the platform decides about interrupts: I/O APIC and message-signalled interrupts on x86_64, a PLIC on RISC-V.
 *
 * @source seL4 src/arch/x86/object/interrupt.c `Arch_checkIRQ`, `Arch_decodeIRQControlInvocation`; src/arch/x86/machine/hardware.c
 */
// biome-ignore format: packed
import {
  IRQ_BY_NUMBER, IRQ_NUMBER_MAX, IRQ_NUMBER_MIN, IRQ_NUMBER_OFFSET, IRQ_REQUESTS, IRQ_USER_MAX, IRQ_USER_MIN, IS_X86, TIMER_IRQ,
} from '#impl-config';
import { ILLEGAL_OPERATION, RANGE_ERROR, TRUNCATED_MESSAGE } from '../abi.ts';
import type { IrqRequest } from '../arch/irq-request.ts';
import { maskInterrupt } from '../hardware/irq-controller.ts';
import { IRQ_INACTIVE, IRQ_RESERVED, IRQ_TIMER } from '../memory/layout.ts';
import { argCount, argExceeds, argLo } from './arguments.ts';
import { OK, fail, failRange } from './outcome.ts';
import { extraCapCount } from './transfer.ts';

export function initialIrqState(irq: number): number {
  if (irq === TIMER_IRQ) return IRQ_TIMER;
  return irq >= IRQ_USER_MIN && irq <= IRQ_USER_MAX ? IRQ_INACTIVE : IRQ_RESERVED;
}

/** The interrupt that the last request asked for, and the message word with the new capability's index; its depth comes next. */
export let requestedIrq = 0;
export let requestIndexWord = 0;

/** The interrupt that message word `word` names. */
function decodeIrqNumber(word: number): number {
  if (argExceeds(word, IRQ_NUMBER_MAX) || argLo[word]! < IRQ_NUMBER_MIN)
    return failRange(RANGE_ERROR, IRQ_NUMBER_MIN, IRQ_NUMBER_MAX);
  requestedIrq = argLo[word]! + IRQ_NUMBER_OFFSET;
  return OK;
}

/** IRQControl_Get names an interrupt by its number in word 0, where the platform has it so. */
export function checkIrq(): number {
  if (!IRQ_BY_NUMBER) return fail(ILLEGAL_OPERATION);
  requestIndexWord = 1;
  return decodeIrqNumber(0);
}

function requestNamed(label: number): IrqRequest | undefined {
  return IRQ_REQUESTS.find((request) => request.label === label);
}

/** First part of the platform's own requests: which interrupt is asked for, in `requestedIrq`. */
export function decodeIrqRequest(label: number): number {
  const request = requestNamed(label);
  if (request === undefined) return fail(ILLEGAL_OPERATION);
  if (argCount < request.words || extraCapCount < 1) return fail(TRUNCATED_MESSAGE);
  requestIndexWord = request.index;
  return decodeIrqNumber(request.irq);
}

/** Second part, after the place for the capability was found: where the interrupt comes from. */
export function decodeIrqSource(label: number): number {
  for (const [word, max] of requestNamed(label)?.limits ?? []) {
    if (argExceeds(word, max)) return failRange(RANGE_ERROR, 0, max);
  }
  return OK;
}

/** With an I/O APIC a line that has signalled is quiet until its handler acknowledges; a PLIC's goes on. */
export function maskIrqSignal(irq: number): void {
  if (IS_X86) maskInterrupt(irq, true);
}

/** IRQHandler_Ack. */
export function acknowledgeIrq(irq: number): void {
  if (IS_X86) maskInterrupt(irq, false);
}
