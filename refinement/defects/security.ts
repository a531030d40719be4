/**
 * Defects that let somebody change or hold what the policy does not allow, or take memory and time from others. Most are made in both kernels alike,
 * so that comparing them shows nothing.
 */
import type { Defect } from './defect.ts';
import { edit } from './defect.ts';
import { IDLE_TICK_FREE, seeded } from './seeded.ts';

const SYSCALL = 'impl/kernel/syscall.ts';
const TRANSFER = 'impl/kernel/transfer.ts';
const REPLY_CAP = 'impl/kernel/reply-cap.ts';
const FASTPATH = 'impl/kernel/fastpath.ts';
const SCHEDULER = 'impl/kernel/scheduler.ts';
const CAPS = 'impl/kernel/caps.ts';
const MDB = 'impl/kernel/mdb.ts';
const UNTYPED = 'impl/kernel/untyped.ts';
const NOTIFICATION = 'impl/kernel/notification.ts';
const ENDPOINT = 'impl/kernel/endpoint.ts';
const VARIANT = 'impl/kernel/variant.ts';
const DECODE = 'spec/decode/decode.ts';
const API = 'spec/api/syscall.ts';
const SPEC_TRANSFER = 'spec/perform/transfer.ts';
const RULES = 'spec/state/cap-rules.ts';
const SCHEDULE = 'spec/schedule/schedule.ts';

const IMPL_SEND =
  'if (capField(slot, 16, 1) === 0) return failWith(INVALID_CAPABILITY, 0);\n      beginPerform();\n      invokeEndpoint';
const IMPL_SIGNAL =
  'if (capField(slot, 16, 1) === 0) return failWith(INVALID_CAPABILITY, 0);\n      beginPerform();\n      sendSignal';

export const SECURITY_DEFECTS: readonly Defect[] = [
  // Integrity.
  {
    name: 'send-without-right',
    description: 'Whoever has a capability to an endpoint may send to it, in both kernels.',
    meant: 'pas_refined',
    edits: [
      edit(SYSCALL, IMPL_SEND, 'beginPerform();\n      invokeEndpoint'),
      edit(
        DECODE,
        "return (cap.rights & ALLOW_WRITE) === 0 ? left(INVALID) : right({ _tag: 'InvokeEndpoint', cap });",
        "return right({ _tag: 'InvokeEndpoint', cap });",
      ),
    ],
  },
  {
    name: 'signal-without-right',
    description: 'Whoever has a capability to a notification may signal it, in both kernels.',
    meant: 'integrity',
    edits: [
      edit(SYSCALL, IMPL_SIGNAL, 'beginPerform();\n      sendSignal'),
      edit(
        DECODE,
        "return (cap.rights & ALLOW_WRITE) === 0 ? left(INVALID) : right({ _tag: 'InvokeNotification', cap });",
        "return right({ _tag: 'InvokeNotification', cap });",
      ),
    ],
  },
  {
    name: 'neighbour-edited',
    description:
      'A new copy of a capability takes the mark of being original from its neighbour in the derivation list.',
    meant: 'integrity',
    edits: [
      edit(
        MDB,
        'if (next !== 0) store(next + CTE_PREV, slot);\n}',
        'if (next !== 0) { store(next + CTE_PREV, slot); store(next + CTE_MDB_FLAGS, 0); }\n}',
      ),
    ],
  },
  {
    name: 'foreign-buffer',
    description:
      'Where a message goes that does not fit the registers depends on the whole address of the buffer, and not on its place in its frame.',
    meant: 'integrity',
    edits: [
      edit(
        'impl/kernel/message.ts',
        '(load(tcb + TCB_IPC_BUFFER_LO) & mask);',
        'load(tcb + TCB_IPC_BUFFER_LO) * (mask === 0 ? 0 : 1);',
      ),
    ],
  },
  {
    name: 'priority-of-sender',
    description: 'A receiver runs on with the priority of who sent to it, in both kernels.',
    meant: 'integrity',
    edits: [
      edit(
        ENDPOINT,
        'setThreadState(receiver, STATE_RUNNING);\n  awakes(receiver);',
        'setThreadState(receiver, STATE_RUNNING);\n  store(receiver + TCB_PRIORITY, load(sender + TCB_PRIORITY));\n  awakes(receiver);',
      ),
      edit(ENDPOINT, 'TCB_BOUND_NOTIFICATION,', 'TCB_BOUND_NOTIFICATION, TCB_PRIORITY,'),
      edit(
        FASTPATH,
        'export function fastpath(number: number): boolean {',
        'export function fastpath(number: number): boolean {\n  if (number !== 0) return false;',
      ),
      edit(
        'spec/perform/endpoint.ts',
        'const sent = doIpcTransfer(s, { sender, receiver, endpoint, badge, canGrant });',
        'const sent = updateTcb(doIpcTransfer(s, { sender, receiver, endpoint, badge, canGrant }), receiver, { priority: getTcb(s, sender).priority });',
      ),
      edit('spec/perform/endpoint.ts', 'getTcb,', 'getTcb, updateTcb,'),
    ],
  },
  {
    name: 'priority-after-signal',
    description: 'A thread that a signal wakes runs on with the lowest priority but one.',
    meant: 'integrity',
    edits: [
      edit(
        NOTIFICATION,
        'setThreadState(tcb, STATE_RUNNING);\n  setBadge',
        'setThreadState(tcb, STATE_RUNNING);\n  store(tcb + TCB_PRIORITY, 1);\n  setBadge',
      ),
      edit(NOTIFICATION, 'STATE_RUNNING, TCB_BLOCKING_OBJECT,', 'STATE_RUNNING, TCB_BLOCKING_OBJECT, TCB_PRIORITY,'),
    ],
  },
  {
    name: 'acknowledges-next-line',
    description: 'Acknowledging an interrupt unmasks the next line as well.',
    meant: 'integrity',
    edits: [
      edit(
        'impl/kernel/irq-platform.ts',
        'if (IS_X86) maskInterrupt(irq, false);',
        'if (IS_X86) { maskInterrupt(irq, false); maskInterrupt(irq + 1, false); }',
      ),
    ],
  },
  {
    name: 'sender-loses-slice',
    description: 'Whoever receives a message takes the rest of its time slice away from the sender.',
    meant: 'integrity',
    edits: [
      edit(
        ENDPOINT,
        'setThreadState(sender, STATE_RUNNING);\n    possibleSwitchTo(sender);',
        'setThreadState(sender, STATE_RUNNING);\n    store(sender + TCB_TIME_SLICE, 1);\n    possibleSwitchTo(sender);',
      ),
      edit(ENDPOINT, 'TCB_BOUND_NOTIFICATION,', 'TCB_BOUND_NOTIFICATION, TCB_TIME_SLICE,'),
    ],
  },
  {
    name: 'stale-message-capabilities',
    description: 'A message of a thread without a buffer comes with the capabilities of the message before.',
    meant: 'integrity',
    edits: [
      edit(
        TRANSFER,
        'extraCapCount = 0;\n  if (buffer === 0) return true;\n  const count',
        'if (buffer === 0) return true;\n  extraCapCount = 0;\n  const count',
      ),
    ],
  },
  {
    name: 'reply-survives',
    description:
      'An answer leaves the capability to give it, which then reaches the caller whatever that does, in both kernels.',
    meant: 'integrity',
    edits: [
      edit(
        'impl/kernel/reply.ts',
        "implAssert(\n    load(receiver + TCB_STATE) === STATE_BLOCKED_ON_REPLY,\n    'a reply capability leads to a thread that waits for it',\n  );",
        'const waits = load(receiver + TCB_STATE) === STATE_BLOCKED_ON_REPLY;',
      ),
      edit(
        'impl/kernel/reply.ts',
        'transferAnswer(sender, receiver, canGrant);\n  deleteReplyCap(slot);\n  goOn(receiver);',
        'transferAnswer(sender, receiver, canGrant);\n  if (waits) goOn(receiver);',
      ),
      edit(
        'spec/perform/reply.ts',
        "specAssert(state._tag === 'BlockedOnReply', 'a reply capability leads to a thread that waits for it');",
        '',
      ),
      edit(
        'spec/perform/reply.ts',
        "return possibleSwitchTo(setThreadState(deleteReplyCap(sent, slot), receiver, { _tag: 'Running' }), receiver);",
        "return state._tag === 'BlockedOnReply' ? possibleSwitchTo(setThreadState(sent, receiver, { _tag: 'Running' }), receiver) : sent;",
      ),
    ],
  },
  {
    name: 'answer-turns-fpu-off',
    description: 'An answer changes whether the thread that gets it may use the floating-point unit.',
    meant: 'integrity',
    edits: [
      edit(
        'impl/kernel/reply.ts',
        'setThreadState(receiver, STATE_RUNNING);\n  possibleSwitchTo(receiver);',
        'setThreadState(receiver, STATE_RUNNING);\n  store(receiver + TCB_FLAGS, load(receiver + TCB_FLAGS) ^ 1);\n  possibleSwitchTo(receiver);',
      ),
      edit('impl/kernel/reply.ts', 'TCB_FAULT, TCB_STATE,', 'TCB_FAULT, TCB_FLAGS, TCB_STATE,'),
      edit('impl/kernel/reply.ts', 'import { implAssert, load }', 'import { implAssert, load, store }'),
    ],
  },
  {
    name: 'stores-through-read-only',
    description: 'The processor stores to whatever it may load from, in both kernels.',
    meant: 'integrity',
    edits: [
      edit('impl/hardware/mmu.ts', 'return (lo & 2) !== 0 ? ALL : ALL & ~(1 << STORE);', 'return ALL;'),
      edit('spec/lookup/translate.ts', "return rights === 'ReadWrite';", "return rights !== 'KernelOnly';"),
    ],
  },
  // Authority.
  {
    name: 'receive-without-right',
    description: 'Whoever has a capability to an endpoint may receive from it, in both kernels.',
    meant: 'pas_refined',
    edits: [
      edit(SYSCALL, 'if (type === CAP_ENDPOINT && capField(slot, 17, 1) === 1) {', 'if (type === CAP_ENDPOINT) {'),
      edit(FASTPATH, 'cap >>> 27 !== CAP_ENDPOINT || (cap & CAN_RECEIVE) === 0', 'cap >>> 27 !== CAP_ENDPOINT'),
      edit(API, 'if ((cap.rights & ALLOW_READ) === 0) return refused();\n      const begun', 'const begun'),
    ],
  },
  {
    name: 'wait-without-right',
    description: 'Whoever has a capability to a notification may wait for it, in both kernels.',
    meant: 'pas_refined',
    edits: [
      edit(
        SYSCALL,
        'if (type === CAP_NOTIFICATION && capField(slot, 17, 1) === 1) {',
        'if (type === CAP_NOTIFICATION) {',
      ),
      edit(
        API,
        '(cap.rights & ALLOW_READ) === 0 || (boundTcb !== null && boundTcb !== thread)',
        'boundTcb !== null && boundTcb !== thread',
      ),
    ],
  },
  {
    name: 'bind-without-right',
    description: 'A notification may be bound to a thread by whoever has a capability to it, in both kernels.',
    meant: 'pas_refined',
    edits: [
      edit(
        'impl/kernel/tcb.ts',
        'if (capType(slot) !== CAP_NOTIFICATION || capField(slot, 17, 1) === 0) return fail(ILLEGAL_OPERATION);',
        'if (capType(slot) !== CAP_NOTIFICATION) return fail(ILLEGAL_OPERATION);',
      ),
      edit(
        'spec/decode/tcb.ts',
        "if (cap._tag !== 'NotificationCap' || (cap.rights & ALLOW_READ) === 0) return left(ILLEGAL);",
        "if (cap._tag !== 'NotificationCap') return left(ILLEGAL);",
      ),
    ],
  },
  {
    name: 'faults-to-any-endpoint',
    description:
      "A thread's faults go to the endpoint that it names, whether it may send there or not, in both kernels.",
    meant: 'pas_refined',
    edits: [
      edit(
        VARIANT,
        'return capType(slot) === CAP_ENDPOINT && (rights & 1) !== 0 && (rights & 12) !== 0;',
        'return capType(slot) === CAP_ENDPOINT && rights >= 0;',
      ),
      edit(
        RULES,
        "return cap._tag === 'EndpointCap' && (cap.rights & ALLOW_WRITE) !== 0 && (cap.rights & answer) !== 0;",
        "return cap._tag === 'EndpointCap' && answer !== 0;",
      ),
    ],
  },
  {
    name: 'grant-not-checked',
    description: 'Capabilities go with every message, whether the sender may grant or not, in both kernels.',
    meant: 'take_grant_isolation',
    edits: [
      edit(
        TRANSFER,
        'if (canGrant) lookupExtraCaps(sender, fromBuffer, info);\n  else extraCapCount = 0;',
        'lookupExtraCaps(sender, fromBuffer, info);',
      ),
      edit(
        SPEC_TRANSFER,
        'transfer.canGrant ? grantedCaps(s, sender, sendBuffer, info) : []',
        'grantedCaps(s, sender, sendBuffer, info)',
      ),
    ],
  },
  {
    name: 'reply-with-grant',
    description: 'Every capability to answer may grant, in both kernels.',
    meant: 'pas_refined',
    edits: [
      edit(REPLY_CAP, 'receiverCanGrant ? 1 << 17 : 0', '1 << 17'),
      edit(FASTPATH, '(CAP_REPLY << 27) | (canGrant << 17)', '(CAP_REPLY << 27) | (1 << 17) | (canGrant << 17)'),
      edit('spec/perform/reply-cap.ts', 'master: false, canGrant }', 'master: false, canGrant: canGrant || true }'),
    ],
  },
  {
    name: 'rights-added',
    description:
      'A copy of an endpoint capability gets the rights that are asked for, and not only those of the original, in both kernels.',
    meant: 'pas_refined',
    edits: [
      edit(
        CAPS,
        '(meta & ~(15 << 16)) | (meta & ((rights & 15) << 16))',
        '(meta & ~(15 << 16)) | ((rights & 15) << 16)',
      ),
      edit(RULES, 'badge: cap.badge, rights: cap.rights & rights };', 'badge: cap.badge, rights: rights & 15 };'),
    ],
  },
  {
    name: 'signal-rights-added',
    description: 'A copy of a notification capability gets the rights that are asked for, in both kernels.',
    meant: 'take_grant_isolation',
    edits: [
      edit(CAPS, '(meta & ~(3 << 16)) | (meta & ((rights & 3) << 16))', '(meta & ~(3 << 16)) | ((rights & 3) << 16)'),
      edit(
        RULES,
        'rights: cap.rights & rights & (ALLOW_READ | ALLOW_WRITE)',
        'rights: rights & (ALLOW_READ | ALLOW_WRITE)',
      ),
    ],
  },
  {
    name: 'mapped-writable',
    description: 'A frame that may be read may be mapped to be written, in both kernels.',
    meant: 'pas_refined',
    edits: [
      edit(
        CAPS,
        'return has === 3 && (rights & RIGHT_WRITE) !== 0 ? 3 : 2;',
        'return (rights & RIGHT_WRITE) !== 0 ? 3 : 2;',
      ),
      edit(
        RULES,
        "if (has === 'ReadOnly' && canRead) return 'ReadOnly';",
        "if (has === 'ReadOnly' && canRead) return canWrite ? 'ReadWrite' : 'ReadOnly';",
      ),
    ],
  },
  {
    name: 'thread-made-in-first-domain',
    description: 'A new thread is in the first domain, whoever makes it, in both kernels.',
    meant: 'pas_refined',
    edits: [
      edit(
        UNTYPED,
        'store(address + TCB_DOMAIN, load(KS_CUR_DOMAIN));',
        'store(address + TCB_DOMAIN, load(KS_CUR_DOMAIN) * 0);',
      ),
      edit('spec/perform/untyped.ts', 'domain: s.globals.currentDomain,', 'domain: 0,'),
    ],
  },
  {
    name: 'runs-in-last-space',
    description: 'A thread that is switched to runs on in the address space of the one before, in both kernels.',
    meant: 'pas_refined',
    edits: [
      edit(SCHEDULER, '  setVMRoot(tcb);\n  lazyFpuRestore(tcb);', '  lazyFpuRestore(tcb);'),
      edit(SCHEDULE, 'lazyFpuRestore(setVMRoot(s, thread), thread)', 'lazyFpuRestore(s, thread)'),
      edit(FASTPATH, '  installVMRoot(receiver, root);\n', ''),
    ],
  },
  // Revocation.
  {
    name: 'revoke-stops-early',
    description: 'A revocation ends when it has deleted one capability, in both kernels.',
    meant: 'revoke_leaves_nothing',
    edits: [
      edit(
        'impl/kernel/delete.ts',
        'if (status !== OK) return status;\n    if (preemptionPoint() !== OK) return PREEMPTED;',
        'if (status !== OK) return status;\n    if (preemptionPoint() !== OK) return PREEMPTED;\n    return OK;',
      ),
      edit(
        'spec/perform/delete.ts',
        'const deleted = capDelete(s, child);\n    if (E.isLeft(deleted)) return deleted;\n    const resumed = preemptionPoint(deleted.right);\n    if (E.isLeft(resumed)) return resumed;\n    s = resumed.right;',
        'const deleted = capDelete(s, child);\n    if (E.isLeft(deleted)) return deleted;\n    const resumed = preemptionPoint(deleted.right);\n    if (E.isLeft(resumed)) return resumed;\n    s = resumed.right;\n    if (s !== start) return right(s);',
      ),
    ],
  },
  // Availability.
  {
    name: 'retype-in-foreign-memory',
    description: 'An untyped has room for one object more than fits, in both kernels.',
    meant: 'untyped_isolation',
    edits: [
      edit(UNTYPED, 'Math.floor(freeBytes / 2 ** bits) < count', 'Math.floor(freeBytes / 2 ** bits) + 1 < count'),
      edit(
        'spec/decode/untyped.ts',
        'Math.floor(freeBytes / 2 ** bits) < targets.length',
        'Math.floor(freeBytes / 2 ** bits) + 1 < targets.length',
      ),
    ],
  },
  {
    name: 'domain-time-not-charged',
    description: 'While nobody runs, a domain keeps its time, in both kernels.',
    meant: 'domains_keep_time',
    edits: IDLE_TICK_FREE,
  },
  {
    name: 'yield-gives-domain-away',
    description: 'A thread that yields gives the time of its domain away, in both kernels.',
    meant: 'domains_keep_time',
    edits: [
      edit(
        SCHEDULER,
        'schedAppend(thread);\n  rescheduleRequired();\n}',
        'schedAppend(thread);\n  store(KS_DOMAIN_TIME_LO, 0);\n  rescheduleRequired();\n}',
      ),
      edit(
        'spec/time/variant.ts',
        'return rescheduleRequired(schedAppend(schedDequeue(s, thread), thread));',
        'return rescheduleRequired(setGlobals(schedAppend(schedDequeue(s, thread), thread), { domainTime: 0n }));',
      ),
      edit(
        'spec/time/variant.ts',
        'import { rescheduleRequired,',
        "import { setGlobals } from '../state/kernel-state.ts';\nimport { rescheduleRequired,",
      ),
    ],
  },
  {
    name: 'priority-not-bounded',
    description:
      'A thread is given any priority that there is, whatever the capability beside it allows, in both kernels.',
    meant: 'priorities_bounded',
    edits: [
      edit(
        'impl/kernel/tcb.ts',
        'const limit = load(capAddress(authority) + TCB_MCP);',
        'const limit = Math.max(load(capAddress(authority) + TCB_MCP), 15);',
      ),
      edit(
        'spec/decode/tcb.ts',
        'const { mcp } = getTcb(s, authority);',
        'const mcp = Math.max(getTcb(s, authority).mcp, 15);',
      ),
    ],
  },
  {
    name: 'lower-priority-runs',
    description: 'A thread that is woken runs at once, whatever its priority, in both kernels.',
    meant: 'highest_priority_runs',
    edits: [
      edit(
        SCHEDULER,
        'if (check && !isHighestPriority(load(KS_CUR_DOMAIN), priority)) {',
        'if (check && priority < 0 && !isHighestPriority(load(KS_CUR_DOMAIN), priority)) {',
      ),
      edit(
        SCHEDULE,
        'if (needsCheck && !isHighestPriority(s, target))',
        'if (needsCheck && target < 0 && !isHighestPriority(s, target))',
      ),
    ],
  },
].map(seeded);
