/** Defects in how the MCS kernel keeps time: refills, budgets, the release queue, and the invocations about them. */
import { edit } from './defect.ts';
import { BREAKS, mcsDefects } from './mcs-defect.ts';

const REFILLS = 'impl/kernel/refills.ts';
const CLOCK = 'impl/kernel/clock.ts';
const BUDGET = 'impl/kernel/budget.ts';
const RELEASE = 'impl/kernel/release-queue.ts';
const CONTEXT = 'impl/kernel/sched-context.ts';
const FASTPATH = 'impl/kernel/fastpath-mcs.ts';
const ENTRY = 'impl/kernel/entry.ts';
const MESSAGE = 'impl/kernel/fault-message.ts';

export const TIME_DEFECTS = mcsDefects('scheduler', [
  {
    name: 'refill-ready-early',
    description: 'A refill counts as ready a little before its time.',
    resembles: 'refill-ready-early',
    edits: [
      edit(
        REFILLS,
        'return !isLessAt(KS_CUR_TIME_LO, refillHead(context) + REFILL_TIME_LO);',
        'add(load(KS_CUR_TIME_LO), load(KS_CUR_TIME_LO + 4), MIN_BUDGET / 2, 0);\n  const time = refillHead(context) + REFILL_TIME_LO;\n  return !isLess(lo, hi, load(time), load(time + 4));',
      ),
    ],
  },
  {
    name: 'unblock-reads-past-the-last-refill',
    description: 'Waking up looks at the refill behind the last one, which is what was left there.',
    resembles: 'refill-beyond-last',
    edits: [edit(REFILLS, 'while (!isSingle(context)) {', 'for (;;) {')],
  },
  {
    name: 'refills-overlap',
    description: 'What was used is joined to the last refill only if that starts no earlier, not where they touch.',
    resembles: 'refills-overlap',
    edits: [
      edit(
        REFILLS,
        'add(load(tail + REFILL_TIME_LO), load(tail + REFILL_TIME_LO + 4), tailAmountLo, tailAmountHi);',
        'add(load(tail + REFILL_TIME_LO), load(tail + REFILL_TIME_LO + 4), 0, 0);',
      ),
    ],
  },
  {
    name: 'full-buffer-not-put-off',
    description: 'Where there is no room for another refill the last one starts when that would, and ends later.',
    resembles: 'refills-overlap',
    edits: [edit(REFILLS, 'subtract(timeLo, timeHi, tailAmountLo, tailAmountHi);', 'subtract(timeLo, timeHi, 0, 0);')],
  },
  {
    name: 'overrun-forgiven',
    description: 'Who uses more than the head refill has is charged for that refill only.',
    resembles: 'overrun-forgiven',
    edits: [
      edit(
        REFILLS,
        'subtract(leftLo, leftHi, amountLo, amountHi);\n    leftLo = lo;\n    leftHi = hi;',
        'leftLo = 0;\n    leftHi = 0;',
      ),
    ],
  },
  {
    name: 'full-buffer-is-no-budget',
    description: 'A thread whose refills fill their buffer loses its turn, whatever it has left.',
    resembles: 'full-buffer-is-no-budget',
    edits: [
      edit(
        BUDGET,
        'if (isSufficient(load(KS_CUR_SC), usedLo, usedHi)) return',
        'if (!isFull(load(KS_CUR_SC)) && isSufficient(load(KS_CUR_SC), usedLo, usedHi)) return',
      ),
      edit(BUDGET, 'isConfigured, isReadyAndSufficient,', 'isConfigured, isFull, isReadyAndSufficient,'),
      edit(REFILLS, 'function isFull(', 'export function isFull('),
    ],
  },
  {
    name: 'used-part-comes-at-once',
    description: 'The part of a refill that was used comes again a period after it is charged, and not after it began.',
    resembles: 'period-drifts',
    edits: [
      edit(
        REFILLS,
        'if ((leftLo !== 0 || leftHi !== 0) && isBeforeTheEnd(head)) {\n    add(load(head + REFILL_TIME_LO), load(head + REFILL_TIME_LO + 4), periodLo, periodHi);',
        'if ((leftLo !== 0 || leftHi !== 0) && isBeforeTheEnd(head)) {\n    add(load(KS_CUR_TIME_LO), load(KS_CUR_TIME_LO + 4), periodLo, periodHi);',
      ),
    ],
  },
  {
    name: 'fragments-stay',
    description: 'A head refill that is too small for a budget is not joined to the next.',
    edits: [
      edit(REFILLS, '  makeHeadSufficient(context);\n}\n\n/** What is too little', '}\n\n/** What is too little'),
    ],
  },
  {
    name: 'update-gives-budget-twice',
    description: 'A changed budget is given in full beside what is left of the old one.',
    resembles: 'budget-added-without-limit',
    edits: [edit(REFILLS, 'subtract(budgetLo, budgetHi, amountLo, amountHi);', 'subtract(budgetLo, budgetHi, 0, 0);')],
  },
  {
    name: 'unblock-keeps-old-time',
    description: 'A server that wakes up keeps the time of its head refill, so that unused time piles up.',
    edits: [
      edit(
        REFILLS,
        'let head = refillHead(context);\n  storeAt(head + REFILL_TIME_LO, nowLo, nowHi);',
        'let head = refillHead(context);',
      ),
    ],
  },
  {
    name: 'ticks-compared-by-low-half',
    description: 'Times that differ in their high halves only are compared by their low ones.',
    edits: [
      edit(
        'impl/kernel/ticks.ts',
        'return aHi >>> 0 < bHi >>> 0 || (aHi >>> 0 === bHi >>> 0 && aLo >>> 0 < bLo >>> 0);',
        'return aLo >>> 0 < bLo >>> 0;',
      ),
    ],
  },
  {
    name: 'least-budget-in-microseconds',
    description: 'The smallest budget is checked in microseconds against a number of ticks.',
    resembles: 'least-budget-in-microseconds',
    edits: [
      edit(
        CONTEXT,
        'if (isLess(budgetLo, budgetHi, MIN_BUDGET, 0) ||',
        'if (isLess(budgetLo, budgetHi, MIN_BUDGET_US, 0) ||',
      ),
    ],
  },
  {
    name: 'period-not-limited',
    description: 'A budget and a period may be as long as a word can say.',
    resembles: 'period-not-limited',
    edits: [edit(CONTEXT, 'if (isLong(0) || isLong(1)) return', 'if (isLong(0) && isLong(1) && false) return')],
  },
  {
    name: 'timeout-in-round-robin',
    description: "The end of a round-robin thread's slice is told to its timeout handler.",
    resembles: 'timeout-in-round-robin',
    edits: [edit(BUDGET, 'if (canTimeoutFault && !isRoundRobin(context) && ', 'if (canTimeoutFault && ')],
  },
  {
    name: 'domain-time-billed-late',
    description: 'The slice of a domain is charged when a context is, after the next thread was chosen.',
    resembles: 'domain-time-billed-late',
    edits: [
      edit(CLOCK, 'if (NUM_DOMAINS > 1) passDomainTime(passedLo, passedHi);\n}', '}'),
      edit(
        CLOCK,
        'if (usedLo === 0 && usedHi === 0) return;',
        'if (usedLo === 0 && usedHi === 0) return;\n  passDomainTime(usedLo, usedHi);',
      ),
    ],
  },
  {
    name: 'clock-not-read-in-long-operations',
    description: 'A long operation does not look at the time.',
    edits: [edit('impl/kernel/preemption.ts', 'passLook();\n    updateTimestamp();', 'passLook();')],
  },
  {
    name: 'budget-not-looked-at-in-long-operations',
    description: 'A long operation goes on when the budget is used up.',
    edits: [
      edit(
        'impl/kernel/preemption.ts',
        ' || (TIME_IS_BUDGETED && !hasBudgetLeft()) ? PREEMPTED : OK',
        ' || (TIME_IS_BUDGETED && !hasBudgetLeft() && false) ? PREEMPTED : OK',
      ),
    ],
  },
  {
    name: 'call-made-without-budget',
    description: 'A system call is carried out although the budget is used up.',
    edits: [
      edit(
        ENTRY,
        'return !TIME_IS_BUDGETED || checkBudgetRestart();',
        'return !TIME_IS_BUDGETED || checkBudgetRestart() || true;',
      ),
    ],
  },
  {
    name: 'postponed-call-lost',
    description: 'A thread whose call has to wait for budget goes on behind it.',
    edits: [edit(BUDGET, 'if (isRunnable(thread)) setThreadState(thread, STATE_RESTART);', '')],
  },
  {
    name: 'slice-not-given-back',
    description: 'A round-robin thread does not have its slice again when its turn is over.',
    edits: [
      edit(
        BUDGET,
        'if (isRoundRobin(context)) refillSlice(context);\n    else refillBudgetCheck(context, usedLo, usedHi);\n    addAt',
        'if (!isRoundRobin(context)) refillBudgetCheck(context, usedLo, usedHi);\n    addAt',
      ),
    ],
  },
  {
    name: 'idle-thread-is-charged',
    description: 'The idle thread pays for the time in which nobody runs.',
    edits: [
      edit(CLOCK, 'if (context !== IDLE_SCHED_CONTEXT && isConfigured(context)) {', 'if (isConfigured(context)) {'),
    ],
  },
  {
    name: 'only-one-awakes',
    description: 'Of several threads whose budget has come only the first is woken.',
    edits: [
      edit(
        CLOCK,
        'releaseRemove(first);\n    possibleSwitchTo(first);',
        'releaseRemove(first);\n    possibleSwitchTo(first);\n    break;',
      ),
    ],
  },
  {
    name: 'timer-not-set-for-release',
    description: 'The timer is not set for the thread whose budget comes next.',
    edits: [edit(CLOCK, 'if (first !== 0) {\n    const time', 'if (first !== 0 && false) {\n    const time')],
  },
  {
    name: 'timer-not-set-after-postponing',
    description: 'The timer is not set again when a thread is put off.',
    edits: [edit(RELEASE, 'releaseEnqueue(tcb);\n  store(KS_REPROGRAM, 1);', 'releaseEnqueue(tcb);')],
  },
  {
    name: 'yield-keeps-budget',
    description: 'A thread that yields keeps what is left of its budget.',
    edits: [
      edit(
        BUDGET,
        'chargeBudget(load(amount), load(amount + 4), false);',
        'chargeBudget(load(KS_CONSUMED_LO), load(KS_CONSUMED_HI), false);',
      ),
    ],
  },
  {
    name: 'yield-counts-as-consumed',
    description: 'What a thread gave up by yielding counts as consumed.',
    edits: [edit(BUDGET, '  storeAt(consumed, consumedLo, consumedHi);', '')],
  },
  {
    name: 'sporadic-server-catches-up-when-chosen',
    description: 'A sporadic server wakes up when it is chosen, and not when it becomes ready.',
    edits: [
      edit(
        CLOCK,
        'if (load(context + SCHED_CONTEXT_SPORADIC) === 0) refillUnblockCheck(context);',
        'refillUnblockCheck(context);',
      ),
    ],
  },
  {
    name: 'configure-does-not-charge',
    description: 'New parameters are given without charging what was used by the old ones.',
    edits: [edit(CONTEXT, 'if (context === load(KS_CUR_SC)) commitTime();', '')],
  },
  {
    name: 'timeout-message-without-time',
    description: 'A timeout message says nothing of the time that was used.',
    edits: [edit(MESSAGE, 'if (context === 0) return length;', 'if (context >= 0) return length;')],
  },
  {
    name: 'release-queue-by-arrival',
    description: 'Threads wait for their budget in the order in which they came.',
    edits: [
      edit(
        RELEASE,
        'while (before !== 0 && isLessAt(time, releaseTime(before)))',
        'while (before !== 0 && time === 0)',
      ),
    ],
  },
  {
    name: 'configure-while-queued',
    description: 'A thread stays in the release queue while the times that order it change.',
    resembles: 'key-changed-in-queue',
    edits: [edit(CONTEXT, 'releaseRemove(tcb);\n    schedDequeue(tcb);', 'schedDequeue(tcb);')],
  },
  {
    name: 'carry-lost-in-ticks',
    description: 'Adding ticks loses the carry between the halves.',
    edits: [
      edit('impl/kernel/ticks.ts', 'hi = (aHi + bHi + (lo >>> 0 < aLo >>> 0 ? 1 : 0)) | 0;', 'hi = (aHi + bHi) | 0;'),
    ],
  },
  {
    name: 'time-rolled-back',
    description: 'Where the timer need not be programmed, the kernel forgets that time has passed since it was left.',
    resembles: 'time-rolled-back',
    edits: [
      edit(
        CLOCK,
        'if (load(KS_REPROGRAM) === 0) {\n    store(KS_CUR_SC, context);',
        'if (load(KS_REPROGRAM) === 0) {\n    subtract(load(KS_CUR_TIME_LO), load(KS_CUR_TIME_LO + 4), load(KS_CONSUMED_LO), load(KS_CONSUMED_HI));\n    storeAt(KS_CUR_TIME_LO, lo, hi);\n    forgetConsumed();\n    store(KS_CUR_SC, context);',
      ),
    ],
  },
  {
    name: 'signal-fastpath-charges-nobody',
    description:
      'The fastpath of signals switches to a woken thread of higher priority, and charges nobody for what was used.',
    resembles: 'signal-fastpath-charges-nobody',
    breaks: [...BREAKS, 'fastpath_signal_taken'],
    edits: [
      edit(FASTPATH, 'KS_CUR_SC, KS_RELEASE_HEAD,', 'KS_CUR_SC, KS_CUR_THREAD, KS_RELEASE_HEAD,'),
      edit(FASTPATH, '  if (priority > current) return false;\n', ''),
      edit(
        FASTPATH,
        '  // The scheduler would have found that the running thread runs on, and switched to it.\n',
        '  if (priority > current) {\n    schedEnqueue(thread);\n    setVMRoot(woken);\n    lazyFpuRestore(woken);\n    store(KS_CUR_THREAD, woken);\n    store(KS_CUR_SC, context);\n    return true;\n  }\n',
      ),
    ],
  },
]);
