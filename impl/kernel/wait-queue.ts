/**
 * Queues of endpoints and notifications, which both start with head and tail.
 *
 * @source seL4 include/object/tcb.h `tcbEPAppend`, `tcbEPDequeue`
 */
import { load, store } from '../memory/heap.ts';
import { EP_HEAD, EP_TAIL, TCB_EP_NEXT, TCB_EP_PREV, TCB_PRIORITY } from '../memory/layout.ts';

/** At the end. */
export function queueAppend(object: number, tcb: number): void {
  const tail = load(object + EP_TAIL);
  if (tail === 0) store(object + EP_HEAD, tcb);
  else store(tail + TCB_EP_NEXT, tcb);
  store(tcb + TCB_EP_PREV, tail);
  store(tcb + TCB_EP_NEXT, 0);
  store(object + EP_TAIL, tcb);
}

export function queueRemove(object: number, tcb: number): void {
  const next = load(tcb + TCB_EP_NEXT);
  const prev = load(tcb + TCB_EP_PREV);
  if (prev === 0) store(object + EP_HEAD, next);
  else store(prev + TCB_EP_NEXT, next);
  if (next === 0) store(object + EP_TAIL, prev);
  else store(next + TCB_EP_PREV, prev);
  store(tcb + TCB_EP_NEXT, 0);
  store(tcb + TCB_EP_PREV, 0);
}

/** Behind the threads of the same priority and of higher ones. Links of a thread that waits for nothing are zero. */
export function queueInsert(object: number, tcb: number): void {
  let before = load(object + EP_TAIL);
  if (before === 0) {
    store(object + EP_HEAD, tcb);
    store(object + EP_TAIL, tcb);
    return;
  }
  const priority = load(tcb + TCB_PRIORITY);
  while (before !== 0 && load(before + TCB_PRIORITY) < priority) before = load(before + TCB_EP_PREV);
  const next = before === 0 ? load(object + EP_HEAD) : load(before + TCB_EP_NEXT);
  store(tcb + TCB_EP_PREV, before);
  store(tcb + TCB_EP_NEXT, next);
  if (before === 0) store(object + EP_HEAD, tcb);
  else store(before + TCB_EP_NEXT, tcb);
  if (next === 0) store(object + EP_TAIL, tcb);
  else store(next + TCB_EP_PREV, tcb);
}
