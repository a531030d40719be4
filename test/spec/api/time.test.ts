/** Time that passes, from entry to entry: who pays, who waits, what the timer is set to. */
import { describe, expect, it } from 'vitest';
import type { Label } from '../../../spec/abi/labels.ts';
import { labelNumberIn } from '../../../spec/abi/variant.ts';
import { preemptionPoint } from '../../../spec/perform/outcome.ts';
import { E as Result } from '../../../spec/prelude.ts';
import type { KernelState } from '../../../spec/state/kernel-state.ts';
import { getSchedContext, getTcb, setMachine } from '../../../spec/state/kernel-state.ts';
import { schedDequeue } from '../../../spec/state/ready-queues.ts';
import { received, stateOf } from '../../helpers/calls.ts';
import type { Edit } from '../../helpers/states.ts';
import { capAt, edits, withDerived, withGlobals, withTcb } from '../../helpers/states.ts';
import {
  A,
  B,
  BUDGET,
  D,
  EP_H,
  F,
  H,
  IDLE,
  MIN_BUDGET,
  PERIOD,
  REPLY_H,
  SC_A,
  SC_B,
  SC_D,
  SC_IDLE,
  SC_SPARE,
  SLICE,
  at,
  bound,
  contextOf,
  current,
  later,
  queueOf,
  ready,
  refillsOf,
  releaseQueue,
  slot,
  syscall,
  tick,
  timedState,
  untilDeadline,
  waiting,
  withContext,
  withHandler,
} from '../../helpers/timed.ts';

const s = timedState();
const timeOf = (t: KernelState): KernelState['globals']['time'] => t.globals.time;
const deadline = (t: KernelState): bigint => t.globals.machine.deadline;
const label = (name: Label): bigint => BigInt(labelNumberIn(s.config, name) ?? 0);
const poll = (t: KernelState, after: bigint): KernelState => syscall(t, 'NBWait', at.ntfn, { after });
/** The last moment at which A's budget is not used up. */
const LAST = BUDGET - MIN_BUDGET;

describe('time that passes', () => {
  it('is read at every entry, and not charged while the thread goes on', () => {
    const t = poll(poll(s, 7n), 5n);
    expect(timeOf(t)).toMatchObject({ now: 12n, consumed: 12n, schedContext: SC_A });
    expect(refillsOf(t, SC_A)).toEqual([[0n, BUDGET]]);
    expect(deadline(t)).toBe(deadline(s));
  });

  it('may be used until less than the smallest budget is left', () => {
    expect(current(poll(s, LAST))).toBe(A);
    expect(current(poll(s, LAST + 1n))).toBe(B);
  });

  it('is charged to who used it when another thread runs', () => {
    const t = syscall(s, 'Wait', at.ntfn, { after: 20n });
    expect([current(t), timeOf(t).schedContext, timeOf(t).consumed]).toEqual([B, SC_B, 0n]);
    expect(refillsOf(t, SC_A)).toEqual([
      [20n, BUDGET - 20n],
      [PERIOD, 20n],
    ]);
    expect(getSchedContext(t, SC_A).consumed).toBe(20n);
    expect(refillsOf(t, SC_B)).toEqual(refillsOf(s, SC_B));
    expect(deadline(t)).toBe(20n + SLICE);
  });

  it('never goes back', () => {
    expect(() => poll(setMachine(poll(s, 7n), { time: 6n }), 0n)).toThrow('time goes on');
  });
});

describe('a thread whose budget is used up', () => {
  const t = poll(s, LAST + 1n);

  it('has done nothing of what it asked for, and asks again when it has budget', () => {
    expect(stateOf(t, A)).toBe('Restart');
    // All that was used is charged. What is left is too small, and is put to what comes back.
    expect(refillsOf(t, SC_A)).toEqual([[PERIOD - 11n, BUDGET]]);
    expect(releaseQueue(t)).toEqual([A]);
    expect(queueOf(t, A)).toEqual([]);
  });

  it.each([
    ['signals it', (u: KernelState) => syscall(u, 'Send', at.ntfn)],
    [
      'changes its priority',
      (u: KernelState) =>
        syscall(u, 'Call', at.a, { message: { label: label('TCBSetPriority'), words: [6n], caps: [at.b] } }),
    ],
    [
      'yields to it',
      (u: KernelState) => syscall(u, 'Call', at.scA, { message: { label: label('SchedContextYieldTo') } }),
    ],
    ['resumes it', (u: KernelState) => syscall(u, 'Call', at.a, { message: { label: label('TCBResume') } })],
  ])('does not run earlier because somebody %s', (_what, does) => {
    const u = does(withTcb(A, { boundNotification: null })(t));
    expect([current(u), stateOf(u, B), releaseQueue(u), queueOf(u, A)]).toEqual([B, 'Running', [A], []]);
  });

  it('makes the timer come when its budget comes, and runs then', () => {
    const idle = syscall(syscall(t, 'Wait', at.ntfn2, { after: 1n }), 'Wait', at.ntfn2, { after: 1n });
    expect([current(idle), timeOf(idle).schedContext, deadline(idle)]).toEqual([IDLE, SC_IDLE, 51n + 120n]);
    const again = untilDeadline(idle);
    expect([current(again), deadline(again)]).toEqual([IDLE, PERIOD - 11n]);
    const u = untilDeadline(again);
    expect([current(u), stateOf(u, A), releaseQueue(u)]).toEqual([A, 'Running', []]);
    expect(deadline(u)).toBe(PERIOD - 11n + BUDGET);
    expect(refillsOf(u, SC_IDLE)).toEqual(refillsOf(s, SC_IDLE));
  });

  it('waits behind those whose budget comes earlier or at the same time', () => {
    const inFront = (time: bigint): readonly number[] => {
      const waits = edits(withContext(SC_D, { refills: [{ time, amount: BUDGET }] }), (u) => schedDequeue(u, D))(s);
      const queued = withGlobals({ time: { ...timeOf(waits), releaseQueue: [D] } })(waits);
      return releaseQueue(poll(queued, LAST + 1n));
    };
    expect(inFront(PERIOD - 11n)).toEqual([D, A]);
    expect(inFront(PERIOD - 10n)).toEqual([A, D]);
  });

  it('is let go together with the others whose budget has come', () => {
    const due = withContext(SC_A, { refills: [{ time: 60n, amount: BUDGET }] });
    const waits = edits(
      withContext(SC_D, { refills: [{ time: 65n, amount: BUDGET }] }),
      (u) => schedDequeue(u, D),
      due,
    )(t);
    const u = tick(withGlobals({ time: { ...timeOf(waits), releaseQueue: [A, D] } })(waits), 20n);
    expect(releaseQueue(u)).toEqual([]);
    // Of the same priority, the one that runs goes on.
    expect([current(u), queueOf(u, A), queueOf(u, D)]).toEqual([B, [A], [D]]);
  });
});

describe('round robin', () => {
  /** B runs, and F is ready behind it, of the same priority. */
  const two = edits(bound(F, SC_SPARE), withTcb(F, { priority: 5 }), ready(F))(syscall(s, 'Wait', at.ntfn));

  it('takes turns when the slice is over, and it is full again', () => {
    const t = tick(two, SLICE);
    expect([current(t), queueOf(t, B), releaseQueue(t)]).toEqual([F, [B], []]);
    expect(refillsOf(t, SC_B)).toEqual([
      [0n, SLICE],
      [0n, 0n],
    ]);
    expect(getSchedContext(t, SC_B).consumed).toBe(SLICE);
  });

  it('keeps what was used of a slice apart while another thread runs', () => {
    const t = syscall(two, 'Wait', at.ntfn2, { after: 30n });
    expect(refillsOf(t, SC_B)).toEqual([
      [0n, SLICE - 30n],
      [0n, 30n],
    ]);
  });

  it('never tells a handler of timeouts', () => {
    const t = tick(edits(withHandler(B, 4, EP_H), waiting(H, EP_H, REPLY_H))(two), SLICE);
    expect([current(t), stateOf(t, B), stateOf(t, H)]).toEqual([F, 'Running', 'BlockedOnReceive']);
  });
});

describe('Yield', () => {
  it('gives up what is left of the head refill, but only what was used counts as used', () => {
    const t = syscall(s, 'Yield', 0n, { after: 10n });
    expect([current(t), releaseQueue(t)]).toEqual([B, [A]]);
    expect(refillsOf(t, SC_A)).toEqual([[PERIOD, BUDGET]]);
    expect(getSchedContext(t, SC_A).consumed).toBe(10n);
    expect(timeOf(t).consumed).toBe(0n);
  });

  it('goes to the end of the queue if there is more budget now', () => {
    const refills = [0n, 80n, 170n].map((time) => ({ time, amount: 20n }));
    const since = withGlobals({ time: { ...timeOf(s), now: 100n } })(withContext(SC_A, { refills })(later(s, 100n)));
    const t = syscall(since, 'Yield', 0n, { after: 5n });
    expect([current(t), queueOf(t, A), releaseQueue(t)]).toEqual([B, [A], []]);
    expect(refillsOf(t, SC_A)).toEqual([
      [80n, 20n],
      [170n, 20n],
      [PERIOD, 20n],
    ]);
  });

  it('tells no handler', () => {
    const t = syscall(edits(withHandler(A, 4, EP_H), waiting(H, EP_H, REPLY_H))(s), 'Yield', 0n, { after: 10n });
    expect([current(t), stateOf(t, A)]).toEqual([B, 'Running']);
  });

  it('of the only thread of its priority lets it go on, with a new slice', () => {
    const only = syscall(s, 'Wait', at.ntfn);
    const t = syscall(only, 'Yield', 0n, { after: 10n });
    expect([current(t), deadline(t)]).toEqual([B, 10n + SLICE]);
  });
});

describe('a handler of timeouts', () => {
  const handled = edits(withHandler(A, 4, EP_H, 9n), withContext(SC_A, { badge: 77n }));
  const told = poll(edits(handled, waiting(H, EP_H, REPLY_H))(s), LAST + 1n);

  it('is told whose budget is used up, and what was used, in microseconds', () => {
    expect(current(told)).toBe(H);
    expect(received(told, H)).toMatchObject({ label: 5n, badge: 9n, length: 2, words: [77n, 16n] });
    // That counts as asked.
    expect(getSchedContext(told, SC_A).consumed).toBe(0n);
  });

  it('is not lent the time of the thread, which waits for an answer', () => {
    expect([stateOf(told, A), contextOf(told, A), contextOf(told, H)]).toEqual([
      'BlockedOnReply',
      SC_A,
      getTcb(s, H).schedContext,
    ]);
    expect(releaseQueue(told)).toEqual([]);
  });

  it('answers, and the thread waits for its budget, not telling again', () => {
    const t = syscall(told, 'ReplyRecv', at.epH, { reply: at.replyH });
    expect([current(t), stateOf(t, A), releaseQueue(t), getTcb(t, A).fault]).toEqual([B, 'Restart', [A], null]);
    expect(stateOf(t, H)).toBe('BlockedOnReceive');
  });

  it('can stop the thread with a label, and set its registers', () => {
    const message = { label: 1n, words: [0x44n] };
    const t = syscall(told, 'ReplyRecv', at.epH, { reply: at.replyH, message });
    expect([stateOf(t, A), releaseQueue(t)]).toEqual(['Inactive', []]);
    expect(getTcb(t, A).context[t.config.registers.faultIP]).toBe(0x44n);
  });

  it('can be told later', () => {
    const t = poll(handled(s), LAST + 1n);
    expect([current(t), stateOf(t, A)]).toEqual([B, 'BlockedOnSend']);
  });

  it('gives new budget, and the thread goes on at once', () => {
    const words = [20n, 40n, 0n, 77n, 0n];
    const configured = syscall(told, 'Call', at.schedControl, {
      message: { label: label('SchedControlConfigureFlags'), words, caps: [at.scA] },
    });
    expect(received(configured, H).label).toBe(0n);
    expect(refillsOf(configured, SC_A)).toEqual([[LAST + 1n, 60n]]);
    const t = syscall(configured, 'ReplyRecv', at.epH, { reply: at.replyH });
    // B is of the same priority and was not chosen before.
    expect([current(t), releaseQueue(t)]).toEqual([A, []]);
  });
});

describe('who is switched to', () => {
  const idleFor = (sporadic: boolean): KernelState => {
    const refills = [
      { time: 0n, amount: 30n },
      { time: 60n, amount: 30n },
    ];
    const waits = syscall(withContext(SC_D, { sporadic, refills })(s), 'Wait', at.ntfn, { after: 10n });
    return syscall(waits, 'Wait', at.ntfn2, { after: 30n });
  };

  it('counts its budget from now on, together with what would follow: constant bandwidth', () => {
    expect(refillsOf(idleFor(false), SC_D)).toEqual([[40n, BUDGET]]);
  });

  it('counts it from when it woke up: sporadic', () => {
    expect(refillsOf(idleFor(true), SC_D)).toEqual([
      [0n, 30n],
      [60n, 30n],
    ]);
  });

  it('has the timer set to its head refill', () => {
    expect([current(idleFor(false)), deadline(idleFor(false))]).toEqual([D, 40n + BUDGET]);
    expect(deadline(idleFor(true))).toBe(40n + 30n);
  });
});

describe('a sporadic server', () => {
  it('counts its budget from when it wakes up', () => {
    const waits = syscall(s, 'Wait', at.ntfn, { after: 20n });
    const t = syscall(waits, 'Send', at.ntfn, { after: 50n });
    expect(refillsOf(t, SC_A)).toEqual([
      [70n, BUDGET - 20n],
      [PERIOD, 20n],
    ]);
  });
});

describe('a domain whose slice is over', () => {
  const short = withGlobals({ domainTime: 40n })(s);

  it('is so when less than the smallest budget is left of it', () => {
    expect(poll(short, 27n).globals).toMatchObject({ currentThread: A, domainTime: 13n });
    expect(poll(short, 28n).globals).toMatchObject({ currentThread: IDLE, currentDomain: 1, domainTime: 500n });
  });

  it('gives way with its threads as they were, only that they ask again', () => {
    const t = poll(short, 28n);
    expect([stateOf(t, A), queueOf(t, A)]).toEqual(['Restart', [A, B]]);
    // A is charged what it used, and waits for nothing.
    expect([refillsOf(t, SC_A)[0], releaseQueue(t)]).toEqual([[28n, 32n], []]);
    expect(deadline(t)).toBe(28n + 120n);
  });

  it('has the timer interrupt when it is over', () => {
    const t = syscall(withGlobals({ domainTime: 70n })(s), 'Wait', at.ntfn, { after: 10n });
    expect([current(t), deadline(t)]).toEqual([B, 70n]);
  });
});

describe('the middle of a long operation', () => {
  const looks = (ticks: bigint, edit: Edit = (u) => u): string => {
    const t = edit(setMachine(withGlobals({ workUnits: s.config.maxWorkUnits - 1 })(s), { lookTicks: ticks }));
    const done = preemptionPoint(t);
    const { consumed, now } = (Result.isLeft(done) ? done.left.state : done.right).globals.time;
    return `${done._tag} ${consumed} at ${now}`;
  };

  it.each([
    ['there is budget', LAST, undefined, 'Right 48 at 48'],
    ['there is none', LAST + 1n, undefined, 'Left 49 at 49'],
    ["the domain's slice is over", 28n, withGlobals({ domainTime: 40n }), 'Left 28 at 28'],
    ['the context is gone', 1n, withContext(SC_A, { refillMax: 0, refills: [] }), 'Left 1 at 1'],
  ])('looks whether %s', (_what, ticks, edit, outcome) => {
    expect(looks(ticks, edit)).toBe(outcome);
  });

  it('looks after a full batch only', () => {
    const done = preemptionPoint(setMachine(s, { lookTicks: 1000n }));
    expect(Result.isRight(done) && done.right.globals.time.consumed).toBe(0n);
  });

  /** What is derived from the endpoint, though it could not be: the others, and then what A runs on and A itself. */
  const revoke = (t: KernelState): KernelState =>
    syscall(t, 'Call', at.cnode, { message: { label: label('CNodeRevoke'), words: [at.epC, 64n] } });
  const children = (pointers: readonly bigint[]): Edit =>
    edits(...pointers.map((pointer) => withDerived(slot(pointer), capAt(s, slot(pointer)), slot(at.epC))));

  it('ends for want of budget, keeps what was done, and is begun again when there is more', () => {
    const many = children([at.scD, at.replySpare, at.ntfn2])(s);
    const t = revoke(setMachine(many, { lookTicks: LAST + 1n }));
    expect([current(t), stateOf(t, A), releaseQueue(t)]).toEqual([B, 'Restart', [A]]);
    expect(refillsOf(t, SC_A)).toEqual([[PERIOD - 11n, BUDGET]]);
    expect([at.ntfn2, at.replySpare, at.scD].map((pointer) => has(t, pointer))).toEqual([false, false, true]);
  });

  it('charges nobody if context and thread are gone', () => {
    const t = revoke(setMachine(children([at.a, at.scA])(s), { lookTicks: 10n }));
    expect([current(t), stateOf(t, A), getSchedContext(t, SC_A).tcb]).toEqual([B, 'Inactive', null]);
    expect(timeOf(t)).toMatchObject({ consumed: 0n, schedContext: SC_B });
    expect([refillsOf(t, SC_B), getSchedContext(t, SC_B).consumed]).toEqual([refillsOf(s, SC_B), 0n]);
    expect(getSchedContext(t, SC_A).consumed).toBe(0n);
  });

  it('charges the context if only the thread is gone', () => {
    const t = revoke(setMachine(children([at.ntfn2, at.a])(s), { lookTicks: LAST + 1n }));
    expect([current(t), stateOf(t, A), contextOf(t, A)]).toEqual([B, 'Inactive', null]);
    expect(getSchedContext(t, SC_A).consumed).toBe(LAST + 1n);
    expect(refillsOf(t, SC_A)).toEqual([[PERIOD - 11n, BUDGET]]);
    expect(has(t, at.ntfn2)).toBe(true);
  });
});

function has(t: KernelState, pointer: bigint): boolean {
  try {
    return capAt(t, slot(pointer))._tag !== 'NullCap';
  } catch {
    return false;
  }
}

describe('the timer', () => {
  it('is first set to the budget of who runs first, or to the domain', () => {
    expect(deadline(s)).toBe(BUDGET);
  });

  it('is set again by an interrupt that comes early', () => {
    const t = tick(s, 20n);
    // The budget still counts from its beginning: what is charged is only what was used.
    expect([current(t), deadline(t), refillsOf(t, SC_A)[0]]).toEqual([A, 20n + BUDGET - 20n, [20n, BUDGET - 20n]]);
  });

  it('comes early by its precision', () => {
    const imprecise = { ...s, config: { ...s.config, timerPrecision: 5n } };
    expect(deadline(tick(imprecise, 20n))).toBe(BUDGET - 5n);
  });

  it('interrupts nothing that it was not asked to', () => {
    const t = syscall(later(s, 3n), 'NBWait', at.ntfn);
    expect([timeOf(t).reprogram, deadline(t)]).toEqual([false, BUDGET]);
  });
});
