/** Defects in giving memory out and taking it back. */
import type { Defect } from './defect.ts';
import { edit } from './defect.ts';

const UNTYPED = 'impl/kernel/untyped.ts';
const DELETE = 'impl/kernel/delete.ts';
const CANCEL = 'impl/kernel/cancel.ts';
const REPLY_CAP = 'impl/kernel/reply-cap.ts';
const WAIT_QUEUE = 'impl/kernel/wait-queue.ts';
const PREEMPTION = 'impl/kernel/preemption.ts';

export const MEMORY_DEFECTS: readonly Defect[] = [
  {
    name: 'watermark-ignores-alignment',
    subsystem: 'untyped',
    description: 'The watermark goes up by the size of the objects only, not by the gap before them.',
    resembles: 'untyped-not-marked-used',
    side: 'impl',
    edits: [
      edit(
        UNTYPED,
        'setFreeIndex(slot, first + count * bytes - base);',
        'setFreeIndex(slot, wordAt(CAP_A) + count * bytes);',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'space-for-one-less',
    subsystem: 'untyped',
    description: 'The last of several objects may lie behind the end of its untyped.',
    side: 'impl',
    edits: [
      edit(
        UNTYPED,
        'if (Math.floor(freeBytes / 2 ** bits) < count)',
        'if (Math.floor(freeBytes / 2 ** bits) < count - 1)',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'reset-does-not-clear',
    subsystem: 'untyped',
    description: 'Memory is given out again with its old content.',
    side: 'impl',
    edits: [edit(UNTYPED, 'clear(base + at, chunk);', '')],
    breaks: ['refinement', "untyped_ranges_zero'"],
  },
  {
    name: 'reset-clears-from-bottom',
    subsystem: 'untyped',
    description: 'An interrupted reset leaves the watermark above the chunk it has just cleared.',
    side: 'impl',
    edits: [
      edit(
        UNTYPED,
        'setFreeIndex(slot, at);\n    if (preemptionPoint() !== OK) return PREEMPTED;',
        'if (preemptionPoint() !== OK) return PREEMPTED;\n    setFreeIndex(slot, at);',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'kernel-object-in-device-memory',
    subsystem: 'untyped',
    description: 'A device untyped can be made into objects that the kernel writes to.',
    side: 'impl',
    edits: [edit(UNTYPED, 'if (device === 1 && type !== OBJECT_UNTYPED && frameSize(type) < 0)', 'if (device > 1)')],
    breaks: ['refinement'],
  },
  {
    name: 'device-forgotten',
    subsystem: 'untyped',
    description: 'A frame made of device memory counts as ordinary memory.',
    side: 'impl',
    edits: [edit(UNTYPED, ' | (device << 18) | (3 << 19)', ' | (3 << 19)')],
    breaks: ['refinement'],
  },
  {
    name: 'retype-without-limit',
    subsystem: 'untyped',
    description: 'One retype can make any number of objects, in one go that cannot be interrupted.',
    side: 'impl',
    edits: [edit(UNTYPED, 'if (argExceeds(5, FAN_OUT_LIMIT) || count < 1)', 'if (argExceeds(5, 64) || count < 1)')],
    breaks: ['refinement'],
  },
  {
    name: 'window-checked-at-first-slot',
    subsystem: 'untyped',
    description: 'Only the first of the slots for new objects must be empty.',
    side: 'impl',
    edits: [
      edit(
        UNTYPED,
        'for (let n = 0; n < count; n++) {\n    const status = ensureEmptySlot',
        'for (let n = 0; n < 1; n++) {\n    const status = ensureEmptySlot',
      ),
    ],
    breaks: ['refinement'],
  },

  {
    name: 'zombie-skips-a-slot',
    subsystem: 'deletion',
    description: 'The last slot of a deleted CNode is not deleted and keeps its capability.',
    side: 'impl',
    edits: [edit(DELETE, 'radix << 17, 2 ** radix, 0)', 'radix << 17, 2 ** radix - 1, 0)')],
    breaks: ['refinement'],
  },
  {
    name: 'deleted-thread-not-stopped',
    subsystem: 'deletion',
    description: 'A thread whose last capability goes stays in the queues it was in.',
    resembles: 'deleted-candidate',
    side: 'impl',
    edits: [edit(DELETE, 'suspend(tcb);\n', '')],
    breaks: ['refinement'],
  },
  {
    name: 'deleted-thread-stays-bound',
    subsystem: 'deletion',
    description: 'A notification keeps pointing at a bound thread that is deleted.',
    side: 'impl',
    edits: [edit(DELETE, 'unbindNotification(tcb);\n', '')],
    breaks: ['refinement'],
  },
  {
    name: 'nested-zombie-dropped',
    subsystem: 'deletion',
    description:
      'The last capability to a CNode, met while another CNode is emptied, goes without its CNode being emptied.',
    side: 'impl',
    edits: [edit(DELETE, 'if (isRemovable(slot)) return OK;', 'if (isRemovable(slot) || !exposed) return OK;')],
    breaks: ['refinement'],
  },
  {
    name: 'revoke-not-restarted',
    subsystem: 'deletion',
    description: 'A revoke that was interrupted is not issued again.',
    side: 'impl',
    edits: [
      edit('impl/kernel/cnode.ts', 'case LABEL_CNODE_REVOKE:\n      beginPerform();', 'case LABEL_CNODE_REVOKE:'),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'revoke-spares-last-child',
    subsystem: 'deletion',
    description: 'Revoke stops at a child that is the last entry of its list.',
    side: 'impl',
    edits: [
      edit(
        DELETE,
        'if (next === 0 || !isMdbParentOf(slot, next)) return OK;',
        'if (next === 0 || load(next + CTE_NEXT) === 0 || !isMdbParentOf(slot, next)) return OK;',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'work-not-counted-anew',
    subsystem: 'deletion',
    description: 'After the first look for interrupts every further preemption point looks again.',
    side: 'impl',
    edits: [edit(PREEMPTION, 'store(KS_WORK_UNITS, 0);\n', '')],
    breaks: ['refinement'],
  },
  {
    name: 'interrupts-never-looked-for',
    subsystem: 'deletion',
    description: 'Long operations cannot be interrupted.',
    side: 'impl',
    edits: [
      edit(PREEMPTION, 'const isInterrupted = isIrqPending();', 'const isInterrupted = isIrqPending() && false;'),
    ],
    breaks: ['refinement'],
  },

  {
    name: 'deleted-endpoint-keeps-waiters',
    subsystem: 'cancel',
    description: 'Deleting the last capability to an endpoint leaves threads blocked on it for ever.',
    side: 'impl',
    edits: [edit(CANCEL, 'case CAP_ENDPOINT:\n      cancelAllIpc(object);', 'case CAP_ENDPOINT:')],
    breaks: ['refinement'],
  },
  {
    name: 'deleted-notification-keeps-waiters',
    subsystem: 'cancel',
    description: 'Deleting the last capability to a notification leaves threads blocked on it for ever.',
    side: 'impl',
    edits: [edit(CANCEL, 'cancelAllSignals(object);', '')],
    breaks: ['refinement'],
  },
  {
    name: 'deleted-notification-stays-bound',
    subsystem: 'cancel',
    description: 'A thread keeps pointing at a bound notification that is deleted.',
    side: 'impl',
    edits: [edit(CANCEL, 'if (bound !== 0) unbindNotification(bound);', 'if (bound === 1) unbindNotification(bound);')],
    breaks: ['refinement'],
  },
  {
    name: 'cancelled-senders-not-queued',
    subsystem: 'cancel',
    description: 'Cancelled senders become runnable without being put into a ready queue.',
    side: 'impl',
    edits: [
      edit(
        CANCEL,
        'queueRemove(endpoint, tcb);\n      letGo(tcb);',
        'queueRemove(endpoint, tcb);\n      setThreadState(tcb, 2);',
      ),
    ],
    breaks: ['refinement', 'no_orphans'],
  },
  {
    name: 'cancel-compares-half-a-badge',
    subsystem: 'cancel',
    description: 'Cancelling the senders of one badge also hits badges with the same low half.',
    side: 'impl',
    edits: [
      edit(
        CANCEL,
        'load(tcb + TCB_BLOCKING_BADGE_LO) === badgeLo && load(tcb + TCB_BLOCKING_BADGE_HI) === badgeHi',
        'load(tcb + TCB_BLOCKING_BADGE_LO) === badgeLo',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'cancelled-endpoint-stays-busy',
    subsystem: 'cancel',
    description: 'An endpoint whose last sender was cancelled by badge is still marked as having senders.',
    side: 'impl',
    edits: [
      edit(
        CANCEL,
        'if (load(endpoint + EP_HEAD) === 0) store(endpoint + EP_STATE, EP_IDLE);\n  rescheduleRequired();',
        'rescheduleRequired();',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'cancelled-call-keeps-reply',
    subsystem: 'cancel',
    description: 'Taking a thread out of a call leaves the reply capability to it behind.',
    side: 'impl',
    edits: [edit(REPLY_CAP, 'if (reply !== 0 && isMdbParentOf(master, reply)) deleteReplyCap(reply);', '')],
    breaks: ['refinement'],
  },
  {
    name: 'cancelled-call-keeps-fault',
    subsystem: 'cancel',
    description: 'A thread taken out of a fault keeps the fault, which its next message then carries.',
    resembles: 'fault-flag-kept',
    side: 'impl',
    edits: [edit(REPLY_CAP, 'clearFault(tcb);\n  const master', 'const master')],
    breaks: ['refinement'],
  },
  {
    name: 'tail-not-moved-back',
    subsystem: 'cancel',
    description: 'Taking the last thread out of a longer queue leaves the tail pointing at it.',
    side: 'impl',
    edits: [
      edit(
        WAIT_QUEUE,
        'if (next === 0) store(object + EP_TAIL, prev);\n  else store(next + TCB_EP_PREV, prev);',
        'if (next !== 0) store(next + TCB_EP_PREV, prev);',
      ),
    ],
    breaks: ['refinement', "tcb_queue_relation'", 'fastpath_equals_slow_path'],
  },
  {
    name: 'untyped-not-revocable',
    subsystem: 'untyped',
    description: 'An untyped made of an untyped cannot have children of its own.',
    side: 'impl',
    edits: [
      edit(
        UNTYPED,
        'slot, MDB_REVOCABLE | MDB_FIRST_BADGED);',
        'slot, type === OBJECT_UNTYPED ? MDB_FIRST_BADGED : MDB_REVOCABLE | MDB_FIRST_BADGED);',
      ),
    ],
    breaks: ['refinement', "ut_revocable'"],
  },
  {
    name: 'any-node-becomes-zombie',
    subsystem: 'deletion',
    description: 'Deleting one of several capabilities to a CNode empties the CNode.',
    side: 'impl',
    edits: [
      edit(DELETE, 'if (isFinal) makeCap(CAP_A, CAP_ZOMBIE', 'if (isFinal || radix > 0) makeCap(CAP_A, CAP_ZOMBIE'),
    ],
    breaks: ['refinement', 'no_fail', 'distinct_zombies'],
  },
];
