/**
 * Ready queues: a doubly linked list per domain and priority, and a two-level bitmap that finds the highest one in two
 * count-leading-zeros.
 *
 * Benno scheduling: the running thread is in no queue, and no blocked thread is. Lazy scheduling: a thread that blocks, or runs, stays where
 * it is, which is free when it soon becomes ready again; whoever looks for the next thread drops the blocked ones that it meets.
 *
 * @source seL4 src/kernel/thread.c, src/object/tcb.c `tcbSchedEnqueue` and siblings; include/kernel/thread.h `getHighestPrio`
 */
import { BITMAP_WORD_BITS, NUM_PRIORITIES, SCHEDULER } from '#impl-config';
import { W, index, load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  KS_L1_BITMAP, KS_L2_BITMAP, KS_READY_QUEUES, PRIORITY_WORDS, READY_QUEUE_BYTES, STATE_RESTART, STATE_RUNNING, TCB_DOMAIN, TCB_PRIORITY, TCB_QUEUED,
  TCB_SCHED_NEXT, TCB_SCHED_PREV, TCB_STATE,
} from '../memory/layout.ts';

export const NO_PRIORITY = -1;

function queueOf(tcb: number): number {
  return KS_READY_QUEUES + (load(tcb + TCB_DOMAIN) * NUM_PRIORITIES + load(tcb + TCB_PRIORITY)) * READY_QUEUE_BYTES;
}

/** Level-2 words are stored in reverse order of priority. */
function bitmapWord(domain: number, word: number): number {
  return KS_L2_BITMAP + (domain * PRIORITY_WORDS + PRIORITY_WORDS - 1 - word) * 4;
}

function addToBitmap(domain: number, priority: number): void {
  const word = Math.floor(priority / BITMAP_WORD_BITS);
  const level1 = KS_L1_BITMAP + domain * 4;
  store(level1, load(level1) | (1 << word));
  const level2 = bitmapWord(domain, word);
  store(level2, load(level2) | (1 << (priority % BITMAP_WORD_BITS)));
}

function removeFromBitmap(domain: number, priority: number): void {
  const word = Math.floor(priority / BITMAP_WORD_BITS);
  const level2 = bitmapWord(domain, word);
  const rest = load(level2) & ~(1 << (priority % BITMAP_WORD_BITS));
  store(level2, rest);
  if (rest === 0) {
    const level1 = KS_L1_BITMAP + domain * 4;
    store(level1, load(level1) & ~(1 << word));
  }
}

/** Highest priority with a ready thread in the domain, or NO_PRIORITY. Afterwards its queue starts with such a thread. */
export function highestPriority(domain: number): number {
  let priority = highestQueued(domain);
  if (SCHEDULER === 'lazy') {
    while (priority !== NO_PRIORITY && !isRunnable(headOfQueue(domain, priority))) {
      schedDequeue(headOfQueue(domain, priority));
      priority = highestQueued(domain);
    }
  }
  return priority;
}

function highestQueued(domain: number): number {
  const summary = load(KS_L1_BITMAP + domain * 4);
  if (summary === 0) return NO_PRIORITY;
  const word = 31 - Math.clz32(summary);
  return word * BITMAP_WORD_BITS + 31 - Math.clz32(load(bitmapWord(domain, word)));
}

export function isHighestPriority(domain: number, priority: number): boolean {
  return priority >= highestPriority(domain);
}

export function isRunnable(tcb: number): boolean {
  const state = load(tcb + TCB_STATE);
  return state === STATE_RUNNING || state === STATE_RESTART;
}

/** The thread that runs first at a priority that has one. */
export function headOfQueue(domain: number, priority: number): number {
  return load(KS_READY_QUEUES + (domain * NUM_PRIORITIES + priority) * READY_QUEUE_BYTES);
}

/** At the head; nothing if it is queued already. */
export function schedEnqueue(tcb: number): void {
  if (load(tcb + TCB_QUEUED) !== 0) return;
  const queue = queueOf(tcb);
  const head = load(queue);
  if (head === 0) {
    store(queue + 4, tcb);
    addToBitmap(load(tcb + TCB_DOMAIN), load(tcb + TCB_PRIORITY));
  } else {
    store(head + TCB_SCHED_PREV, tcb);
  }
  const i = index(tcb);
  W[i + TCB_SCHED_NEXT / 4] = head;
  W[i + TCB_SCHED_PREV / 4] = 0;
  W[i + TCB_QUEUED / 4] = 1;
  store(queue, tcb);
}

/** At the tail; nothing if it is queued already. */
export function schedAppend(tcb: number): void {
  if (load(tcb + TCB_QUEUED) !== 0) return;
  const queue = queueOf(tcb);
  const tail = load(queue + 4);
  if (tail === 0) {
    store(queue, tcb);
    addToBitmap(load(tcb + TCB_DOMAIN), load(tcb + TCB_PRIORITY));
  } else {
    store(tail + TCB_SCHED_NEXT, tcb);
  }
  const i = index(tcb);
  W[i + TCB_SCHED_NEXT / 4] = 0;
  W[i + TCB_SCHED_PREV / 4] = tail;
  W[i + TCB_QUEUED / 4] = 1;
  store(queue + 4, tcb);
}

export function schedDequeue(tcb: number): void {
  if (load(tcb + TCB_QUEUED) === 0) return;
  const queue = queueOf(tcb);
  const next = load(tcb + TCB_SCHED_NEXT);
  const prev = load(tcb + TCB_SCHED_PREV);
  if (prev === 0) store(queue, next);
  else store(prev + TCB_SCHED_NEXT, next);
  if (next === 0) store(queue + 4, prev);
  else store(next + TCB_SCHED_PREV, prev);
  if (load(queue) === 0) removeFromBitmap(load(tcb + TCB_DOMAIN), load(tcb + TCB_PRIORITY));
  const i = index(tcb);
  W[i + TCB_SCHED_NEXT / 4] = 0;
  W[i + TCB_SCHED_PREV / 4] = 0;
  W[i + TCB_QUEUED / 4] = 0;
}
