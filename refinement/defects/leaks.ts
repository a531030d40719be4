/** Defects by which somebody learns what the policy keeps from them: seen only in pairs of runs. */
import type { Defect } from './defect.ts';
import { edit } from './defect.ts';
import { IDLE_TICK_FREE, seeded } from './seeded.ts';

const SYSCALL = 'impl/kernel/syscall.ts';
const SCHEDULER = 'impl/kernel/scheduler.ts';
const NOTIFICATION = 'impl/kernel/notification.ts';
const API = 'spec/api/syscall.ts';
const SCHEDULE = 'spec/schedule/schedule.ts';
const DOMAIN = 'spec/schedule/domain.ts';
const SPEC_NOTIFICATION = 'spec/perform/notification.ts';

const SPEC_NEXT = `return setGlobals(s, {
    domainIndex: index,
    workUnits: 0,`;

export const LEAK_DEFECTS: readonly Defect[] = [
  {
    name: 'foreign-queue-consulted',
    description: 'When nobody is ready in a domain, a thread of the next one runs, in both kernels.',
    meant: 'nonleakage',
    edits: [
      edit(
        SCHEDULER,
        'const domain = load(KS_CUR_DOMAIN);\n  const priority',
        'const own = load(KS_CUR_DOMAIN);\n  const domain = highestPriority(own) === NO_PRIORITY ? (own + 1) & 1 : own;\n  const priority',
      ),
      edit(
        SCHEDULE,
        'const priority = highestReadyPriority(s, s.globals.currentDomain);\n  const first = priority === null ? undefined : choices.nextThread(readyQueue(s, s.globals.currentDomain, priority));',
        'const own = s.globals.currentDomain;\n  const domain = highestReadyPriority(s, own) === null ? (own + 1) & 1 : own;\n  const priority = highestReadyPriority(s, domain);\n  const first = priority === null ? undefined : choices.nextThread(readyQueue(s, domain, priority));',
      ),
    ],
  },
  {
    name: 'wakes-into-this-domain',
    description: 'A thread that is woken runs at once, although the domain is not its own, in both kernels.',
    meant: 'nonleakage',
    edits: [
      edit(
        'impl/kernel/thread-state.ts',
        'if (load(tcb + TCB_DOMAIN) !== load(KS_CUR_DOMAIN)) {',
        'if (load(tcb + TCB_DOMAIN) > 99) {',
      ),
      edit(
        'spec/state/ready-queues.ts',
        'if (getTcb(s, thread).domain !== s.globals.currentDomain) return schedEnqueue(s, thread);',
        'if (getTcb(s, thread).domain > 99) return schedEnqueue(s, thread);',
      ),
    ],
  },
  {
    name: 'idle-domain-skipped',
    description: 'A domain in which nobody is ready is passed over, in both kernels.',
    meant: 'sched_not_global_channel',
    edits: [
      edit(
        SCHEDULER,
        'const domain = load(KS_CUR_DOMAIN);\n  const priority',
        'if (highestPriority(load(KS_CUR_DOMAIN)) === NO_PRIORITY) nextDomain();\n  const domain = load(KS_CUR_DOMAIN);\n  const priority',
      ),
      edit(
        SCHEDULE,
        'function chooseThread(s: KernelState, choices: Choices): KernelState {',
        'function chooseThread(was: KernelState, choices: Choices): KernelState {\n  const s = highestReadyPriority(was, was.globals.currentDomain) === null ? nextDomain(was) : was;',
      ),
    ],
  },
  {
    name: 'domain-time-by-thread',
    description:
      'The next domain loses the ticks that the thread before it had left of its time slice, in both kernels.',
    meant: 'sched_not_global_channel',
    edits: [
      edit(
        SCHEDULER,
        'store(KS_DOMAIN_TIME_LO, load(entry + 8));\n',
        'store(KS_DOMAIN_TIME_LO, load(entry + 8) + (load(currentThread() + TCB_TIME_SLICE) === 1 ? 1 : 0));\n',
      ),
      edit(
        DOMAIN,
        'domainTime: entry.duration,',
        'domainTime: entry.duration + (getTcb(s, s.globals.currentThread).timeSlice === 1 ? 1n : 0n),',
      ),
      edit(
        DOMAIN,
        "import { setGlobals } from '../state/kernel-state.ts';",
        "import { getTcb, setGlobals } from '../state/kernel-state.ts';",
      ),
    ],
  },
  {
    name: 'idle-tick-free',
    description: 'A tick that comes while nobody runs is charged to nobody, in both kernels.',
    meant: 'sched_not_global_channel',
    edits: IDLE_TICK_FREE,
  },
  {
    name: 'work-units-shared',
    description:
      'What one domain has done of its work before the next look for interrupts counts for the next domain, in both kernels.',
    meant: 'nonleakage',
    edits: [
      edit(SCHEDULER, 'store(KS_WORK_UNITS, 0);\n', ''),
      edit(DOMAIN, SPEC_NEXT, 'return setGlobals(s, {\n    domainIndex: index,'),
    ],
  },
  {
    name: 'fpu-left-at-switch',
    description:
      'Whose floating-point registers are in the unit stays as it is when domains take turns, in both kernels.',
    meant: 'nonleakage',
    edits: [
      edit(SCHEDULER, '    switchFpuOwner(0);\n', ''),
      edit(DOMAIN, 'return switchFpuOwner(s, null);', 'return s;'),
    ],
  },
  {
    name: 'fpu-not-loaded',
    description: 'A thread finds in the floating-point unit what the one before left there.',
    meant: 'nonleakage',
    edits: [
      edit('impl/kernel/fpu.ts', 'if (owner !== 0) loadFpu(owner + TCB_FPU_LO);', 'if (owner !== 0) enableFpu();'),
    ],
  },
  {
    name: 'signal-tells-who-listens',
    description: 'Who signals by Call is told whether somebody was waiting, in both kernels.',
    meant: 'nonleakage',
    edits: [
      edit(
        SYSCALL,
        'beginPerform();\n      sendSignal(capAddress(slot)',
        'beginPerform();\n      if (isCall) answerWord(load(capAddress(slot) + NTFN_STATE), 0);\n      sendSignal(capAddress(slot)',
      ),
      edit(SYSCALL, 'NTFN_BOUND_TCB,', 'NTFN_BOUND_TCB, NTFN_STATE,'),
      edit(SYSCALL, 'import { answerLength, noAnswer }', 'import { answerLength, answerWord, noAnswer }'),
      edit(
        'spec/perform/invocation.ts',
        'return done(sendSignal(s, invocation.cap.ref, invocation.cap.badge));',
        "return right({ state: sendSignal(s, invocation.cap.ref, invocation.cap.badge), words: [BigInt(['IdleNtfn', 'WaitingNtfn', 'ActiveNtfn'].indexOf(getNotification(s, invocation.cap.ref).state._tag))] });",
      ),
      edit(
        'spec/perform/invocation.ts',
        "import type { KernelState } from '../state/kernel-state.ts';",
        "import type { KernelState } from '../state/kernel-state.ts';\nimport { getNotification } from '../state/kernel-state.ts';",
      ),
    ],
  },
  {
    name: 'signal-waits-for-listener',
    description: 'Who signals a notification that nobody has heard yet gives the processor away, in both kernels.',
    meant: 'nonleakage',
    edits: [
      edit(
        NOTIFICATION,
        'case NTFN_ACTIVE:\n      store(',
        'case NTFN_ACTIVE:\n      schedAppend(currentThread());\n      rescheduleRequired();\n      store(',
      ),
      edit(
        NOTIFICATION,
        'import { setThreadState }',
        "import { schedAppend } from './ready-queues.ts';\nimport { currentThread, rescheduleRequired, setThreadState }",
      ),
      edit(
        SPEC_NOTIFICATION,
        "case 'ActiveNtfn':\n      return setNotificationState(s, ref, { _tag: 'ActiveNtfn', badge: state.badge | badge });",
        "case 'ActiveNtfn':\n      return rescheduleRequired(schedAppend(setNotificationState(s, ref, { _tag: 'ActiveNtfn', badge: state.badge | badge }), s.globals.currentThread));",
      ),
      edit(
        SPEC_NOTIFICATION,
        'import { setThreadState }',
        'import { rescheduleRequired, schedAppend, setThreadState }',
      ),
    ],
  },
  {
    name: 'stale-answer-length',
    description: "The kernel's answer is as long as the one before, which may have been somebody else's.",
    meant: 'nonleakage',
    edits: [edit(SYSCALL, '  noAnswer();\n', '  if (answerLength > 120) noAnswer();\n')],
  },
  {
    name: 'stale-badge',
    description: 'Who asks for a signal and finds none reads the badge that was delivered last, to whomever.',
    meant: 'nonleakage',
    edits: [
      edit(
        NOTIFICATION,
        '  } else {\n    setBadge(thread, 0, 0);\n  }',
        '  } else {\n    setBadge(thread, lastBadge[0]!, 0);\n  }',
      ),
      edit(
        NOTIFICATION,
        'function wake(tcb: number, notification: number, badgeLo: number, badgeHi: number): void {',
        'const lastBadge = new Uint32Array(1);\nfunction wake(tcb: number, notification: number, badgeLo: number, badgeHi: number): void {',
      ),
      edit(
        NOTIFICATION,
        "implAssert(load(notification + NTFN_STATE) === NTFN_ACTIVE, 'a completed signal was active');",
        "implAssert(load(notification + NTFN_STATE) === NTFN_ACTIVE, 'a completed signal was active');\n  lastBadge[0] = load(notification + NTFN_BADGE_LO);",
      ),
    ],
  },
  {
    name: 'message-registers-not-cleared',
    description: 'A thread that is switched to finds the second message register of the one before it.',
    meant: 'nonleakage',
    edits: [
      edit(
        SCHEDULER,
        '  setVMRoot(tcb);\n  lazyFpuRestore(tcb);',
        '  setVMRoot(tcb);\n  store(tcb + TCB_CONTEXT + 3 * 8, load(currentThread() + TCB_CONTEXT + 3 * 8));\n  lazyFpuRestore(tcb);',
      ),
    ],
  },
  {
    name: 'poll-without-right',
    description: 'Whoever has a capability to a notification may look whether it is active, in both kernels.',
    meant: 'nonleakage',
    edits: [
      edit(
        SYSCALL,
        'if (type === CAP_NOTIFICATION && capField(slot, 17, 1) === 1) {',
        'if (type === CAP_NOTIFICATION && (!blocking || capField(slot, 17, 1) === 1)) {',
      ),
      edit(
        API,
        '(cap.rights & ALLOW_READ) === 0 || (boundTcb !== null && boundTcb !== thread)',
        '(blocking && (cap.rights & ALLOW_READ) === 0) || (boundTcb !== null && boundTcb !== thread)',
      ),
    ],
  },
].map(seeded);
