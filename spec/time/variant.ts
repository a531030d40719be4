/**
 * Points of difference between the two kernels in how time is accounted for.
 *
 * @source l4v branches master and rt: spec/abstract/Schedule_A.thy `schedule`, Syscall_A.thy `handle_event`
 */
import type { Variant } from '../abi/variant.ts';
import { updateTimeStamp } from '../state/clock.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { rescheduleRequired, schedAppend, schedDequeue } from '../state/ready-queues.ts';
import { setTime } from '../state/sched-context.ts';
import { chargePreempted, checkBudget, checkBudgetRestart, yieldBudget } from './budget.ts';
import { awaken, checkDomainTime, setNextInterrupt, switchSchedContext } from './timer.ts';

interface TimePoints {
  /** What an event begins with: whether anything is done for the running thread. */
  readonly enter: (s: KernelState) => { readonly state: KernelState; readonly goesOn: boolean };
  /** What an interrupt begins with. */
  readonly enterByInterrupt: (s: KernelState) => KernelState;
  /** What comes before the interrupt that ended a long operation. */
  readonly preempted: (s: KernelState) => KernelState;
  /** What choosing who runs begins and ends with. */
  readonly beginSchedule: (s: KernelState) => KernelState;
  readonly endSchedule: (s: KernelState) => KernelState;
  readonly yieldCurrent: (s: KernelState) => KernelState;
}

const TIME: Readonly<Record<Variant, TimePoints>> = {
  classic: {
    enter: (state) => ({ state, goesOn: true }),
    enterByInterrupt: (s) => s,
    preempted: (s) => s,
    beginSchedule: (s) => s,
    endSchedule: (s) => s,
    yieldCurrent: (s) => {
      const thread = s.globals.currentThread;
      return rescheduleRequired(schedAppend(schedDequeue(s, thread), thread));
    },
  },
  mcs: {
    enter: (s) => checkBudgetRestart(updateTimeStamp(s)),
    enterByInterrupt: (s) => checkBudget(updateTimeStamp(s)).state,
    preempted: chargePreempted,
    beginSchedule: (s) => checkDomainTime(awaken(s)),
    endSchedule: (s) => {
      const t = switchSchedContext(s);
      return t.globals.time.reprogram ? setTime(setNextInterrupt(t), { reprogram: false }) : t;
    },
    yieldCurrent: yieldBudget,
  },
};

export function timePoints(s: { readonly config: { readonly variant: Variant } }): TimePoints {
  return TIME[s.config.variant];
}
