/**
 * MCS: the timer, and what it wakes up.
 *
 * @source l4v branch rt spec/abstract/Schedule_A.thy `awaken`, `switch_sched_context`, `set_next_interrupt`; seL4 src/kernel/thread.c
 */
import { isCurDomainExpired } from '../state/clock.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getSchedContext, getTcb, setMachine } from '../state/kernel-state.ts';
import { possibleSwitchTo, rescheduleRequired } from '../state/ready-queues.ts';
import { isConfigured, isRoundRobin, refillHead } from '../state/refills.ts';
import { releaseRemove, releaseTime } from '../state/release-queue.ts';
import { commitTime, reprogramTimer, setTime, unblockCheck } from '../state/sched-context.ts';

/** Threads whose budget has come are offered to the scheduler, the earliest first. */
export function awaken(start: KernelState): KernelState {
  let s = start;
  for (;;) {
    const [first] = s.globals.time.releaseQueue;
    if (first === undefined || releaseTime(s, first) > s.globals.time.now) return s;
    s = possibleSwitchTo(releaseRemove(s, first), first);
  }
}

export function checkDomainTime(s: KernelState): KernelState {
  return isCurDomainExpired(s) ? rescheduleRequired(reprogramTimer(s)) : s;
}

/** From now on time is charged to the context of the thread that was chosen; what was used before, to the one that it was charged to. */
export function switchSchedContext(start: KernelState): KernelState {
  const { schedContext: next } = getTcb(start, start.globals.currentThread);
  let s = start;
  if (next !== null && next !== s.globals.time.schedContext) {
    const context = getSchedContext(s, next);
    if (isConfigured(context)) {
      s = reprogramTimer(s);
      if (!context.sporadic && !isRoundRobin(context)) s = unblockCheck(s, next);
    }
  }
  if (s.globals.time.reprogram) s = commitTime(s);
  return s.globals.time.schedContext === next ? s : setTime(s, { schedContext: next });
}

/** The timer interrupts when the budget is used up, the domain's slice is over, or somebody's budget comes, whichever is first. */
export function setNextInterrupt(s: KernelState): KernelState {
  const { currentThread, time, domainTime } = s.globals;
  const { schedContext } = getTcb(s, currentThread);
  let next = time.now + (schedContext === null ? 0n : refillHead(getSchedContext(s, schedContext)).amount);
  if (s.config.domains > 1 && time.now + domainTime < next) next = time.now + domainTime;
  const [first] = time.releaseQueue;
  if (first !== undefined && releaseTime(s, first) < next) next = releaseTime(s, first);
  return setMachine(s, { deadline: next - s.config.timerPrecision });
}
