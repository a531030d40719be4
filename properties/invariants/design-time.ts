/** MCS: refills, call stacks and the release queue as the implementation keeps them. */
import { powerOf2 } from '../../spec/abi/words.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { object } from '../../spec/state/kernel-state.ts';
import type { ObjRef } from '../../spec/state/refs.ts';
import type { DesignInvariant, ImplMemory, Violation } from '../property.ts';
import { atContext, atObject, atThread, hex, l4v } from './check.ts';
import { INVARIANTS_H, perMemory, perObjectOf, perTcb, together, wordAt } from './memory.ts';
import { surveyOf } from './survey.ts';

const RT_INVARIANTS_H = `${INVARIANTS_H} (rt)`;

function countObjectsOf(s: KernelState, tag: string, isOfInterest: (ref: ObjRef) => boolean): number {
  return surveyOf(s).objects.filter(({ ref, kind }) => kind === tag && isOfInterest(ref)).length;
}

const refillMax = (memory: ImplMemory, context: ObjRef): number =>
  wordAt(memory, context + memory.layout.SCHED_CONTEXT_REFILL_MAX);

export const validSchedContextDesign: DesignInvariant = {
  name: "valid_sched_context'",
  kind: 'design',
  statement:
    'The first and the last refill of a scheduling context with a budget lie within its circular buffer, and the buffer within its memory.',
  l4v: l4v(RT_INVARIANTS_H, "valid_sched_context'"),
  evidence: ['buffer-of-refills-not-circular'],
  requires: ['mcs'],
  ...perObjectOf(['SchedContext'], (memory, s, ref, out) => {
    const { layout } = memory;
    const value = object(s, ref);
    const max = refillMax(memory, ref);
    if (max === 0 || value?._tag !== 'SchedContext') return;
    const where = atContext(ref);
    const room = (powerOf2(value.sizeBits) - layout.SCHED_CONTEXT_CORE_BYTES) / layout.REFILL_BYTES;
    if (max > room) out.push({ where, because: `has ${max} refills, and room for ${room}` });
    for (const [what, offset] of [
      ['first', layout.SCHED_CONTEXT_REFILL_HEAD],
      ['last', layout.SCHED_CONTEXT_REFILL_TAIL],
    ] as const) {
      const index = wordAt(memory, ref + offset);
      if (index >= max) out.push({ where, because: `its ${what} refill is number ${index} of ${max}` });
    }
  }),
  exercised: (memory, s) =>
    countObjectsOf(
      s,
      'SchedContext',
      (ref) =>
        refillMax(memory, ref) > 0 &&
        wordAt(memory, ref + memory.layout.SCHED_CONTEXT_REFILL_HEAD) !==
          wordAt(memory, ref + memory.layout.SCHED_CONTEXT_REFILL_TAIL),
    ),
};

const isReply = (s: KernelState, ref: number): boolean => object(s, ref)?._tag === 'Reply';

/** What a reply object has to do with its neighbours in a call stack. */
function checkLinks(memory: ImplMemory, s: KernelState, ref: ObjRef, out: Violation[]): void {
  const { layout } = memory;
  const fail = (because: string): void => {
    out.push({ where: atObject(ref), because });
  };
  const next = wordAt(memory, ref + layout.REPLY_NEXT);
  const prev = wordAt(memory, ref + layout.REPLY_PREV);
  const isHead = wordAt(memory, ref + layout.REPLY_IS_HEAD) !== 0;
  if (isHead) {
    const context = object(s, next);
    if (context?._tag !== 'SchedContext' || wordAt(memory, next + layout.SCHED_CONTEXT_REPLY) !== ref)
      fail(`marked as the head of a call stack, of which ${hex(next)} knows nothing`);
  } else if (next !== 0 && (!isReply(s, next) || wordAt(memory, next + layout.REPLY_PREV) !== ref)) {
    fail(`${hex(next)} is the call after, and does not name it as the one before`);
  }
  if (prev === 0) return;
  const leadsBack = isReply(s, prev) && wordAt(memory, prev + layout.REPLY_NEXT) === ref;
  if (!leadsBack || wordAt(memory, prev + layout.REPLY_IS_HEAD) !== 0)
    fail(`${hex(prev)} is the call before, and does not name it as the one after`);
}

/** A circle of calls, seen from one of them. */
function isInCircle(memory: ImplMemory, ref: ObjRef, most: number): boolean {
  const { layout } = memory;
  let at = ref;
  for (let n = 0; n <= most; n++) {
    if (wordAt(memory, at + layout.REPLY_IS_HEAD) !== 0) return false;
    at = wordAt(memory, at + layout.REPLY_NEXT);
    if (at === 0) return false;
  }
  return true;
}

const linkLooks = perObjectOf(['Reply'], (memory, s, ref, out) => {
  checkLinks(memory, s, ref, out);
  if (isInCircle(memory, ref, s.config.ramSize / powerOf2(s.config.replyBits)))
    out.push({ where: atObject(ref), because: 'its call stack has no head' });
});
const headLooks = perObjectOf(['SchedContext'], (memory, s, ref, out) => {
  const { layout } = memory;
  const head = wordAt(memory, ref + layout.SCHED_CONTEXT_REPLY);
  if (head === 0) return;
  const isHead = isReply(s, head) && wordAt(memory, head + layout.REPLY_IS_HEAD) !== 0;
  if (!isHead || wordAt(memory, head + layout.REPLY_NEXT) !== ref)
    out.push({ where: atContext(ref), because: `the head of its call stack is ${hex(head)}, which does not know` });
});

export const validRepliesDesign: DesignInvariant = {
  name: "valid_replies'",
  kind: 'design',
  statement:
    'In a call stack the call after the call before, and the call before the call after, are the call itself; its head leads to the scheduling context, and the context to the head; no calls form a circle.',
  l4v: l4v(RT_INVARIANTS_H, "valid_replies'", 'with the symmetry of the links, list_refs_of_replies'),
  evidence: ['call-before-not-linked'],
  requires: ['mcs'],
  ...together(linkLooks, headLooks),
  exercised: (memory, s) =>
    countObjectsOf(s, 'SchedContext', (ref) => wordAt(memory, ref + memory.layout.SCHED_CONTEXT_REPLY) !== 0),
};

/** When the first refill of the context that a thread has can be used. */
function releaseTime(memory: ImplMemory, thread: ObjRef): bigint {
  const { layout } = memory;
  const context = wordAt(memory, thread + layout.TCB_SCHED_CONTEXT);
  const head = wordAt(memory, context + layout.SCHED_CONTEXT_REFILL_HEAD);
  const refill = context + layout.SCHED_CONTEXT_CORE_BYTES + head * layout.REFILL_BYTES;
  const high = BigInt(wordAt(memory, refill + layout.REFILL_TIME_HI));
  return (high << 32n) + BigInt(wordAt(memory, refill + layout.REFILL_TIME_LO));
}

const atReleaseQueue = 'release queue';

/** Its threads from the head on; null when it does not end, or leads to what is no thread. */
function releaseQueueOf(memory: ImplMemory, s: KernelState, out: Violation[]): readonly ObjRef[] | null {
  const { layout } = memory;
  const found: ObjRef[] = [];
  const most = s.config.ramSize / powerOf2(s.config.tcbBits);
  for (let at = wordAt(memory, layout.KS_RELEASE_HEAD); at !== 0; at = wordAt(memory, at + layout.TCB_SCHED_NEXT)) {
    if (object(s, at)?._tag !== 'Tcb') {
      out.push({ where: atReleaseQueue, because: `${hex(at)} in it is not a thread` });
      return null;
    }
    if (found.length > most) {
      out.push({ where: atReleaseQueue, because: 'it does not end' });
      return null;
    }
    found.push(at);
  }
  return found;
}

const releaseLooks = perMemory((memory, s, out) => {
  const { layout } = memory;
  const fail = (because: string): void => {
    out.push({ where: atReleaseQueue, because });
  };
  const queue = releaseQueueOf(memory, s, out);
  if (queue === null) return;
  const tail = wordAt(memory, layout.KS_RELEASE_TAIL);
  if (tail !== (queue.at(-1) ?? 0)) fail(`its last thread is ${hex(queue.at(-1) ?? 0)}, its tail ${hex(tail)}`);
  queue.forEach((thread, n) => {
    const before = queue[n - 1] ?? 0;
    if (wordAt(memory, thread + layout.TCB_SCHED_PREV) !== before)
      fail(`${hex(thread)} does not name ${hex(before)} before it`);
    if (wordAt(memory, thread + layout.TCB_IN_RELEASE_QUEUE) !== 1) fail(`${hex(thread)} is in it without its mark`);
    if (wordAt(memory, thread + layout.TCB_QUEUED) !== 0) fail(`${hex(thread)} is marked as ready as well`);
    if (before !== 0 && releaseTime(memory, thread) < releaseTime(memory, before))
      fail(`the budget of ${hex(thread)} comes before that of ${hex(before)} before it`);
  });
});
const markLooks = perTcb((memory, s, thread, out) => {
  if (wordAt(memory, thread + memory.layout.TCB_IN_RELEASE_QUEUE) === 0) return;
  const queue = releaseQueueOf(memory, s, []);
  if (queue?.includes(thread) === false)
    out.push({ where: atThread(thread), because: 'marked as in the release queue, and is not' });
});

export const validReleaseQueue: DesignInvariant = {
  name: 'valid_release_queue',
  kind: 'design',
  statement:
    'The release queue is a list from its head to its tail of exactly the threads that are marked as in it, those first whose budget comes first.',
  l4v: l4v(RT_INVARIANTS_H, 'valid_release_queue', "with valid_release_queue', and with the order"),
  evidence: ['release-queue-without-mark'],
  requires: ['mcs'],
  ...together(releaseLooks, markLooks),
  exercised: (memory) => (wordAt(memory, memory.layout.KS_RELEASE_HEAD) === 0 ? 0 : 1),
};
