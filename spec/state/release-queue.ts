/**
 * MCS: threads whose budget comes later wait in the release queue, the earliest first, those of the same time in their order.
 *
 * @source l4v branch rt spec/abstract/KHeap_A.thy `tcb_release_enqueue`, `tcb_release_remove`, SchedContext_A.thy `postpone`,
 * `sched_context_resume`
 */
import { specAssert } from '../prelude.ts';
import type { KernelState } from './kernel-state.ts';
import { getSchedContext, getTcb } from './kernel-state.ts';
import { schedDequeue } from './ready-queues.ts';
import { refillHead } from './refills.ts';
import type { ObjRef, Word } from './refs.ts';
import { isReadyAndSufficient, reprogramTimer, setTime } from './sched-context.ts';
import { isSchedulable } from './variant.ts';

/** When the thread's budget comes. */
export function releaseTime(s: KernelState, thread: ObjRef): Word {
  const { schedContext } = getTcb(s, thread);
  specAssert(schedContext !== null, 'a thread in the release queue has a scheduling context');
  return refillHead(getSchedContext(s, schedContext)).time;
}

function releaseEnqueue(s: KernelState, thread: ObjRef): KernelState {
  const { releaseQueue } = s.globals.time;
  const time = releaseTime(s, thread);
  const later = releaseQueue.findIndex((other) => releaseTime(s, other) > time);
  const at = later < 0 ? releaseQueue.length : later;
  return setTime(s, { releaseQueue: releaseQueue.toSpliced(at, 0, thread) });
}

/** Nothing if it is not there. The timer waits for the first in the queue. */
export function releaseRemove(s: KernelState, thread: ObjRef): KernelState {
  const { releaseQueue } = s.globals.time;
  const at = releaseQueue.indexOf(thread);
  if (at < 0) return s;
  const t = setTime(s, { releaseQueue: releaseQueue.toSpliced(at, 1) });
  return at === 0 ? reprogramTimer(t) : t;
}

/** Takes the context's thread out of the ready queues, to wait for its budget. */
export function postpone(s: KernelState, schedContext: ObjRef): KernelState {
  const { tcb } = getSchedContext(s, schedContext);
  specAssert(tcb !== null, 'a scheduling context that is postponed has a thread');
  return reprogramTimer(releaseEnqueue(schedDequeue(s, tcb), tcb));
}

/** A thread that could run, if only its budget had come, waits for it. */
export function schedContextResume(s: KernelState, schedContext: ObjRef | null): KernelState {
  if (schedContext === null) return s;
  const { tcb } = getSchedContext(s, schedContext);
  specAssert(tcb !== null, 'a scheduling context that is resumed has a thread');
  return isSchedulable(s, tcb) && !isReadyAndSufficient(s, schedContext) ? postpone(s, schedContext) : s;
}
