/**
 * The timer. The classic kernel's ticks: it fires once and must be armed again. The MCS kernel's reads a time and fires at a deadline. When it
 * fires, and how late it is, is the outside's to say.
 */
import { load, store } from '../memory/heap.ts';
import {
  HW_DEADLINE_HI,
  HW_DEADLINE_LO,
  HW_LOOK_TICKS_HI,
  HW_LOOK_TICKS_LO,
  HW_TIMER_ARMED,
  HW_TIME_HI,
  HW_TIME_LO,
} from '../memory/layout.ts';

/** It has fired: its interrupt was taken. */
export function timerFired(): void {
  store(HW_TIMER_ARMED, 0);
}

export function resetTimer(): void {
  store(HW_TIMER_ARMED, 1);
}

/** Time goes on between two looks within one entry. */
export function passLook(): void {
  const sum = load(HW_TIME_LO) + load(HW_LOOK_TICKS_LO);
  store(HW_TIME_LO, sum);
  store(HW_TIME_HI, load(HW_TIME_HI) + load(HW_LOOK_TICKS_HI) + (sum > 0xffff_ffff ? 1 : 0));
}

export function setDeadline(lo: number, hi: number): void {
  store(HW_DEADLINE_LO, lo);
  store(HW_DEADLINE_HI, hi);
}
