/** MCS: the kernel's view of time, whom it is charged to, and what holds when the kernel is left. */
import type { KernelState } from '../../spec/state/kernel-state.ts';
import type { StateInvariant } from '../property.ts';
import { RT_DET_SCHED, RT_INVARIANTS_AI, atThread, hex, l4v, perState, perTimedThread } from './check.ts';
import { contextAt, isReleased, leastBudget, longestPeriod, tcbAt, timeOf } from './runs.ts';

const LAST_WORD = 2n ** 64n - 1n;
/** Periods that any time which is worked out can lie behind the present. */
const MARGIN = 5n;
const CLOCK = 'time';

export const currentTimeBounded: StateInvariant = {
  name: 'current_time_bounded',
  kind: 'state',
  statement:
    'The kernel thinks it no later than the timer says, and never so late that five of the longest periods more would be behind the last word.',
  l4v: l4v(RT_DET_SCHED, 'current_time_bounded', 'with valid_machine_time'),
  evidence: ['spec-clock-fast'],
  requires: ['mcs'],
  ...perState((s, out) => {
    const { now } = s.globals.time;
    const timer = s.globals.machine.time;
    if (now > timer) out.push({ where: CLOCK, because: `it is ${now} for the kernel, when the timer says ${timer}` });
    if (now + MARGIN * longestPeriod(s.config) > LAST_WORD) out.push({ where: CLOCK, because: `it is ${now}` });
  }),
  exercised: (s) => (s.globals.time.now > 0n ? 1 : 0),
};

export const consumedTimeBounded: StateInvariant = {
  name: 'consumed_time_bounded',
  kind: 'state',
  statement: 'No more time has been used since the last charge than has passed at all.',
  l4v: l4v(RT_DET_SCHED, 'consumed_time_bounded'),
  evidence: ['spec-time-counted-twice'],
  requires: ['mcs'],
  ...perState((s, out) => {
    const { now, consumed } = s.globals.time;
    if (consumed < 0n || consumed > now)
      out.push({ where: CLOCK, because: `${consumed} ticks used, and it is ${now}` });
  }),
  exercised: (s) => (s.globals.time.consumed > 0n ? 1 : 0),
};

const isResume = (s: KernelState): boolean => s.globals.schedulerAction._tag === 'ResumeCurrentThread';

export const curScTcb: StateInvariant = {
  name: 'cur_sc_tcb',
  kind: 'state',
  statement: 'While the current thread goes on running, time is charged to the scheduling context that it has.',
  l4v: l4v(RT_INVARIANTS_AI, 'cur_sc_tcb'),
  evidence: ['spec-former-context-pays'],
  requires: ['mcs'],
  ...perState((s, out) => {
    const { currentThread, time } = s.globals;
    if (!isResume(s)) return;
    const own = tcbAt(s, currentThread)?.schedContext ?? null;
    if (time.schedContext === null || time.schedContext !== own || contextAt(s, own)?.tcb !== currentThread)
      out.push({
        where: atThread(currentThread),
        because: `has ${own === null ? 'no scheduling context' : hex(own)}, and time is charged to ${hex(time.schedContext ?? 0)}`,
      });
  }),
  exercised: (s) => (isResume(s) && s.globals.currentThread !== s.globals.idleThread ? 1 : 0),
};

export const curScChargeable: StateInvariant = {
  name: 'cur_sc_chargeable',
  kind: 'state',
  statement:
    'The scheduling context that time is charged to is bound to no thread but the current one, or one that is stopped.',
  l4v: l4v(RT_DET_SCHED, 'cur_sc_chargeable'),
  evidence: ['spec-donor-keeps-context'],
  requires: ['mcs'],
  ...perTimedThread((s, thread, { schedContext, state }, _context, out) => {
    const { currentThread, time } = s.globals;
    if (schedContext !== time.schedContext || thread === currentThread || state._tag === 'Inactive') return;
    out.push({ where: atThread(thread), because: `is charged for what ${hex(currentThread)} uses` });
  }),
  exercised: (s) => (s.globals.currentThread === s.globals.idleThread ? 0 : 1),
};

export const curScReadyAndSufficient: StateInvariant = {
  name: 'cur_sc_offset_ready',
  kind: 'state',
  statement:
    'When the kernel is left, the current thread, unless idle, has a budget that had come before what it used of it, and the smallest budget is left of it.',
  l4v: l4v(RT_DET_SCHED, 'cur_sc_offset_ready', 'with cur_sc_offset_sufficient'),
  evidence: ['spec-budget-looked-at-before-use'],
  requires: ['mcs'],
  ...perState((s, out) => {
    const { currentThread, idleThread, time } = s.globals;
    const tcb = tcbAt(s, currentThread);
    if (tcb === undefined || currentThread === idleThread) return;
    const where = atThread(currentThread);
    const context = timeOf(s, tcb);
    const [head] = context?.refills ?? [];
    if (context === undefined || head === undefined) {
      out.push({ where, because: 'runs without time' });
      return;
    }
    if (head.time + time.consumed > time.now)
      out.push({ where, because: `used ${time.consumed} ticks until ${time.now} of what comes at ${head.time}` });
    if (head.amount < time.consumed + leastBudget(s.config))
      out.push({ where, because: `used ${time.consumed} of ${head.amount} ticks, and goes on` });
  }),
  exercised: (s) => (s.globals.currentThread === s.globals.idleThread ? 0 : 1),
};

export const nobodyOverdue: StateInvariant = {
  name: 'release_q_in_future',
  kind: 'state',
  statement: 'When the kernel is left, nobody is in the release queue whose budget has come.',
  l4v: l4v(
    'spec/abstract/Schedule_A.thy (rt)',
    'awaken',
    'what awaken leaves behind; there is no name for the predicate',
  ),
  evidence: ['spec-due-thread-not-woken'],
  requires: ['mcs'],
  ...perState((s, out) => {
    for (const thread of s.globals.time.releaseQueue) {
      const tcb = tcbAt(s, thread);
      const context = tcb === undefined ? undefined : contextAt(s, tcb.schedContext);
      if (context !== undefined && isReleased(s, context))
        out.push({
          where: atThread(thread),
          because: `waits for ${context.refills[0]?.time ?? 0}, and it is ${s.globals.time.now}`,
        });
    }
  }),
  exercised: (s) => s.globals.time.releaseQueue.length,
};

export const timerProgrammed: StateInvariant = {
  name: 'reprogram_timer_done',
  kind: 'state',
  statement: 'When the kernel is left, the timer need not be programmed any more.',
  l4v: l4v('spec/abstract/Schedule_A.thy (rt)', 'schedule', 'the flag reprogram_timer that it ends with'),
  evidence: ['spec-timer-programmed-again-and-again'],
  requires: ['mcs'],
  ...perState((s, out) => {
    if (s.globals.time.reprogram) out.push({ where: 'timer', because: 'still to be programmed' });
  }),
  exercised: () => 1,
};
