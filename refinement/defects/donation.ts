/** Defects in how the MCS kernel lends time: donation, call stacks, and what becomes of them. */
import { edit } from './defect.ts';
import { mcsDefects } from './mcs-defect.ts';

const BINDING = 'impl/kernel/sched-context-binding.ts';
const CONTEXT = 'impl/kernel/sched-context.ts';
const END = 'impl/kernel/sched-context-end.ts';
const THREAD_STATE = 'impl/kernel/thread-state.ts';
const REPLY_OBJECT = 'impl/kernel/reply-object.ts';
const REPLY = 'impl/kernel/reply.ts';
const VARIANT = 'impl/kernel/variant.ts';
const ENDPOINT = 'impl/kernel/endpoint.ts';
const CANCEL = 'impl/kernel/cancel.ts';
const SYSCALL = 'impl/kernel/syscall.ts';

export const DONATION_DEFECTS = mcsDefects('reply', [
  {
    name: 'donor-stays-in-release-queue',
    description: 'A thread whose context is taken from it goes on waiting for budget.',
    resembles: 'donor-stays-in-release-queue',
    edits: [edit(BINDING, 'schedDequeue(from);\n    releaseRemove(from);', 'schedDequeue(from);')],
  },
  {
    name: 'priority-queues-the-postponed',
    description: 'A thread that waits for budget is queued when its priority changes.',
    resembles: 'queued-without-budget',
    edits: [edit(VARIANT, 'if (load(tcb + TCB_QUEUED) === 0 && tcb !== currentThread()) break;', '')],
  },
  {
    name: 'fault-stays-when-cancelled',
    description: 'The fault of a thread stays when its IPC is cancelled.',
    resembles: 'fault-flag-kept',
    edits: [
      edit(
        VARIANT,
        'beginCancel: (tcb: number) => void = MCS ? clearFault : nothing;',
        'beginCancel: (tcb: number) => void = MCS ? nothing : clearFault;',
      ),
    ],
  },
  {
    name: 'reply-not-a-reply-object',
    description: 'A register that names no reply object is told of with the failure of another lookup.',
    resembles: 'stale-lookup-failure',
    edits: [
      edit(SYSCALL, 'if (found) setFailure(FAILURE_MISSING_CAPABILITY, 0, 0);\n    handleCapFault', 'handleCapFault'),
    ],
  },
  {
    name: 'cancelled-call-takes-context-back',
    description: 'A caller that is stopped takes its context back from the callee.',
    edits: [edit(REPLY_OBJECT, 'breakStack(reply);\n  replyUnlink(reply, tcb);', 'replyRemove(reply, tcb);')],
  },
  {
    name: 'stack-broken-below-only',
    description: 'A reply object that leaves the middle of a call stack stays linked from above.',
    edits: [
      edit(
        REPLY_OBJECT,
        'if (next !== 0) store(next + (load(reply + REPLY_IS_HEAD) === 0 ? REPLY_PREV : SCHED_CONTEXT_REPLY), 0);',
        '',
      ),
    ],
  },
  {
    name: 'timeout-lends-time',
    description: 'A thread that ran out of time lends its context to the handler.',
    edits: [
      edit(
        VARIANT,
        'const lends = load(sender + TCB_FAULT) === FAULT_TIMEOUT ? 0 : BLOCKING_CAN_DONATE;',
        'const lends = BLOCKING_CAN_DONATE;',
      ),
    ],
  },
  {
    name: 'answered-without-budget-runs',
    description: 'A thread that is answered runs although its budget is used up.',
    edits: [
      edit(
        REPLY,
        'if (isReadyAndSufficient(context)) possibleSwitchTo(receiver);',
        'if (context !== 0) possibleSwitchTo(receiver);',
      ),
    ],
  },
  {
    name: 'deleted-thread-keeps-context',
    description: 'A context stays bound to a thread that is deleted.',
    edits: [edit(VARIANT, 'unbindTcb(context);\n  completeYieldFrom(context);', 'completeYieldFrom(context);')],
  },
  {
    name: 'deleted-context-stays-configured',
    description: 'A context whose last capability goes still has its refills.',
    edits: [edit(END, 'store(context + SCHED_CONTEXT_REFILL_MAX, 0);', '')],
  },
  {
    name: 'unbound-thread-stays-queued',
    description: 'A thread whose context is unbound stays in its ready queue.',
    edits: [
      edit(
        BINDING,
        'if (tcb === load(KS_CUR_THREAD)) rescheduleRequired();\n  schedDequeue(tcb);',
        'if (tcb === load(KS_CUR_THREAD)) rescheduleRequired();',
      ),
    ],
  },
  {
    name: 'server-keeps-lent-context',
    description: 'A server that goes back to its endpoint keeps the context that a notification lent it.',
    resembles: 'server-keeps-lent-context',
    edits: [edit(ENDPOINT, 'if (bound !== 0 && blocking) giveBack(thread, bound);', '')],
  },
  {
    name: 'unreleased-context-bound',
    description: 'A blocked thread is given a context whose budget has not come.',
    resembles: 'unreleased-context-bound',
    edits: [edit(CONTEXT, 'if (isBlocked(object) && !isReleased(context)) return fail(ILLEGAL_OPERATION);', '')],
  },
  {
    name: 'faulter-restarted-with-endpoint',
    description: 'A thread that waits to tell of a fault restarts when the endpoint goes.',
    resembles: 'faulter-restarted',
    edits: [
      edit(
        VARIANT,
        'withdrawReply(tcb);\n  if (load(tcb + TCB_FAULT) !== 0) {',
        'withdrawReply(tcb);\n  if (load(tcb + TCB_FAULT) < 0) {',
      ),
    ],
  },
  {
    name: 'call-stack-forgets-who-called-before',
    description: 'A second call on the same context forgets the first one.',
    edits: [edit(REPLY_OBJECT, 'store(reply + REPLY_PREV, before);\n  if', 'if')],
  },
  {
    name: 'answered-caller-has-no-time',
    description: 'The context does not come back with the answer.',
    edits: [edit(REPLY_OBJECT, 'if (load(caller + TCB_SCHED_CONTEXT) === 0) donate(context, caller);', '')],
  },
  {
    name: 'answered-without-budget-tells-nobody',
    description:
      'A thread that is answered when its budget is used up waits for more, although it has a handler of timeouts.',
    edits: [
      edit(REPLY, 'else if (fault !== FAULT_TIMEOUT && timeoutHandler(receiver) !== 0) handleTimeout(receiver);', ''),
    ],
  },
  {
    name: 'deleted-notification-lends-on',
    description: 'A context stays bound to a notification whose last capability goes.',
    edits: [edit(CANCEL, 'releaseNotification(object);\n', '')],
  },
  {
    name: 'deleted-reply-keeps-the-context',
    description: 'A caller whose reply object is deleted does not have its context back.',
    edits: [
      edit(
        CANCEL,
        'if (user !== 0 && load(user + TCB_STATE) === STATE_BLOCKED_ON_REPLY) replyRemove(object, user);\n      else if',
        'if',
      ),
    ],
  },
  {
    name: 'waiting-queue-not-reordered',
    description: 'A thread that waits keeps its place when its priority changes.',
    edits: [
      edit(
        VARIANT,
        'queueRemove(object, tcb);\n      store(tcb + TCB_PRIORITY, priority);\n      queueInsert(object, tcb);',
        'store(tcb + TCB_PRIORITY, priority);',
      ),
    ],
  },
  {
    name: 'context-returned-to-one-that-has-one',
    description: 'The context comes back to a caller that has another one by now.',
    edits: [
      edit(
        REPLY_OBJECT,
        'if (load(caller + TCB_SCHED_CONTEXT) === 0) donate(context, caller);',
        'if (load(caller + TCB_SCHED_CONTEXT) !== context) {\n      store(caller + TCB_SCHED_CONTEXT, 0);\n      donate(context, caller);\n    }',
      ),
    ],
  },
  {
    name: 'returned-context-runs-on',
    description: "A thread that gives back a notification's context goes on running.",
    resembles: 'returned-context-runs-on',
    edits: [
      edit(
        BINDING,
        'store(context + SCHED_CONTEXT_TCB, 0);\n  if (tcb === load(KS_CUR_THREAD)) rescheduleRequired();\n}\n\n/** Leaves',
        'store(context + SCHED_CONTEXT_TCB, 0);\n}\n\n/** Leaves',
      ),
    ],
  },
  {
    name: 'signalled-without-time-runs',
    description: 'A thread that is signalled runs although it has no time.',
    resembles: 'signalled-without-time-runs',
    edits: [
      edit(
        THREAD_STATE,
        'if (TIME_IS_BUDGETED && (load(tcb + TCB_SCHED_CONTEXT) === 0 || load(tcb + TCB_IN_RELEASE_QUEUE) !== 0)) return;',
        'if (TIME_IS_BUDGETED && load(tcb + TCB_IN_RELEASE_QUEUE) !== 0) return;',
      ),
    ],
  },
  {
    name: 'taken-signal-lends-nothing',
    description: 'Taking a signal that came before does not lend the context of the notification.',
    resembles: 'taken-signal-lends-nothing',
    edits: [
      edit(
        VARIANT,
        'function takeLent(tcb: number, notification: number): void {\n  maybeDonate(tcb, notification);',
        'function takeLent(tcb: number, notification: number): void {',
      ),
    ],
  },
  {
    name: 'yield-answer-to-the-running',
    description: 'What the other used is told to the thread that runs, and not to the one that yielded.',
    resembles: 'yield-answer-to-the-running',
    edits: [
      edit(
        BINDING,
        'const length = setMessageWord(tcb, lookupIpcBuffer(true, tcb), 0, lo, hi);',
        'const length = setMessageWord(load(KS_CUR_THREAD), lookupIpcBuffer(true, tcb), 0, lo, hi);',
      ),
    ],
  },
]);
