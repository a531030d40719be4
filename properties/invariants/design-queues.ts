/** Ready queues, their bitmaps and their links, and who runs, as the implementation keeps them. */
import { powerOf2 } from '../../spec/abi/words.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { object } from '../../spec/state/kernel-state.ts';
import type { ObjRef } from '../../spec/state/refs.ts';
import type { DesignInvariant, ImplMemory, Violation } from '../property.ts';
import { propertyPoints } from '../variant.ts';
import { atThread, hex, l4v } from './check.ts';
import { INVARIANTS_H, perMemory, perReadyQueue, perTcb, together, wordAt } from './memory.ts';
import { surveyOf } from './survey.ts';

const HEAP_LS = 'lib/Heap_List.thy';
const isTcb = (s: KernelState, ref: ObjRef): boolean => object(s, ref)?._tag === 'Tcb';

function atQueue(s: KernelState, key: number): string {
  return `ready queue of domain ${Math.floor(key / s.config.priorities)}, priority ${key % s.config.priorities}`;
}

function queueHead(memory: ImplMemory, key: number): number {
  return wordAt(memory, memory.layout.KS_READY_QUEUES + key * memory.layout.READY_QUEUE_BYTES);
}

/** Whether the bits for a queue are set: its own in level 2, and that of its word in level 1. */
function queueBits(
  memory: ImplMemory,
  s: KernelState,
  key: number,
): readonly [level1: boolean, level2: boolean, word: number] {
  const { layout } = memory;
  const { priorities } = s.config;
  const wordBits = Math.ceil(priorities / layout.PRIORITY_WORDS);
  const domain = Math.floor(key / priorities);
  const priority = key % priorities;
  const index = Math.floor(priority / wordBits);
  const level1 = wordAt(memory, layout.KS_L1_BITMAP + domain * 4);
  const word = wordAt(
    memory,
    layout.KS_L2_BITMAP + (domain * layout.PRIORITY_WORDS + layout.PRIORITY_WORDS - 1 - index) * 4,
  );
  return [((level1 >>> index) & 1) === 1, ((word >>> (priority % wordBits)) & 1) === 1, word];
}

export const validBitmaps: DesignInvariant = {
  name: 'valid_bitmaps',
  kind: 'design',
  statement:
    'A bit of level 2 is set exactly when its ready queue is not empty, one of level 1 exactly when its word of level 2 is not zero.',
  l4v: l4v(INVARIANTS_H, 'valid_bitmaps', 'level 2 words are of the configured width; no bits beyond the priorities'),
  evidence: ['level-one-bit-stays'],
  ...perReadyQueue((memory, s, key, out) => {
    const [level1, level2, word] = queueBits(memory, s, key);
    const isEmpty = queueHead(memory, key) === 0;
    if (level2 === isEmpty)
      out.push({
        where: atQueue(s, key),
        because: isEmpty ? 'empty, but its bit is set' : 'not empty, but its bit is not set',
      });
    if (level1 !== (word !== 0)) {
      out.push({
        where: atQueue(s, key),
        because: `its bit of level 1 is ${level1 ? 'set' : 'not set'}, its word of level 2 is ${hex(word)}`,
      });
    }
  }),
  exercised: (memory, s) => {
    let count = 0;
    for (let key = 0; key < s.config.domains * s.config.priorities; key++) if (queueHead(memory, key) !== 0) count++;
    return count;
  },
};

function checkList(memory: ImplMemory, s: KernelState, key: number, out: Violation[]): void {
  const { layout } = memory;
  const where = atQueue(s, key);
  const tail = wordAt(memory, layout.KS_READY_QUEUES + key * layout.READY_QUEUE_BYTES + 4);
  let before = 0;
  let at = queueHead(memory, key);
  for (let steps = 0; at !== 0; steps++) {
    if (!isTcb(s, at)) {
      out.push({ where, because: `${hex(at)} in it is not a thread` });
      return;
    }
    if (steps > s.config.ramSize / powerOf2(s.config.tcbBits)) {
      out.push({ where, because: 'its list does not end' });
      return;
    }
    if (wordAt(memory, at + layout.TCB_SCHED_PREV) !== before)
      out.push({
        where,
        because: `${hex(at)} does not name ${hex(before)} before it`,
      });
    if (wordAt(memory, at + layout.TCB_QUEUED) !== 1)
      out.push({
        where,
        because: `${hex(at)} is in it, but not marked as queued`,
      });
    const own = wordAt(memory, at + layout.TCB_DOMAIN) * s.config.priorities + wordAt(memory, at + layout.TCB_PRIORITY);
    if (own !== key)
      out.push({
        where,
        because: `${hex(at)} belongs to the ${atQueue(s, own)}`,
      });
    before = at;
    at = wordAt(memory, at + layout.TCB_SCHED_NEXT);
  }
  if (tail !== before)
    out.push({
      where,
      because: `its last thread is ${hex(before)}, its tail ${hex(tail)}`,
    });
}

/** Whether the list of the thread's own queue has it. */
function isListed(memory: ImplMemory, s: KernelState, tcb: ObjRef): boolean {
  const { layout } = memory;
  const key = wordAt(memory, tcb + layout.TCB_DOMAIN) * s.config.priorities + wordAt(memory, tcb + layout.TCB_PRIORITY);
  let at = queueHead(memory, key);
  for (let steps = 0; at !== 0 && at !== tcb && steps <= s.config.ramSize / powerOf2(s.config.tcbBits); steps++) {
    at = wordAt(memory, at + layout.TCB_SCHED_NEXT);
  }
  return at === tcb;
}

const queuesLook = perReadyQueue(checkList);
const queuedLook = perTcb((memory, s, tcb, out) => {
  if (wordAt(memory, tcb + memory.layout.TCB_QUEUED) !== 0 && !isListed(memory, s, tcb)) {
    out.push({
      where: atThread(tcb),
      because: 'marked as queued, but not in its ready queue',
    });
  }
});

export const listQueueRelation: DesignInvariant = {
  name: 'list_queue_relation',
  kind: 'design',
  statement:
    'Each ready queue is a list from its head to its tail of exactly the threads of its domain and priority that are marked as queued.',
  l4v: l4v(HEAP_LS, 'list_queue_relation', "with the marks of ready_queue_relation's inQ"),
  evidence: ['domain-set-while-queued'],
  ...together(queuesLook, queuedLook),
  exercised: countQueued,
};

function countQueued(memory: ImplMemory, s: KernelState): number {
  let count = 0;
  for (const { ref, object: value } of surveyOf(s).objects) {
    if (value._tag === 'Tcb' && wordAt(memory, ref + memory.layout.TCB_QUEUED) !== 0) count++;
  }
  return count;
}

export const symHeapSchedPointers: DesignInvariant = {
  name: 'sym_heap_sched_pointers',
  kind: 'design',
  statement:
    'The thread after the one before a thread in its ready queue is the thread itself, and the other way round.',
  l4v: l4v(INVARIANTS_H, 'sym_heap_sched_pointers'),
  evidence: ['middle-of-queue-unlinked-halfway'],
  ...perTcb((memory, s, tcb, out) => {
    const { TCB_SCHED_NEXT, TCB_SCHED_PREV } = memory.layout;
    const next = wordAt(memory, tcb + TCB_SCHED_NEXT);
    const prev = wordAt(memory, tcb + TCB_SCHED_PREV);
    if (next !== 0 && (!isTcb(s, next) || wordAt(memory, next + TCB_SCHED_PREV) !== tcb)) {
      out.push({
        where: atThread(tcb),
        because: `${hex(next)} comes after it, but does not name it as the one before`,
      });
    }
    if (prev !== 0 && (!isTcb(s, prev) || wordAt(memory, prev + TCB_SCHED_NEXT) !== tcb)) {
      out.push({
        where: atThread(tcb),
        because: `${hex(prev)} comes before it, but does not name it as the one after`,
      });
    }
  }),
  exercised: countQueued,
};

export const validSchedPointers: DesignInvariant = {
  name: 'valid_sched_pointers',
  kind: 'design',
  statement:
    'Only a thread marked as queued, or in the MCS kernel as in the release queue, has neighbours in such a queue.',
  l4v: l4v(INVARIANTS_H, 'valid_sched_pointers'),
  evidence: ['dequeued-keeps-neighbours'],
  ...perTcb((memory, s, tcb, out) => {
    const { layout } = memory;
    if (wordAt(memory, tcb + layout.TCB_QUEUED) !== 0 || propertyPoints(s).isPostponed(memory, tcb)) return;
    const next = wordAt(memory, tcb + layout.TCB_SCHED_NEXT);
    const prev = wordAt(memory, tcb + layout.TCB_SCHED_PREV);
    if (next !== 0 || prev !== 0)
      out.push({
        where: atThread(tcb),
        because: `not queued, but links to ${hex(prev)} and ${hex(next)}`,
      });
  }),
  exercised: countQueued,
};

const resumes = (memory: ImplMemory): boolean =>
  wordAt(memory, memory.layout.KS_SCHEDULER_ACTION) === memory.layout.ACTION_RESUME;

export const ctNotInQDesign: DesignInvariant = {
  name: 'ct_not_inQ',
  kind: 'design',
  statement: 'A current thread that goes on running is not marked as queued.',
  l4v: l4v(INVARIANTS_H, 'ct_not_inQ'),
  evidence: ['current-thread-queued'],
  requires: ['benno'],
  ...perMemory((memory, _s, out) => {
    const current = wordAt(memory, memory.layout.KS_CUR_THREAD);
    if (resumes(memory) && wordAt(memory, current + memory.layout.TCB_QUEUED) !== 0)
      out.push({
        where: atThread(current),
        because: 'current, and marked as queued',
      });
  }),
  exercised: (memory) => (resumes(memory) ? 1 : 0),
};

function isRunnable({ layout }: ImplMemory, state: number): boolean {
  return state === layout.STATE_RUNNING || state === layout.STATE_RESTART;
}

export const schActWf: DesignInvariant = {
  name: 'sch_act_wf',
  kind: 'design',
  statement:
    'The current thread goes on running only if it is runnable or idle; one to switch to is a runnable thread of the current domain.',
  l4v: l4v(INVARIANTS_H, 'sch_act_wf'),
  evidence: ['action-not-reset'],
  ...perMemory((memory, s, out) => {
    const { layout } = memory;
    const action = wordAt(memory, layout.KS_SCHEDULER_ACTION);
    if (action === layout.ACTION_CHOOSE) return;
    const thread = action === layout.ACTION_RESUME ? wordAt(memory, layout.KS_CUR_THREAD) : action;
    const where = atThread(thread);
    if (!isTcb(s, thread)) {
      out.push({ where, because: 'runs next, but is not a thread' });
      return;
    }
    const state = wordAt(memory, thread + layout.TCB_STATE);
    const mayIdle = action === layout.ACTION_RESUME && state === layout.STATE_IDLE;
    if (!isRunnable(memory, state) && !mayIdle) out.push({ where, because: `runs next, but its state is ${state}` });
    if (
      action !== layout.ACTION_RESUME &&
      wordAt(memory, thread + layout.TCB_DOMAIN) !== wordAt(memory, layout.KS_CUR_DOMAIN)
    ) {
      out.push({
        where,
        because: 'to be switched to, but not of the current domain',
      });
    }
  }),
  exercised: () => 1,
};

export const ctIdleOrInCurDomain: DesignInvariant = {
  name: "ct_idle_or_in_cur_domain'",
  kind: 'design',
  statement: 'A current thread that goes on running is of the current domain, or the idle thread.',
  l4v: l4v(INVARIANTS_H, "ct_idle_or_in_cur_domain'"),
  evidence: ['woken-across-domains'],
  ...perMemory((memory, _s, out) => {
    const { layout } = memory;
    const current = wordAt(memory, layout.KS_CUR_THREAD);
    if (!resumes(memory) || current === layout.IDLE_THREAD) return;
    const domain = wordAt(memory, current + layout.TCB_DOMAIN);
    if (domain !== wordAt(memory, layout.KS_CUR_DOMAIN))
      out.push({
        where: atThread(current),
        because: `of domain ${domain}, which is not the current one`,
      });
  }),
  exercised: (memory) => (resumes(memory) ? 1 : 0),
};

export const noOrphans: DesignInvariant = {
  name: 'no_orphans',
  kind: 'design',
  statement:
    'Every runnable thread is current, to be switched to, or marked as queued; in the MCS kernel also if it has no time, or is in the release queue.',
  l4v: l4v(
    'proof/refine/orphanage/Orphanage.thy',
    'no_orphans',
    'by the mark; list_queue_relation says that the mark is right',
  ),
  evidence: ['served-sender-not-queued'],
  ...perTcb((memory, s, tcb, out) => {
    const { layout } = memory;
    const state = wordAt(memory, tcb + layout.TCB_STATE);
    const { hasTime, isPostponed } = propertyPoints(s);
    if (!hasTime(memory, tcb) || isPostponed(memory, tcb)) return;
    if (!isRunnable(memory, state) || wordAt(memory, tcb + layout.TCB_QUEUED) !== 0) return;
    if (tcb === wordAt(memory, layout.KS_CUR_THREAD) || tcb === wordAt(memory, layout.KS_SCHEDULER_ACTION)) return;
    out.push({
      where: atThread(tcb),
      because: 'runnable, but nobody will ever run it',
    });
  }),
  exercised: countQueued,
};
