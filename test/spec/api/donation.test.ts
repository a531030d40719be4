/** Scheduling contexts that go from thread to thread: with calls and back with answers, with faults, and with signals. */
import { describe, expect, it } from 'vitest';
import type { Label } from '../../../spec/abi/labels.ts';
import { labelNumberIn } from '../../../spec/abi/variant.ts';
import { callKernel } from '../../../spec/api/kernel.ts';
import { ALL_RIGHTS } from '../../../spec/state/caps.ts';
import type { KernelState } from '../../../spec/state/kernel-state.ts';
import { getEndpoint, getNotification, getReply, getSchedContext, getTcb } from '../../../spec/state/kernel-state.ts';
import { received, stateOf } from '../../helpers/calls.ts';
import type { Edit } from '../../helpers/states.ts';
import { edits, withCap, withObject, withTcb } from '../../helpers/states.ts';
import {
  A,
  B,
  BUDGET,
  C,
  D,
  EP_C,
  EP_F,
  EP_H,
  F,
  H,
  NTFN,
  PERIOD,
  REPLY_C,
  REPLY_F,
  REPLY_H,
  SC_A,
  SC_B,
  SC_NEW,
  SC_SPARE,
  at,
  bound,
  contextOf,
  current,
  queueOf,
  refillsOf,
  releaseQueue,
  slot,
  syscall,
  tick,
  timedState,
  waiting,
  withContext,
  withHandler,
} from '../../helpers/timed.ts';

const s = timedState();
const label = (name: Label): bigint => BigInt(labelNumberIn(s.config, name) ?? 0);
const invoke = (t: KernelState, pointer: bigint, name: Label, words: bigint[] = [], caps: bigint[] = []): KernelState =>
  syscall(t, 'Call', pointer, { message: { label: label(name), words, caps } });
const callStack = (t: KernelState, ref: number): readonly number[] => getSchedContext(t, ref).replies;

/** A called C, which runs on A's time; C called F, which does. */
const called = syscall(s, 'Call', at.epC, { message: { words: [5n] }, after: 5n });
const nested = syscall(waiting(F, EP_F, REPLY_F)(called), 'Call', at.epF, { after: 5n });
/** H, of higher priority and with time of its own, runs while C serves A. */
const overtaken = invoke(called, at.h, 'TCBResume');

describe('a call to a server without time', () => {
  it('runs the server on the time of the caller, and what was used stays charged to the same context', () => {
    expect([current(called), contextOf(called, C), contextOf(called, A)]).toEqual([C, SC_A, null]);
    expect(received(called, C)).toMatchObject({ length: 1, words: [5n] });
    expect(called.globals.time).toMatchObject({ schedContext: SC_A, consumed: 5n });
    expect(called.globals.machine.deadline).toBe(s.globals.machine.deadline);
  });

  it('ties the caller to the reply object, which is the head of the call stack', () => {
    expect(getTcb(called, A).state).toEqual({ _tag: 'BlockedOnReply', reply: REPLY_C });
    expect(getReply(called, REPLY_C)).toEqual({ _tag: 'Reply', tcb: A, schedContext: SC_A });
    expect(callStack(called, SC_A)).toEqual([REPLY_C]);
  });

  it('gives the time back with the answer', () => {
    const t = syscall(called, 'ReplyRecv', at.epC, { reply: at.replyC, message: { words: [6n] }, after: 5n });
    expect([current(t), contextOf(t, A), contextOf(t, C)]).toEqual([A, SC_A, null]);
    expect(received(t, A)).toMatchObject({ words: [6n] });
    expect([callStack(t, SC_A), getReply(t, REPLY_C).schedContext]).toEqual([[], null]);
    expect(getTcb(t, C).state).toMatchObject({ _tag: 'BlockedOnReceive', reply: REPLY_C });
    // Nobody else ran on it, so nothing was charged.
    expect(t.globals.time).toMatchObject({ schedContext: SC_A, consumed: 10n });
  });

  it('puts the answers of calls on each other', () => {
    expect([current(nested), contextOf(nested, F), contextOf(nested, C)]).toEqual([F, SC_A, null]);
    expect(callStack(nested, SC_A)).toEqual([REPLY_F, REPLY_C]);
    expect([REPLY_F, REPLY_C].map((ref) => getReply(nested, ref).schedContext)).toEqual([SC_A, null]);
    const back = syscall(nested, 'ReplyRecv', at.epF, { reply: at.replyF });
    expect([current(back), contextOf(back, C), callStack(back, SC_A)]).toEqual([C, SC_A, [REPLY_C]]);
    expect(getReply(back, REPLY_C).schedContext).toBe(SC_A);
  });

  it('does not give it back from below the head, where the stack ends then', () => {
    // F, who serves C, answers A.
    const t = syscall(nested, 'Send', at.replyC);
    expect([current(t), stateOf(t, A), contextOf(t, A), contextOf(t, F)]).toEqual([F, 'Running', null, SC_A]);
    expect([callStack(t, SC_A), queueOf(t, A)]).toEqual([[REPLY_F], [B]]);
    // What C gets back it keeps.
    const back = syscall(t, 'ReplyRecv', at.epF, { reply: at.replyF });
    expect([current(back), contextOf(back, C), callStack(back, SC_A)]).toEqual([C, SC_A, []]);
  });

  it('leaves a caller who has other time by now what it has', () => {
    const t = syscall(bound(A, SC_SPARE)(called), 'ReplyRecv', at.epC, { reply: at.replyC });
    expect([contextOf(t, A), contextOf(t, C)]).toEqual([SC_SPARE, SC_A]);
  });

  it('breaks the stack when a caller in it is stopped', () => {
    const stopped = invoke(nested, at.c, 'TCBSuspend');
    expect([stateOf(stopped, C), callStack(stopped, SC_A), contextOf(stopped, F)]).toEqual(['Inactive', [], SC_A]);
    expect(getReply(stopped, REPLY_F)).toEqual({ _tag: 'Reply', tcb: null, schedContext: null });
    const below = invoke(nested, at.a, 'TCBSuspend');
    expect([stateOf(below, A), callStack(below, SC_A)]).toEqual(['Inactive', [REPLY_F]]);
    expect(getReply(below, REPLY_C).tcb).toBe(null);
  });

  it('gives it back when the reply object goes, though nobody answers', () => {
    const t = invoke(called, at.cnode, 'CNodeDelete', [at.replyC, 64n]);
    expect([current(t), stateOf(t, A), contextOf(t, A), contextOf(t, C)]).toEqual([B, 'Inactive', SC_A, null]);
    expect(callStack(t, SC_A)).toEqual([]);
  });

  it('cannot give back what was unbound in between', () => {
    const taken = invoke(overtaken, at.scA, 'SchedContextUnbind');
    expect([callStack(taken, SC_A), getSchedContext(taken, SC_A).tcb, contextOf(taken, C)]).toEqual([[], null, null]);
    const t = syscall(taken, 'Send', at.replyC);
    expect([stateOf(t, A), contextOf(t, A)]).toEqual(['Running', null]);
  });

  it('does not lend to a server that has time of its own', () => {
    const t = syscall(bound(C, SC_SPARE)(s), 'Call', at.epC);
    expect([current(t), contextOf(t, C), contextOf(t, A), callStack(t, SC_A)]).toEqual([C, SC_SPARE, SC_A, []]);
    expect(getReply(t, REPLY_C)).toEqual({ _tag: 'Reply', tcb: A, schedContext: null });
    const back = syscall(t, 'ReplyRecv', at.epC, { reply: at.replyC });
    expect([current(back), contextOf(back, A), contextOf(back, C)]).toEqual([A, SC_A, SC_SPARE]);
  });

  it('waits for time if the budget was used up meanwhile, as the one who used it up did', () => {
    // C serves until the budget is over.
    const over = tick(called, 44n);
    expect([current(over), releaseQueue(over), stateOf(over, C)]).toEqual([B, [C], 'Running']);
    const t = syscall(over, 'Send', at.replyC);
    expect([contextOf(t, A), contextOf(t, C), releaseQueue(t)]).toEqual([SC_A, null, [A]]);
    expect([current(t), stateOf(t, A)]).toEqual([B, 'Running']);
    // When it comes, A runs, and nobody else.
    expect(current(tick(t, PERIOD))).toBe(A);
  });

  it('tells the handler of timeouts instead, if there is one', () => {
    const over = edits(withHandler(A, 4, EP_H), waiting(H, EP_H, REPLY_H))(tick(called, 44n));
    const t = syscall(over, 'Send', at.replyC);
    expect([current(t), stateOf(t, A), releaseQueue(t)]).toEqual([H, 'BlockedOnReply', []]);
    expect(received(t, H).label).toBe(5n);
  });
});

describe('what is sent without waiting for an answer', () => {
  it('by Send makes a server without time run, but it has none', () => {
    const t = syscall(s, 'Send', at.epC);
    expect([current(t), stateOf(t, C), contextOf(t, C), queueOf(t, C)]).toEqual([A, 'Running', null, []]);
  });

  it('in the first half of a system call gives the time away for good', () => {
    const t = syscall(s, 'NBSendWait', at.ntfn, { reply: at.epC });
    expect([current(t), contextOf(t, C), contextOf(t, A), stateOf(t, A)]).toEqual([
      C,
      SC_A,
      null,
      'BlockedOnNotification',
    ]);
    expect(callStack(t, SC_A)).toEqual([]);
  });
});

describe('a system call of two halves', () => {
  it('NBSendRecv names both, and a reply object', () => {
    const t = syscall(s, 'NBSendRecv', at.epF, { sendDest: at.ntfn, reply: at.replyF });
    expect(getNotification(t, NTFN).state).toEqual({ _tag: 'ActiveNtfn', badge: 4n });
    expect(getTcb(t, A).state).toMatchObject({ _tag: 'BlockedOnReceive', endpoint: EP_F, reply: REPLY_F });
  });

  it('NBSendWait looks at no reply object where it receives', () => {
    const t = syscall(s, 'NBSendWait', at.epF, { reply: at.ntfn });
    expect(getNotification(t, NTFN).state._tag).toBe('ActiveNtfn');
    expect(getTcb(t, A).state).toEqual({ _tag: 'BlockedOnReceive', endpoint: EP_F, canGrant: true });
  });

  it('drops what nobody waits for, and what cannot be found', () => {
    for (const sendDest of [at.epH, at.empty, 1n << 63n]) {
      const t = syscall(s, 'NBSendRecv', at.epF, { sendDest, reply: at.replyF });
      expect(stateOf(t, A)).toBe('BlockedOnReceive');
      expect(getEndpoint(t, EP_H)._tag).toBe('IdleEP');
    }
  });

  it.each([
    ['a thread', at.b, 'TCBSuspend'],
    ['a CNode', at.cnode, 'CNodeDelete'],
    ['a scheduling context', at.scB, 'SchedContextUnbind'],
    ['a domain', at.domain, 'DomainScheduleSetStart'],
  ] as const)('does not invoke %s', (_what, sendDest, name) => {
    const message = { label: label(name), words: [at.b, 64n] };
    const t = syscall(s, 'NBSendRecv', at.epF, { sendDest, reply: at.replyF, message });
    expect([stateOf(t, A), stateOf(t, B), contextOf(t, B), t.globals.domainTime]).toEqual([
      'BlockedOnReceive',
      'Running',
      SC_B,
      s.globals.domainTime,
    ]);
  });

  it.each([
    ['nothing', at.empty, { _tag: 'MissingCapability', bitsLeft: 0 }],
    ['what is no reply object', at.ntfn, { _tag: 'MissingCapability', bitsLeft: 0 }],
  ])('needs a reply object to receive from an endpoint, not %s', (_what, reply, failure) => {
    for (const name of ['Recv', 'NBRecv', 'NBSendRecv'] as const) {
      const t = syscall(withHandler(A, 3, EP_H)(s), name, at.epF, { sendDest: at.ntfn, reply });
      expect(getTcb(t, A).fault).toEqual({ _tag: 'CapFault', cptr: reply, inReceivePhase: true, failure });
    }
  });

  it('needs none for a notification', () => {
    expect(stateOf(syscall(s, 'Recv', at.ntfn, { reply: at.empty }), A)).toBe('BlockedOnNotification');
  });
});

describe('a reply object', () => {
  it('that another thread offers is taken from it', () => {
    const t = syscall(s, 'Recv', at.epF, { reply: at.replyC });
    expect([stateOf(t, C), getEndpoint(t, EP_C)._tag]).toEqual(['Inactive', 'IdleEP']);
    expect(getReply(t, REPLY_C).tcb).toBe(A);
  });

  it('through which a caller waits is taken from it, and its time stays where it is', () => {
    const t = syscall(called, 'Recv', at.epF, { reply: at.replyC });
    expect([stateOf(t, A), callStack(t, SC_A), contextOf(t, C)]).toEqual(['Inactive', [], SC_A]);
    expect(getTcb(t, C).state).toMatchObject({ _tag: 'BlockedOnReceive', reply: REPLY_C });
  });

  it('through which nobody waits answers nobody', () => {
    const t = syscall(s, 'Call', at.replyC, { message: { words: [1n] } });
    expect([stateOf(t, A), received(t, A).length, stateOf(t, C)]).toEqual(['Running', 0, 'BlockedOnReceive']);
  });
});

describe('a fault', () => {
  const faulted = (t: KernelState): KernelState => callKernel(t, { _tag: 'UnknownSyscall', number: 99n });

  it('lends the time to a handler without any, who gives it back with the answer', () => {
    const t = faulted(withHandler(A, 3, EP_C)(s));
    expect([current(t), contextOf(t, C), stateOf(t, A), callStack(t, SC_A)]).toEqual([
      C,
      SC_A,
      'BlockedOnReply',
      [REPLY_C],
    ]);
    const back = syscall(t, 'ReplyRecv', at.epC, { reply: at.replyC });
    expect([current(back), contextOf(back, A), stateOf(back, A)]).toEqual([A, SC_A, 'Running']);
    expect(getTcb(back, A).fault).toBe(null);
  });

  it('without a handler stops the thread', () => {
    const t = faulted(s);
    expect([current(t), stateOf(t, A), getTcb(t, A).fault]).toEqual([B, 'Inactive', null]);
  });

  it('of time is not lent: the handler must have some', () => {
    const t = tick(withHandler(A, 4, EP_C)(s), 49n);
    expect([current(t), stateOf(t, C), contextOf(t, C), stateOf(t, A)]).toEqual([B, 'Running', null, 'BlockedOnReply']);
  });

  it('is forgotten with the wait of the thread that faulted', () => {
    const waits = faulted(withHandler(A, 3, EP_H)(s));
    expect([stateOf(waits, A), getTcb(waits, A).fault?._tag]).toEqual(['BlockedOnSend', 'UnknownSyscallException']);
    const resumed = invoke(waits, at.a, 'TCBResume');
    expect([getTcb(resumed, A).fault, getEndpoint(resumed, EP_H)._tag]).toEqual([null, 'IdleEP']);
  });

  it('keeps the thread stopped when the endpoint goes, or its badge', () => {
    const waits = faulted(withHandler(A, 3, EP_H, 9n)(s));
    const badged = withCap(slot(at.epCall), { _tag: 'EndpointCap', ref: EP_H, badge: 9n, rights: ALL_RIGHTS });
    const only = edits(withCap(slot(at.epSend), undefined), withCap(slot(at.epCall), undefined));
    const revoked = invoke(only(waits), at.cnode, 'CNodeRevoke', [at.epH, 64n]);
    for (const t of [
      invoke(badged(waits), at.cnode, 'CNodeCancelBadgedSends', [at.epCall, 64n]),
      invoke(revoked, at.cnode, 'CNodeDelete', [at.epH, 64n]),
    ]) {
      expect([getEndpoint(t, EP_H)._tag, stateOf(t, A), queueOf(t, A)]).toEqual(['IdleEP', 'Inactive', []]);
    }
  });
});

describe('a notification', () => {
  /** NTFN lends the spare context; F waits on it, and has no time of its own. */
  const lends = edits(
    withContext(SC_SPARE, { notification: NTFN }),
    withObject(NTFN, { _tag: 'Notification', state: { _tag: 'IdleNtfn' }, boundTcb: null, schedContext: SC_SPARE }),
  );
  const waits = edits(
    lends,
    withObject(NTFN, {
      _tag: 'Notification',
      state: { _tag: 'WaitingNtfn', queue: [F] },
      boundTcb: null,
      schedContext: SC_SPARE,
    }),
    withTcb(F, { state: { _tag: 'BlockedOnNotification', notification: NTFN } }),
  )(s);
  const awake = syscall(waits, 'Send', at.ntfn, { after: 7n });
  const boundTo = (thread: number): Edit =>
    edits(withTcb(thread, { boundNotification: NTFN }), (t) =>
      withObject(NTFN, { ...getNotification(t, NTFN), boundTcb: thread })(t),
    );

  it('lends its context to who is signalled and has none', () => {
    expect([current(awake), contextOf(awake, F), getSchedContext(awake, SC_SPARE).tcb]).toEqual([F, SC_SPARE, F]);
    expect(getNotification(awake, NTFN).schedContext).toBe(SC_SPARE);
    // Constant bandwidth: it counts from when the thread runs.
    expect(refillsOf(awake, SC_SPARE)).toEqual([[7n, BUDGET]]);
  });

  it('has it back when the thread waits again, and the thread does not run on', () => {
    const t = syscall(awake, 'Wait', at.ntfn, { after: 20n });
    expect([current(t), contextOf(t, F), getSchedContext(t, SC_SPARE).tcb]).toEqual([A, null, null]);
    expect(refillsOf(t, SC_SPARE)).toEqual([
      [27n, BUDGET - 20n],
      [7n + PERIOD, 20n],
    ]);
  });

  it('has it back before the thread that is bound to it looks at its endpoint', () => {
    const receives = syscall(boundTo(F)(awake), 'Recv', at.epF, { reply: at.replyF });
    expect([current(receives), contextOf(receives, F), stateOf(receives, F)]).toEqual([A, null, 'BlockedOnReceive']);
    // A caller lends its own then.
    const t = syscall(receives, 'Call', at.epF);
    expect([current(t), contextOf(t, F)]).toEqual([F, SC_A]);
  });

  it('has it back also if a message waits there: the thread does not run on', () => {
    const sent = syscall(syscall(waits, 'Send', at.epF), 'Send', at.ntfn);
    expect([current(sent), contextOf(sent, F), stateOf(sent, A)]).toEqual([F, SC_SPARE, 'BlockedOnSend']);
    const t = syscall(boundTo(F)(sent), 'Recv', at.epF, { reply: at.replyF });
    expect([stateOf(t, F), contextOf(t, F), stateOf(t, A)]).toEqual(['Running', null, 'Running']);
    // Who has sent comes first in the queue; F is in none.
    expect([current(t), queueOf(t, F)]).toEqual([A, []]);
  });

  it('does not have it back from a thread that does not wait', () => {
    const t = syscall(boundTo(F)(awake), 'NBRecv', at.epF, { reply: at.replyF });
    expect([current(t), contextOf(t, F)]).toEqual([F, SC_SPARE]);
  });

  it('that is active lends it to who takes the signal without having time', () => {
    const active = edits(lends, boundTo(C), (t) =>
      withObject(NTFN, { ...getNotification(t, NTFN), state: { _tag: 'ActiveNtfn', badge: 3n } })(t),
    )(called);
    const t = syscall(active, 'ReplyRecv', at.epC, { reply: at.replyC });
    expect([contextOf(t, A), contextOf(t, C), stateOf(t, C)]).toEqual([SC_A, SC_SPARE, 'Running']);
    // C is of higher priority than A, which it answered.
    expect([current(t), received(t, C).badge]).toEqual([C, 3n]);
    const waiting2 = syscall(active, 'NBSendWait', at.ntfn, { reply: at.replyC });
    expect([current(waiting2), contextOf(waiting2, C)]).toEqual([C, SC_SPARE]);
  });

  it('without a context has none to take from a thread without', () => {
    const t = syscall(called, 'NBSendWait', at.ntfn2, { reply: at.replyC });
    expect([current(t), stateOf(t, C), contextOf(t, C)]).toEqual([A, 'BlockedOnNotification', null]);
  });

  it('lends what has no budget now: the thread waits for it', () => {
    const exhausted = withContext(SC_SPARE, { refills: [{ time: 90n, amount: BUDGET }] })(waits);
    const t = syscall(exhausted, 'Send', at.ntfn);
    expect([current(t), stateOf(t, F), contextOf(t, F), releaseQueue(t)]).toEqual([A, 'Running', SC_SPARE, [F]]);
    expect(queueOf(t, F)).toEqual([]);
  });

  it('lends what has never been given parameters: the thread does not run', () => {
    const t = syscall(
      withContext(SC_SPARE, { refills: [], refillMax: 0, period: 0n, budget: 0n })(waits),
      'Send',
      at.ntfn,
    );
    expect([current(t), stateOf(t, F), contextOf(t, F), queueOf(t, F)]).toEqual([A, 'Running', SC_SPARE, []]);
  });

  it('does not lend what somebody has, nor to who has time', () => {
    const taken = syscall(bound(D, SC_SPARE)(withTcb(D, { schedContext: null })(waits)), 'Send', at.ntfn);
    expect([stateOf(taken, F), contextOf(taken, F), contextOf(taken, D)]).toEqual(['Running', null, SC_SPARE]);
    const own = syscall(bound(F, SC_NEW)(waits), 'Send', at.ntfn);
    expect([contextOf(own, F), getSchedContext(own, SC_SPARE).tcb]).toEqual([SC_NEW, null]);
  });

  it('that goes takes nothing from who it lent to', () => {
    const t = invoke(awake, at.cnode, 'CNodeDelete', [at.ntfn, 64n]);
    expect([contextOf(t, F), getSchedContext(t, SC_SPARE).notification]).toEqual([SC_SPARE, null]);
    expect(getNotification(t, NTFN).schedContext).toBe(null);
  });
});
