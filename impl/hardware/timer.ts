/** The timer that ticks: it fires once and must be armed again. When it fires is the outside's to say. */
import { store } from '../memory/heap.ts';
import { HW_TIMER_ARMED } from '../memory/layout.ts';

/** It has fired: its interrupt was taken. */
export function timerFired(): void {
  store(HW_TIMER_ARMED, 0);
}

export function resetTimer(): void {
  store(HW_TIMER_ARMED, 1);
}
