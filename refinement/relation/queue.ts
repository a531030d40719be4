/**
 * A queue of threads: the specification's list against head, tail and the links in the threads.
 *
 * @source l4v proof/refine/StateRelation.thy `ready_queue_relation` (`list_queue_relation`); crefine TcbQueue_C.thy `ep_queue_relation`
 */
import type { ObjRef } from '../../spec/state/refs.ts';
import type { Difference, Image } from './image.ts';
import { differ, hex, load, reference } from './image.ts';

/**
 * Walks both at once, so a queue that loops or is too long is found at the first thread too many.
 *
 * @param head address of the head word; the tail word follows it
 * @param next offset of the forward link in a thread; `prev` of the backward one
 */
export function compareQueue(
  m: Image,
  head: number,
  next: number,
  prev: number,
  queue: readonly ObjRef[],
  where: string,
  at: number,
  out: Difference[],
): void {
  let before = 0;
  let thread = load(m, head);
  for (let i = 0; i < queue.length; i++) {
    if (thread !== queue[i] || load(m, thread + prev) !== before) {
      differ(out, `${where} ${hex(at)}`, 'queue', renderQueue(queue), renderImplQueue(m, head, next, prev));
      return;
    }
    before = thread;
    thread = load(m, thread + next);
  }
  if (thread !== 0 || load(m, head + 4) !== before) {
    differ(out, `${where} ${hex(at)}`, 'queue', renderQueue(queue), renderImplQueue(m, head, next, prev));
  }
}

export const EMPTY_QUEUE: readonly ObjRef[] = [];

export function renderQueue(queue: readonly ObjRef[]): string {
  return queue.length === 0 ? 'empty' : queue.map(hex).join(' ');
}

function renderImplQueue(m: Image, head: number, next: number, prev: number): string {
  const threads: string[] = [];
  const seen = new Set<number>();
  let before = 0;
  let at = load(m, head);
  for (; at !== 0 && !seen.has(at); at = load(m, at + next)) {
    seen.add(at);
    const back = load(m, at + prev);
    threads.push(back === before ? hex(at) : `${hex(at)} (which names ${reference(back)} before it)`);
    before = at;
  }
  const tail = load(m, head + 4);
  const end = at === 0 ? (tail === before ? '' : `, tail ${reference(tail)}`) : `, then ${hex(at)} again`;
  return (threads.length === 0 ? 'empty' : threads.join(' ')) + end;
}
