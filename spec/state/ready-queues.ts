/**
 * Ready queues and the scheduler action, as data. These sit below everything that wakes a thread, so that deleting, replying and
 * signalling need not know the scheduler.
 *
 * @source l4v spec/abstract/TcbAcc_A.thy `tcb_sched_action`, KHeap_A.thy `possible_switch_to`, `reschedule_required`
 */
import type { KernelState, SchedulerAction } from './kernel-state.ts';
import { copyState, getTcb, setGlobals, updateTcb } from './kernel-state.ts';
import type { ThreadState } from './objects.ts';
import * as PMap from './pmap.ts';
import type { ObjRef } from './refs.ts';
import { isSchedulable, statePoints } from './variant.ts';

const EMPTY: readonly ObjRef[] = [];
export const RESUME_CURRENT_THREAD: SchedulerAction = { _tag: 'ResumeCurrentThread' };
export const CHOOSE_NEW_THREAD: SchedulerAction = { _tag: 'ChooseNewThread' };

export function queueKey(s: KernelState, domain: number, priority: number): number {
  return domain * s.config.priorities + priority;
}

export function readyQueue(s: KernelState, domain: number, priority: number): readonly ObjRef[] {
  return PMap.get(s.queues, queueKey(s, domain, priority)) ?? EMPTY;
}

function withQueue(
  s: KernelState,
  thread: ObjRef,
  change: (queue: readonly ObjRef[]) => readonly ObjRef[],
): KernelState {
  const { domain, priority } = getTcb(s, thread);
  const key = queueKey(s, domain, priority);
  const before = PMap.get(s.queues, key) ?? EMPTY;
  const after = change(before);
  if (after === before) return s;
  const t = copyState(s);
  t.queues = PMap.set(s.queues, key, after.length === 0 ? undefined : after);
  return t;
}

/** At the head of the thread's queue; nothing if it is queued already. */
export function schedEnqueue(s: KernelState, thread: ObjRef): KernelState {
  return withQueue(s, thread, (queue) => (queue.includes(thread) ? queue : [thread, ...queue]));
}

/** At the tail of the thread's queue; nothing if it is queued already. */
export function schedAppend(s: KernelState, thread: ObjRef): KernelState {
  return withQueue(s, thread, (queue) => (queue.includes(thread) ? queue : [...queue, thread]));
}

export function schedDequeue(s: KernelState, thread: ObjRef): KernelState {
  return withQueue(s, thread, (queue) => (queue.includes(thread) ? queue.filter((other) => other !== thread) : queue));
}

export function setSchedulerAction(s: KernelState, schedulerAction: SchedulerAction): KernelState {
  return setGlobals(s, { schedulerAction });
}

/** A new choice must be made at the end of this event; a thread already picked to run next goes back to its queue. */
export function rescheduleRequired(s: KernelState): KernelState {
  const action = s.globals.schedulerAction;
  const isKept = action._tag === 'SwitchToThread' && statePoints(s.config).keepsCandidate(s, action.thread);
  const t = isKept ? schedEnqueue(s, action.thread) : s;
  return setSchedulerAction(t, CHOOSE_NEW_THREAD);
}

/**
 * Offers a thread that has become runnable: run next if nobody else was picked in this event, otherwise queued; nothing if it has no
 * time to run in.
 */
export function possibleSwitchTo(s: KernelState, thread: ObjRef): KernelState {
  if (!statePoints(s.config).isOffered(s, thread)) return s;
  if (getTcb(s, thread).domain !== s.globals.currentDomain) return schedEnqueue(s, thread);
  if (s.globals.schedulerAction._tag !== 'ResumeCurrentThread') return schedEnqueue(rescheduleRequired(s), thread);
  return setSchedulerAction(s, { _tag: 'SwitchToThread', thread });
}

/**
 * Sets a thread's state; when the running thread stops being runnable, a new one must be chosen.
 *
 * @source l4v spec/abstract/KHeap_A.thy `set_thread_state`
 */
export function setThreadState(s: KernelState, thread: ObjRef, state: ThreadState): KernelState {
  const t = updateTcb(s, thread, { state });
  const stops =
    thread === t.globals.currentThread &&
    t.globals.schedulerAction._tag === 'ResumeCurrentThread' &&
    !isSchedulable(t, thread);
  return stops ? setSchedulerAction(t, CHOOSE_NEW_THREAD) : t;
}
