/** MCS: who may run, who waits for the time to, and in what order: l4v's `valid_sched` of the branch rt beyond what both kernels have. */
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { isRunnable, object } from '../../spec/state/kernel-state.ts';
import type { SchedContext } from '../../spec/state/objects.ts';
import type { ObjRef } from '../../spec/state/refs.ts';
import type { StateInvariant, Violation } from '../property.ts';
import {
  RT_DET_SCHED,
  atObject,
  atThread,
  countObjects,
  hex,
  l4v,
  perObject,
  perQueue,
  perState,
  perTimedThread,
} from './check.ts';
import { contextAt, isActive, isInReadyQueue, isInReleaseQueue, isReleased, tcbAt, timeOf } from './runs.ts';
import { atQueue, checkReadyQueue, countReady } from './scheduler.ts';
import { changedOf } from './survey.ts';

/** Why the thread must not be in a ready queue yet, or null. */
function notReady(s: KernelState, context: SchedContext | undefined): string | null {
  if (context === undefined) return 'has no scheduling context';
  if (!isActive(context)) return 'has a scheduling context without budget';
  return isReleased(s, context) ? null : `has no budget before ${context.refills[0]?.time ?? 'ever'}`;
}

const readyLooks = perQueue((s, key, queue, out) => {
  checkReadyQueue(s, key, queue, out);
  for (const thread of queue) {
    const tcb = tcbAt(s, thread);
    const because = tcb === undefined ? null : notReady(s, contextAt(s, tcb.schedContext));
    if (because !== null) out.push({ where: atQueue(s, key), because: `${hex(thread)} ${because}` });
  }
});

export const validReadyQs: StateInvariant = {
  name: 'valid_ready_qs',
  kind: 'state',
  statement:
    'A ready queue holds different runnable threads of its own domain and priority, which have a budget that they can use now.',
  l4v: l4v(RT_DET_SCHED, 'valid_ready_qs', 'an empty queue is absent'),
  evidence: ['spec-used-up-thread-ready'],
  requires: ['mcs'],
  ...readyLooks,
  about: ['queue', 'SchedContext'],
  localViolations: (s, dirty) => {
    const out = [...(readyLooks.localViolations?.(s, dirty) ?? [])];
    for (const { object: value } of changedOf(s, dirty).objects) {
      if (value._tag !== 'SchedContext' || value.tcb === null) continue;
      const tcb = tcbAt(s, value.tcb);
      const because = notReady(s, value);
      if (because !== null && tcb !== undefined && isInReadyQueue(s, value.tcb, tcb))
        out.push({ where: atThread(value.tcb), because: `is ready, but ${because}` });
    }
    return out;
  },
  exercised: countReady,
};

const atReleaseQueue = 'release queue';

export const validReleaseQ: StateInvariant = {
  name: 'valid_release_q',
  kind: 'state',
  statement: 'The release queue holds different runnable threads with a budget, those first whose budget comes first.',
  l4v: l4v(RT_DET_SCHED, 'valid_release_q'),
  evidence: ['spec-release-queue-in-order-of-arrival'],
  requires: ['mcs'],
  ...perState((s, out) => {
    const { releaseQueue } = s.globals.time;
    const fail = (because: string): void => {
      out.push({ where: atReleaseQueue, because });
    };
    let before: bigint | null = null;
    releaseQueue.forEach((thread, n) => {
      const tcb = tcbAt(s, thread);
      const context = tcb === undefined ? undefined : timeOf(s, tcb);
      if (releaseQueue.indexOf(thread) !== n) fail(`${hex(thread)} is in it twice`);
      if (tcb === undefined) fail(`${hex(thread)} is not a thread`);
      else if (!isRunnable(tcb.state)) fail(`${hex(thread)} is ${tcb.state._tag}`);
      if (tcb !== undefined && context === undefined) fail(`${hex(thread)} has no time to wait for`);
      const time: bigint | null = context?.refills[0]?.time ?? null;
      if (time !== null && before !== null && time < before)
        fail(`the budget of ${hex(thread)} comes at ${time}, before that of the one before it (${before})`);
      before = time ?? before;
    });
  }),
  exercised: (s) => s.globals.time.releaseQueue.length,
};

export const readyOrRelease: StateInvariant = {
  name: 'ready_or_release',
  kind: 'state',
  statement: 'No thread is in a ready queue and in the release queue.',
  l4v: l4v(RT_DET_SCHED, 'ready_or_release'),
  evidence: ['spec-postponed-thread-ready'],
  requires: ['mcs'],
  ...perState((s, out) => {
    for (const thread of s.globals.time.releaseQueue) {
      const tcb = tcbAt(s, thread);
      if (tcb !== undefined && isInReadyQueue(s, thread, tcb))
        out.push({ where: atThread(thread), because: 'in its ready queue and in the release queue' });
    }
  }),
  exercised: (s) => s.globals.time.releaseQueue.length,
};

export const ctNotInReleaseQ: StateInvariant = {
  name: 'ct_not_in_release_q',
  kind: 'state',
  statement: 'A current thread that goes on running is not in the release queue.',
  l4v: l4v(RT_DET_SCHED, 'ct_not_in_release_q'),
  evidence: ['spec-nobody-else-chosen'],
  requires: ['mcs'],
  ...perState((s, out) => {
    const { currentThread, schedulerAction } = s.globals;
    if (schedulerAction._tag === 'ResumeCurrentThread' && isInReleaseQueue(s, currentThread))
      out.push({ where: atThread(currentThread), because: 'current, and in the release queue' });
  }),
  exercised: (s) => (s.globals.time.releaseQueue.length > 0 ? 1 : 0),
};

export const releasedIpcQueues: StateInvariant = {
  name: 'released_ipc_queues',
  kind: 'state',
  statement:
    'A thread that waits with a scheduling context could go on at once: its budget has come; but for one that waits for an answer, or that sends for want of time, of which the context only has a budget.',
  l4v: l4v(RT_DET_SCHED, 'released_ipc_queues'),
  evidence: ['spec-new-budget-late'],
  requires: ['mcs'],
  ...perTimedThread((s, thread, { state, fault }, context, out) => {
    const mayBeLate = state._tag === 'BlockedOnReply' || (state._tag === 'BlockedOnSend' && fault?._tag === 'Timeout');
    const waits =
      mayBeLate ||
      state._tag === 'BlockedOnReceive' ||
      state._tag === 'BlockedOnSend' ||
      state._tag === 'BlockedOnNotification';
    if (!waits) return;
    const fail = (because: string): void => {
      out.push({ where: atThread(thread), because: `${state._tag}, but ${because}` });
    };
    if (!isActive(context)) fail('its scheduling context has no budget');
    else if (!mayBeLate && !isReleased(s, context))
      fail(`its budget comes at ${context.refills[0]?.time ?? 'no time'}`);
  }),
  exercised: (s) =>
    countObjects(s, (value) => value._tag === 'Tcb' && value.schedContext !== null && isWaiting(value.state._tag)),
};

function isWaiting(tag: string): boolean {
  return tag.startsWith('BlockedOn');
}

/** The first of two neighbours in a queue of lower priority than the one behind it. */
function misplaced(s: KernelState, queue: readonly ObjRef[]): string | null {
  for (let n = 1; n < queue.length; n++) {
    const [first, second] = [queue[n - 1] ?? 0, queue[n] ?? 0];
    const [before, behind] = [tcbAt(s, first)?.priority ?? 0, tcbAt(s, second)?.priority ?? 0];
    if (before < behind) return `${hex(first)} of priority ${before} waits before ${hex(second)} of priority ${behind}`;
  }
  return null;
}

function waitersOf(s: KernelState, ref: ObjRef): readonly ObjRef[] {
  const value = object(s, ref);
  if (value?._tag === 'SendEP' || value?._tag === 'RecvEP') return value.queue;
  return value?._tag === 'Notification' && value.state._tag === 'WaitingNtfn' ? value.state.queue : [];
}

function checkSorted(s: KernelState, ref: ObjRef, out: Violation[]): void {
  const because = misplaced(s, waitersOf(s, ref));
  if (because !== null) out.push({ where: atObject(ref), because });
}

const sortedLooks = perObject((s, ref, _value, out) => {
  checkSorted(s, ref, out);
});

export const sortedIpcQueues: StateInvariant = {
  name: 'sorted_ipc_queues',
  kind: 'state',
  statement: 'Who waits for an endpoint or notification waits behind those of higher priority.',
  l4v: l4v(RT_DET_SCHED, 'sorted_ipc_queues'),
  evidence: ['spec-first-come-first-served'],
  requires: ['mcs'],
  ...sortedLooks,
  localViolations: (s, dirty) => {
    const out: Violation[] = [];
    for (const { ref, object: value } of changedOf(s, dirty).objects) {
      const { state } = value._tag === 'Tcb' ? value : { state: undefined };
      if (state?._tag === 'BlockedOnReceive' || state?._tag === 'BlockedOnSend') checkSorted(s, state.endpoint, out);
      else if (state?._tag === 'BlockedOnNotification') checkSorted(s, state.notification, out);
      else checkSorted(s, ref, out);
    }
    return out;
  },
  exercised: (s) => countObjects(s, (_, ref) => waitersOf(s, ref).length > 1),
};
