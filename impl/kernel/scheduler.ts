/**
 * Choosing who runs: deferred in the scheduler action while an event is handled, carried out at its end.
 *
 * @source seL4 src/kernel/thread.c `schedule`, `possibleSwitchTo`, `setThreadState`, `timerTick`, `nextDomain`, `activateThread`
 */
import { DOMAIN_SCHEDULE_LENGTH, NUM_DOMAINS, REG_FAULT_IP, REG_NEXT_IP, SCHEDULER, TIME_SLICE } from '#impl-config';
import { implAssert, load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  ACTION_CHOOSE, ACTION_RESUME, DOMAIN_ENTRY_BYTES, HW_CHOSEN, IDLE_THREAD, KS_CUR_DOMAIN, KS_CUR_THREAD, KS_DOMAIN_INDEX, KS_DOMAIN_SCHEDULE,
  KS_DOMAIN_START, KS_DOMAIN_TIME_HI, KS_DOMAIN_TIME_LO, KS_SCHEDULER_ACTION, KS_WORK_UNITS, 
  STATE_IDLE, STATE_RESTART, STATE_RUNNING, TCB_CONTEXT,
  TCB_PRIORITY, TCB_STATE, TCB_TIME_SLICE,
} from '../memory/layout.ts';
import { TIME_IS_BUDGETED } from '../variant.ts';
import { beginSchedule, endSchedule } from './clock.ts';
import { lazyFpuRestore, switchFpuOwner } from './fpu.ts';
// biome-ignore format: packed
import {
  NO_PRIORITY, headOfQueue, highestPriority, isHighestPriority, schedAppend, schedDequeue, schedEnqueue,
} from './ready-queues.ts';
import { completeYieldTo } from './sched-context-binding.ts';
import { currentThread, isSchedulable, rescheduleRequired, setThreadState } from './thread-state.ts';
import { setVMRoot } from './vspace.ts';

// biome-ignore format: packed
export {
  currentThread, isRunnable, isSchedulable, possibleSwitchTo, rescheduleRequired, setBlockedOnReply, setThreadState,
} from './thread-state.ts';

export function schedule(): void {
  if (TIME_IS_BUDGETED) beginSchedule();
  carryOut();
  if (TIME_IS_BUDGETED) endSchedule();
}

function carryOut(): void {
  const action = load(KS_SCHEDULER_ACTION);
  if (action === ACTION_RESUME) return;
  const current = currentThread();
  const runs = isSchedulable(current);
  if (runs) schedEnqueue(current);
  if (action === ACTION_CHOOSE) chooseNewThread();
  else switchToCandidate(action, current, runs);
  store(KS_SCHEDULER_ACTION, ACTION_RESUME);
}

function switchToCandidate(candidate: number, current: number, runs: boolean): void {
  const priority = load(candidate + TCB_PRIORITY);
  const currentPriority = load(current + TCB_PRIORITY);
  const check = current === IDLE_THREAD || priority < currentPriority;
  if (check && !isHighestPriority(load(KS_CUR_DOMAIN), priority)) {
    schedEnqueue(candidate);
    chooseNewThread();
  } else if (runs && priority === currentPriority) {
    schedAppend(candidate);
    chooseNewThread();
  } else {
    switchToThread(candidate);
  }
}

function chooseNewThread(): void {
  if (load(KS_DOMAIN_TIME_LO) === 0 && load(KS_DOMAIN_TIME_HI) === 0) {
    // What one domain left in the machine is taken away before another runs.
    switchFpuOwner(0);
    nextDomain();
  }
  const domain = load(KS_CUR_DOMAIN);
  const priority = highestPriority(domain);
  if (priority === NO_PRIORITY) {
    setVMRoot(IDLE_THREAD);
    store(KS_CUR_THREAD, IDLE_THREAD);
    return;
  }
  const next = headOfQueue(domain, priority);
  if (SCHEDULER === 'lazy') store(HW_CHOSEN, next);
  switchToThread(next);
}

export function switchToThread(tcb: number): void {
  implAssert(isSchedulable(tcb), 'the thread switched to can be scheduled');
  setVMRoot(tcb);
  lazyFpuRestore(tcb);
  if (SCHEDULER === 'benno') schedDequeue(tcb);
  store(KS_CUR_THREAD, tcb);
}

function nextDomain(): void {
  let next = load(KS_DOMAIN_INDEX) + 1;
  if (next >= DOMAIN_SCHEDULE_LENGTH || isEndMarker(next)) next = load(KS_DOMAIN_START);
  const entry = KS_DOMAIN_SCHEDULE + next * DOMAIN_ENTRY_BYTES;
  store(KS_DOMAIN_INDEX, next);
  store(KS_WORK_UNITS, 0);
  store(KS_CUR_DOMAIN, load(entry));
  store(KS_DOMAIN_TIME_LO, load(entry + 8));
  store(KS_DOMAIN_TIME_HI, load(entry + 12));
}

export function isEndMarker(index: number): boolean {
  const entry = KS_DOMAIN_SCHEDULE + index * DOMAIN_ENTRY_BYTES;
  return load(entry) === 0 && load(entry + 8) === 0 && load(entry + 12) === 0;
}

/** A thread in Restart goes back to the instruction that it was stopped in. */
export function activateThread(): void {
  const tcb = currentThread();
  if (TIME_IS_BUDGETED) completeYieldTo(tcb);
  const state = load(tcb + TCB_STATE);
  if (state === STATE_RESTART) {
    const context = tcb + TCB_CONTEXT;
    store(context + REG_NEXT_IP * 8, load(context + REG_FAULT_IP * 8));
    store(context + REG_NEXT_IP * 8 + 4, load(context + REG_FAULT_IP * 8 + 4));
    setThreadState(tcb, STATE_RUNNING);
    return;
  }
  implAssert(state === STATE_RUNNING || state === STATE_IDLE, 'the current thread can run');
}

/** The running thread goes behind the others of its priority. */
export function yieldToQueue(): void {
  const thread = currentThread();
  schedDequeue(thread);
  schedAppend(thread);
  rescheduleRequired();
}

/** One tick of the timer: charged to the thread if it is Running, not if it is to restart, and to the domain. */
export function timerTick(): void {
  const tcb = currentThread();
  if (load(tcb + TCB_STATE) === STATE_RUNNING) {
    const left = load(tcb + TCB_TIME_SLICE);
    if (left > 1) {
      store(tcb + TCB_TIME_SLICE, left - 1);
    } else {
      store(tcb + TCB_TIME_SLICE, TIME_SLICE);
      if (SCHEDULER === 'lazy') schedDequeue(tcb);
      schedAppend(tcb);
      rescheduleRequired();
    }
  }
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- a constant of the configuration that is bundled
  if (NUM_DOMAINS > 1) {
    const lo = load(KS_DOMAIN_TIME_LO);
    const hi = load(KS_DOMAIN_TIME_HI) - (lo === 0 ? 1 : 0);
    store(KS_DOMAIN_TIME_LO, lo - 1);
    store(KS_DOMAIN_TIME_HI, hi);
    if (lo === 1 && hi === 0) rescheduleRequired();
  }
}
