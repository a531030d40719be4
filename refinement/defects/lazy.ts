/** Defects that only a lazy scheduler can have. */
import type { Defect } from './defect.ts';
import { edit } from './defect.ts';

const SCHEDULER = 'impl/kernel/scheduler.ts';
const QUEUES = 'impl/kernel/ready-queues.ts';
const DROP = 'while (priority !== NO_PRIORITY && !isRunnable(headOfQueue(domain, priority))) {';

const lazy = { subsystem: 'scheduler', side: 'impl', config: 'small-lazy' } as const;

export const LAZY_DEFECTS: readonly Defect[] = [
  {
    ...lazy,
    name: 'lazy-runs-the-blocked',
    description: 'A blocked thread that lingers at the head of its ready queue is taken for a ready one.',
    edits: [edit(QUEUES, DROP, 'while (priority < NO_PRIORITY) {')],
    breaks: ['no_fail', 'next_thread_allowed'],
  },
  {
    ...lazy,
    name: 'lazy-drops-one-only',
    description: 'Behind a blocked thread that was dropped, the next one is taken for a ready one.',
    edits: [edit(QUEUES, DROP, 'if (priority !== NO_PRIORITY && !isRunnable(headOfQueue(domain, priority))) {')],
    breaks: ['no_fail', 'next_thread_allowed'],
  },
  {
    ...lazy,
    name: 'lazy-drops-the-restarting',
    description: 'A thread that is to issue its system call again is dropped from its ready queue like a blocked one.',
    edits: [
      edit(
        QUEUES,
        DROP,
        'while (priority !== NO_PRIORITY && load(headOfQueue(domain, priority) + TCB_STATE) !== STATE_RUNNING) {',
      ),
    ],
    breaks: ['refinement', 'next_thread_allowed', 'no_orphans'],
  },
  {
    ...lazy,
    name: 'lazy-trusts-the-bitmap',
    description:
      'A thread is not switched to directly because of blocked ones that linger in a queue of higher priority.',
    edits: [edit(QUEUES, 'return priority >= highestPriority(domain);', 'return priority >= highestQueued(domain);')],
    breaks: ['refinement'],
  },
  {
    ...lazy,
    name: 'lazy-chooses-in-silence',
    description: 'Of several ready threads one is chosen, and nobody is told.',
    edits: [edit(SCHEDULER, "if (SCHEDULER === 'lazy') store(HW_CHOSEN, next);", '')],
    breaks: ['next_thread_allowed'],
  },
];
