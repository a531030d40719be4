/** A state of the MCS kernel with a little of everything that time brings, built by hand. */
import type { KernelPlaces } from '../../refinement/world/world.ts';
import { SMALL_MCS } from '../../spec/abi/config.ts';
import type { BootCap, BootDescription } from '../../spec/state/boot.ts';
import type { Cap } from '../../spec/state/caps.ts';
import { bootState } from '../../spec/state/initial.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { getSchedContext, setObject, slotAt } from '../../spec/state/kernel-state.ts';
import type { SchedContext, Tcb } from '../../spec/state/objects.ts';
import type { ObjRef, SlotRef } from '../../spec/state/refs.ts';
import type { Edit } from './states.ts';
import { edits, withGlobals, withObject, withQueue, withTcb } from './states.ts';

const ROOT = 0x1_1000;
const UNTYPED = 0x1_4000;
const UNTYPED_BITS = 14;
const FREE_INDEX = 0x1b80;

/** A runs, B is ready and yielded, P and Q wait for their budgets, P first. */
export const [A, B, P, Q] = [0x1_4000, 0x1_4200, 0x1_4400, 0x1_4600];
/** The client called the first server, that called the second one, which is ready on the client's time. */
export const [CLIENT, FIRST, SECOND] = [0x1_4800, 0x1_4a00, 0x1_4c00];
/** Two receivers, the first with time and of higher priority; one that sends for want of time; one that waits for a notification. */
export const [RECEIVER, LOWER, LATE, WAITER] = [0x1_4e00, 0x1_5400, 0x1_5000, 0x1_5200];
export const [EP, EP_SENDING, NTFN] = [0x1_5600, 0x1_5610, 0x1_5640];
/** Of the client, of the first server, and offered by the receiver. */
export const [RE_CLIENT, RE_FIRST, RE_OFFERED] = [0x1_5680, 0x1_56a0, 0x1_56c0];
/** Round robin, sporadic server, those of P and Q, that which went down the call stack. */
export const [SC_A, SC_B, SC_P, SC_Q, SC_CALL] = [0x1_5700, 0x1_5780, 0x1_5800, 0x1_5880, 0x1_5900];
/** That of the receiver, of the late one, the one that is lent, and one that is not configured. */
export const [SC_RECEIVER, SC_LATE, SC_LENT, SC_NEW] = [0x1_5980, 0x1_5a00, 0x1_5a80, 0x1_5b00];

export const NOW = 1_000n;
/** Smallest budget. */
export const LEAST = 12n;

const root = (index: number): SlotRef => slotAt(ROOT, index);
const THREADS = [A, B, P, Q, CLIENT, FIRST, SECOND, RECEIVER, LATE, WAITER, LOWER];
const CONTEXTS = [SC_A, SC_B, SC_P, SC_Q, SC_CALL, SC_RECEIVER, SC_LATE, SC_LENT, SC_NEW];
const REPLIES = [RE_CLIENT, RE_FIRST, RE_OFFERED];
const PRIORITIES: ReadonlyMap<ObjRef, number> = new Map([
  [RECEIVER, 8],
  [LOWER, 4],
]);
const PRIORITY = 6;

export const mcsSlots = {
  untyped: root(1),
  ep: root(2),
  epSending: root(3),
  ntfn: root(4),
  thread: (ref: ObjRef): SlotRef => root(5 + THREADS.indexOf(ref)),
  context: (ref: ObjRef): SlotRef => root(16 + CONTEXTS.indexOf(ref)),
  reply: (ref: ObjRef): SlotRef => root(25 + REPLIES.indexOf(ref)),
  empty: root(30),
};

function boot({ idleThread, irqNode, idleSchedContext = 0 }: KernelPlaces): BootDescription {
  const cnode: Cap = { _tag: 'CNodeCap', ref: ROOT, radixBits: 5, guard: 0n, guardBits: 0 };
  const endpoint = (ref: ObjRef): Cap => ({ _tag: 'EndpointCap', ref, badge: 0n, rights: 15 });
  const first = (slot: SlotRef, cap: Cap, parent: SlotRef | null): BootCap => ({ slot, cap, parent, original: true });
  const made = (slot: SlotRef, cap: Cap): BootCap => first(slot, cap, mcsSlots.untyped);
  const copy = (slot: SlotRef, cap: Cap, parent: SlotRef): BootCap => ({ slot, cap, parent, original: false });
  return {
    currentThread: A,
    idleThread,
    idleSchedContext,
    irqNode,
    objects: [
      { type: 'CNode', address: ROOT, radixBits: 5 },
      ...THREADS.map((address) => ({ type: 'Tcb', address }) as const),
      ...[EP, EP_SENDING].map((address) => ({ type: 'Endpoint', address }) as const),
      { type: 'Notification', address: NTFN },
      ...REPLIES.map((address) => ({ type: 'Reply', address }) as const),
      ...CONTEXTS.map(
        (address) =>
          ({
            type: 'SchedContext',
            address,
            sizeBits: 7,
            budget: address === SC_A ? 60n : 0n,
            period: 0n,
            refillMax: address === SC_A ? 2 : 0,
          }) as const,
      ),
    ],
    caps: [
      first(root(0), cnode, null),
      copy(slotAt(A, 0), cnode, root(0)),
      first(
        mcsSlots.untyped,
        { _tag: 'UntypedCap', device: false, ref: UNTYPED, sizeBits: UNTYPED_BITS, freeIndex: FREE_INDEX },
        null,
      ),
      ...CONTEXTS.map((ref) => made(mcsSlots.context(ref), { _tag: 'SchedContextCap', ref, sizeBits: 7 })),
      ...REPLIES.map((ref) => made(mcsSlots.reply(ref), { _tag: 'ReplyObjectCap', ref, canGrant: true })),
      made(mcsSlots.ntfn, { _tag: 'NotificationCap', ref: NTFN, badge: 0n, rights: 3 }),
      made(mcsSlots.epSending, endpoint(EP_SENDING)),
      copy(slotAt(A, 4), endpoint(EP_SENDING), mcsSlots.epSending),
      made(mcsSlots.ep, endpoint(EP)),
      copy(slotAt(A, 3), endpoint(EP), mcsSlots.ep),
      ...THREADS.map((ref) => made(mcsSlots.thread(ref), { _tag: 'ThreadCap', ref })),
    ],
    threads: THREADS.map((tcb) => ({
      tcb,
      state: tcb === A ? 'Running' : 'Inactive',
      priority: PRIORITIES.get(tcb) ?? PRIORITY,
      mcp: 7,
      domain: 0,
      ipcBuffer: 0n,
      faultHandler: 0n,
      ...(tcb === A ? { schedContext: SC_A } : {}),
    })),
    domainSchedule: [{ domain: 0, duration: 100_000n }],
  };
}

export const withContext =
  (ref: ObjRef, change: Partial<SchedContext>): Edit =>
  (s) =>
    setObject(s, ref, { ...getSchedContext(s, ref), ...change });

export const withTime =
  (change: Partial<KernelState['globals']['time']>): Edit =>
  (s) =>
    withGlobals({ time: { ...s.globals.time, ...change } })(s);

export const withMachine =
  (change: Partial<KernelState['globals']['machine']>): Edit =>
  (s) =>
    withGlobals({ machine: { ...s.globals.machine, ...change } })(s);

export const refill = (time: bigint, amount: bigint): SchedContext['refills'][number] => ({ time, amount });

/** A context of two refills at most. */
function configured(
  ref: ObjRef,
  period: bigint,
  refills: SchedContext['refills'],
  change: Partial<SchedContext> = {},
): Edit {
  const budget = refills.reduce((sum, { amount }) => sum + amount, 0n);
  return withContext(ref, { budget, period, refillMax: 2, refills, ...change });
}

const on = (thread: ObjRef, schedContext: ObjRef, change: Partial<Tcb>): Edit =>
  edits(withTcb(thread, { schedContext, ...change }), withContext(schedContext, { tcb: thread }));

const running: Partial<Tcb> = { state: { _tag: 'Running' } };

export function mcsState(places: KernelPlaces): KernelState {
  return edits(
    withContext(SC_A, { refills: [refill(900n, 40n), refill(900n, 20n)] }),
    configured(SC_B, 200n, [refill(980n, 20n), refill(1_150n, 16n)], { sporadic: true, badge: 5n }),
    on(B, SC_B, { ...running, yieldTo: SC_CALL }),
    configured(SC_P, 100n, [refill(1_050n, 24n)]),
    on(P, SC_P, running),
    configured(SC_Q, 100n, [refill(1_070n, 12n), refill(1_100n, 12n)]),
    on(Q, SC_Q, { state: { _tag: 'Restart' } }),
    configured(SC_CALL, 300n, [refill(1_000n, 48n)], { replies: [RE_FIRST, RE_CLIENT], yieldFrom: B }),
    on(SECOND, SC_CALL, running),
    withTcb(CLIENT, { state: { _tag: 'BlockedOnReply', reply: RE_CLIENT } }),
    withObject(RE_CLIENT, { _tag: 'Reply', tcb: CLIENT, schedContext: null }),
    withTcb(FIRST, { state: { _tag: 'BlockedOnReply', reply: RE_FIRST } }),
    withObject(RE_FIRST, { _tag: 'Reply', tcb: FIRST, schedContext: SC_CALL }),
    configured(SC_RECEIVER, 100n, [refill(990n, 24n)]),
    on(RECEIVER, SC_RECEIVER, {
      state: { _tag: 'BlockedOnReceive', endpoint: EP, canGrant: true, reply: RE_OFFERED },
    }),
    withObject(RE_OFFERED, { _tag: 'Reply', tcb: RECEIVER, schedContext: null }),
    withTcb(LOWER, { state: { _tag: 'BlockedOnReceive', endpoint: EP, canGrant: true } }),
    withObject(EP, { _tag: 'RecvEP', queue: [RECEIVER, LOWER] }),
    configured(SC_LATE, 500n, [refill(1_200n, 24n)]),
    on(LATE, SC_LATE, {
      fault: { _tag: 'Timeout', badge: 0n },
      state: {
        _tag: 'BlockedOnSend',
        endpoint: EP_SENDING,
        badge: 0n,
        canGrant: true,
        canGrantReply: true,
        isCall: false,
      },
    }),
    withObject(EP_SENDING, { _tag: 'SendEP', queue: [LATE] }),
    configured(SC_LENT, 100n, [refill(700n, 24n)], { notification: NTFN }),
    withTcb(WAITER, { state: { _tag: 'BlockedOnNotification', notification: NTFN } }),
    withObject(NTFN, {
      _tag: 'Notification',
      state: { _tag: 'WaitingNtfn', queue: [WAITER] },
      boundTcb: null,
      schedContext: SC_LENT,
    }),
    withQueue(PRIORITY, [B, SECOND]),
    withTime({ now: NOW, consumed: 10n, releaseQueue: [P, Q] }),
    withMachine({ time: NOW, deadline: 1_030n }),
  )(bootState(SMALL_MCS, boot(places)));
}
