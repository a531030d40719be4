/** Who acts in a step, and what that one may do. */
import type { Event } from '../../spec/api/event.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import type { Label, Labelling } from './authority.ts';
import { has } from './authority.ts';
import type { Policy } from './policy.ts';
import { controlled } from './policy.ts';

/** A system's policy, ready to be asked at every step. */
export interface Rules {
  readonly labelling: Labelling;
  readonly policy: Policy;
  /** By label, itself and those that it controls. */
  readonly controlled: readonly number[];
}

export function rulesOf(labelling: Labelling, policy: Policy): Rules {
  return { labelling, policy, controlled: controlled(policy) };
}

/** The labels on whose behalf a step is made, and all that belongs to them. */
export interface Subject {
  /** The label of the thread that ran; null when nobody did. */
  readonly label: Label | null;
  readonly owned: number;
  /** Whether one of them has one of these authorities over a label. */
  readonly may: (authority: number, over: Label) => boolean;
}

/** A thread acts for its label; an interrupt that comes during the step acts for the label that has it. */
export function subjectOf(
  { labelling, policy, controlled: under }: Rules,
  entered: KernelState,
  event: Event,
): Subject {
  const { currentThread, idleThread, machine } = entered.globals;
  const label = currentThread === idleThread ? null : labelling.labelOf(currentThread);
  let labels = label === null ? 0 : 1 << label;
  for (const irq of [event._tag === 'Interrupt' ? event.irq : null, machine.irqArrival?.irq ?? null]) {
    if (irq !== null && irq < labelling.irqLabels.length && irq !== entered.config.timerIrq)
      labels |= 1 << labelling.irqLabels[irq]!;
  }
  // Nobody's interrupts are the kernel's, which is nobody.
  labels &= ~1;
  let owned = 0;
  for (let one = 0; one < under.length; one++) if (has(labels, one)) owned |= under[one]!;
  return {
    label,
    owned,
    may: (authority, over) => {
      for (let one = 0; one < policy.size; one++)
        if (has(labels, one) && (policy.over(one, over) & authority) !== 0) return true;
      return false;
    },
  };
}
