/** Defects in sending, receiving, answering and signalling. */
import type { Defect } from './defect.ts';
import { edit } from './defect.ts';

const ENDPOINT = 'impl/kernel/endpoint.ts';
const TRANSFER = 'impl/kernel/transfer.ts';
const MESSAGE = 'impl/kernel/message.ts';
const REPLY = 'impl/kernel/reply.ts';
const FAULT = 'impl/kernel/fault.ts';
const REPLY_CAP = 'impl/kernel/reply-cap.ts';
const VARIANT = 'impl/kernel/variant.ts';
const WAIT_QUEUE = 'impl/kernel/wait-queue.ts';
const FAULT_MESSAGE = 'impl/kernel/fault-message.ts';
const NOTIFICATION = 'impl/kernel/notification.ts';
const CANCEL = 'impl/kernel/cancel.ts';
const SYSCALL = 'impl/kernel/syscall.ts';

export const MESSAGE_DEFECTS: readonly Defect[] = [
  {
    name: 'grant-reply-not-enough',
    subsystem: 'endpoint',
    description: 'A caller with the right to be answered but not to grant is never answered.',
    side: 'impl',
    edits: [
      edit(
        REPLY_CAP,
        'if ((flags & (BLOCKING_CAN_GRANT | BLOCKING_CAN_GRANT_REPLY)) === 0) {',
        'if ((flags & BLOCKING_CAN_GRANT) === 0) {',
      ),
    ],
    breaks: ['refinement', 'fastpath_equals_slow_path'],
  },
  {
    name: 'reply-grants-for-caller',
    subsystem: 'endpoint',
    description:
      "Whether an answer may carry capabilities is taken from the caller's rights instead of the receiver's.",
    side: 'impl',
    edits: [
      edit(
        ENDPOINT,
        'afterWake(sender, receiver, flags, receiverCanGrant);',
        'afterWake(sender, receiver, flags, (flags & BLOCKING_CAN_GRANT) !== 0);',
      ),
    ],
    breaks: ['refinement', 'fastpath_equals_slow_path'],
  },
  {
    name: 'waiting-sender-grants',
    subsystem: 'endpoint',
    description: 'A sender that had to wait can hand over capabilities without the right to.',
    side: 'impl',
    edits: [
      edit(
        ENDPOINT,
        'doIpcTransfer(sender, endpoint, badgeLo, badgeHi, (flags & BLOCKING_CAN_GRANT) !== 0, thread);',
        'doIpcTransfer(sender, endpoint, badgeLo, badgeHi, true, thread);',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'emptied-endpoint-stays-busy',
    subsystem: 'endpoint',
    description: 'An endpoint whose last receiver was served is still marked as having receivers.',
    side: 'impl',
    edits: [
      edit(
        ENDPOINT,
        'queueRemove(endpoint, receiver);\n  if (load(endpoint + EP_HEAD) === 0) store(endpoint + EP_STATE, EP_IDLE);',
        'queueRemove(endpoint, receiver);',
      ),
    ],
    breaks: ['refinement', 'fastpath_equals_slow_path'],
  },
  {
    name: 'served-sender-not-queued',
    subsystem: 'endpoint',
    description: 'A waiting sender whose message was taken becomes runnable without ever running.',
    side: 'impl',
    edits: [
      edit(
        ENDPOINT,
        'setThreadState(sender, STATE_RUNNING);\n    possibleSwitchTo(sender);',
        'setThreadState(sender, STATE_RUNNING);',
      ),
    ],
    breaks: ['refinement', 'no_orphans'],
  },
  {
    name: 'receive-overlooks-signal',
    subsystem: 'endpoint',
    description: 'A thread with a pending signal on its bound notification waits for a message all the same.',
    side: 'impl',
    edits: [
      edit(
        ENDPOINT,
        'if (bound !== 0 && load(bound + NTFN_STATE) === NTFN_ACTIVE) {',
        'if (bound === 1 && load(bound + NTFN_STATE) === NTFN_ACTIVE) {',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'last-come-first-served',
    subsystem: 'endpoint',
    description: 'A thread that starts to wait goes to the front of the queue.',
    side: 'impl',
    edits: [
      edit(
        WAIT_QUEUE,
        `  const tail = load(object + EP_TAIL);
  if (tail === 0) store(object + EP_HEAD, tcb);
  else store(tail + TCB_EP_NEXT, tcb);
  store(tcb + TCB_EP_PREV, tail);
  store(tcb + TCB_EP_NEXT, 0);
  store(object + EP_TAIL, tcb);`,
        `  const head = load(object + EP_HEAD);
  if (head === 0) store(object + EP_TAIL, tcb);
  else store(head + TCB_EP_PREV, tcb);
  store(tcb + TCB_EP_NEXT, head);
  store(tcb + TCB_EP_PREV, 0);
  store(object + EP_HEAD, tcb);`,
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'empty-poll-leaves-badge',
    subsystem: 'endpoint',
    description: 'A non-blocking receive that finds nothing leaves the badge register as it was.',
    side: 'impl',
    edits: [
      edit(
        ENDPOINT,
        'if (!blocking) {\n      setBadge(thread, 0, 0);\n      return;',
        'if (!blocking) {\n      return;',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'waiting-drops-caller',
    subsystem: 'reply',
    description: 'Waiting on a notification throws away the reply capability of a caller not yet answered.',
    resembles: 'waiting-drops-caller',
    side: 'impl',
    edits: [
      edit(SYSCALL, 'forgetCaller(thread);\n    const reply', 'const reply'),
      edit(
        SYSCALL,
        'const slot = foundSlot;\n  const type = capType(slot);\n  if (type === CAP_ENDPOINT',
        'const slot = foundSlot;\n  forgetCaller(thread);\n  const type = capType(slot);\n  if (type === CAP_ENDPOINT',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'caller-kept-on-receive',
    subsystem: 'reply',
    description: 'Receiving again leaves the reply capability of the last caller in place.',
    side: 'impl',
    edits: [edit(SYSCALL, 'forgetCaller(thread);\n    const reply', 'const reply')],
    breaks: ['refinement', 'no_fail'],
  },
  {
    name: 'fault-answered-twice',
    subsystem: 'reply',
    description: 'Answering a fault does not use up the reply capability.',
    side: 'impl',
    edits: [edit(REPLY, 'deleteReplyCap(slot);\n    answerFault', 'answerFault')],
    breaks: ['refinement'],
  },
  {
    name: 'reply-grants-always',
    subsystem: 'reply',
    description: 'An answer carries capabilities although the reply capability does not allow it.',
    side: 'impl',
    edits: [
      edit(
        REPLY,
        'doIpcTransfer(sender, 0, 0, 0, canGrant, receiver);',
        'doIpcTransfer(sender, 0, 0, 0, true, receiver);',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'answered-thread-not-offered',
    subsystem: 'reply',
    description: 'A thread that got its answer is runnable but nowhere queued.',
    side: 'impl',
    edits: [
      edit(
        REPLY,
        'setThreadState(receiver, STATE_RUNNING);\n  possibleSwitchTo(receiver);',
        'setThreadState(receiver, STATE_RUNNING);',
      ),
    ],
    breaks: ['refinement', 'no_orphans', 'fastpath_equals_slow_path'],
  },

  {
    name: 'any-endpoint-unwrapped',
    subsystem: 'transfer',
    description: 'A capability to any endpoint, not just to the one used, arrives as its badge.',
    side: 'impl',
    edits: [edit(TRANSFER, '&& endpoint !== 0 && addressAt(CAP_A) === endpoint) {', '&& endpoint !== 0) {')],
    breaks: ['refinement'],
  },
  {
    name: 'receive-slot-used-twice',
    subsystem: 'transfer',
    description: 'A second capability goes into the receive slot that the first one has filled.',
    side: 'impl',
    edits: [edit(TRANSFER, 'cteInsert(CAP_A, source, slot);\n    slot = 0;', 'cteInsert(CAP_A, source, slot);')],
    breaks: ['refinement', 'no_fail'],
  },
  {
    name: 'receive-slot-not-empty',
    subsystem: 'transfer',
    description: 'A capability may arrive in a slot that is not empty.',
    side: 'impl',
    edits: [edit(TRANSFER, 'return capType(foundSlot) === CAP_NULL ? foundSlot : 0;', 'return foundSlot;')],
    breaks: ['refinement', 'no_fail'],
  },
  {
    name: 'unwrapped-mask-of-last',
    subsystem: 'transfer',
    description: 'Of several capabilities that arrived as badges only the last is marked as such.',
    side: 'impl',
    edits: [edit(TRANSFER, 'unwrapped |= 1 << n;', 'unwrapped = 1 << n;')],
    breaks: ['refinement'],
  },
  {
    name: 'transfer-goes-on-after-failure',
    subsystem: 'transfer',
    description: 'A capability that cannot be handed over is passed by instead of ending the list.',
    side: 'impl',
    edits: [
      edit(
        TRANSFER,
        'if (slot === 0 || deriveCap(CAP_A, source) !== OK || isNullAt(CAP_A)) break;',
        'if (slot === 0 || deriveCap(CAP_A, source) !== OK || isNullAt(CAP_A)) continue;',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'length-promised-without-buffer',
    subsystem: 'transfer',
    description: 'The message info counts words for which the receiver has no place.',
    side: 'impl',
    edits: [
      edit(
        MESSAGE,
        'if (fromBuffer === 0 || toBuffer === 0) return MESSAGE_REGISTERS;',
        'if (fromBuffer === 0 || toBuffer === 0) return length;',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'last-buffer-word-not-copied',
    subsystem: 'transfer',
    description: 'The last word of a message that does not fit the registers is not copied.',
    side: 'impl',
    edits: [edit(MESSAGE, 'word < (length + 1) * 2; word++)', 'word < length * 2; word++)')],
    breaks: ['refinement'],
  },
  {
    name: 'length-not-clamped',
    subsystem: 'transfer',
    description: 'A message info that claims more words than there can be makes the kernel copy beyond the buffer.',
    side: 'impl',
    edits: [edit(MESSAGE, 'return length > MSG_MAX_LENGTH ? MSG_MAX_LENGTH : length;', 'return length;')],
    breaks: ['refinement'],
  },
  {
    name: 'read-only-buffer-written',
    subsystem: 'transfer',
    description: 'A message is written into a buffer that the receiver may only read.',
    side: 'impl',
    edits: [
      edit(
        MESSAGE,
        'if (rights !== 3 && (isReceiver || rights !== 2)) return 0;',
        'if (rights !== 3 && rights !== 2) return 0;',
      ),
    ],
    breaks: ['refinement'],
  },

  {
    name: 'stale-lookup-failure',
    subsystem: 'fault',
    description:
      'The fault of a receive on the wrong type of capability carries the details of the last failed lookup of anybody.',
    resembles: 'stale-lookup-failure',
    side: 'impl',
    edits: [edit(SYSCALL, '}\n  }\n  setFailure(FAILURE_MISSING_CAPABILITY, 0, 0);', '}\n  }')],
    breaks: ['refinement'],
  },
  {
    name: 'handler-must-grant',
    subsystem: 'fault',
    description: 'A handler endpoint that can be answered through but does not grant is not used.',
    side: 'impl',
    edits: [edit(VARIANT, '(rights & 12) !== 0', '(rights & 4) !== 0')],
    breaks: ['refinement'],
  },
  {
    name: 'double-fault-goes-on',
    subsystem: 'fault',
    description: 'A thread that faults without a handler goes on running.',
    side: 'impl',
    edits: [edit(FAULT, 'if (handler === 0) setThreadState(tcb, STATE_INACTIVE);', '')],
    breaks: ['refinement'],
  },
  {
    name: 'non-blocking-send-faults',
    subsystem: 'fault',
    description: 'A non-blocking send on a bad pointer raises a fault.',
    side: 'impl',
    edits: [
      edit(
        SYSCALL,
        'if (blocking) handleCapFault(thread, cptrLo, cptrHi, 0);',
        'handleCapFault(thread, cptrLo, cptrHi, 0);',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'fault-answer-always-restarts',
    subsystem: 'fault',
    description: 'A handler cannot keep the thread stopped: the label of its answer is not looked at.',
    side: 'impl',
    edits: [
      edit(FAULT_MESSAGE, 'return info >>> 12 === 0 && registerHi(handler, REG_MSG_INFO) === 0;', 'return info >= 0;'),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'fault-answer-sets-flags',
    subsystem: 'fault',
    description: 'A handler can set any processor flags of the thread it answers.',
    side: 'impl',
    edits: [
      edit(
        FAULT_MESSAGE,
        "import { load } from '../memory/heap.ts';",
        "import { load } from '../memory/heap.ts'; import { setRegister } from './message.ts';",
      ),
      edit(FAULT_MESSAGE, 'setUserRegister(thread, registers[n]!', 'setRegister(thread, registers[n]!'),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'answered-fault-stays',
    subsystem: 'fault',
    description: 'A thread keeps its fault after the handler has answered it.',
    resembles: 'fault-flag-kept',
    side: 'impl',
    edits: [edit(REPLY, 'clearFault(receiver);\n', '')],
    breaks: ['refinement'],
  },

  {
    name: 'badges-do-not-add-up',
    subsystem: 'notification',
    description: 'A second signal replaces the badge of the first.',
    side: 'impl',
    edits: [edit(NOTIFICATION, 'load(notification + NTFN_BADGE_LO) | badgeLo', 'badgeLo')],
    breaks: ['refinement'],
  },
  {
    name: 'bound-thread-woken-from-anything',
    subsystem: 'notification',
    description: 'A signal wakes the bound thread although it does not wait to receive.',
    side: 'impl',
    edits: [
      edit(
        NOTIFICATION,
        'load(bound + TCB_STATE) === STATE_BLOCKED_ON_RECEIVE) {',
        'load(bound + TCB_STATE) >= STATE_BLOCKED_ON_RECEIVE) {',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'woken-thread-stays-in-queue',
    subsystem: 'notification',
    description: 'A bound thread woken by a signal stays in the queue of the endpoint.',
    side: 'impl',
    edits: [edit(NOTIFICATION, 'cancelIpc(bound);\n', '')],
    breaks: ['refinement'],
  },
  {
    name: 'unbound-on-one-side',
    subsystem: 'notification',
    description: 'An unbound notification still points at its thread.',
    side: 'impl',
    edits: [edit(CANCEL, 'store(notification + NTFN_BOUND_TCB, 0);\n', '')],
    breaks: ['refinement'],
  },
  {
    name: 'signal-not-used-up',
    subsystem: 'notification',
    description: 'A notification stays active after its badge was taken.',
    side: 'impl',
    edits: [
      edit(
        NOTIFICATION,
        'store(notification + NTFN_STATE, NTFN_IDLE);\n  store(notification + NTFN_BADGE_LO, 0);',
        'store(notification + NTFN_BADGE_LO, 0);',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'anybody-waits-on-bound',
    subsystem: 'notification',
    description: 'A thread can wait on a notification that is bound to another.',
    side: 'impl',
    edits: [edit(SYSCALL, 'if (bound === 0 || bound === thread) {', 'if (bound >= 0) {')],
    breaks: ['refinement'],
  },
  {
    name: 'reply-linked-to-cspace',
    subsystem: 'reply',
    description:
      'The capability to answer a caller is linked behind its CSpace root instead of its master reply capability.',
    side: 'impl',
    edits: [
      edit(
        'impl/kernel/reply-cap.ts',
        'cteInsert(CAP_A, sender + TCB_SLOT_REPLY * CTE_BYTES,',
        'cteInsert(CAP_A, sender,',
      ),
    ],
    breaks: ['refinement', 'class_links', 'fastpath_equals_slow_path'],
  },
];
