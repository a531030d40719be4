/** MCS: scheduling contexts and reply objects on their own and together: who waits for an answer, and whose time comes back with it. */
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { object } from '../../spec/state/kernel-state.ts';
import type { ObjRef } from '../../spec/state/refs.ts';
import type { StateInvariant } from '../property.ts';
import {
  RT_DET_SCHED,
  RT_INVARIANTS_AI,
  atObject,
  atThread,
  countContexts,
  countObjects,
  hex,
  l4v,
  perContext,
  perKind,
  whole,
} from './check.ts';
import { contextAt, isActive, tcbAt } from './runs.ts';
import { surveyOf } from './survey.ts';

export const validSchedContext: StateInvariant = {
  name: 'valid_sched_context',
  kind: 'state',
  statement:
    'What a scheduling context is bound to exists, the reply objects of its call stack are different ones, and there is room for its refills.',
  l4v: l4v(RT_INVARIANTS_AI, 'valid_sched_context'),
  evidence: ['spec-more-refills-than-room'],
  requires: ['mcs'],
  ...perContext((s, { tcb, notification, yieldFrom, replies, sizeBits, refillMax }, fail) => {
    if (tcb !== null && tcbAt(s, tcb) === undefined) fail(`bound to ${hex(tcb)}, which is not a thread`);
    if (yieldFrom !== null && tcbAt(s, yieldFrom) === undefined)
      fail(`yielded to by ${hex(yieldFrom)}, which is not a thread`);
    if (notification !== null && object(s, notification)?._tag !== 'Notification')
      fail(`lent by ${hex(notification)}, which is not a notification`);
    for (const reply of replies)
      if (object(s, reply)?._tag !== 'Reply') fail(`${hex(reply)} in its call stack is not a reply object`);
    if (new Set(replies).size !== replies.length) fail(`its call stack has one reply object twice`);
    const { minSchedContextBits, schedContextCoreBytes, refillBytes } = s.config;
    const room = (2 ** sizeBits - schedContextCoreBytes) / refillBytes;
    if (sizeBits < minSchedContextBits || refillMax > room)
      fail(`of 2^${sizeBits} bytes, with room for ${room} refills, not ${refillMax}`);
  }),
  exercised: (s) => countContexts(s, ({ tcb, notification }) => tcb !== null || notification !== null),
};

export const validReply: StateInvariant = {
  name: 'valid_reply',
  kind: 'state',
  statement:
    'Whom a reply object is tied to is a thread, and whose call stack it is the head of is a scheduling context.',
  l4v: l4v(RT_INVARIANTS_AI, 'valid_reply'),
  evidence: ['spec-head-knows-itself'],
  requires: ['mcs'],
  ...perKind(['Reply'], (s, ref, { tcb, schedContext }, out) => {
    const where = atObject(ref);
    if (tcb !== null && tcbAt(s, tcb) === undefined)
      out.push({ where, because: `tied to ${hex(tcb)}, which is not a thread` });
    if (schedContext !== null && contextAt(s, schedContext) === undefined)
      out.push({ where, because: `head of the call stack of ${hex(schedContext)}, which is not a scheduling context` });
  }),
  exercised: (s) => countObjects(s, (value) => value._tag === 'Reply' && value.tcb !== null),
};

/** Why what waits in a call stack is not as it should be. */
function stackFaults(s: KernelState, holder: ObjRef | null, replies: readonly ObjRef[]): readonly string[] {
  const faults: string[] = [];
  const callers = new Set<ObjRef>();
  for (const reply of replies) {
    const found = object(s, reply);
    const caller = found?._tag === 'Reply' ? found.tcb : null;
    const state = caller === null ? undefined : tcbAt(s, caller)?.state;
    if (state?._tag !== 'BlockedOnReply' || state.reply !== reply)
      faults.push(`nobody waits for an answer through ${hex(reply)} in its call stack`);
    else if (caller !== null && callers.has(caller)) faults.push(`${hex(caller)} waits in its call stack twice`);
    if (caller !== null && caller === holder) faults.push(`${hex(caller)} has it, and waits for it in its call stack`);
    if (caller !== null) callers.add(caller);
  }
  return faults;
}

export const validReplies: StateInvariant = {
  name: 'valid_replies',
  kind: 'state',
  statement:
    'A reply object is in the call stack of one scheduling context at most, and a thread waits for its answer through it, other than the one that has the context.',
  l4v: l4v(RT_INVARIANTS_AI, 'valid_replies'),
  evidence: ['spec-stack-keeps-who-was-cancelled'],
  requires: ['mcs'],
  ...whole((s, out) => {
    const seen = new Map<ObjRef, ObjRef>();
    for (const { ref, object: value } of surveyOf(s).objects) {
      if (value._tag !== 'SchedContext') continue;
      for (const because of stackFaults(s, value.tcb, value.replies)) out.push({ where: atObject(ref), because });
      for (const reply of new Set(value.replies)) {
        const other = seen.get(reply);
        if (other !== undefined)
          out.push({ where: atObject(reply), because: `in the call stacks of ${hex(other)} and of ${hex(ref)}` });
        seen.set(reply, ref);
      }
    }
  }),
  exercised: (s) => countContexts(s, ({ replies }) => replies.length > 0),
};

export const activeReplyScs: StateInvariant = {
  name: 'active_reply_scs',
  kind: 'state',
  statement: 'A scheduling context that went down a call stack has a budget.',
  l4v: l4v(RT_DET_SCHED, 'active_reply_scs'),
  evidence: ['spec-no-extra-refills-no-refills'],
  requires: ['mcs'],
  ...perContext((_, context, fail) => {
    if (context.replies.length > 0 && !isActive(context)) fail('in a call stack, but not configured');
  }),
  exercised: (s) => countContexts(s, ({ replies }) => replies.length > 0),
};

export const faultTcbsValidStates: StateInvariant = {
  name: 'fault_tcbs_valid_states',
  kind: 'state',
  statement: 'A thread with a fault sends it, waits for its handler to answer, or is stopped.',
  l4v: l4v(RT_INVARIANTS_AI, 'fault_tcbs_valid_states'),
  evidence: ['spec-cancelled-fault-stays'],
  requires: ['mcs'],
  ...perKind(['Tcb'], (_, ref, { fault, state: { _tag } }, out) => {
    if (fault === null) return;
    if (_tag !== 'BlockedOnSend' && _tag !== 'BlockedOnReply' && _tag !== 'Inactive')
      out.push({ where: atThread(ref), because: `${_tag} with a ${fault._tag}` });
  }),
  exercised: (s) => countObjects(s, (value) => value._tag === 'Tcb' && value.fault !== null),
};
