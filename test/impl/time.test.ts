/** Time in the MCS kernel, as stories. A tick is a third of a microsecond, and the smallest budget is 12 ticks. */
import { beforeAll, describe, expect, it } from 'vitest';
import { loadKernel } from './machine.ts';
import type { Kernel } from './machine.ts';
// biome-ignore format: packed
import {
  A, C, CONTEXT_A, CONTEXT_B, CONTEXT_C, EP, HANDLER_EP, NOTIFICATION, NTFN, REPLY_1, REPLY_2, RE_1, RE_2, ROOT, SC_A, SC_B, SC_C, SLICE, TCB_A, TCB_B, TCB_C,
  TimedMachine,
} from './timed-machine.ts';

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel('small-mcs');
});

/** B, of a higher priority, waits to receive from the endpoint and has no time of its own; A runs. */
function withPassiveServer(): TimedMachine {
  const m = new TimedMachine(kernel, [5, 9, 5]);
  // The first system call lets B run, which is of a higher priority.
  m.kernel.syscall(kernel.abi.SYSCALL_YIELD);
  m.receiveWith(EP, RE_1);
  expect(m.call(SC_B, kernel.abi.LABEL_SCHED_CONTEXT_UNBIND, [])).toEqual([0]);
  expect(m.contextOf(TCB_B)).toBe(0);
  return m;
}

/** Whoever of A and C runs goes on until A does. */
function untilRuns(m: TimedMachine, tcb: number): void {
  for (let n = 0; n < 3 && m.current !== tcb; n++) m.kernel.syscall(kernel.abi.SYSCALL_YIELD);
  expect(m.current).toBe(tcb);
}

describe('a scheduling context goes down a call', () => {
  it('runs the passive server and comes back with the answer, all of it on the fastpath', () => {
    const { layout: L } = kernel;
    const m = withPassiveServer();
    untilRuns(m, TCB_A);
    m.write(EP, 3, [8]);
    m.kernel.syscall(kernel.abi.SYSCALL_CALL);
    expect(m.tookFastpath).toBe(true);
    expect([m.current, m.currentContext, m.contextOf(TCB_A), m.contextOf(TCB_B)]).toEqual([
      TCB_B,
      CONTEXT_A,
      0,
      CONTEXT_A,
    ]);
    expect(m.state(TCB_A)).toBe(L.STATE_BLOCKED_ON_REPLY);
    expect(m.peek(CONTEXT_A + L.SCHED_CONTEXT_REPLY)).toBe(REPLY_1);
    expect(m.read(TCB_B)).toMatchObject({ label: 3, words: [8n] });

    m.replyRecv(EP, RE_1, [9]);
    expect(m.tookFastpath).toBe(true);
    expect([m.current, m.currentContext, m.contextOf(TCB_A), m.contextOf(TCB_B)]).toEqual([
      TCB_A,
      CONTEXT_A,
      CONTEXT_A,
      0,
    ]);
    expect(m.peek(CONTEXT_A + L.SCHED_CONTEXT_REPLY)).toBe(0);
    expect(m.peek(REPLY_1 + L.REPLY_TCB)).toBe(TCB_B);
    expect(m.read(TCB_A)).toMatchObject({ label: 0, words: [9n] });
  });

  it('makes the client pay for what the server does', () => {
    const m = withPassiveServer();
    untilRuns(m, TCB_A);
    m.call(SC_A, kernel.abi.LABEL_SCHED_CONTEXT_CONSUMED, []);
    m.write(EP, 0, []);
    m.kernel.syscall(kernel.abi.SYSCALL_CALL);
    m.pass(30n);
    m.replyRecv(EP, RE_1, []);
    // C is woken by nobody: A goes on, and gives its slice up, with which it is charged.
    m.kernel.syscall(kernel.abi.SYSCALL_YIELD);
    untilRuns(m, TCB_A);
    expect(m.call(SC_A, kernel.abi.LABEL_SCHED_CONTEXT_CONSUMED, [])).toEqual([0, 10]);
  });

  it('goes down two calls, and stays below when the one in the middle is broken off', () => {
    const { layout: L, abi } = kernel;
    const m = withPassiveServer();
    untilRuns(m, TCB_C);
    // C waits for B to call it, and loses its own time to A, who unbinds it.
    m.receiveWith(HANDLER_EP, RE_2);
    untilRuns(m, TCB_A);
    expect(m.call(SC_C, abi.LABEL_SCHED_CONTEXT_UNBIND, [])).toEqual([0]);
    m.write(EP, 0, []);
    m.kernel.syscall(abi.SYSCALL_CALL);
    expect(m.current).toBe(TCB_B);
    m.write(HANDLER_EP, 0, []);
    m.kernel.syscall(abi.SYSCALL_CALL);
    expect([m.current, m.contextOf(TCB_C)]).toEqual([TCB_C, CONTEXT_A]);
    expect(m.peek(CONTEXT_A + L.SCHED_CONTEXT_REPLY)).toBe(REPLY_2);
    expect([m.peek(REPLY_2 + L.REPLY_PREV), m.peek(REPLY_1 + L.REPLY_NEXT)]).toEqual([REPLY_1, REPLY_2]);
    expect([m.peek(REPLY_1 + L.REPLY_IS_HEAD), m.peek(REPLY_2 + L.REPLY_IS_HEAD)]).toEqual([0, 1]);

    // Suspending A ends its wait for an answer: the stack is cut below B's call, and the context stays with C.
    expect(m.call(A, abi.LABEL_TCB_SUSPEND, [])).toEqual([0]);
    expect([m.peek(REPLY_1 + L.REPLY_TCB), m.peek(REPLY_2 + L.REPLY_PREV)]).toEqual([0, 0]);
    expect([m.current, m.contextOf(TCB_C)]).toEqual([TCB_C, CONTEXT_A]);
    m.replyRecv(HANDLER_EP, RE_2, []);
    expect([m.current, m.contextOf(TCB_B)]).toEqual([TCB_B, CONTEXT_A]);
  });
});

describe('budgets', () => {
  /** A has 10 microseconds in 40, B is of a lower priority and always has time. */
  function limited(extraRefills = 0, flags = 0): TimedMachine {
    const m = new TimedMachine(kernel, [7, 5, 3]);
    m.configure(SC_A, 10, 40, extraRefills, flags);
    return m;
  }

  it('come again a period after they were used, in pieces as they were used', () => {
    const m = limited(2);
    expect(m.refills(CONTEXT_A)).toEqual([[30n, 0n]]);
    m.pass(12n);
    m.write(NTFN, 0, []);
    m.kernel.syscall(kernel.abi.SYSCALL_WAIT);
    expect(m.current).toBe(TCB_B);
    expect(m.refills(CONTEXT_A)).toEqual([
      [18n, 12n],
      [12n, 120n],
    ]);
    m.pass(48n);
    m.signal(NTFN);
    // A constant-bandwidth context catches up when it is switched to: what it has counts from now on.
    expect(m.current).toBe(TCB_A);
    expect(m.refills(CONTEXT_A)).toEqual([
      [18n, 60n],
      [12n, 120n],
    ]);
    expect(m.deadline).toBe(78n);
  });

  it('that run out put the thread into the release queue until the next refill', () => {
    const { layout: L } = kernel;
    const m = limited();
    m.pass(25n);
    m.kernel.syscall(kernel.abi.SYSCALL_YIELD);
    // Too little was left to enter the kernel: the system call is done again, when there is time.
    expect(m.current).toBe(TCB_B);
    expect(m.state(TCB_A)).toBe(L.STATE_RESTART);
    expect([m.peek(L.KS_RELEASE_HEAD), m.peek(L.KS_RELEASE_TAIL), m.peek(TCB_A + L.TCB_IN_RELEASE_QUEUE)]).toEqual([
      TCB_A,
      TCB_A,
      1,
    ]);
    expect(m.refills(CONTEXT_A)).toEqual([[30n, 115n]]);
    expect(m.deadline).toBe(115n);
    m.pass(89n);
    m.tick();
    expect(m.current).toBe(TCB_B);
    m.pass(1n);
    m.tick();
    expect(m.current).toBe(TCB_A);
    expect([m.peek(L.KS_RELEASE_HEAD), m.peek(L.KS_RELEASE_TAIL)]).toEqual([0, 0]);
    expect(m.register(TCB_A, kernel.config.REG_NEXT_IP)).toBe(m.register(TCB_A, kernel.config.REG_FAULT_IP));
  });

  it('of several threads are waited for in the order in which they come', () => {
    const { layout: L } = kernel;
    const m = limited();
    m.configure(SC_B, 10, 20);
    m.pass(20n);
    m.kernel.syscall(kernel.abi.SYSCALL_YIELD);
    m.pass(20n);
    m.kernel.syscall(kernel.abi.SYSCALL_YIELD);
    expect(m.current).toBe(TCB_C);
    expect([m.peek(L.KS_RELEASE_HEAD), m.peek(TCB_B + L.TCB_SCHED_NEXT), m.peek(L.KS_RELEASE_TAIL)]).toEqual([
      TCB_B,
      TCB_A,
      TCB_A,
    ]);
    expect(m.deadline).toBe(m.refills(CONTEXT_B)[0]?.[1]);
  });

  it('of a sporadic server are looked at when it wakes up, and what overlaps by then becomes one', () => {
    const m = limited(2, 1);
    m.pass(12n);
    m.write(NTFN, 0, []);
    m.kernel.syscall(kernel.abi.SYSCALL_WAIT);
    m.pass(60n);
    m.kernel.syscall(kernel.abi.SYSCALL_YIELD);
    m.pass(43n);
    m.signal(NTFN);
    expect(m.tookFastpath).toBe(false);
    expect(m.refills(CONTEXT_A)).toEqual([[30n, 115n]]);
  });

  it('given up are charged, but only what was used is counted as consumed', () => {
    const m = limited();
    m.pass(9n);
    m.kernel.syscall(kernel.abi.SYSCALL_YIELD);
    expect(m.current).toBe(TCB_B);
    expect(m.refills(CONTEXT_A)).toEqual([[30n, 120n]]);
    expect(m.call(SC_A, kernel.abi.LABEL_SCHED_CONTEXT_CONSUMED, [])).toEqual([0, 3]);
    expect(m.call(SC_A, kernel.abi.LABEL_SCHED_CONTEXT_CONSUMED, [])).toEqual([0, 0]);
  });

  it('for round robin are slices: what is used of one is kept at the tail until it is over', () => {
    const m = new TimedMachine(kernel, [5, 5, 3]);
    m.pass(40n);
    m.write(NTFN, 0, []);
    m.kernel.syscall(kernel.abi.SYSCALL_WAIT);
    expect(m.refills(CONTEXT_A).map(([amount]) => amount)).toEqual([60n, 40n]);
    m.signal(NTFN);
    m.pass(89n);
    m.tick();
    expect(m.current).toBe(TCB_A);
    expect(m.refills(CONTEXT_B).map(([amount]) => amount)).toEqual([SLICE, 0n]);
  });
});

describe('a timeout handler', () => {
  it('is told of a budget that has run out, and its answer lets the thread go on when it has time', () => {
    const { abi, layout: L } = kernel;
    const m = new TimedMachine(kernel, [7, 9, 3]);
    m.kernel.syscall(abi.SYSCALL_YIELD);
    m.receiveWith(HANDLER_EP, RE_1);
    expect(m.current).toBe(TCB_A);
    expect(m.call(A, abi.LABEL_TCB_SET_TIMEOUT_ENDPOINT, [], [HANDLER_EP])).toEqual([0]);
    m.configure(SC_A, 10, 40);
    m.pass(24n);
    m.write(EP, 0, []);
    m.kernel.syscall(abi.SYSCALL_CALL);
    expect(m.current).toBe(TCB_B);
    expect(m.read(TCB_B)).toMatchObject({ label: 5, words: [77n, 8n] });
    expect(m.state(TCB_A)).toBe(L.STATE_BLOCKED_ON_REPLY);
    expect([m.peek(TCB_A + L.TCB_FAULT), m.peek(L.KS_RELEASE_HEAD)]).toEqual([5, 0]);
    // The handler has time of its own: nothing was lent to it.
    expect([m.contextOf(TCB_A), m.currentContext]).toEqual([CONTEXT_A, CONTEXT_B]);

    m.write(RE_1, 0, []);
    m.kernel.syscall(abi.SYSCALL_SEND);
    expect(m.state(TCB_A)).toBe(L.STATE_RESTART);
    expect([m.peek(TCB_A + L.TCB_FAULT), m.peek(L.KS_RELEASE_HEAD)]).toEqual([0, TCB_A]);
  });

  it('is not told in round robin', () => {
    const { abi, layout: L } = kernel;
    const m = new TimedMachine(kernel, [7, 3, 3]);
    expect(m.call(A, abi.LABEL_TCB_SET_TIMEOUT_ENDPOINT, [], [HANDLER_EP])).toEqual([0]);
    m.pass(SLICE);
    m.tick();
    expect([m.current, m.state(TCB_A), m.peek(TCB_A + L.TCB_FAULT)]).toEqual([TCB_A, L.STATE_RUNNING, 0]);
  });
});

describe('YieldTo', () => {
  it('runs the other thread next, and tells what it used when the caller runs again', () => {
    const { abi } = kernel;
    const m = new TimedMachine(kernel, [5, 5, 5]);
    expect(m.call(SC_C, abi.LABEL_SCHED_CONTEXT_CONSUMED, [])).toEqual([0, 0]);
    m.write(SC_C, abi.LABEL_SCHED_CONTEXT_YIELD_TO, []);
    m.kernel.syscall(abi.SYSCALL_CALL);
    expect(m.current).toBe(TCB_C);
    m.pass(12n);
    m.write(NTFN, 0, []);
    m.kernel.syscall(abi.SYSCALL_WAIT);
    expect(m.current).toBe(TCB_A);
    expect(m.read(TCB_A)).toMatchObject({ label: 0, words: [4n] });
  });

  it('answers at once when the other thread is of a lower priority, which is then the first of those', () => {
    const { abi } = kernel;
    const m = new TimedMachine(kernel, [7, 5, 5]);
    expect(m.call(SC_C, abi.LABEL_SCHED_CONTEXT_YIELD_TO, [])).toEqual([0, 0]);
    expect(m.current).toBe(TCB_A);
    m.write(NTFN, 0, []);
    m.kernel.syscall(abi.SYSCALL_WAIT);
    expect(m.current).toBe(TCB_C);
  });
});

describe('a scheduling context that is deleted', () => {
  it('stops its thread, and what that has used is charged to nobody', () => {
    const { abi, layout: L } = kernel;
    const m = new TimedMachine(kernel, [5, 3, 3]);
    m.pass(30n);
    m.write(ROOT, abi.LABEL_CNODE_DELETE, [SC_A, 64]);
    m.kernel.syscall(abi.SYSCALL_CALL);
    expect([m.current, m.currentContext, m.contextOf(TCB_A)]).toEqual([TCB_B, CONTEXT_B, 0]);
    expect(m.peek(CONTEXT_A + L.SCHED_CONTEXT_REFILL_MAX)).toBe(0);
    expect(m.peek64(L.KS_CONSUMED_LO)).toBe(0n);
    expect(m.refills(CONTEXT_B)[0]).toEqual([SLICE, 0n]);
  });

  it('lets go of the calls that it went down', () => {
    const { abi, layout: L } = kernel;
    const m = withPassiveServer();
    untilRuns(m, TCB_A);
    m.write(EP, 0, []);
    m.kernel.syscall(abi.SYSCALL_CALL);
    m.write(ROOT, abi.LABEL_CNODE_DELETE, [SC_A, 64]);
    m.kernel.syscall(abi.SYSCALL_CALL);
    expect([m.current, m.contextOf(TCB_B)]).toEqual([TCB_C, 0]);
    expect([m.peek(REPLY_1 + L.REPLY_TCB), m.peek(REPLY_1 + L.REPLY_NEXT), m.peek(REPLY_1 + L.REPLY_IS_HEAD)]).toEqual([
      TCB_A,
      0,
      0,
    ]);
  });
});

describe('a signal', () => {
  /** C waits for the notification. */
  function waitedFor(priorities: readonly [number, number, number]): TimedMachine {
    const m = new TimedMachine(kernel, priorities);
    m.kernel.syscall(kernel.abi.SYSCALL_YIELD);
    untilRuns(m, TCB_C);
    m.write(NTFN, 0, []);
    m.kernel.syscall(kernel.abi.SYSCALL_WAIT);
    untilRuns(m, TCB_A);
    return m;
  }

  const queue = (m: TimedMachine, priority: number): readonly number[] => {
    const { layout: L } = kernel;
    const found: number[] = [];
    for (let tcb = m.peek(L.KS_READY_QUEUES + priority * 8); tcb !== 0; tcb = m.peek(tcb + L.TCB_SCHED_NEXT))
      found.push(tcb);
    return found;
  };

  it('to a thread of the same priority puts it last, on the fastpath', () => {
    const m = waitedFor([5, 5, 5]);
    m.signal(NTFN);
    expect([m.tookFastpath, m.current]).toEqual([true, TCB_A]);
    expect(queue(m, 5)).toEqual([TCB_B, TCB_C]);
  });

  it('to a thread of a lower priority puts it first, on the fastpath', () => {
    const m = waitedFor([5, 3, 5]);
    expect(m.call(C, kernel.abi.LABEL_TCB_SET_PRIORITY, [3], [A])).toEqual([0]);
    m.signal(NTFN);
    expect([m.tookFastpath, m.current]).toEqual([true, TCB_A]);
    expect(queue(m, 3)).toEqual([TCB_C, TCB_B]);
  });

  it('to a thread of a higher priority runs it, on the slow path', () => {
    const m = waitedFor([5, 5, 9]);
    m.signal(NTFN);
    expect([m.tookFastpath, m.current]).toEqual([false, TCB_C]);
  });

  it('lends the scheduling context of the notification, which comes back when the thread waits again', () => {
    const { abi } = kernel;
    const m = waitedFor([5, 3, 5]);
    expect(m.call(SC_C, abi.LABEL_SCHED_CONTEXT_UNBIND, [])).toEqual([0]);
    expect(m.call(SC_C, abi.LABEL_SCHED_CONTEXT_BIND, [], [NTFN])).toEqual([0]);
    m.signal(NTFN);
    expect([m.tookFastpath, m.contextOf(TCB_C)]).toEqual([true, CONTEXT_C]);
    untilRuns(m, TCB_C);
    m.write(NTFN, 0, []);
    m.kernel.syscall(abi.SYSCALL_WAIT);
    expect([m.current, m.contextOf(TCB_C), m.peek(CONTEXT_C)]).toEqual([TCB_A, 0, 0]);
  });

  it('is not sent when time has run out, and takes the slow path when somebody is to be released', () => {
    const { abi, layout: L } = kernel;
    const m = new TimedMachine(kernel, [7, 5, 3]);
    m.configure(SC_A, 10, 30);
    m.pass(25n);
    m.signal(NTFN);
    expect([m.tookFastpath, m.current, m.state(TCB_A)]).toEqual([false, TCB_B, L.STATE_RESTART]);
    expect(m.peek(NOTIFICATION + L.NTFN_STATE)).toBe(L.NTFN_IDLE);
    expect(m.refills(CONTEXT_A)).toEqual([[30n, 85n]]);
    m.signal(NTFN);
    expect([m.tookFastpath, m.current]).toEqual([true, TCB_B]);
    m.write(NTFN, 0, []);
    m.kernel.syscall(abi.SYSCALL_NB_WAIT);
    m.pass(60n);
    m.signal(NTFN);
    expect([m.tookFastpath, m.current]).toEqual([false, TCB_A]);
    expect(m.peek(NOTIFICATION + L.NTFN_STATE)).toBe(L.NTFN_ACTIVE);
  });
});
