/** MCS: scheduling contexts that go from thread to thread: along calls, back with answers, with signals; and never otherwise. */
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { isRunnable, object } from '../../spec/state/kernel-state.ts';
import type { ObjRef } from '../../spec/state/refs.ts';
import { atContext, atThread, hex } from '../invariants/check.ts';
import { contextAt, isActive, tcbAt } from '../invariants/runs.ts';
import type { Violation } from '../property.ts';
import type { TemporalCheck, TimeStep } from './check.ts';
import { changedObjects } from './check.ts';
import { invokedBy } from './invoked.ts';

/** System calls that send without waiting for an answer, and may give away what the sender runs on. */
const GIVING = ['NBSendRecv', 'NBSendWait', 'ReplyRecv'];

/** What a thread has a scheduling context from that it did not have; null if from nothing that may give one. */
function reasonFor(step: TimeStep, thread: ObjRef, ref: ObjRef): string | null {
  const { before, after, event } = step;
  const invoked = invokedBy(step);
  const isBinding =
    (invoked?.cap._tag === 'SchedContextCap' && invoked.label === 'SchedContextBind') ||
    (invoked?.cap._tag === 'ThreadCap' && invoked.label === 'TCBSetSchedParams');
  if (isBinding) return 'bound';
  const was = contextAt(before, ref);
  const is = contextAt(after, ref);
  if (was === undefined || is === undefined) return null;
  const [head] = was.replies;
  if (head !== undefined && callerThrough(before, head) === thread && !is.replies.includes(head)) return 'answered';
  const giver = was.tcb;
  if (giver === null) return is.notification === null ? null : 'signalled';
  const state = tcbAt(after, giver)?.state;
  const pushed = state?._tag === 'BlockedOnReply' ? state.reply : undefined;
  if (pushed !== undefined && is.replies.includes(pushed)) return 'called';
  const isGiven = event._tag === 'SyscallEvent' && GIVING.includes(event.syscall);
  return isGiven && giver === before.globals.currentThread ? 'given' : null;
}

function callerThrough(s: KernelState, reply: ObjRef): ObjRef | null {
  const found = object(s, reply);
  return found?._tag === 'Reply' ? found.tcb : null;
}

export const TIME_HANDED_ON: TemporalCheck = {
  name: 'passive_runs_on_lent_time',
  kind: 'step',
  statement:
    'A thread without time of its own gets some only from a client that calls it or sends it its own, with an answer to its own call, with a signal, or because it is bound to it; and whoever had it has it no more.',
  l4v: null,
  evidence: ['send-gives-time-away'],
  requires: ['mcs'],
  start: () => (step, onCase) => {
    const { before, after } = step;
    const out: Violation[] = [];
    for (const { ref: thread, was, is } of changedObjects(step)) {
      if (is?._tag !== 'Tcb' || is.schedContext === null || was?._tag !== 'Tcb') continue;
      const ref = is.schedContext;
      if (was.schedContext === ref) continue;
      const reason = reasonFor(step, thread, ref);
      onCase(reason ?? 'for no reason');
      if (reason === null)
        out.push({ where: atThread(thread), because: `has ${hex(ref)}, which nobody lent or gave it` });
      const giver = contextAt(before, ref)?.tcb ?? null;
      if (giver !== null && giver !== thread && tcbAt(after, giver)?.schedContext === ref)
        out.push({ where: atThread(thread), because: `has ${hex(ref)}, and ${hex(giver)} has it still` });
    }
    const { currentThread, idleThread } = after.globals;
    if (currentThread !== idleThread && tcbAt(after, currentThread)?.schedContext === null)
      out.push({ where: atThread(currentThread), because: 'runs on nobody’s time' });
    return out;
  },
};

export const LENT_TIME_COMES_BACK: TemporalCheck = {
  name: 'lent_time_comes_back',
  kind: 'step',
  statement:
    'With the answer to a call, the scheduling context that went along with it is the caller’s again, unless that has another one by now; and the call before is the next to be answered.',
  l4v: {
    theory: 'proof/invariant-abstract/DetSchedInvs_AI.thy (rt)',
    constant: 'valid_replies',
    difference: 'of steps: what reply_remove does, as a condition on the states before and after it',
  },
  evidence: ['answered-without-time'],
  requires: ['mcs'],
  start: () => (step, onCase) => {
    const { before, after } = step;
    const invoked = invokedBy(step);
    if (invoked?.cap._tag !== 'ReplyObjectCap') return [];
    const reply = object(before, invoked.cap.ref);
    if (reply?._tag !== 'Reply' || reply.schedContext === null || reply.tcb === null) return [];
    const ref = reply.schedContext;
    const caller = tcbAt(before, reply.tcb);
    const was = contextAt(before, ref);
    const is = contextAt(after, ref);
    // What the replier goes on to do may involve both again: only what the answer did alone is asked.
    if (caller === undefined || was === undefined || is === undefined || !isActive(is)) return [];
    const answered = tcbAt(after, reply.tcb);
    // A stopped caller may not have been answered at all: a message that could not be sent is dropped, and its reply object taken for the next one.
    if (answered === undefined || is.replies.includes(invoked.cap.ref) || !isRunnable(answered.state)) return [];
    onCase(caller.schedContext === null ? 'comes back' : 'caller has another');
    const out: Violation[] = [];
    if (caller.schedContext === null && is.tcb !== reply.tcb)
      out.push({ where: atContext(ref), because: `was lent by ${hex(reply.tcb)}, which was answered without it` });
    if (caller.schedContext !== null && is.tcb === reply.tcb)
      out.push({
        where: atContext(ref),
        because: `came back to ${hex(reply.tcb)}, which has ${hex(caller.schedContext)}`,
      });
    // Waiting again may take a reply object away from whoever else waits through it, and with it the calls before.
    const below = was.replies.slice(1);
    const taken = below.findIndex((one) => callerThrough(before, one) !== callerThrough(after, one));
    const left = taken < 0 ? below : below.slice(0, taken);
    if (left.length > 0) onCase('a call before it');
    if (is.replies.join() !== left.join() && caller.schedContext === null)
      out.push({
        where: atContext(ref),
        because: `its call stack is ${is.replies.map(hex).join(' ') || 'empty'}, and should be ${left.map(hex).join(' ') || 'empty'}`,
      });
    return out;
  },
};
