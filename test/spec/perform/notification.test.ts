/** Signals: who gets them, and when. */
import { describe, expect, it } from 'vitest';
import { receiveSignal, sendSignal } from '../../../spec/perform/notification.ts';
import { receiveIpc } from '../../../spec/perform/endpoint.ts';
import { ALL_RIGHTS } from '../../../spec/state/caps.ts';
import { getEndpoint, getNotification, getTcb } from '../../../spec/state/kernel-state.ts';
import { getRegister } from '../../../spec/state/user-context.ts';
import { call, runningState, stateOf } from '../../helpers/calls.ts';
import type { Edit } from '../../helpers/states.ts';
import { A, B, C, E, EP, NTFN, NTFN_WAITED, edits, slots, withCap, withObject, withTcb } from '../../helpers/states.ts';

const s = runningState();
const badgeOf = (t: typeof s, thread: number): bigint => getRegister(t, thread, t.config.registers.cap);
const active = (badge: bigint, boundTcb: number | null): Edit =>
  withObject(NTFN, { _tag: 'Notification', state: { _tag: 'ActiveNtfn', badge }, boundTcb, schedContext: null });
/** C waits on EP and is bound to NTFN. */
const boundToC: Edit = edits(
  withTcb(A, { boundNotification: null }),
  withTcb(C, { boundNotification: NTFN }),
  withObject(NTFN, { _tag: 'Notification', state: { _tag: 'IdleNtfn' }, boundTcb: C, schedContext: null }),
);

describe('signalling', () => {
  it('an idle notification makes it active', () => {
    expect(getNotification(sendSignal(s, NTFN, 6n), NTFN).state).toEqual({ _tag: 'ActiveNtfn', badge: 6n });
  });

  it('an active one adds the badge', () => {
    const t = sendSignal(active(5n, null)(s), NTFN, 6n);
    expect(getNotification(t, NTFN).state).toEqual({ _tag: 'ActiveNtfn', badge: 7n });
  });

  it('wakes the first that waits, with the badge and nothing else', () => {
    const t = sendSignal(s, NTFN_WAITED, 6n);
    expect([stateOf(t, E), badgeOf(t, E)]).toEqual(['Running', 6n]);
    expect(getNotification(t, NTFN_WAITED).state).toEqual({ _tag: 'IdleNtfn' });
    expect(getTcb(t, E).context[t.config.registers.msgInfo]).toBe(0n);
  });

  it('leaves those behind the first waiting', () => {
    const two = withObject(NTFN_WAITED, {
      _tag: 'Notification',
      state: { _tag: 'WaitingNtfn', queue: [E, B] },
      boundTcb: null,
      schedContext: null,
    })(s);
    expect(getNotification(sendSignal(two, NTFN_WAITED, 1n), NTFN_WAITED).state).toEqual({
      _tag: 'WaitingNtfn',
      queue: [B],
    });
  });

  it('takes the bound thread out of the queue in which it waits to receive', () => {
    const t = sendSignal(boundToC(s), NTFN, 6n);
    expect([stateOf(t, C), badgeOf(t, C)]).toEqual(['Running', 6n]);
    expect(getEndpoint(t, EP)).toEqual({ _tag: 'IdleEP' });
    expect(getNotification(t, NTFN).state).toEqual({ _tag: 'IdleNtfn' });
  });

  it('does not disturb a bound thread that does something else', () => {
    const t = sendSignal(s, NTFN, 6n);
    expect(stateOf(t, A)).toBe('Running');
    expect(getNotification(t, NTFN).state._tag).toBe('ActiveNtfn');
  });
});

describe('waiting', () => {
  it('takes the badges of an active notification', () => {
    const t = receiveSignal(active(5n, null)(s), A, NTFN, true);
    expect([badgeOf(t, A), getNotification(t, NTFN).state]).toEqual([5n, { _tag: 'IdleNtfn' }]);
  });

  it.each([
    [NTFN, [A]],
    [NTFN_WAITED, [E, A]],
  ])('queues up at the end: 0x%x', (ref, queue) => {
    const t = receiveSignal(s, A, ref, true);
    expect(getNotification(t, ref).state).toEqual({ _tag: 'WaitingNtfn', queue });
    expect(getTcb(t, A).state).toEqual({ _tag: 'BlockedOnNotification', notification: ref });
  });

  it('without blocking finds badge 0', () => {
    const t = receiveSignal(s, A, NTFN, false);
    expect([badgeOf(t, A), stateOf(t, A)]).toEqual([0n, 'Running']);
  });

  it('on an endpoint ends at once when the bound notification is active, and the endpoint is not touched', () => {
    const cap = { _tag: 'EndpointCap', ref: EP, badge: 0n, rights: ALL_RIGHTS } as const;
    const t = receiveIpc(active(5n, A)(s), A, cap, true);
    expect([badgeOf(t, A), stateOf(t, A)]).toEqual([5n, 'Running']);
    expect(getEndpoint(t, EP)).toEqual({ _tag: 'RecvEP', queue: [C] });
  });
});

describe('Recv on a notification', () => {
  const ntfn = 8n;

  it('keeps a caller that was not answered', () => {
    const t = call(active(5n, A)(s), 'Recv', ntfn);
    expect(badgeOf(t, A)).toBe(5n);
    expect(t.caps).toBe(active(5n, A)(s).caps);
  });

  it.each([
    ['that another thread is bound to', boundToC],
    ['without the right to read', withCap(slots.ntfn, { _tag: 'NotificationCap', ref: NTFN, badge: 0n, rights: 1 })],
  ])('is refused to one %s', (_, edit) => {
    // There is no handler, so a fault stops the thread.
    expect(stateOf(call(edit(s), 'Recv', ntfn), A)).toBe('Inactive');
  });
});
