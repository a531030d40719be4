/** Defects in managing threads and choosing who runs. */
import type { Defect } from './defect.ts';
import { edit } from './defect.ts';

const TCB = 'impl/kernel/tcb.ts';
const THREAD_STATE = 'impl/kernel/thread-state.ts';
const VARIANT = 'impl/kernel/variant.ts';
const SPACE = 'impl/kernel/tcb-space.ts';
const CANCEL = 'impl/kernel/cancel.ts';
const SCHEDULER = 'impl/kernel/scheduler.ts';
const QUEUES = 'impl/kernel/ready-queues.ts';
const SYSCALL = 'impl/kernel/syscall.ts';

export const THREAD_DEFECTS: readonly Defect[] = [
  {
    name: 'suspend-keeps-restart-pc',
    subsystem: 'tcb',
    description: 'A thread suspended before it ran again issues its last system call anew when it is resumed.',
    resembles: 'stale-restart-pc',
    side: 'impl',
    edits: [edit(CANCEL, 'if (load(tcb + TCB_STATE) === STATE_RUNNING) {', 'if (load(tcb + TCB_STATE) < 0) {')],
    breaks: ['refinement'],
  },
  {
    name: 'suspended-stays-queued',
    subsystem: 'tcb',
    description: 'A suspended thread stays in its ready queue.',
    side: 'impl',
    edits: [
      edit(
        CANCEL,
        'setThreadState(tcb, STATE_INACTIVE);\n  schedDequeue(tcb);',
        'setThreadState(tcb, STATE_INACTIVE);',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'priority-does-not-preempt',
    subsystem: 'tcb',
    description: "Raising another thread's priority above that of the running one does not make it run.",
    resembles: 'no-preemption-on-priority',
    side: 'impl',
    edits: [
      edit(
        VARIANT,
        'if (tcb === currentThread()) rescheduleRequired();\n  else possibleSwitchTo(tcb);',
        'if (tcb === currentThread()) rescheduleRequired();\n  else schedEnqueue(tcb);',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'priority-set-while-queued',
    subsystem: 'tcb',
    description: 'The priority is changed before the thread leaves its queue, so that it leaves the wrong one.',
    resembles: 'key-changed-in-queue',
    side: 'impl',
    edits: [
      edit(
        VARIANT,
        'schedDequeue(tcb);\n  store(tcb + TCB_PRIORITY, priority);\n  if (!isRunnable(tcb)) return;',
        'store(tcb + TCB_PRIORITY, priority);\n  schedDequeue(tcb);\n  if (!isRunnable(tcb)) return;',
      ),
    ],
    breaks: ['refinement', 'valid_bitmaps', 'list_queue_relation'],
  },
  {
    name: 'written-before-checked',
    subsystem: 'tcb',
    description: 'The maximum controlled priority is set before it is known whether it may be.',
    side: 'impl',
    edits: [
      edit(
        TCB,
        'const status = checkPriorities(mcpWord, priorityWord);',
        'if (mcpWord >= 0) store(tcb + TCB_MCP, argLo[mcpWord]!);\n  const status = checkPriorities(mcpWord, priorityWord);',
      ),
    ],
    breaks: ['refinement', 'decode_inv_inv', "valid_tcb'"],
  },
  {
    name: 'unknown-flags-kept',
    subsystem: 'tcb',
    description: 'Flags that mean nothing can be set.',
    side: 'impl',
    edits: [edit(TCB, '(argLo[1]! & 1)', 'argLo[1]!')],
    breaks: ['refinement', "valid_tcb'"],
  },
  {
    name: 'own-authority-suffices',
    subsystem: 'tcb',
    description:
      'The priority is limited by what the changed thread may, not by what the thread given as authority may.',
    side: 'impl',
    edits: [
      edit(TCB, 'const limit = load(capAddress(authority) + TCB_MCP);', 'const limit = load(tcb + TCB_MCP);'),
      edit(
        TCB,
        'function checkPriorities(mcpWord: number, priorityWord: number)',
        'function checkPriorities(mcpWord: number, priorityWord: number, tcb: number)',
      ),
      edit(TCB, 'checkPriorities(mcpWord, priorityWord);', 'checkPriorities(mcpWord, priorityWord, tcb);'),
      edit(TCB, 'checkPriorities(0, 1);', 'checkPriorities(0, 1, tcb);'),
    ],
    breaks: ['refinement', 'no_fail'],
  },
  {
    name: 'priority-not-limited',
    subsystem: 'tcb',
    description: 'Setting both priorities checks only the maximum against the authority.',
    side: 'impl',
    edits: [
      edit(
        TCB,
        'if (priorityWord >= 0 && argExceeds(priorityWord, limit))',
        'if (priorityWord === 0 && argExceeds(priorityWord, limit))',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'bind-waiting-notification',
    subsystem: 'tcb',
    description: 'A notification that threads wait on can be bound.',
    side: 'impl',
    edits: [edit(TCB, 'load(notification + NTFN_STATE) === NTFN_WAITING || ', '')],
    breaks: ['refinement'],
  },
  {
    name: 'bind-twice',
    subsystem: 'tcb',
    description: 'A notification bound to one thread can be bound to another.',
    side: 'impl',
    edits: [edit(TCB, ' || load(notification + NTFN_BOUND_TCB) !== 0', '')],
    breaks: ['refinement'],
  },
  {
    name: 'resume-without-master',
    subsystem: 'tcb',
    description: 'A new thread that is resumed gets no master reply capability.',
    side: 'impl',
    edits: [edit(TCB, 'beginRestart(tcb);\n', '')],
    breaks: ['refinement'],
  },
  {
    name: 'resume-keeps-waiting',
    subsystem: 'tcb',
    description: 'A blocked thread that is resumed stays in the queue that it waits in.',
    side: 'impl',
    edits: [edit(TCB, 'cancelIpc(tcb);\n  beginRestart', 'beginRestart')],
    breaks: ['refinement'],
  },
  {
    name: 'flags-not-sanitised',
    subsystem: 'tcb',
    description: 'A user can set any processor flags through the registers it writes.',
    side: 'impl',
    edits: [
      edit(
        TCB,
        'setUserRegister(tcb, userRegister(n), argLo[n + 2]!, argHi[n + 2]!)',
        'setRegister(tcb, userRegister(n), argLo[n + 2]!, argHi[n + 2]!)',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'two-registers-one-slot',
    subsystem: 'tcb',
    description: 'Two registers of a user context share a place, so one of them is never read or written.',
    resembles: 'registers-share-slot',
    side: 'impl',
    edits: [edit('impl/config/small.ts', 'REG_CAP, REG_MSG_INFO, 2, 3, 4, 5];', 'REG_CAP, REG_MSG_INFO, 2, 3, 4, 4];')],
    breaks: ['refinement'],
  },
  {
    name: 'answer-overwritten',
    subsystem: 'tcb',
    description: 'The message info of an invocation that answers with words says that there are none.',
    resembles: 'answer-overwritten',
    side: 'impl',
    edits: [
      edit(SYSCALL, 'if (isCall) setInfo(thread, 0, 0, answerLength, 0);', 'if (isCall) setInfo(thread, 0, 0, 0, 0);'),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'buffer-not-aligned',
    subsystem: 'tcb',
    description: 'An IPC buffer may start anywhere.',
    side: 'impl',
    edits: [edit(SPACE, 'if ((addressLo & (BUFFER_BYTES - 1)) !== 0) return fail(ALIGNMENT_ERROR);', '')],
    breaks: ['refinement'],
  },
  {
    name: 'copy-registers-drops-pc',
    subsystem: 'tcb',
    description: 'A thread that is given the frame registers of another does not go on at its program counter.',
    side: 'impl',
    edits: [
      edit(
        TCB,
        'copyRegister(source, tcb, FRAME_REGISTERS[n]!);\n    continueAtRestartPc(tcb);',
        'copyRegister(source, tcb, FRAME_REGISTERS[n]!);',
      ),
    ],
    breaks: ['refinement'],
  },

  {
    name: 'level-one-bit-stays',
    subsystem: 'scheduler',
    description: 'The summary bit of a bitmap word stays set when the word has become zero.',
    side: 'impl',
    edits: [edit(QUEUES, 'store(level1, load(level1) & ~(1 << word));', '')],
    breaks: ['refinement', 'valid_bitmaps', 'no_fail'],
  },
  {
    name: 'level-one-bit-cleared-early',
    subsystem: 'scheduler',
    description: 'The summary bit of a bitmap word is cleared as soon as one of its queues is empty.',
    side: 'impl',
    edits: [edit(QUEUES, 'if (rest === 0) {', 'if (rest >= 0) {')],
    breaks: ['refinement', 'valid_bitmaps'],
  },
  {
    name: 'requeued-at-tail',
    subsystem: 'scheduler',
    description: 'A thread that must give way goes to the end of its queue instead of its front.',
    side: 'impl',
    edits: [edit(SCHEDULER, 'if (runs) schedEnqueue(current);', 'if (runs) schedAppend(current);')],
    breaks: ['refinement'],
  },
  {
    name: 'candidate-lost',
    subsystem: 'scheduler',
    description: 'A thread picked to run next is forgotten when a new choice is asked for.',
    side: 'impl',
    edits: [
      edit(THREAD_STATE, 'if (isPicked && (!TIME_IS_BUDGETED || isSchedulable(action))) schedEnqueue(action);', ''),
    ],
    breaks: ['refinement', 'no_orphans'],
  },
  {
    name: 'candidate-overtakes',
    subsystem: 'scheduler',
    description: 'A thread picked to run next runs although one of higher priority is ready.',
    side: 'impl',
    edits: [
      edit(
        SCHEDULER,
        'const check = current === IDLE_THREAD || priority < currentPriority;',
        'const check = current === IDLE_THREAD;',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'equal-priority-preempts',
    subsystem: 'scheduler',
    description: 'A woken thread takes over from a running one of the same priority.',
    side: 'impl',
    edits: [
      edit(SCHEDULER, '} else if (runs && priority === currentPriority) {', '} else if (runs && priority < 0) {'),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'slice-used-up',
    subsystem: 'scheduler',
    description: 'A thread runs on for one tick with nothing left of its time slice.',
    side: 'impl',
    edits: [edit(SCHEDULER, 'if (left > 1) {', 'if (left > 0) {')],
    breaks: ['refinement', "valid_tcb'"],
  },
  {
    name: 'slice-not-refilled',
    subsystem: 'scheduler',
    description: 'A thread whose time slice has ended gives way at every later tick.',
    side: 'impl',
    edits: [edit(SCHEDULER, 'store(tcb + TCB_TIME_SLICE, TIME_SLICE);\n', '')],
    breaks: ['refinement'],
  },
  {
    name: 'restart-is-charged',
    subsystem: 'scheduler',
    description: 'A thread that is to issue its system call again pays for the tick that interrupted it.',
    side: 'impl',
    edits: [
      edit(
        SCHEDULER,
        'if (load(tcb + TCB_STATE) === STATE_RUNNING) {\n    const left',
        'if (isRunnable(tcb)) {\n    const left',
      ),
      edit(SCHEDULER, 'import { currentThread, isSchedulable,', 'import { currentThread, isRunnable, isSchedulable,'),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'yield-to-front',
    subsystem: 'scheduler',
    description: 'A thread that yields comes before the others of its priority again.',
    side: 'impl',
    edits: [edit(SCHEDULER, 'schedDequeue(thread);\n  schedAppend(thread);', 'schedDequeue(thread);')],
    breaks: ['refinement'],
  },
  {
    name: 'restart-skips-the-call',
    subsystem: 'scheduler',
    description: 'A thread whose system call was interrupted goes on behind it.',
    side: 'impl',
    edits: [edit(SCHEDULER, 'store(context + REG_NEXT_IP * 8, load(context + REG_FAULT_IP * 8));', '')],
    breaks: ['refinement'],
  },
  {
    name: 'middle-of-queue-unlinked-halfway',
    subsystem: 'scheduler',
    description: 'Taking a thread out of the middle of a ready queue leaves the thread behind it pointing back at it.',
    side: 'impl',
    edits: [
      edit(
        QUEUES,
        'else store(next + TCB_SCHED_PREV, prev);',
        'else if (prev === 0) store(next + TCB_SCHED_PREV, prev);',
      ),
    ],
    breaks: ['refinement', 'sym_heap_sched_pointers', 'list_queue_relation'],
  },
  {
    name: 'master-not-first-badged',
    subsystem: 'tcb',
    description: 'The master reply capability of a resumed thread is not marked as the first of its kind.',
    side: 'impl',
    edits: [
      edit(
        'impl/kernel/reply-cap.ts',
        'store(master + CTE_MDB_FLAGS, MDB_REVOCABLE | MDB_FIRST_BADGED);',
        'store(master + CTE_MDB_FLAGS, MDB_REVOCABLE);',
      ),
    ],
    breaks: ['refinement', 'reply_masters_rvk_fb'],
  },
  {
    name: 'dequeued-keeps-neighbours',
    subsystem: 'scheduler',
    description: 'A thread taken out of its ready queue keeps its links to the threads before and behind it.',
    side: 'impl',
    edits: [
      edit(
        QUEUES,
        'W[i + TCB_SCHED_NEXT / 4] = 0; W[i + TCB_SCHED_PREV / 4] = 0; W[i + TCB_QUEUED / 4] = 0;',
        'W[i + TCB_QUEUED / 4] = 0;',
      ),
    ],
    breaks: ['refinement', 'valid_sched_pointers', 'sym_heap_sched_pointers'],
  },
  {
    name: 'current-thread-queued',
    subsystem: 'scheduler',
    description: 'The thread switched to stays in its ready queue.',
    side: 'impl',
    edits: [edit(SCHEDULER, 'schedDequeue(tcb); store(KS_CUR_THREAD, tcb);', 'store(KS_CUR_THREAD, tcb);')],
    breaks: ['refinement', 'ct_not_inQ'],
  },
  {
    name: 'action-not-reset',
    subsystem: 'scheduler',
    description: 'The thread to switch to is still to be switched to when it runs.',
    side: 'impl',
    edits: [
      edit(
        SCHEDULER,
        'store(KS_SCHEDULER_ACTION, ACTION_RESUME); }',
        'if (action === ACTION_CHOOSE) store(KS_SCHEDULER_ACTION, ACTION_RESUME); }',
      ),
    ],
    breaks: ['refinement', 'no_fail', 'sch_act_wf', 'fastpath_equals_slow_path'],
  },
  {
    name: 'blocking-badge-left',
    subsystem: 'scheduler',
    description: 'A thread that is not blocked any more keeps the badge and the rights it was blocked with.',
    side: 'impl',
    edits: [edit('impl/kernel/thread-state.ts', 'if (old <= STATE_BLOCKED_ON_SEND) {', 'if (old < 0) {')],
    breaks: ['refinement', 'tcb_unused_fields_zero', 'fastpath_equals_slow_path'],
  },
];
