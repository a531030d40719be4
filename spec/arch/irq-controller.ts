/**
 * What interrupts are like on a platform: which of them users may have, how they ask for one, and what masking and acknowledging mean.
 * Everything about interrupts that depends on the interrupt controller is here.
 *
 * @source l4v spec/abstract/X64/ArchDecode_A.thy `arch_check_irq`, `arch_decode_irq_control_invocation`,
 * spec/abstract/X64/ArchInterrupt_A.thy `arch_mask_irq_signal`; seL4 src/arch/x86/object/interrupt.c
 */
import type { KernelConfig } from '../abi/config.ts';
import type { ErrorOf } from '../abi/error-codes.ts';
import type { Label } from '../abi/labels.ts';
import type { Word } from '../abi/words.ts';
import type { Either } from '../prelude.ts';
import { left, right, specAssert } from '../prelude.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { setMachine } from '../state/kernel-state.ts';

/** The interrupt that IRQControl_Get names by number. With an I/O APIC no interrupt is had that way. */
export function checkIrq(config: KernelConfig, irq: Word): Either<ErrorOf<'IllegalOperation' | 'RangeError'>, number> {
  return config.irqController._tag === 'IOAPIC' ? left({ _tag: 'IllegalOperation' }) : irqOfNumber(config, irq);
}

/** Number 0 is no interrupt. */
function irqOfNumber({ irqs }: KernelConfig, irq: Word): Either<ErrorOf<'RangeError'>, number> {
  if (irq < 1n || irq > BigInt(irqs - 1)) return left({ _tag: 'RangeError', min: 1, max: irqs - 1 });
  return right(Number(irq));
}

/** A way of asking for an interrupt that only this controller has. */
export interface IrqRequest {
  /** Message words that the invocation needs. */
  readonly length: number;
  /** Where in the message the new capability's place is: its index, then its depth. */
  readonly index: number;
  /** The interrupt asked for. */
  readonly irq: (config: KernelConfig, args: readonly Word[]) => Either<ErrorOf<'RangeError'>, number>;
  /** What is wrong with the words that say where the interrupt comes from. They are looked at last. */
  readonly refuseSource: (config: KernelConfig, args: readonly Word[]) => ErrorOf<'RangeError'> | null;
}

/** Null when the label asks for no interrupt here. */
export function irqRequest(label: Label | undefined): IrqRequest | null {
  switch (label) {
    case 'X86IRQIssueIRQHandlerIOAPIC':
      return IOAPIC_REQUEST;
    case 'X86IRQIssueIRQHandlerMSI':
      return MSI_REQUEST;
    case 'RISCVIRQIssueIRQHandlerTrigger':
      return TRIGGER_REQUEST;
    default:
      return null;
  }
}

/** The seventh word, from 0 on: the vector as users count. */
function userVector({ irqController }: KernelConfig, args: readonly Word[]): Either<ErrorOf<'RangeError'>, number> {
  const { userMin, userMax } = irqController;
  const vector = args[6] ?? 0n;
  if (vector > BigInt(userMax - userMin)) return left({ _tag: 'RangeError', min: 0, max: userMax - userMin });
  return right(userMin + Number(vector));
}

function aboveMax(word: Word | undefined, max: number): ErrorOf<'RangeError'> | null {
  return (word ?? 0n) > BigInt(max) ? { _tag: 'RangeError', min: 0, max } : null;
}

/** Words: index, depth, I/O APIC, pin, level, polarity, vector. */
const IOAPIC_REQUEST: IrqRequest = {
  length: 7,
  index: 0,
  irq: userVector,
  refuseSource: ({ irqController }, [, , ioapic, pin, level, polarity]) => {
    specAssert(irqController._tag === 'IOAPIC', 'a pin of an I/O APIC is asked for where there is one');
    return (
      aboveMax(ioapic, irqController.ioapics - 1) ??
      aboveMax(pin, irqController.pins - 1) ??
      aboveMax(level, 1) ??
      aboveMax(polarity, 1)
    );
  },
};

/** Words: index, depth, PCI bus, device, function, handle (not looked at), vector. */
const MSI_REQUEST: IrqRequest = {
  length: 7,
  index: 0,
  irq: userVector,
  refuseSource: (_, [, , bus, device, pciFunction]) =>
    aboveMax(bus, 255) ?? aboveMax(device, 31) ?? aboveMax(pciFunction, 7),
};

/** Words: interrupt, trigger (any), index, depth. */
const TRIGGER_REQUEST: IrqRequest = {
  length: 4,
  index: 2,
  irq: (config, args) => irqOfNumber(config, args[0] ?? 0n),
  refuseSource: () => null,
};

export function maskInterrupt(s: KernelState, irq: number, masked: boolean): KernelState {
  const { irqMasked } = s.globals.machine;
  return irqMasked[irq] === masked ? s : setMachine(s, { irqMasked: irqMasked.with(irq, masked) });
}

/** With an I/O APIC a line that has signalled keeps quiet until its handler says so; a PLIC's goes on. */
export function maskIrqSignal(s: KernelState, irq: number): KernelState {
  return s.config.irqController._tag === 'PLIC' ? s : maskInterrupt(s, irq, true);
}

/** IRQHandler_Ack: the line may signal again. */
export function acknowledgeIrq(s: KernelState, irq: number): KernelState {
  return s.config.irqController._tag === 'PLIC' ? s : maskInterrupt(s, irq, false);
}
