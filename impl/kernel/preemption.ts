/** @source seL4 src/model/preemption.c `preemptionPoint` */
import { MAX_WORK_UNITS } from '#impl-config';
import { isIrqPending } from '../hardware/irq-controller.ts';
import { passLook } from '../hardware/timer.ts';
import { load, store } from '../memory/heap.ts';
import { KS_WORK_UNITS } from '../memory/layout.ts';
import { TIME_IS_BUDGETED } from '../variant.ts';
import { hasBudgetLeft, updateTimestamp } from './clock.ts';
import { OK, PREEMPTED } from './outcome.ts';

/** Counts a unit of work, and looks for interrupts once in MAX_WORK_UNITS of them. */
export function preemptionPoint(): number {
  const done = load(KS_WORK_UNITS) + 1;
  if (done < MAX_WORK_UNITS) {
    store(KS_WORK_UNITS, done);
    return OK;
  }
  store(KS_WORK_UNITS, 0);
  if (TIME_IS_BUDGETED) {
    passLook();
    updateTimestamp();
  }
  // Each look is one, whatever the other says.
  const isInterrupted = isIrqPending();
  return isInterrupted || (TIME_IS_BUDGETED && !hasBudgetLeft()) ? PREEMPTED : OK;
}
