/** What invocations about time do, and what is left of scheduling contexts, threads and notifications that go. */
import { describe, expect, it } from 'vitest';
import type { Label } from '../../../spec/abi/labels.ts';
import { labelNumberIn } from '../../../spec/abi/variant.ts';
import type { KernelState } from '../../../spec/state/kernel-state.ts';
import {
  getCap,
  getEndpoint,
  getNotification,
  getSchedContext,
  getTcb,
  slotAt,
} from '../../../spec/state/kernel-state.ts';
import { received, stateOf } from '../../helpers/calls.ts';
import type { Edit } from '../../helpers/states.ts';
import { edits, withDerived, withObject, withTcb } from '../../helpers/states.ts';
import {
  A,
  B,
  BUDGET,
  C,
  D,
  EP_C,
  EP_H,
  F,
  H,
  IDLE,
  NTFN,
  PERIOD,
  REPLY_C,
  SC_A,
  SC_B,
  SC_D,
  SC_NEW,
  SC_SPARE,
  SLICE,
  at,
  contextOf,
  current,
  queueOf,
  refillsOf,
  releaseQueue,
  slot,
  syscall,
  tick,
  timedState,
  withContext,
} from '../../helpers/timed.ts';

const s = timedState();
const label = (name: Label): bigint => BigInt(labelNumberIn(s.config, name) ?? 0);
interface Invoked {
  readonly words?: readonly bigint[];
  readonly caps?: readonly bigint[];
  readonly after?: bigint;
  readonly by?: 'Call' | 'Send';
}
const invoke = (
  t: KernelState,
  pointer: bigint,
  name: Label,
  { words = [], caps = [], after = 0n, by = 'Call' }: Invoked = {},
): KernelState => syscall(t, by, pointer, { message: { label: label(name), words, caps }, after });
const configure = (
  t: KernelState,
  context: bigint,
  budget: bigint,
  period: bigint,
  more: Partial<Invoked> = {},
): KernelState =>
  invoke(t, at.schedControl, 'SchedControlConfigureFlags', {
    words: [budget, period, 1n, 77n, 1n],
    caps: [context],
    ...more,
  });
const exhausted = (ref: number): Edit => withContext(ref, { refills: [{ time: 500n, amount: BUDGET }] });
const deleted = (t: KernelState, pointer: bigint): KernelState =>
  invoke(t, at.cnode, 'CNodeDelete', { words: [pointer, 64n] });

describe('new parameters', () => {
  it('of a context of nobody begin anew, and are all set', () => {
    const t = configure(s, at.scNew, 10n, 20n, { after: 9n });
    expect(getSchedContext(t, SC_NEW)).toMatchObject({
      budget: 30n,
      period: 60n,
      refillMax: 3,
      badge: 77n,
      sporadic: true,
      refills: [{ time: 9n, amount: 30n }],
    });
    expect(received(t, A)).toMatchObject({ label: 0n, length: 0 });
  });

  it('make round robin of a budget as long as its period, whatever refills are asked for', () => {
    const t = configure(s, at.scD, 20n, 20n, { after: 9n });
    expect(getSchedContext(t, SC_D)).toMatchObject({ budget: 60n, period: 0n, refillMax: 2 });
    expect(refillsOf(t, SC_D)).toEqual([
      [9n, 60n],
      [9n, 0n],
    ]);
  });

  it('of the running thread come after what it used was charged', () => {
    const t = configure(s, at.scA, 10n, 50n, { after: 15n });
    expect(getSchedContext(t, SC_A)).toMatchObject({ consumed: 15n, budget: 30n, period: 150n });
    // 45 of the head are left, which is more than the new budget.
    expect(refillsOf(t, SC_A)).toEqual([[15n, 30n]]);
    expect([t.globals.time.consumed, current(t)]).toEqual([0n, A]);
  });

  it('of the running thread do not set the timer anew: it overruns a smaller budget, and is charged for that', () => {
    const t = configure(s, at.scA, 10n, 50n, { after: 15n });
    expect(t.globals.machine.deadline).toBe(BUDGET);
    const over = tick(t, BUDGET - 15n);
    expect([current(over), releaseQueue(over)]).toEqual([B, [A]]);
    // 45 were used of 30: the rest is taken from the refill after, which begins the later.
    expect(refillsOf(over, SC_A)).toEqual([
      [15n + 150n + 15n, 15n],
      [15n + 2n * 150n, 15n],
    ]);
  });

  it('of a thread that can run keep what is left of its head, and no more is there at once', () => {
    const t = configure(s, at.scA, 30n, 50n, { after: 40n });
    expect(refillsOf(t, SC_A)).toEqual([
      [40n, 20n],
      [40n + 150n, 70n],
    ]);
  });

  it('of a thread that cannot begin anew', () => {
    const t = configure(
      withTcb(H, { state: { _tag: 'Inactive' } })(exhausted(getTcb(s, H).schedContext ?? 0)(s)),
      at.scH,
      30n,
      50n,
    );
    expect(refillsOf(t, getTcb(s, H).schedContext ?? 0)).toEqual([[0n, 90n]]);
  });

  it('of one whose budget comes later leave it waiting for that', () => {
    const t = configure(exhausted(SC_D)(s), at.scD, 30n, 50n);
    expect(refillsOf(t, SC_D)).toEqual([
      [500n, BUDGET],
      [650n, 30n],
    ]);
    expect([releaseQueue(t), queueOf(t, D)]).toEqual([[D], []]);
  });

  it('of one that waits for its budget make it run, if that is there now', () => {
    const over = tick(s, 49n);
    expect([current(over), releaseQueue(over)]).toEqual([B, [A]]);
    const t = configure(over, at.scA, 20n, 20n);
    expect([releaseQueue(t), queueOf(t, A), refillsOf(t, SC_A)[0]]).toEqual([[], [A], [49n, 60n]]);
  });

  it('of a thread of higher priority let it run at once', () => {
    const waits = edits(
      withTcb(F, { state: { _tag: 'Running' }, schedContext: SC_NEW }),
      withContext(SC_NEW, { tcb: F }),
    )(s);
    expect(current(syscall(waits, 'NBWait', at.ntfn))).toBe(A);
    expect(current(configure(waits, at.scNew, 10n, 20n))).toBe(F);
  });
});

describe('binding', () => {
  it('lets a thread run that could', () => {
    const stopped = withTcb(F, { state: { _tag: 'Running' } })(s);
    const t = invoke(stopped, at.scSpare, 'SchedContextBind', { caps: [at.f] });
    expect([current(t), contextOf(t, F), getSchedContext(t, SC_SPARE).tcb, queueOf(t, A)]).toEqual([
      F,
      SC_SPARE,
      F,
      [A, B],
    ]);
  });

  it('lets it wait if the budget comes later, or not at all', () => {
    const running = withTcb(F, { state: { _tag: 'Running' } })(s);
    const later = invoke(exhausted(SC_SPARE)(running), at.scSpare, 'SchedContextBind', { caps: [at.f] });
    expect([current(later), releaseQueue(later), queueOf(later, F)]).toEqual([A, [F], []]);
    const never = invoke(running, at.scNew, 'SchedContextBind', { caps: [at.f] });
    expect([current(never), contextOf(never, F), releaseQueue(never), queueOf(never, F)]).toEqual([A, SC_NEW, [], []]);
  });

  it('leaves a blocked thread blocked', () => {
    const t = invoke(s, at.scSpare, 'SchedContextBind', { caps: [at.c] });
    expect([current(t), contextOf(t, C), stateOf(t, C)]).toEqual([A, SC_SPARE, 'BlockedOnReceive']);
  });

  it.each([
    [true, 70n],
    [false, 0n],
  ])('counts a sporadic server’s budget from now on: %s', (sporadic, time) => {
    const spare = withContext(SC_SPARE, { sporadic })(tick(s, 30n));
    const t = invoke(syscall(spare, 'Wait', at.ntfn, { after: 10n }), at.scSpare, 'SchedContextBind', {
      caps: [at.c],
      after: 30n,
    });
    expect(refillsOf(t, SC_SPARE)).toEqual([[time, BUDGET]]);
  });

  it('to a notification changes nothing else', () => {
    const t = invoke(s, at.scB, 'SchedContextBind', { caps: [at.ntfn] });
    expect([getNotification(t, NTFN).schedContext, getSchedContext(t, SC_B).notification]).toEqual([SC_B, NTFN]);
    expect([getSchedContext(t, SC_B).tcb, queueOf(t, B)]).toEqual([B, [B]]);
  });
});

describe('unbinding', () => {
  const alsoNtfn = invoke(s, at.scB, 'SchedContextBind', { caps: [at.ntfn] });

  it('takes a thread out of its queue, and nothing else from the context', () => {
    const t = invoke(alsoNtfn, at.scB, 'SchedContextUnbindObject', { caps: [at.b] });
    expect([contextOf(t, B), getSchedContext(t, SC_B).tcb, queueOf(t, B), stateOf(t, B)]).toEqual([
      null,
      null,
      [],
      'Running',
    ]);
    expect(getSchedContext(t, SC_B)).toMatchObject({ notification: NTFN, budget: SLICE });
  });

  it('takes it out of the release queue', () => {
    const over = tick(s, 49n);
    const t = invoke(over, at.scA, 'SchedContextUnbindObject', { caps: [at.a] });
    expect([releaseQueue(t), contextOf(t, A)]).toEqual([[], null]);
    // The timer is not set to what is not waited for any more.
    expect(t.globals.machine.deadline).toBe(49n + SLICE);
  });

  it('takes a notification alone', () => {
    const t = invoke(alsoNtfn, at.scB, 'SchedContextUnbindObject', { caps: [at.ntfn] });
    expect([getNotification(t, NTFN).schedContext, getSchedContext(t, SC_B).tcb]).toEqual([null, B]);
  });

  it('takes all, if nothing is named', () => {
    const t = invoke(alsoNtfn, at.scB, 'SchedContextUnbind');
    expect([contextOf(t, B), getNotification(t, NTFN).schedContext]).toEqual([null, null]);
    expect(getSchedContext(t, SC_B)).toMatchObject({ tcb: null, notification: null, replies: [] });
  });
});

describe('what was used', () => {
  it('is told in whole microseconds, and forgotten', () => {
    const t = invoke(withContext(SC_B, { consumed: 3_000_002n })(s), at.scB, 'SchedContextConsumed');
    expect(received(t, A)).toMatchObject({ label: 0n, length: 1, words: [1_000_000n] });
    expect(getSchedContext(t, SC_B).consumed).toBe(0n);
  });

  it('does not count what is not charged yet', () => {
    const t = invoke(s, at.scA, 'SchedContextConsumed', { after: 30n });
    expect([received(t, A).words, t.globals.time.consumed]).toEqual([[0n], 30n]);
  });

  it('is forgotten by who sends only, and told nobody', () => {
    const t = invoke(withContext(SC_B, { consumed: 30n })(s), at.scB, 'SchedContextConsumed', { by: 'Send' });
    expect(getSchedContext(t, SC_B).consumed).toBe(0n);
    expect(t.globals.currentThread).toBe(A);
    expect(getTcb(t, A).context[t.config.registers.messageRegisters[0] ?? 0]).toBe(0n);
  });
});

describe('yielding to a context', () => {
  const yielded = invoke(s, at.scB, 'SchedContextYieldTo', { after: 6n });

  it('runs its thread, of the same or higher priority, and then who yielded', () => {
    expect([current(yielded), queueOf(yielded, A), stateOf(yielded, A)]).toEqual([B, [A], 'Running']);
    expect([getTcb(yielded, A).yieldTo, getSchedContext(yielded, SC_B).yieldFrom]).toEqual([SC_B, A]);
  });

  it('tells who yielded what was used, when it runs again', () => {
    expect(received(yielded, A)).toMatchObject({ badge: 0n, label: 0n, length: 0 });
    const t = syscall(yielded, 'Wait', at.ntfn2, { after: 30n });
    expect(current(t)).toBe(A);
    // What B used last was not charged when A was told.
    expect(received(t, A)).toMatchObject({ badge: 0n, label: 0n, length: 1, words: [10n] });
    expect([getTcb(t, A).yieldTo, getSchedContext(t, SC_B).yieldFrom, getSchedContext(t, SC_B).consumed]).toEqual([
      null,
      null,
      0n,
    ]);
  });

  it('tells it also who did not ask to be told', () => {
    const sent = invoke(s, at.scB, 'SchedContextYieldTo', { by: 'Send' });
    expect(received(sent, A).length).toBe(0);
    expect(received(syscall(sent, 'Wait', at.ntfn2, { after: 30n }), A)).toMatchObject({ length: 1, words: [10n] });
  });

  it('of lower priority only puts its thread first in its queue', () => {
    const behind = edits(
      withTcb(F, { priority: 3, state: { _tag: 'Running' }, schedContext: SC_SPARE }),
      withContext(SC_SPARE, { tcb: F }),
    )(s);
    const two = invoke(invoke(behind, at.f, 'TCBSuspend'), at.f, 'TCBResume');
    expect(queueOf(two, D)).toEqual([F, D]);
    const t = invoke(withContext(SC_D, { consumed: 9n })(two), at.scD, 'SchedContextYieldTo');
    expect([current(t), queueOf(t, D)]).toEqual([A, [D, F]]);
    expect(received(t, A)).toMatchObject({ length: 1, words: [3n] });
  });

  it('of a thread that cannot run tells at once', () => {
    const t = invoke(s, at.scH, 'SchedContextYieldTo');
    expect([current(t), received(t, A).words, getTcb(t, A).yieldTo]).toEqual([A, [0n], null]);
  });

  it('of one that waits for its budget leaves it waiting', () => {
    const over = tick(s, 49n);
    const t = invoke(over, at.scA, 'SchedContextYieldTo');
    expect([current(t), releaseQueue(t), received(t, B).words]).toEqual([B, [A], [16n]]);
  });

  it('tells an earlier one who yielded there, when another does', () => {
    // A of higher priority yields to B, too.
    const third = invoke(yielded, at.h, 'TCBResume');
    const raised = withTcb(B, { priority: 7 })(third);
    expect(current(raised)).toBe(H);
    const t = invoke({ ...raised, queues: yielded.queues }, at.scB, 'SchedContextYieldTo');
    expect([getTcb(t, A).yieldTo, getTcb(t, H).yieldTo, getSchedContext(t, SC_B).yieldFrom]).toEqual([null, SC_B, H]);
    expect(received(t, A)).toMatchObject({ length: 1 });
  });

  it('is over when who yielded is stopped: it is not told', () => {
    const t = invoke(yielded, at.a, 'TCBSuspend', { after: 30n });
    expect([getTcb(t, A).yieldTo, getSchedContext(t, SC_B).yieldFrom]).toEqual([null, null]);
    expect(received(t, A)).toMatchObject({ badge: 0n, label: 0n, length: 0 });
  });

  it.each([
    ['context', at.scB],
    ['thread', at.b],
  ])('is over when the %s goes: what was used until then is told', (_what, pointer) => {
    const third = invoke(yielded, at.h, 'TCBResume', { after: 30n });
    expect([current(third), getSchedContext(third, SC_B).consumed]).toEqual([H, 30n]);
    const t = deleted(third, pointer);
    expect([getTcb(t, A).yieldTo, getSchedContext(t, SC_B).yieldFrom]).toEqual([null, null]);
    expect(received(t, A)).toMatchObject({ length: 1, words: [10n] });
  });
});

describe('the parameters of a thread', () => {
  const params = (t: KernelState, thread: bigint, context: bigint, handler: bigint = at.empty): KernelState =>
    invoke(t, thread, 'TCBSetSchedParams', { words: [6n, 4n], caps: [at.a, context, handler] });

  it('bind, set priorities and install a copy of the handler', () => {
    const t = params(s, at.f, at.scSpare, at.epCall);
    expect(getTcb(t, F)).toMatchObject({ mcp: 6, priority: 4, schedContext: SC_SPARE, state: { _tag: 'Inactive' } });
    expect(getCap(t, slotAt(F, 3))).toMatchObject({ _tag: 'EndpointCap', ref: EP_H });
  });

  it('unbind', () => {
    const t = params(s, at.b, at.empty);
    expect([contextOf(t, B), getSchedContext(t, SC_B).tcb, queueOf(t, B)]).toEqual([null, null, []]);
  });

  it('leave the context that the thread has', () => {
    const t = params(s, at.d, at.scD);
    expect([contextOf(t, D), queueOf(t, D), getTcb(t, D).priority]).toEqual([SC_D, [D], 4]);
  });

  it('take the handler away', () => {
    const handled = withDerived(
      slotAt(F, 3),
      { _tag: 'EndpointCap', ref: EP_H, badge: 0n, rights: 15 },
      slot(at.epH),
    )(s);
    expect(getCap(params(handled, at.f, at.empty), slotAt(F, 3))._tag).toBe('NullCap');
  });
});

describe('the handler of timeouts', () => {
  it('is installed in a slot of its own, and taken away', () => {
    const t = invoke(s, at.b, 'TCBSetTimeoutEndpoint', { caps: [at.epCall] });
    expect([getCap(t, slotAt(B, 4))._tag, getCap(t, slotAt(B, 3))._tag]).toEqual(['EndpointCap', 'NullCap']);
    expect(getCap(invoke(t, at.b, 'TCBSetTimeoutEndpoint', { caps: [at.empty] }), slotAt(B, 4))._tag).toBe('NullCap');
  });
});

describe('priorities', () => {
  /** Who waits to send on the handler's endpoint: A, B, D by now. */
  const sent = (): KernelState => {
    let t = s;
    for (let i = 0; i < 3; i++) t = syscall(t, 'Send', at.epH);
    return t;
  };

  it('order who waits, those of the same as they came', () => {
    expect(getEndpoint(sent(), EP_H)).toEqual({ _tag: 'SendEP', queue: [A, B, D] });
    expect(current(sent())).toBe(IDLE);
    const notified = syscall(syscall(s, 'Wait', at.ntfn), 'Wait', at.ntfn);
    expect(getNotification(notified, NTFN).state).toEqual({ _tag: 'WaitingNtfn', queue: [A, B] });
  });

  it.each([
    [at.d, 7n, [D, A]],
    [at.d, 5n, [A, D]],
    [at.a, 5n, [A, D]],
    [at.a, 3n, [D, A]],
  ])('that change move who waits, behind those of the same: %i to %i', (thread, priority, queue) => {
    // B runs, and is asked to change them.
    const waits = edits(
      withTcb(D, {
        state: { _tag: 'BlockedOnSend', endpoint: EP_H, badge: 0n, canGrant: true, canGrantReply: true, isCall: false },
      }),
      withObject(EP_H, { _tag: 'SendEP', queue: [A, D] }),
      (t) => ({ ...t, queues: s.queues }),
    )(syscall(s, 'Send', at.epH));
    const t = invoke(waits, thread, 'TCBSetPriority', { words: [priority], caps: [at.h] });
    expect(getEndpoint(t, EP_H)).toEqual({ _tag: 'SendEP', queue });
  });

  it('of a thread that is in no queue do not put it into one', () => {
    const t = invoke(withTcb(F, { state: { _tag: 'Running' } })(s), at.f, 'TCBSetPriority', {
      words: [7n],
      caps: [at.h],
    });
    expect([current(t), queueOf(t, F), getTcb(t, F).priority]).toEqual([A, [], 7]);
  });
});

describe('what goes', () => {
  it('a context: its thread has no time, and nothing is charged to it', () => {
    const t = deleted(s, at.scB);
    expect([contextOf(t, B), queueOf(t, B), stateOf(t, B)]).toEqual([null, [], 'Running']);
    expect(getSchedContext(t, SC_B)).toMatchObject({
      tcb: null,
      refillMax: 0,
      refills: [],
      budget: 0n,
      sporadic: false,
    });
  });

  it('the context that runs: another thread does, and what was used is charged to nobody', () => {
    const t = deleted(s, at.scA);
    expect([current(t), contextOf(t, A), t.globals.time.schedContext, t.globals.time.consumed]).toEqual([
      B,
      null,
      SC_B,
      0n,
    ]);
  });

  it('a thread: its context stays, with what is left', () => {
    const t = deleted(s, at.b);
    expect([contextOf(t, B), stateOf(t, B), getSchedContext(t, SC_B).tcb]).toEqual([null, 'Inactive', null]);
    expect(refillsOf(t, SC_B)).toEqual(refillsOf(s, SC_B));
  });

  it('a thread that waits for its budget: it does not any more', () => {
    const t = deleted(tick(s, 49n), at.a);
    expect([releaseQueue(t), current(t)]).toEqual([[], B]);
  });

  it('a reply object that is offered: who offers it waits no longer', () => {
    const t = deleted(s, at.replyC);
    expect([stateOf(t, C), getEndpoint(t, EP_C)._tag]).toEqual(['Inactive', 'IdleEP']);
    expect(REPLY_C).toBeGreaterThan(0);
  });

  it('a domain that a thread is put into does not take its time', () => {
    const t = invoke(s, at.domain, 'DomainSetSet', { words: [1n], caps: [at.b] });
    expect([getTcb(t, B).domain, contextOf(t, B), queueOf(t, B)]).toEqual([1, SC_B, [B]]);
    const passive = invoke(withTcb(F, { state: { _tag: 'Running' } })(s), at.domain, 'DomainSetSet', {
      words: [1n],
      caps: [at.f],
    });
    expect(queueOf(passive, F)).toEqual([]);
    expect(PERIOD).toBe(200n);
  });
});
