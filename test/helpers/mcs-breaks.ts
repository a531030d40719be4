/** Ways to break each invariant of a state of the MCS kernel, one for each clause. */
import type { EndpointCap } from '../../spec/state/caps.ts';
import { slotAt } from '../../spec/state/kernel-state.ts';
import type { ReadonlyNonEmpty, SchedContext, Tcb } from '../../spec/state/objects.ts';
import type { ObjRef } from '../../spec/state/refs.ts';
import type { Break } from './breaks.ts';
import {
  A,
  B,
  CLIENT,
  EP,
  EP_SENDING,
  FIRST,
  LATE,
  LOWER,
  NTFN,
  P,
  Q,
  RECEIVER,
  RE_CLIENT,
  RE_FIRST,
  RE_OFFERED,
  SC_A,
  SC_B,
  SC_CALL,
  SC_LATE,
  SC_LENT,
  SC_NEW,
  SC_P,
  SC_Q,
  SC_RECEIVER,
  SECOND,
  WAITER,
  mcsSlots,
  refill,
  withContext,
  withMachine,
  withTime,
} from './mcs-states.ts';
import type { Edit } from './states.ts';
import { edits, withCap, withDerived, withGlobals, withObject, withQueue, withTcb } from './states.ts';

const b = (clause: string, edit: Edit): Break => ({ clause, edit });
const inactive: Partial<Tcb> = { state: { _tag: 'Inactive' } };
const context = (clause: string, ref: ObjRef, change: Partial<SchedContext>): Break =>
  b(clause, withContext(ref, change));
const reply = (ref: ObjRef, tcb: ObjRef | null, schedContext: ObjRef | null): Edit =>
  withObject(ref, { _tag: 'Reply', tcb, schedContext });
const release = (clause: string, ...releaseQueue: readonly ObjRef[]): Break => b(clause, withTime({ releaseQueue }));
const endpointCap = (rights: number): EndpointCap => ({ _tag: 'EndpointCap', ref: EP, badge: 0n, rights });
const lending = (schedContext: ObjRef | null): Edit =>
  withObject(NTFN, {
    _tag: 'Notification',
    state: { _tag: 'WaitingNtfn', queue: [WAITER] },
    boundTcb: null,
    schedContext,
  });

export const MCS_BREAKS: Readonly<Record<string, readonly Break[]>> = {
  valid_tcb: [
    b('runs on no scheduling context', withTcb(B, { schedContext: EP })),
    b('yielded to no scheduling context', withTcb(B, { yieldTo: EP })),
    b(
      'offers no reply object',
      withTcb(RECEIVER, {
        state: { _tag: 'BlockedOnReceive', endpoint: EP, canGrant: true, reply: EP },
      }),
    ),
    b('waits for an answer through no reply object', withTcb(FIRST, { state: { _tag: 'BlockedOnReply', reply: EP } })),
    b(
      'a fault handler that is no endpoint',
      withDerived(slotAt(B, 3), { _tag: 'ThreadCap', ref: A }, mcsSlots.thread(A)),
    ),
    b('a fault handler that cannot be sent to', withDerived(slotAt(B, 3), endpointCap(14), mcsSlots.ep)),
    b('a timeout handler that cannot answer', withDerived(slotAt(B, 4), endpointCap(3), mcsSlots.ep)),
    b('a buffer that is no frame', withDerived(slotAt(B, 2), endpointCap(15), mcsSlots.ep)),
  ],
  valid_ntfn: [b('lends no scheduling context', lending(EP))],
  valid_cap: [
    b(
      'a scheduling context that is none',
      withCap(mcsSlots.context(SC_A), { _tag: 'SchedContextCap', ref: FIRST, sizeBits: 7 }),
    ),
    b(
      'a scheduling context that is too small',
      withCap(mcsSlots.context(SC_A), { _tag: 'SchedContextCap', ref: SC_A, sizeBits: 6 }),
    ),
    b(
      'a scheduling context of another size',
      withCap(mcsSlots.context(SC_A), { _tag: 'SchedContextCap', ref: SC_A, sizeBits: 8 }),
    ),
    b(
      'a reply object that is none',
      withCap(mcsSlots.reply(RE_FIRST), { _tag: 'ReplyObjectCap', ref: NTFN, canGrant: true }),
    ),
  ],
  valid_sched_context: [
    context('bound to no thread', SC_B, { tcb: EP }),
    context('yielded to by no thread', SC_CALL, { yieldFrom: EP }),
    context('lent by no notification', SC_LENT, { notification: EP }),
    context('no reply object in its call stack', SC_CALL, { replies: [RE_FIRST, EP] }),
    context('a reply object twice', SC_CALL, { replies: [RE_FIRST, RE_CLIENT, RE_FIRST] }),
    context('too many refills', SC_B, { refillMax: 3 }),
    context('too small', SC_NEW, { sizeBits: 6 }),
  ],
  valid_reply: [
    b('tied to no thread', reply(RE_FIRST, EP, SC_CALL)),
    b('head of the call stack of no scheduling context', reply(RE_FIRST, FIRST, EP)),
  ],
  sym_refs: [
    b('a context bound one way, from the thread', withContext(SC_B, { tcb: null })),
    b('a context bound one way, from the context', withTcb(B, { schedContext: null })),
    b('yielding one way, from the thread', withContext(SC_CALL, { yieldFrom: null })),
    b('yielding one way, from the context', withTcb(B, { yieldTo: null })),
    b('a reply object tied one way, from the thread', reply(RE_FIRST, null, SC_CALL)),
    b('a reply object tied one way, from the reply', withTcb(FIRST, inactive)),
    b('an offer tied one way', reply(RE_OFFERED, null, null)),
    b('a head that the context has not', reply(RE_CLIENT, CLIENT, SC_CALL)),
    b('a head that does not know', reply(RE_FIRST, FIRST, null)),
    b('lent one way, from the notification', withContext(SC_LENT, { notification: null })),
    b('lent one way, from the context', lending(null)),
  ],
  if_live_then_nonz_cap: [
    b('a bound context without capability', withCap(mcsSlots.context(SC_A), undefined)),
    b('a lent context without capability', withCap(mcsSlots.context(SC_LENT), undefined)),
    b(
      'a context in a call stack without capability',
      edits(withContext(SC_CALL, { tcb: null, yieldFrom: null }), withCap(mcsSlots.context(SC_CALL), undefined)),
    ),
    b('a reply object in use without capability', withCap(mcsSlots.reply(RE_CLIENT), undefined)),
    b(
      'a stopped thread with time without capability',
      edits(withTcb(B, { ...inactive, yieldTo: null }), withCap(mcsSlots.thread(B), undefined)),
    ),
    b(
      'a stopped thread that yielded without capability',
      edits(withTcb(B, { ...inactive, schedContext: null }), withCap(mcsSlots.thread(B), undefined)),
    ),
  ],
  valid_idle: [
    b('without its context', (s) => withTcb(s.globals.idleThread, { schedContext: null })(s)),
    b("on somebody else's", (s) => withTcb(s.globals.idleThread, { schedContext: SC_A })(s)),
    b('its context with a period', (s) => withContext(s.globals.time.idleSchedContext ?? 0, { period: 100n })(s)),
    b('its context lent', (s) => withContext(s.globals.time.idleSchedContext ?? 0, { notification: NTFN })(s)),
    b('its context called away', (s) =>
      withContext(s.globals.time.idleSchedContext ?? 0, { replies: [RE_OFFERED] })(s),
    ),
    b('its context yielded to', (s) => withContext(s.globals.time.idleSchedContext ?? 0, { yieldFrom: A })(s)),
    b('its context bound to another', (s) => withContext(s.globals.time.idleSchedContext ?? 0, { tcb: A })(s)),
  ],
  valid_replies: [
    { ...context('nobody waits', SC_CALL, { replies: [RE_FIRST, RE_OFFERED] }), fullOnly: true },
    { ...context('in two call stacks', SC_B, { replies: [RE_CLIENT] }), fullOnly: true },
    { ...b('the one who has it waits for it', withContext(SC_CALL, { tcb: FIRST })), fullOnly: true },
    {
      ...b('one waits twice', reply(RE_CLIENT, FIRST, null)),
      fullOnly: true,
    },
  ],
  fault_tcbs_valid_states: [
    b('running with a fault', withTcb(B, { fault: { _tag: 'UserException', number: 0n, code: 0 } })),
    b('receiving with a fault', withTcb(RECEIVER, { fault: { _tag: 'UserException', number: 0n, code: 0 } })),
  ],
  active_scs_valid: [
    context('no refill', SC_B, { refills: [] }),
    context('late', SC_B, { refills: [refill(2n ** 64n - 1_000n, 36n)] }),
    context('a budget that was not given', SC_NEW, { budget: 12n }),
    context('refills that were not given', SC_NEW, { refills: [refill(0n, 12n)] }),
    context('a sporadic server without budget', SC_NEW, { sporadic: true }),
  ],
  rr_valid_refills: [
    context('one refill', SC_A, { refills: [refill(900n, 60n)] }),
    context('three refills', SC_A, { refills: [refill(900n, 20n), refill(900n, 20n), refill(900n, 20n)] }),
    context('room for more', SC_A, { refillMax: 3 }),
    context('time lost', SC_A, { refills: [refill(900n, 40n), refill(900n, 19n)] }),
    context('time won', SC_A, { refills: [refill(900n, 41n), refill(900n, 20n)] }),
    context('nothing left', SC_A, { refills: [refill(900n, 11n), refill(900n, 49n)] }),
    context('too small a slice', SC_A, { budget: 11n, refills: [refill(900n, 11n), refill(900n, 0n)] }),
  ],
  sp_valid_refills: [
    context('no refill', SC_B, { refills: [] }),
    context('too many refills', SC_B, { refills: [refill(900n, 12n), refill(950n, 12n), refill(970n, 12n)] }),
    context('room for one', SC_P, { refillMax: 1 }),
    context('time lost', SC_B, { refills: [refill(980n, 20n), refill(1_150n, 15n)] }),
    context('time won', SC_B, { refills: [refill(980n, 21n), refill(1_150n, 16n)] }),
    context('too small a head', SC_B, { refills: [refill(980n, 11n), refill(1_150n, 25n)] }),
    context('an empty refill', SC_B, { refills: [refill(980n, 36n), refill(1_150n, 0n)] }),
    context('overlapping', SC_B, { refills: [refill(980n, 20n), refill(999n, 16n)] }),
    context('out of order', SC_B, { refills: [refill(1_150n, 20n), refill(980n, 16n)] }),
    context('beyond the period', SC_B, { refills: [refill(980n, 20n), refill(1_181n, 16n)] }),
    context('a budget above the period', SC_B, { period: 35n, refills: [refill(980n, 36n)] }),
    context('too small a budget', SC_P, { budget: 11n, refills: [refill(1_050n, 11n)] }),
    context('too long a period', SC_P, { period: 2n ** 63n }),
    context('behind the end of time', SC_B, { refills: [refill(2n ** 64n - 20n, 36n)] }),
  ],
  active_reply_scs: [context('not configured', SC_CALL, { refillMax: 0 })],
  valid_ready_qs: [
    b('an empty queue', withQueue(3, [])),
    b('no thread', withQueue(6, [EP])),
    b('of another priority', withQueue(4, [B])),
    b('of another domain', withTcb(B, { domain: 1 })),
    b('not runnable', withTcb(B, inactive)),
    b('a thread twice', withQueue(6, [B, B])),
    b('without time', withTcb(B, { schedContext: null })),
    context('without budget', SC_B, { refillMax: 0 }),
    context('before its budget', SC_B, { refills: [refill(1_001n, 36n)] }),
  ],
  valid_release_q: [
    release('a thread twice', P, P),
    release('no thread', EP),
    b('not runnable', withTcb(P, inactive)),
    b('without time', withTcb(P, { schedContext: null })),
    b('without budget', withContext(SC_P, { refillMax: 0 })),
    release('the later first', Q, P),
  ],
  ready_or_release: [release('ready as well', B, P, Q)],
  ct_not_in_release_q: [release('the current thread', A)],
  released_ipc_queues: [
    context('receives before its budget', SC_RECEIVER, { refills: [refill(1_001n, 24n)] }),
    context('receives without budget', SC_RECEIVER, { refillMax: 0 }),
    b('sends before its budget', withTcb(LATE, { fault: null })),
    context('sends for want of time without budget', SC_LATE, { refillMax: 0 }),
    b(
      'waits for a signal before its budget',
      edits(withTcb(WAITER, { schedContext: SC_P }), withContext(SC_P, { tcb: WAITER })),
    ),
    b(
      'waits for an answer without budget',
      edits(withTcb(CLIENT, { schedContext: SC_NEW }), withContext(SC_NEW, { tcb: CLIENT })),
    ),
  ],
  sorted_ipc_queues: [
    b('the lower first', withObject(EP, { _tag: 'RecvEP', queue: [LOWER, RECEIVER] })),
    b('a priority that has changed', withTcb(LOWER, { priority: 9 })),
    b(
      'senders',
      edits(
        withTcb(LOWER, {
          state: {
            _tag: 'BlockedOnSend',
            endpoint: EP_SENDING,
            badge: 0n,
            canGrant: true,
            canGrantReply: true,
            isCall: false,
          },
        }),
        withObject(EP_SENDING, { _tag: 'SendEP', queue: [LOWER, LATE] as ReadonlyNonEmpty<ObjRef> }),
      ),
    ),
    b(
      'waiting for a notification',
      withObject(NTFN, {
        _tag: 'Notification',
        state: { _tag: 'WaitingNtfn', queue: [LOWER, WAITER] },
        boundTcb: null,
        schedContext: SC_LENT,
      }),
    ),
  ],
  valid_sched_action: [
    b(
      'switching to one without time',
      edits(
        withTcb(B, { schedContext: null }),
        withGlobals({ schedulerAction: { _tag: 'SwitchToThread', thread: B } }),
      ),
    ),
    b('switching to one before its budget', withGlobals({ schedulerAction: { _tag: 'SwitchToThread', thread: P } })),
    b(
      'switching to one in the release queue',
      edits(
        withTime({ releaseQueue: [B, P, Q] }),
        withGlobals({ schedulerAction: { _tag: 'SwitchToThread', thread: B } }),
      ),
    ),
  ],
  valid_blocked: [
    b('with a budget, but in no queue', withQueue(6, [SECOND])),
    release('waiting for a budget, but in no queue', Q),
  ],
  current_time_bounded: [
    b('ahead of the timer', withMachine({ time: 999n })),
    b(
      'at the end of time',
      edits(withTime({ now: 2n ** 63n + 2n ** 62n }), withMachine({ time: 2n ** 63n + 2n ** 62n })),
    ),
  ],
  consumed_time_bounded: [
    b('more than there was', withTime({ consumed: 1_001n })),
    b('less than none', withTime({ consumed: -1n })),
  ],
  cur_sc_tcb: [
    b("somebody else's", withTime({ schedContext: SC_B })),
    b('none', withTime({ schedContext: null })),
    b('not bound back', withContext(SC_A, { tcb: B })),
  ],
  cur_sc_chargeable: [b("another thread's", withTcb(B, { schedContext: SC_A }))],
  cur_sc_offset_ready: [
    b('without time', withTcb(A, { schedContext: null })),
    context('without budget', SC_A, { refillMax: 0 }),
    context('used before it came', SC_A, { refills: [refill(991n, 40n), refill(991n, 20n)] }),
    context('nothing left', SC_A, { refills: [refill(900n, 21n), refill(900n, 39n)] }),
  ],
  release_q_in_future: [
    context('overdue', SC_P, { refills: [refill(1_000n, 24n)] }),
    context('overdue behind another', SC_Q, { refills: [refill(999n, 24n)] }),
  ],
  reprogram_timer_done: [b('to be programmed', withTime({ reprogram: true }))],
};
