/** MCS: who waits for a budget wakes up when it comes, and not before; and the timer is there for it. */
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { isRunnable } from '../../spec/state/kernel-state.ts';
import { atThread, hex } from '../invariants/check.ts';
import { contextAt, isReleased, tcbAt, timeOf } from '../invariants/runs.ts';
import type { Violation } from '../property.ts';
import type { TemporalCheck } from './check.ts';
import { configuredIn } from './invoked.ts';

export const RELEASED_IN_TIME: TemporalCheck = {
  name: 'released_in_time',
  kind: 'step',
  statement:
    'A thread leaves the release queue when its budget has come, and stays in it until then, unless it is stopped, or its scheduling context is changed or taken away.',
  l4v: null,
  evidence: ['woken-after-its-time'],
  requires: ['mcs'],
  start: () => (step, onCase) => {
    const { before, after } = step;
    const out: Violation[] = [];
    for (const thread of before.globals.time.releaseQueue) {
      const [was, is] = [tcbAt(before, thread), tcbAt(after, thread)];
      if (was === undefined || is === undefined) continue;
      const context = contextAt(before, was.schedContext);
      const isSame = is.schedContext === was.schedContext && contextAt(after, is.schedContext) === context;
      if (context === undefined || !isSame || !isRunnable(is.state)) {
        onCase('taken out');
        continue;
      }
      const isIn = after.globals.time.releaseQueue.includes(thread);
      const isDue = isReleased(after, context);
      onCase(isDue ? 'due' : 'not yet');
      if (isIn !== isDue) continue;
      const at = context.refills[0]?.time ?? 0n;
      out.push({
        where: atThread(thread),
        because: `its budget comes at ${at}, it is ${after.globals.time.now}, and it is ${isIn ? 'still' : 'no more'} in the release queue`,
      });
    }
    return out;
  },
};

/** What the kernel must be entered for, put in words where it is missed, and when. */
type Obligation = readonly [what: () => string, at: bigint];

const sliceEnds = (): string => 'the slice of the domain ends';

/** The idle thread's slice ends without anything to be done. */
function obligations(s: KernelState, isBudgetKnown: boolean): readonly Obligation[] {
  const { currentThread, idleThread, time, domainTime } = s.globals;
  const due: Obligation[] = [];
  const tcb = tcbAt(s, currentThread);
  const [head] = (tcb === undefined || currentThread === idleThread ? undefined : timeOf(s, tcb))?.refills ?? [];
  if (head !== undefined && isBudgetKnown)
    due.push([() => `the budget of ${hex(currentThread)} ends`, time.now - time.consumed + head.amount]);
  if (s.config.domains > 1) due.push([sliceEnds, time.now + domainTime]);
  const [first] = time.releaseQueue;
  const waiting = first === undefined ? undefined : tcbAt(s, first);
  const next = waiting === undefined ? undefined : contextAt(s, waiting.schedContext)?.refills[0];
  if (first !== undefined && next !== undefined) due.push([() => `the budget of ${hex(first)} comes`, next.time]);
  return due;
}

export const TIMER_NO_LATER_THAN_DUE: TemporalCheck = {
  name: 'timer_no_later_than_due',
  kind: 'step',
  statement:
    'When the kernel is left, the timer interrupts no later than the budget of who runs ends, the slice of the domain ends, or the next budget comes that somebody waits for.',
  l4v: {
    theory: 'spec/abstract/Schedule_A.thy (rt)',
    constant: 'set_next_interrupt',
    difference:
      'what it programs, as a condition on states; not of a budget that the running thread was given since the timer was programmed last, which the kernel programs it for no sooner than the next time',
  },
  evidence: ['timer-ignores-release-queue'],
  requires: ['mcs'],
  start: () => {
    /** The running thread's context was given other terms, and the timer has not been programmed since. */
    let isStale = false;
    return (step, onCase) => {
      const { before, after } = step;
      const out: Violation[] = [];
      const { deadline } = after.globals.machine;
      const running = tcbAt(after, after.globals.currentThread)?.schedContext ?? null;
      const isSame = running === (tcbAt(before, before.globals.currentThread)?.schedContext ?? null);
      const isProgrammed = deadline !== before.globals.machine.deadline;
      isStale = !isProgrammed && isSame && (isStale || (running !== null && running === configuredIn(step)));
      if (isStale) onCase('budget changed while it ran');
      const due = obligations(after, !isStale);
      if (due.length > 0) onCase('due');
      for (const [what, at] of due)
        if (deadline > at - after.config.timerPrecision)
          out.push({
            where: 'timer',
            because: `interrupts at ${deadline}, and at ${at} ${what()}`,
          } satisfies Violation);
      return out;
    };
  },
};
