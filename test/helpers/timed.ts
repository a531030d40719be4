/** A state of the MCS kernel, built by hand: threads with and without time, reply objects, and a clock that the test moves on. */
import { SMALL_MCS } from '../../spec/abi/config.ts';
import type { SyscallName } from '../../spec/abi/words.ts';
import { callKernel } from '../../spec/api/kernel.ts';
import type { BootCap, BootDescription, BootObject, BootThread } from '../../spec/state/boot.ts';
import type { Cap, Rights } from '../../spec/state/caps.ts';
import { ALLOW_GRANT_REPLY, ALLOW_WRITE, ALL_RIGHTS } from '../../spec/state/caps.ts';
import { bootState } from '../../spec/state/initial.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { getSchedContext, getTcb, setMachine, setObject, slotAt } from '../../spec/state/kernel-state.ts';
import type { Refill, SchedContext } from '../../spec/state/objects.ts';
import { readyQueue, schedEnqueue } from '../../spec/state/ready-queues.ts';
import type { ObjRef, SlotRef, Word } from '../../spec/state/refs.ts';
import { setRegister } from '../../spec/state/user-context.ts';
import type { Message } from './calls.ts';
import { withMessage } from './calls.ts';
import type { Edit } from './states.ts';
import { edits, withDerived, withTcb } from './states.ts';

const CNODE = 0x11000;
const IRQ_NODE = 0x10240;
export const IDLE = 0x10400;
export const SC_IDLE = 0x10800;
/** Runs, on a sporadic server's budget; ready; a server without time; of lower priority; of higher priority, stopped; without time, stopped. */
export const [A, B, C] = [0x12000, 0x12200, 0x12400];
export const [D, H, F] = [0x12600, 0x12800, 0x12a00];
/** `EP_C` is where C receives, with `REPLY_C`; `EP_H` nobody uses yet. */
export const [EP_C, EP_H, EP_F] = [0x12c00, 0x12c10, 0x12c20];
export const [NTFN, NTFN_2] = [0x12c40, 0x12c80];
export const [REPLY_C, REPLY_F, REPLY_H, REPLY_SPARE] = [0x12d00, 0x12d20, 0x12d40, 0x12d60];
/** `SC_SPARE` is configured and nobody's, `SC_NEW` has never been configured. */
export const [SC_A, SC_B, SC_D] = [0x13000, 0x13100, 0x13200];
export const [SC_H, SC_SPARE, SC_NEW] = [0x13300, 0x13400, 0x13500];
const FRAMES = [0x14000, 0x14200, 0x14400] as const;

/** Pointers of everybody to everything, in the one CNode. */
export const at = {
  cnode: 0n,
  a: 1n,
  b: 2n,
  c: 3n,
  d: 4n,
  h: 5n,
  f: 6n,
  epC: 7n,
  epH: 8n,
  epF: 9n,
  ntfn: 10n,
  ntfn2: 11n,
  replyC: 12n,
  replyF: 13n,
  replyH: 14n,
  replySpare: 15n,
  scA: 16n,
  scB: 17n,
  scD: 18n,
  scH: 19n,
  scSpare: 20n,
  scNew: 21n,
  schedControl: 22n,
  domain: 23n,
  frame: 24n,
  /** To `EP_H`: for the message alone, and with the right to be answered. */
  epSend: 25n,
  epCall: 26n,
  empty: 31n,
} as const;
export const slot = (pointer: Word): SlotRef => CNODE + Number(pointer) * 32;

/** 12 ticks; a microsecond has 3. */
export const MIN_BUDGET = 2n * SMALL_MCS.kernelWcetUs * SMALL_MCS.ticksPerUs;
/** Budget and period of `SC_A`, `SC_D`, `SC_H` and `SC_SPARE`; and the slice of `SC_B`, which is round robin. */
export const BUDGET = 60n;
export const PERIOD = 200n;
export const SLICE = 90n;
const SC_BITS = 8;

const endpoint = (ref: ObjRef, rights: Rights = ALL_RIGHTS): Cap => ({ _tag: 'EndpointCap', ref, badge: 0n, rights });
const notification = (ref: ObjRef, badge: Word): Cap => ({ _tag: 'NotificationCap', ref, badge, rights: 3 });
const frame = (ref: ObjRef): Cap => {
  return { _tag: 'FrameCap', ref, size: 'Small', device: false, rights: 'ReadWrite', mapped: null };
};
const root: Cap = { _tag: 'CNodeCap', ref: CNODE, radixBits: 5, guard: 0n, guardBits: 59 };

function boot(): BootDescription {
  const first = (where: SlotRef, cap: Cap): BootCap => ({ slot: where, cap, parent: null, original: true });
  const threads = [A, B, C, D, H, F];
  const contexts = [SC_A, SC_B, SC_D, SC_H, SC_SPARE, SC_NEW];
  const named: [Word, Cap][] = [
    ...threads.map((ref, index): [Word, Cap] => [at.a + BigInt(index), { _tag: 'ThreadCap', ref }]),
    ...[EP_C, EP_H, EP_F].map((ref, index): [Word, Cap] => [at.epC + BigInt(index), endpoint(ref)]),
    [at.ntfn, notification(NTFN, 4n)],
    [at.ntfn2, notification(NTFN_2, 8n)],
    ...[REPLY_C, REPLY_F, REPLY_H, REPLY_SPARE].map((ref, index): [Word, Cap] => {
      return [at.replyC + BigInt(index), { _tag: 'ReplyObjectCap', ref, canGrant: true }];
    }),
    ...contexts.map((ref, index): [Word, Cap] => {
      return [at.scA + BigInt(index), { _tag: 'SchedContextCap', ref, sizeBits: SC_BITS }];
    }),
    [at.schedControl, { _tag: 'SchedControlCap' }],
    [at.domain, { _tag: 'DomainCap' }],
    [at.frame, frame(FRAMES[0])],
    [at.epSend, endpoint(EP_H, ALLOW_WRITE)],
    [at.epCall, endpoint(EP_H, ALLOW_WRITE | ALLOW_GRANT_REPLY)],
  ];
  const context = (address: ObjRef): BootObject => {
    const isRoundRobin = address === SC_B;
    const isNew = address === SC_NEW;
    const [budget, period, refillMax] = isNew
      ? [0n, 0n, 0]
      : isRoundRobin
        ? [SLICE, 0n, 2]
        : [BUDGET, PERIOD, address === SC_A ? 4 : 2];
    return { type: 'SchedContext', address, sizeBits: SC_BITS, budget, period, refillMax };
  };
  const thread = (tcb: ObjRef, priority: number, schedContext?: ObjRef): BootThread => ({
    tcb,
    state: tcb === C || tcb === H || tcb === F ? 'Inactive' : 'Running',
    priority,
    mcp: 7,
    domain: 0,
    ipcBuffer: 0x200n + BigInt(threads.indexOf(tcb) % 2) * 0x100n,
    faultHandler: 0n,
    ...(schedContext === undefined ? {} : { schedContext }),
  });
  return {
    currentThread: A,
    idleThread: IDLE,
    idleSchedContext: SC_IDLE,
    irqNode: IRQ_NODE,
    objects: [
      { type: 'CNode', address: CNODE, radixBits: 5 },
      ...threads.map((address) => ({ type: 'Tcb', address }) as const),
      ...[EP_C, EP_H, EP_F].map((address) => ({ type: 'Endpoint', address }) as const),
      ...[NTFN, NTFN_2].map((address) => ({ type: 'Notification', address }) as const),
      ...[REPLY_C, REPLY_F, REPLY_H, REPLY_SPARE].map((address) => ({ type: 'Reply', address }) as const),
      ...contexts.map(context),
      ...FRAMES.map((address) => ({ type: 'Frame', address, size: 'Small', device: false }) as const),
    ],
    caps: [
      first(CNODE, root),
      ...named.map(([pointer, cap]) => first(slot(pointer), cap)),
      ...threads.flatMap((tcb, index) => [
        first(slotAt(tcb, 0), root),
        first(slotAt(tcb, 2), frame(FRAMES[Math.floor(index / 2)] ?? FRAMES[0])),
      ]),
    ],
    threads: [
      thread(A, 5, SC_A),
      thread(B, 5, SC_B),
      thread(C, 6),
      thread(D, 3, SC_D),
      thread(H, 7, SC_H),
      thread(F, 6),
    ],
    domainSchedule: [
      { domain: 0, duration: 100_000n },
      { domain: 1, duration: 500n },
    ],
  };
}

const FIRST = edits(withContext(SC_A, { sporadic: true }), waiting(C, EP_C, REPLY_C))(bootState(SMALL_MCS, boot()));

/** A runs, B and D are ready, C receives, H and F are stopped. */
export function timedState(): KernelState {
  return FIRST;
}

export function withContext(ref: ObjRef, change: Partial<SchedContext>): Edit {
  return (s) => setObject(s, ref, { ...getSchedContext(s, ref), ...change });
}

/** The thread alone waits to receive from the endpoint, and offers the reply object. */
export function waiting(thread: ObjRef, ref: ObjRef, reply: ObjRef): Edit {
  return edits(
    withTcb(thread, { state: { _tag: 'BlockedOnReceive', endpoint: ref, canGrant: true, reply } }),
    (s) => setObject(s, ref, { _tag: 'RecvEP', queue: [thread] }),
    (s) => setObject(s, reply, { _tag: 'Reply', tcb: thread, schedContext: null }),
  );
}

/** A handler of the thread's faults (slot 3) or timeouts (slot 4). */
export function withHandler(thread: ObjRef, index: 3 | 4, ref: ObjRef, badge = 0n): Edit {
  return withDerived(slotAt(thread, index), { _tag: 'EndpointCap', ref, badge, rights: ALL_RIGHTS }, slot(at.epH));
}

/** What the thread has none of until it is given something: it runs on the context, which is nobody's. */
export function bound(thread: ObjRef, schedContext: ObjRef): Edit {
  return edits(withTcb(thread, { schedContext }), withContext(schedContext, { tcb: thread }));
}

/** That much later. */
export function later(s: KernelState, ticks: Word): KernelState {
  return setMachine(s, { time: s.globals.machine.time + ticks });
}

/** The timer interrupts, that much later. */
export function tick(s: KernelState, ticks: Word): KernelState {
  return callKernel(later(s, ticks), { _tag: 'Interrupt', irq: s.config.timerIrq });
}

/** The timer interrupts when it said it would. */
export function untilDeadline(s: KernelState): KernelState {
  const { time, deadline } = s.globals.machine;
  return tick(s, deadline > time ? deadline - time : 0n);
}

interface Pointers {
  /** In the register of the reply object. */
  readonly reply?: Word;
  /** In that of what NBSendRecv sends to. */
  readonly sendDest?: Word;
  readonly message?: Message;
  /** What passed since the last entry. */
  readonly after?: Word;
}

/** A system call by the running thread. */
export function syscall(
  s: KernelState,
  name: SyscallName,
  cap: Word,
  { reply, sendDest, message = {}, after = 0n }: Pointers = {},
): KernelState {
  const thread = s.globals.currentThread;
  const { registers } = s.config;
  let t = withMessage(later(s, after), cap, message);
  if (reply !== undefined) t = setRegister(t, thread, registers.reply, reply);
  if (sendDest !== undefined) t = setRegister(t, thread, registers.sendDest, sendDest);
  return callKernel(t, { _tag: 'SyscallEvent', syscall: name });
}

/** The thread could run, and waits its turn at the head of its queue. */
export function ready(thread: ObjRef): Edit {
  return (s) => schedEnqueue(withTcb(thread, { state: { _tag: 'Running' } })(s), thread);
}

export const releaseQueue = (s: KernelState): readonly ObjRef[] => s.globals.time.releaseQueue;
/** Who waits in the thread's ready queue. */
export const queueOf = (s: KernelState, thread: ObjRef): readonly ObjRef[] =>
  readyQueue(s, getTcb(s, thread).domain, getTcb(s, thread).priority);
export const refillsOf = (s: KernelState, ref: ObjRef): [time: Word, amount: Word][] =>
  getSchedContext(s, ref).refills.map(({ time, amount }: Refill) => [time, amount]);
export const contextOf = (s: KernelState, thread: ObjRef): ObjRef | null => getTcb(s, thread).schedContext;
export const current = (s: KernelState): ObjRef => s.globals.currentThread;
