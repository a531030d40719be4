/**
 * Defects in who gets the processor, and when: made in both kernels alike, so that comparing them shows nothing, and noticed by the properties of
 * whole runs.
 */
import type { Defect } from './defect.ts';
import { edit } from './defect.ts';
import { seeded } from './seeded.ts';

const REFILLS = 'impl/kernel/refills.ts';
const CLOCK = 'impl/kernel/clock.ts';
const REPLY = 'impl/kernel/reply-object.ts';
const VARIANT = 'impl/kernel/variant.ts';
const SPEC_REFILLS = 'spec/state/refills.ts';
const TIMER = 'spec/time/timer.ts';
const SPEC_REPLY = 'spec/perform/reply-object.ts';
const SPEC_VARIANT = 'spec/perform/variant.ts';

type Parts = Pick<Defect, 'name' | 'description' | 'edits'> & {
  readonly subsystem?: Defect['subsystem'];
  /** Properties that may notice it first. */
  readonly also?: readonly string[];
};

/** @param property the one that is meant to notice it */
function temporal(property: string, { subsystem = 'scheduler', also = [], ...parts }: Parts): Defect {
  return { ...parts, subsystem, side: 'both', config: 'small-mcs', breaks: [property, ...also] };
}

export const TEMPORAL_DEFECTS: readonly Defect[] = [
  temporal('refills_conserved', {
    name: 'waking-loses-refills',
    description: 'A thread that wakes up has of several refills that have come only the first.',
    edits: [
      edit(
        REFILLS,
        'storeAt(head + REFILL_TIME_LO, nowLo, nowHi); addAt(head + REFILL_AMOUNT_LO, amountLo, amountHi);',
        'storeAt(head + REFILL_TIME_LO, nowLo, nowHi); storeAt(head + REFILL_AMOUNT_LO, amountLo, amountHi);',
      ),
      edit(SPEC_REFILLS, 'amount += next.amount;', 'amount += 0n;'),
    ],
  }),
  temporal('charges_match_runs', {
    name: 'next-context-pays',
    also: ['refills_conserved'],
    description: 'The scheduling context that runs next is charged for the one that ran.',
    edits: [
      edit(CLOCK, '} commitTime(); store(KS_CUR_SC, context);', '} store(KS_CUR_SC, context); commitTime();'),
      edit(
        TIMER,
        'if (s.globals.time.reprogram) s = commitTime(s);',
        'if (s.globals.time.reprogram) s = commitTime(setTime(s, { schedContext: next }));',
      ),
    ],
  }),
  temporal('budget_in_window', {
    name: 'budget-back-too-soon',
    description: 'What was used of a budget comes back after half a period.',
    edits: [
      edit(
        REFILLS,
        'const periodLo = load(context + SCHED_CONTEXT_PERIOD_LO); const periodHi = load(context + SCHED_CONTEXT_PERIOD_HI);',
        'const wholeHi = load(context + SCHED_CONTEXT_PERIOD_HI);\n  const periodLo = ((load(context + SCHED_CONTEXT_PERIOD_LO) >>> 1) | (wholeHi << 31)) >>> 0;\n  const periodHi = wholeHi >>> 1;',
      ),
      edit(
        SPEC_REFILLS,
        'const { period, refillMax } = context; const limit',
        'const { refillMax } = context; const period = context.period / 2n; const limit',
      ),
    ],
  }),
  temporal('reservation_honoured', {
    name: 'budget-back-too-late',
    also: ['sp_valid_refills'],
    description: 'What was used of a budget comes back after five periods.',
    edits: [
      edit(
        REFILLS,
        'const periodLo = load(context + SCHED_CONTEXT_PERIOD_LO); const periodHi = load(context + SCHED_CONTEXT_PERIOD_HI);',
        'const fiveLo = (load(context + SCHED_CONTEXT_PERIOD_LO) >>> 0) * 5;\n  const periodLo = fiveLo >>> 0;\n  const periodHi = (load(context + SCHED_CONTEXT_PERIOD_HI) * 5 + Math.floor(fiveLo / 2 ** 32)) >>> 0;',
      ),
      edit(
        SPEC_REFILLS,
        'const { period, refillMax } = context; const limit',
        'const { refillMax } = context; const period = context.period * 5n; const limit',
      ),
    ],
  }),
  temporal('passive_runs_on_lent_time', {
    name: 'send-gives-time-away',
    subsystem: 'reply',
    description: 'A receiver without time gets the sender’s, whatever the sender called.',
    edits: [
      edit(VARIANT, 'const lends = (flags & BLOCKING_CAN_DONATE) !== 0 && context', 'const lends = context'),
      edit(
        SPEC_VARIANT,
        'if (!canDonate || schedContext === null || getTcb(s, receiver).schedContext !== null) return s;',
        'if (schedContext === null || getTcb(s, receiver).schedContext !== null) return s;',
      ),
    ],
  }),
  temporal('lent_time_comes_back', {
    name: 'answered-without-time',
    subsystem: 'reply',
    description: 'The scheduling context that went along with a call stays with whoever answered.',
    edits: [
      edit(REPLY, 'if (load(caller + TCB_SCHED_CONTEXT) === 0) donate(context, caller);', ''),
      edit(
        SPEC_REPLY,
        'getTcb(popped, caller).schedContext === null ? schedContextDonate(popped, schedContext, caller) : popped;',
        'popped;',
      ),
    ],
  }),
  temporal('released_in_time', {
    name: 'woken-after-its-time',
    description: 'Whoever waits for a budget that comes at this very moment goes on waiting.',
    edits: [
      edit(
        CLOCK,
        'if (isLessAt(KS_CUR_TIME_LO, releaseTime(first))) break;',
        'if (!isLessAt(releaseTime(first), KS_CUR_TIME_LO)) break;',
      ),
      edit(TIMER, 'releaseTime(s, first) > s.globals.time.now)', 'releaseTime(s, first) >= s.globals.time.now)'),
    ],
  }),
  temporal('timer_no_later_than_due', {
    name: 'timer-ignores-release-queue',
    description: 'The timer is not programmed for the budgets that others wait for.',
    edits: [
      edit(CLOCK, 'if (first !== 0) { const time', 'if (first < 0) { const time'),
      edit(
        TIMER,
        'if (first !== undefined && releaseTime(s, first) < next)',
        'if (first !== undefined && releaseTime(s, first) < 0n)',
      ),
    ],
  }),
  seeded({
    meant: 'queue_depth_bounded',
    name: 'least-priority-first',
    description: 'Of the ready threads one of the lowest priority runs.',
    edits: [
      edit(
        'impl/kernel/scheduler.ts',
        'const priority = highestPriority(domain);',
        'let priority = highestPriority(domain);\n  for (let low = priority - 1; low >= 0; low--) if (headOfQueue(domain, low) !== 0) priority = low;',
      ),
      edit(
        'spec/schedule/schedule.ts',
        'const priority = highestReadyPriority(s, s.globals.currentDomain);',
        'let priority = highestReadyPriority(s, s.globals.currentDomain);\n  for (let low = (priority ?? 0) - 1; low >= 0; low--)\n    if (readyQueue(s, s.globals.currentDomain, low).length > 0) priority = low;',
      ),
    ],
  }),
];
