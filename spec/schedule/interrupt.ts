/**
 * What the kernel does about an interrupt.
 *
 * @source l4v spec/abstract/Interrupt_A.thy `handle_interrupt`, `timer_tick`; seL4 src/object/interrupt.c
 */
import { maskInterrupt, maskIrqSignal } from '../arch/irq-controller.ts';
import { sendSignal } from '../perform/notification.ts';
import { ALLOW_WRITE } from '../state/caps.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getCap, getTcb, irqSlot, setGlobals, updateTcb } from '../state/kernel-state.ts';
import { rescheduleRequired, schedAppend } from '../state/ready-queues.ts';
import { reprogramTimer } from '../state/sched-context.ts';

/**
 * @param irq what the interrupt controller says is active; null when it says nothing. It may still deliver what was latched before the line
 * was masked, and lines that the kernel has no state for: both are masked, so that they do not come again.
 */
export function handleInterrupt(
  s: KernelState,
  irq: number | null,
  timer: (s: KernelState) => KernelState,
): KernelState {
  if (irq === null) return s;
  const state = s.globals.irqStates[irq];
  if (state === undefined) return maskInterrupt(s, irq, true);
  switch (state) {
    case 'Inactive':
      return maskInterrupt(s, irq, true);
    case 'Signal':
      return maskIrqSignal(signalHandler(s, irq), irq);
    case 'Timer':
      return timer(s);
    case 'Reserved':
      return s;
  }
}

/** The badge delivered is that of the capability in the interrupt's node; without one the interrupt is lost. */
function signalHandler(s: KernelState, irq: number): KernelState {
  const cap = getCap(s, irqSlot(s, irq));
  return cap._tag === 'NotificationCap' && (cap.rights & ALLOW_WRITE) !== 0 ? sendSignal(s, cap.ref, cap.badge) : s;
}

/** MCS: the time that has come is read at every entry; now the timer needs another one. */
export function acknowledgeDeadline(s: KernelState): KernelState {
  return reprogramTimer(s);
}

/** Charges the running thread, and the domain. A thread about to issue its system call again is not charged. */
export function timerTick(s: KernelState): KernelState {
  const thread = s.globals.currentThread;
  const { state, timeSlice } = getTcb(s, thread);
  let t = s;
  if (state._tag === 'Running') {
    t =
      timeSlice > 1
        ? updateTcb(t, thread, { timeSlice: timeSlice - 1 })
        : rescheduleRequired(schedAppend(updateTcb(t, thread, { timeSlice: t.config.timeSlice }), thread));
  }
  if (t.config.domains === 1) return t;
  const domainTime = t.globals.domainTime - 1n;
  t = setGlobals(t, { domainTime });
  return domainTime === 0n ? rescheduleRequired(t) : t;
}
