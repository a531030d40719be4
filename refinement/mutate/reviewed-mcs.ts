/** Mutants of the MCS kernel's own files that change nothing that anybody could notice: each looked at by a person, with the reason. */
import type { Reviewed } from './reviewed.ts';

export const REVIEWED_MCS: readonly Reviewed[] = [
  {
    file: 'impl/kernel/clock.ts',
    because: 'every configuration has several domains',
    mutants: [
      ['NUM_DOMAINS > 1', 'true'],
      ['NUM_DOMAINS > 1', 'NUM_DOMAINS >= 1'],
      ['NUM_DOMAINS > 1', 'true', 1],
      ['NUM_DOMAINS > 1', 'NUM_DOMAINS >= 1', 1],
      ['NUM_DOMAINS > 1', 'true', 2],
      ['NUM_DOMAINS > 1', 'NUM_DOMAINS >= 1', 2],
    ],
  },
  {
    file: 'impl/kernel/fastpath-mcs.ts',
    because: 'what is not returned counts as false',
    mutants: [['default: return false;', 'default:']],
  },
  {
    file: 'impl/kernel/fastpath-mcs.ts',
    because:
      'a load through address 0 is outside all memory: it finds neither a capability of the type asked for, nor what is asked of an object',
    mutants: [
      ['slot === 0', 'false'],
      ['slot === 0', 'false', 1],
      ['slot === 0', 'false', 2],
      ['replySlot === 0', 'false'],
      ['bound !== 0', 'true'],
      ['woken === 0', 'false'],
      ['context === 0', 'false'],
    ],
  },
  {
    file: 'impl/kernel/fastpath-mcs.ts',
    because: 'a store through address 0 is outside all memory and does nothing here',
    mutants: [
      ['before !== 0', 'true'],
      ['reply !== 0', 'true'],
      ['reply === 0', 'false', 1],
    ],
  },
  {
    file: 'impl/kernel/fastpath-mcs.ts',
    because:
      'behind a reply object that is in no call stack, or not at the head of one, there is no scheduling context, which is asked next',
    mutants: [
      ['caller === 0 || load(reply + REPLY_IS_HEAD) === 0', 'false'],
      ['caller === 0 || load(reply + REPLY_IS_HEAD) === 0', 'caller === 0 && load(reply + REPLY_IS_HEAD) === 0'],
      ['caller === 0', 'false'],
      ['load(reply + REPLY_IS_HEAD) === 0', 'false'],
    ],
  },
  {
    file: 'impl/kernel/release-queue.ts',
    because: 'a load through address 0 is outside all memory: what is read there can run no thread',
    mutants: [['context === 0', 'false']],
  },
  {
    file: 'impl/kernel/reply-object.ts',
    because: 'a load or store through address 0 is outside all memory and does nothing here',
    mutants: [
      ['before !== 0', 'true'],
      ['before !== 0', 'true', 1],
      ['next !== 0', 'true'],
      ['before !== 0', 'true', 2],
      ['head === 0', 'false'],
    ],
  },
  {
    file: 'impl/kernel/sched-context.ts',
    because: 'a load through address 0 is outside all memory: what is read there can run no thread',
    mutants: [['tcb === 0', 'false']],
  },
  {
    file: 'impl/kernel/sched-context.ts',
    because: 'nobody has a capability to the idle thread, which alone is in a state above',
    mutants: [['state <= STATE_BLOCKED_ON_NOTIFICATION', 'true']],
  },
  {
    file: 'impl/kernel/sched-context-binding.ts',
    because:
      'a load or store through address 0 is outside all memory and does nothing here, and what is emptied is empty',
    mutants: [
      ['notification === 0', 'false'],
      ['context === 0', 'false', 4],
    ],
  },
  {
    file: 'impl/kernel/sched-context-binding.ts',
    because: 'a load through address 0 is outside all memory: it is not 0, so that somebody seems to have the context',
    mutants: [['context === 0', 'false', 1]],
  },
  {
    file: 'impl/kernel/sched-context-binding.ts',
    because: 'one word fits the registers, so no buffer is looked at',
    mutants: [['true', 'false']],
  },
  {
    file: 'impl/kernel/fastpath-mcs.ts',
    because: 'whatever gets a thread going that has a fault has forgotten the fault before',
    mutants: [
      ['load(caller + TCB_FAULT) !== 0', 'false'],
      ['caller + TCB_FAULT', 'caller - TCB_FAULT'],
      ['load(replier + TCB_FAULT) !== 0', 'false'],
      ['replier + TCB_FAULT', 'replier - TCB_FAULT'],
      ['load(thread + TCB_FAULT) !== 0', 'false'],
    ],
  },
  {
    file: 'impl/kernel/variant.ts',
    because: 'in the MCS kernel the reply object says what an answer may grant',
    mutants: [['false', 'true']],
  },
  {
    file: 'impl/kernel/cancel.ts',
    because:
      'a load or store through address 0 is outside all memory and does nothing here: nobody there waits for an answer',
    mutants: [
      ['user !== 0', 'true'],
      ['user !== 0', 'true', 1],
    ],
  },
  {
    file: 'impl/kernel/reply.ts',
    because: 'a load through address 0 is outside all memory: nobody there waits for an answer',
    mutants: [['receiver === 0', 'false']],
  },
  {
    file: 'impl/kernel/sched-context.ts',
    because: 'a load through address 0 is outside all memory: what is read there can run no thread',
    mutants: [['tcb !== 0', 'true', 1]],
  },
  {
    file: 'impl/kernel/sched-context-binding.ts',
    because: 'it is about the running thread, which has a scheduling context',
    mutants: [
      ['context === 0', 'false', 2],
      ['tcb === load(KS_CUR_THREAD)', 'true', 1],
    ],
  },
];
