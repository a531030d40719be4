/** All properties of whole runs, in the order in which they look at a step. */
import { CHARGES_MATCH_RUNS, REFILLS_CONSERVED } from './accounts.ts';
import type { TemporalCheck } from './check.ts';
import { LENT_TIME_COMES_BACK, TIME_HANDED_ON } from './handing-on.ts';
import { QUEUE_DEPTH } from './queue-depth.ts';
import { BUDGET_IN_WINDOW, RESERVATION_HONOURED } from './supply.ts';
import { RELEASED_IN_TIME, TIMER_NO_LATER_THAN_DUE } from './waking.ts';

export const TEMPORAL_CHECKS: readonly TemporalCheck[] = [
  REFILLS_CONSERVED,
  CHARGES_MATCH_RUNS,
  BUDGET_IN_WINDOW,
  RESERVATION_HONOURED,
  TIME_HANDED_ON,
  LENT_TIME_COMES_BACK,
  RELEASED_IN_TIME,
  TIMER_NO_LATER_THAN_DUE,
  QUEUE_DEPTH,
];
