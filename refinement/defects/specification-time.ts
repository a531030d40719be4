/**
 * Defects for what must be true in the MCS kernel: each is noticed by one property with nothing else to notice it. Those of the specification are made
 * on one side only, so that comparing would find them as well; they are here for a mistake made on both.
 */
import type { Defect } from './defect.ts';
import { edit } from './defect.ts';
import { BREAKS } from './mcs-defect.ts';

const REFILLS = 'spec/state/refills.ts';
const RELEASE = 'spec/state/release-queue.ts';
const CONTEXT = 'spec/state/sched-context.ts';
const CLOCK = 'spec/state/clock.ts';
const BUDGET = 'spec/time/budget.ts';
const TIMER = 'spec/time/timer.ts';
const TIME = 'spec/time/variant.ts';
const REPLY = 'spec/perform/reply-object.ts';
const BINDING = 'spec/perform/sched-context-binding.ts';
const OPERATIONS = 'spec/perform/sched-context.ts';
const VARIANT = 'spec/perform/variant.ts';
const DECODE = 'spec/decode/sched-context.ts';
const IMPL_REFILLS = 'impl/kernel/refills.ts';
const IMPL_REPLY = 'impl/kernel/reply-object.ts';
const IMPL_RELEASE = 'impl/kernel/release-queue.ts';
const IMPL_FASTPATH = 'impl/kernel/fastpath-mcs.ts';

type Parts = Pick<Defect, 'name' | 'description' | 'edits'> & { readonly subsystem?: Defect['subsystem'] };

/** @param property the one that notices it alone */
function timed(property: string, { edits, subsystem = 'scheduler', ...parts }: Parts): Defect {
  const side = edits.some(({ file }) => file.startsWith('impl/')) ? 'impl' : 'spec';
  return { ...parts, edits, subsystem, side, config: 'small-mcs', breaks: [...BREAKS, property] };
}

export const TIME_EVIDENCE: readonly Defect[] = [
  timed('valid_sched_context', {
    name: 'spec-more-refills-than-room',
    description: 'A scheduling context may be given one refill more than there is room for.',
    edits: [edit(DECODE, 'if (extraRefills > BigInt(most))', 'if (extraRefills > BigInt(most) + 1n)')],
  }),
  timed('valid_reply', {
    name: 'spec-head-knows-itself',
    subsystem: 'reply',
    description: 'The head of a call stack remembers itself, not the scheduling context.',
    edits: [
      edit(
        REPLY,
        'head === undefined || head === before ? t : setHeadOf(t, head, schedContext);',
        'head === undefined || head === before ? t : setHeadOf(t, head, head);',
      ),
    ],
  }),
  timed('valid_replies', {
    name: 'spec-stack-keeps-who-was-cancelled',
    subsystem: 'reply',
    description: 'A caller that waits no more stays in the call stack.',
    edits: [
      edit(
        REPLY,
        'return setCallStack(s, schedContext, replies.slice(0, replies.indexOf(reply)));',
        'return replies.length === 0 ? s : setHeadOf(s, reply, null);',
      ),
    ],
  }),
  timed('fault_tcbs_valid_states', {
    name: 'spec-cancelled-fault-stays',
    description: 'A thread whose fault is not sent any more keeps it.',
    subsystem: 'cancel',
    edits: [
      edit(
        VARIANT,
        'beginCancel: (s, thread) => (getTcb(s, thread).fault === null ? s : updateTcb(s, thread, { fault: null })),',
        'beginCancel: (s) => s,',
      ),
    ],
  }),
  timed('active_scs_valid', {
    name: 'spec-deleted-context-keeps-budget',
    description: 'A scheduling context that was deleted still says what its budget was.',
    edits: [
      edit(
        OPERATIONS,
        '{ refillMax: 0, refills: [], budget: 0n, sporadic: false }',
        '{ refillMax: 0, refills: [], sporadic: false }',
      ),
    ],
  }),
  timed('rr_valid_refills', {
    name: 'spec-slice-not-given-back',
    description: 'In round robin what was used of a slice is gone for good.',
    edits: [edit(CONTEXT, 'amount: tail.amount + used }', 'amount: tail.amount }')],
  }),
  timed('sp_valid_refills', {
    name: 'spec-joined-refill-lost',
    description: 'Time that was used and would join the last refill does not come back.',
    edits: [
      edit(
        REFILLS,
        'return refills.with(-1, { time: last.time, amount });',
        'return refills.with(-1, { time: last.time, amount: last.amount });',
      ),
    ],
  }),
  timed('active_reply_scs', {
    name: 'spec-no-extra-refills-no-refills',
    subsystem: 'reply',
    description: 'A scheduling context that is given no extra refills counts as not configured.',
    edits: [
      edit(
        DECODE,
        'refillMax: Number(extraRefills) + MIN_REFILLS,',
        'refillMax: extraRefills === 0n ? 0 : Number(extraRefills) + MIN_REFILLS,',
      ),
    ],
  }),
  timed('valid_ready_qs', {
    name: 'spec-used-up-thread-ready',
    description: 'A thread whose budget is used up is ready again at once.',
    edits: [
      edit(
        BUDGET,
        'return isReadyAndSufficient(s, ref) ? schedAppend(s, thread) : postpone(s, ref);',
        'return isReadyAndSufficient(s, ref) || ref !== null ? schedAppend(s, thread) : postpone(s, ref);',
      ),
    ],
  }),
  timed('valid_release_q', {
    name: 'spec-release-queue-in-order-of-arrival',
    description: 'Whoever waits for a budget waits behind those who came before.',
    edits: [edit(RELEASE, '(other) => releaseTime(s, other) > time', '(other) => releaseTime(s, other) < 0n * time')],
  }),
  timed('ready_or_release', {
    name: 'spec-postponed-thread-ready',
    description: 'A thread that has to wait for its budget is made ready.',
    edits: [
      edit(
        RELEASE,
        'return reprogramTimer(releaseEnqueue(schedDequeue(s, tcb), tcb));',
        'return reprogramTimer(releaseEnqueue(schedEnqueue(s, tcb), tcb));',
      ),
      edit(RELEASE, 'import { schedDequeue }', 'import { schedDequeue, schedEnqueue }'),
    ],
  }),
  timed('ct_not_in_release_q', {
    name: 'spec-nobody-else-chosen',
    description: 'A thread whose budget is used up is not taken off the processor.',
    edits: [
      edit(
        BUDGET,
        'return reprogramTimer(rescheduleRequired(endTimeslice(s, ref, canTimeoutFault)));',
        'const t = endTimeslice(s, ref, canTimeoutFault);\n  return reprogramTimer(t.globals.time.releaseQueue.length > 0 ? t : rescheduleRequired(t));',
      ),
    ],
  }),
  timed('released_ipc_queues', {
    name: 'spec-new-budget-late',
    description: 'The budget that a scheduling context is given comes a period later.',
    edits: [
      edit(
        REFILLS,
        'const refills: Refill[] = [{ time: now, amount: budget }];',
        'const refills: Refill[] = [{ time: now + period, amount: budget }];',
      ),
    ],
  }),
  timed('sorted_ipc_queues', {
    name: 'spec-first-come-first-served',
    subsystem: 'endpoint',
    description: 'Who waits for an endpoint or a notification waits behind whoever came before.',
    edits: [edit(VARIANT, 'joinQueue: joinByPriority,', 'joinQueue: (_s, queue, thread) => [...queue, thread],')],
  }),
  timed('cur_sc_tcb', {
    name: 'spec-former-context-pays',
    description: 'Time is charged to the scheduling context of the thread that ran before.',
    edits: [
      edit(
        TIMER,
        'return s.globals.time.schedContext === next ? s : setTime(s, { schedContext: next });',
        'return s.globals.time.schedContext === next || next !== null ? s : setTime(s, { schedContext: next });',
      ),
    ],
  }),
  timed('cur_sc_chargeable', {
    name: 'spec-donor-keeps-context',
    subsystem: 'reply',
    description: 'Whoever gives a scheduling context away has it still.',
    edits: [
      edit(BINDING, 'const taken = takeFrom(s, from);', 'const taken = isCurrent(s, from) ? s : takeFrom(s, from);'),
    ],
  }),
  timed('cur_sc_offset_ready', {
    name: 'spec-budget-looked-at-before-use',
    description: 'Whether there is budget left does not count what was used since the last charge.',
    edits: [
      edit(
        BUDGET,
        'if (isRefillSufficient(s.config, context, consumed)) return',
        'if (isRefillSufficient(s.config, context, consumed / 2n)) return',
      ),
    ],
  }),
  timed('release_q_in_future', {
    name: 'spec-due-thread-not-woken',
    description: 'A thread whose budget comes at this very moment goes on waiting for it.',
    edits: [edit(TIMER, 'releaseTime(s, first) > s.globals.time.now', 'releaseTime(s, first) >= s.globals.time.now')],
  }),
  timed('reprogram_timer_done', {
    name: 'spec-timer-programmed-again-and-again',
    description: 'That the timer was programmed is not remembered.',
    edits: [edit(TIME, 'setTime(setNextInterrupt(t), { reprogram: false })', 'setNextInterrupt(t)')],
  }),
  timed('current_time_bounded', {
    name: 'spec-clock-fast',
    description: 'The kernel thinks it later than the timer says.',
    edits: [edit(CLOCK, 'now: machine.time, consumed:', 'now: machine.time + passed, consumed:')],
  }),
  timed('consumed_time_bounded', {
    name: 'spec-time-counted-twice',
    description: 'Every tick is charged as two.',
    edits: [edit(CLOCK, 'consumed: time.consumed + passed }', 'consumed: time.consumed + passed * 2n }')],
  }),
  timed("valid_sched_context'", {
    name: 'buffer-of-refills-not-circular',
    description: 'The refill behind the last place of the buffer is not in the first.',
    edits: [
      edit(
        IMPL_REFILLS,
        'return n + 1 === load(context + SCHED_CONTEXT_REFILL_MAX) ? 0 : n + 1;',
        'return n === load(context + SCHED_CONTEXT_REFILL_MAX) ? 0 : n + 1;',
      ),
    ],
  }),
  timed("valid_replies'", {
    name: 'call-before-not-linked',
    subsystem: 'reply',
    description: 'A reply object that is pushed onto a call stack is not linked to the one below.',
    edits: [
      edit(
        IMPL_REPLY,
        'if (before !== 0) setNext(before, reply, 0);\n  setNext(reply, context, 1);',
        'if (before !== 0) setNext(before, 0, 0);\n  setNext(reply, context, 1);',
      ),
    ],
  }),
  timed('valid_release_queue', {
    name: 'release-queue-without-mark',
    description: 'A thread in the release queue is not marked as being in it.',
    edits: [edit(IMPL_RELEASE, 'store(tcb + TCB_IN_RELEASE_QUEUE, 1);', 'store(tcb + TCB_IN_RELEASE_QUEUE, 0);')],
  }),
  timed('fastpath_signal_taken', {
    name: 'signal-fastpath-wakes-higher-priority',
    subsystem: 'fastpath',
    description: 'The fastpath of signals lets the sender run on when it wakes up a thread of higher priority.',
    edits: [edit(IMPL_FASTPATH, 'if (priority > current) return false;', 'if (priority > current + 64) return false;')],
  }),
];
