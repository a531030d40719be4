/**
 * Who runs next, decided at the end of every event.
 *
 * @source l4v spec/abstract/Schedule_A.thy, Deterministic_A.thy; seL4 src/kernel/thread.c `schedule`
 */
import { lazyFpuRestore } from '../perform/fpu.ts';
import { performPoints } from '../perform/variant.ts';
import { specAssert } from '../prelude.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getTcb, setGlobals, threadState } from '../state/kernel-state.ts';
import {
  RESUME_CURRENT_THREAD,
  readyQueue,
  schedAppend,
  schedDequeue,
  schedEnqueue,
  setSchedulerAction,
  setThreadState,
} from '../state/ready-queues.ts';
import type { ObjRef } from '../state/refs.ts';
import { getRegister, setRegister } from '../state/user-context.ts';
import { isSchedulable } from '../state/variant.ts';
import { setVMRoot } from '../state/vspace.ts';
import { timePoints } from '../time/variant.ts';
import type { Choices } from './choices.ts';
import { nextDomain, prepareNextDomain } from './domain.ts';

/** Carries out the scheduler action. A running thread that must give way goes to the head of its queue. */
export function schedule(s: KernelState, choices: Choices): KernelState {
  const points = timePoints(s);
  return points.endSchedule(carryOut(points.beginSchedule(s), choices));
}

function carryOut(s: KernelState, choices: Choices): KernelState {
  const { schedulerAction: action, currentThread } = s.globals;
  if (action._tag === 'ResumeCurrentThread') return s;
  const stillRuns = isSchedulable(s, currentThread);
  const t = stillRuns ? schedEnqueue(s, currentThread) : s;
  const chosen =
    action._tag === 'ChooseNewThread'
      ? scheduleChooseNewThread(t, choices)
      : scheduleSwitch(t, action.thread, stillRuns, choices);
  return setSchedulerAction(chosen, RESUME_CURRENT_THREAD);
}

/**
 * A thread was picked to be switched to directly. It is not, if a thread of higher priority waits, or if the running thread is of the same
 * priority and can go on: then it waits its turn at the tail.
 */
function scheduleSwitch(s: KernelState, candidate: ObjRef, currentRuns: boolean, choices: Choices): KernelState {
  const { currentThread, idleThread } = s.globals;
  const target = getTcb(s, candidate).priority;
  const current = getTcb(s, currentThread).priority;
  const needsCheck = currentThread === idleThread || target < current;
  if (needsCheck && !isHighestPriority(s, target)) return scheduleChooseNewThread(schedEnqueue(s, candidate), choices);
  if (currentRuns && target === current) return scheduleChooseNewThread(schedAppend(s, candidate), choices);
  return switchToThread(s, candidate);
}

function scheduleChooseNewThread(s: KernelState, choices: Choices): KernelState {
  return chooseThread(s.globals.domainTime === 0n ? nextDomain(prepareNextDomain(s)) : s, choices);
}

function chooseThread(s: KernelState, choices: Choices): KernelState {
  const priority = highestReadyPriority(s, s.globals.currentDomain);
  const first = priority === null ? undefined : choices.nextThread(readyQueue(s, s.globals.currentDomain, priority));
  if (first !== undefined) return switchToThread(s, first);
  const { idleThread } = s.globals;
  return setGlobals(setVMRoot(s, idleThread), { currentThread: idleThread });
}

/** Null when nobody is ready in the domain. */
export function highestReadyPriority(s: KernelState, domain: number): number | null {
  for (let priority = s.config.priorities - 1; priority >= 0; priority--) {
    if (readyQueue(s, domain, priority).length > 0) return priority;
  }
  return null;
}

/** Nobody ready in the current domain has a higher priority. */
function isHighestPriority(s: KernelState, priority: number): boolean {
  const highest = highestReadyPriority(s, s.globals.currentDomain);
  return highest === null || priority >= highest;
}

function switchToThread(s: KernelState, thread: ObjRef): KernelState {
  specAssert(isSchedulable(s, thread), 'the thread switched to can be scheduled');
  return setGlobals(schedDequeue(lazyFpuRestore(setVMRoot(s, thread), thread), thread), { currentThread: thread });
}

/**
 * Makes the chosen thread ready to enter user mode: one that must issue its system call again goes back to it.
 *
 * @source l4v spec/abstract/Schedule_A.thy `activate_thread`
 */
export function activateThread(start: KernelState): KernelState {
  const thread = start.globals.currentThread;
  const s = performPoints(start).beforeUser(start, thread);
  const { _tag } = threadState(s, thread);
  if (_tag !== 'Restart') {
    specAssert(_tag === 'Running' || _tag === 'IdleThreadState', 'the current thread can run');
    return s;
  }
  const { faultIP, nextIP } = s.config.registers;
  const restarted = setRegister(s, thread, nextIP, getRegister(s, thread, faultIP));
  return setThreadState(restarted, thread, { _tag: 'Running' });
}
