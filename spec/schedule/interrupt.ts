/**
 * Interrupts, of which the timer's is the one that matters here.
 *
 * @source l4v spec/abstract/Interrupt_A.thy `handle_interrupt`, `timer_tick`; seL4 src/object/interrupt.c
 */
import type { KernelState } from '../state/kernel-state.ts';
import { getTcb, setGlobals, setMachine, updateTcb } from '../state/kernel-state.ts';
import { rescheduleRequired, schedAppend } from '../state/ready-queues.ts';

/** An interrupt nobody asked for is masked, so that it does not come again. */
export function handleInterrupt(s: KernelState, irq: number | null): KernelState {
  if (irq === null) return s;
  return s.globals.irqStates[irq] === 'Timer'
    ? timerTick(s)
    : setMachine(s, { irqMasked: s.globals.machine.irqMasked.with(irq, true) });
}

/** Charges the running thread, and the domain. A thread about to issue its system call again is not charged. */
function timerTick(s: KernelState): KernelState {
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
