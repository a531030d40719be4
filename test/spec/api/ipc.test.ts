/** Messages between threads, from system call to system call. */
import { describe, expect, it } from 'vitest';
import { callKernel } from '../../../spec/api/kernel.ts';
import { bufferCapWord, bufferReceiveWord } from '../../../spec/lookup/ipc-buffer.ts';
import type { Cap } from '../../../spec/state/caps.ts';
import { cdtNode } from '../../../spec/state/cdt.ts';
import type { KernelState } from '../../../spec/state/kernel-state.ts';
import { getCap, getEndpoint, getTcb, loadWord, slotAt, storeWord } from '../../../spec/state/kernel-state.ts';
import type { Rights } from '../../../spec/state/caps.ts';
import { NOWHERE, NOWHERE_FAILURE, call, received, runningState, stateOf } from '../../helpers/calls.ts';
import type { Edit } from '../../helpers/states.ts';
import {
  A,
  B,
  C,
  D,
  EP,
  EP_SENDING,
  F,
  FRAME,
  capAt,
  edits,
  objectAt,
  root,
  slots,
  withCap,
  withDerived,
  withObject,
  withTcb,
} from '../../helpers/states.ts';

const [CALLER, REPLY] = [3, 2];
const at = { ep: 6n, epSending: 7n, badged: 17n, nothing: 25n, thread: 2n };
const noReply: Edit = withCap(slotAt(A, CALLER), undefined);
const rights = (slot: number, mask: Rights): Edit =>
  withCap(slot, { ...capAt(runningState(), slot), rights: mask } as Cap);
/** C has A's CSpace and a buffer of its own in the second half of the frame, and asks for a capability in slot 27. */
const BUFFER_C = FRAME + 0x80;
const equipped: Edit = edits(
  withDerived(slotAt(C, 0), capAt(runningState(), slotAt(A, 0)), slots.cnode),
  withDerived(slotAt(C, 4), capAt(runningState(), slots.frame), slots.frame),
  withTcb(C, { ipcBuffer: 0x80n }),
  (s) => storeWord(s, bufferReceiveWord(s.config, BUFFER_C, 0), 0n),
  (s) => storeWord(s, bufferReceiveWord(s.config, BUFFER_C, 1), 27n),
  (s) => storeWord(s, bufferReceiveWord(s.config, BUFFER_C, 2), 5n),
);

describe('sending, when a thread waits to receive', () => {
  it('hands over label, words and badge, and both can run', () => {
    const s = call(runningState(), 'Send', at.badged, { label: 42n, words: [1n, 2n, 3n] });
    expect(received(s, C)).toEqual({
      label: 42n,
      length: 3,
      extraCaps: 0,
      capsUnwrapped: 0,
      badge: 5n,
      words: [1n, 2n, 3n],
    });
    expect([stateOf(s, A), stateOf(s, C)]).toEqual(['Running', 'Running']);
    expect(getEndpoint(s, EP)).toEqual({ _tag: 'IdleEP' });
    expect(s.globals.currentThread).toBe(A);
  });

  it('hands over what fits: without a buffer, four words', () => {
    const s = call(runningState(), 'Send', at.ep, { words: [1n, 2n, 3n, 4n, 5n, 6n] });
    expect(received(s, C)).toMatchObject({ length: 4, words: [1n, 2n, 3n, 4n] });
  });

  it('hands over long messages from buffer to buffer', () => {
    const s = call(equipped(runningState()), 'Send', at.ep, { words: [1n, 2n, 3n, 4n, 5n, 6n] });
    expect(received(s, C)).toMatchObject({ length: 6 });
    expect([5, 6].map((index) => loadWord(s, BUFFER_C + index * 8))).toEqual([5n, 6n]);
  });

  it('runs a receiver of higher priority at once', () => {
    const s = call(withTcb(C, { priority: 9 })(runningState()), 'Send', at.ep);
    expect(s.globals.currentThread).toBe(C);
  });

  it('a call waits for the answer, which one capability can give', () => {
    const s = call(runningState(), 'Call', at.ep, { words: [7n] });
    expect(stateOf(s, A)).toBe('BlockedOnReply');
    expect(getCap(s, slotAt(C, CALLER))).toEqual({ _tag: 'ReplyCap', ref: A, master: false, canGrant: true });
    expect(cdtNode(s, slotAt(C, CALLER))?.parent).toBe(slotAt(A, REPLY));
  });

  it('a call that may not be answered never ends', () => {
    const s = call(rights(slots.ep, 1)(runningState()), 'Call', at.ep);
    expect(stateOf(s, A)).toBe('Inactive');
    expect(getCap(s, slotAt(C, CALLER))._tag).toBe('NullCap');
  });
});

describe('sending, when nobody waits', () => {
  it('blocks behind those who came before, with what the capability allows', () => {
    const s = call(runningState(), 'Send', at.epSending);
    expect(getEndpoint(s, EP_SENDING)).toEqual({ _tag: 'SendEP', queue: [F, A] });
    expect(getTcb(s, A).state).toMatchObject({ endpoint: EP_SENDING, badge: 0n, canGrant: true, isCall: false });
    expect(s.globals.currentThread).toBe(B);
  });

  it.each([
    ['an idle endpoint', withObject(EP, { _tag: 'IdleEP' }), at.ep],
    ['an endpoint with senders', (s: KernelState) => s, at.epSending],
  ] as const)('without blocking it does nothing at %s', (_, edit, cap) => {
    const before = edit(runningState());
    const s = call(before, 'NBSend', cap, { words: [1n] });
    expect(stateOf(s, A)).toBe('Running');
    expect([objectAt(s, EP), objectAt(s, EP_SENDING)]).toEqual([objectAt(before, EP), objectAt(before, EP_SENDING)]);
  });
});

describe('receiving', () => {
  it('takes from the first sender, with the badge it had when it blocked', () => {
    const s = call(noReply(runningState()), 'Recv', at.epSending);
    expect(received(s, A)).toMatchObject({ badge: 9n });
    expect(stateOf(s, F)).toBe('Running');
    expect(getEndpoint(s, EP_SENDING)).toEqual({ _tag: 'IdleEP' });
  });

  it('from a caller takes the capability to answer it, too', () => {
    const calling = withTcb(F, {
      state: {
        _tag: 'BlockedOnSend',
        endpoint: EP_SENDING,
        badge: 9n,
        canGrant: false,
        canGrantReply: true,
        isCall: true,
      },
    });
    const s = call(calling(noReply(runningState())), 'Recv', at.epSending);
    expect(stateOf(s, F)).toBe('BlockedOnReply');
    expect(getCap(s, slotAt(A, CALLER))).toMatchObject({ _tag: 'ReplyCap', ref: F });
  });

  it('from a caller that may not be answered leaves it stopped', () => {
    const calling = withTcb(F, {
      state: {
        _tag: 'BlockedOnSend',
        endpoint: EP_SENDING,
        badge: 9n,
        canGrant: false,
        canGrantReply: false,
        isCall: true,
      },
    });
    const s = call(calling(noReply(runningState())), 'Recv', at.epSending);
    expect(stateOf(s, F)).toBe('Inactive');
  });

  it('forgets a caller that was not answered', () => {
    const s = call(runningState(), 'Recv', at.epSending);
    expect(getCap(s, slotAt(A, CALLER))._tag).toBe('NullCap');
    expect(stateOf(s, D)).toBe('BlockedOnReply');
  });

  it('waits behind other receivers', () => {
    const s = call(noReply(runningState()), 'Recv', at.ep);
    expect(getEndpoint(s, EP)).toEqual({ _tag: 'RecvEP', queue: [C, A] });
  });

  it('without blocking finds nothing, and says so with badge 0', () => {
    const s = call(noReply(runningState()), 'NBRecv', at.ep);
    expect(received(s, A).badge).toBe(0n);
    expect(stateOf(s, A)).toBe('Running');
  });
});

describe('answering', () => {
  it('wakes the caller and uses the capability up', () => {
    const s = call(runningState(), 'Reply', 0n, { label: 3n, words: [8n] });
    expect(received(s, D)).toMatchObject({ badge: 0n, label: 3n, words: [8n] });
    expect(stateOf(s, D)).toBe('Running');
    expect(getCap(s, slotAt(A, CALLER))._tag).toBe('NullCap');
  });

  it('does nothing when there is nobody to answer', () => {
    const s = call(noReply(runningState()), 'Reply', 0n);
    expect([stateOf(s, A), stateOf(s, D)]).toEqual(['Running', 'BlockedOnReply']);
  });

  it('and receiving in one', () => {
    const s = call(runningState(), 'ReplyRecv', at.ep, { words: [8n] });
    expect(received(s, D).words).toEqual([8n]);
    expect(stateOf(s, A)).toBe('BlockedOnReceive');
  });

  it('through a saved reply capability', () => {
    const saved = call(runningState(), 'Call', 0n, { label: 25n, words: [27n, 5n] });
    expect(getCap(saved, root(27))).toMatchObject({ _tag: 'ReplyCap', ref: D });
    const s = call(saved, 'Send', 27n, { words: [8n] });
    expect(received(s, D).words).toEqual([8n]);
    expect(getCap(s, root(27))._tag).toBe('NullCap');
  });
});

describe('capabilities in messages', () => {
  const send = (s: KernelState, caps: readonly bigint[], through = at.ep): KernelState =>
    call(s, 'Send', through, { caps });
  const state = equipped(runningState());

  it('one goes into the slot that the receiver named', () => {
    const s = send(state, [8n]);
    expect(received(s, C)).toMatchObject({ extraCaps: 1, capsUnwrapped: 0 });
    expect(getCap(s, root(27))).toEqual(capAt(state, slots.ntfn));
    expect(cdtNode(s, root(27))?.parent).toBe(slots.ntfn);
  });

  it('those to the endpoint itself arrive as their badges', () => {
    const s = send(state, [at.badged, 8n, at.badged]);
    expect(received(s, C)).toMatchObject({ extraCaps: 3, capsUnwrapped: 0b101 });
    expect(loadWord(s, bufferCapWord(s.config, BUFFER_C, 0))).toBe(5n);
    expect(getCap(s, root(27))._tag).toBe('NotificationCap');
  });

  it('a second one ends the list', () => {
    const s = send(state, [8n, 11n, at.badged]);
    expect(received(s, C)).toMatchObject({ extraCaps: 1, capsUnwrapped: 0 });
  });

  it.each([
    ['cannot be copied', [14n, at.badged]],
    ['has children', [1n, at.badged]],
  ] as const)('one that %s ends the list', (_, caps) => {
    const s = send(state, caps);
    expect(received(s, C)).toMatchObject({ extraCaps: 0 });
    expect(getCap(s, root(27))._tag).toBe('NullCap');
  });

  it.each([
    ['without the right to grant', rights(slots.ep, 11)],
    ['to a receiver without buffer', withCap(slotAt(C, 4), undefined)],
    ['into a slot that is full', (s: KernelState) => storeWord(s, bufferReceiveWord(s.config, BUFFER_C, 1), 8n)],
    ['into a slot that is not there', (s: KernelState) => storeWord(s, bufferReceiveWord(s.config, BUFFER_C, 2), 3n)],
    ['into a root that is not there', withCap(slotAt(C, 0), undefined)],
  ] as const)('none goes along %s', (_, edit) => {
    const s = send(edit(state), [8n]);
    expect(received(s, C)).toMatchObject({ extraCaps: 0, capsUnwrapped: 0 });
    expect(getCap(s, root(27))._tag).toBe('NullCap');
    expect(stateOf(s, C)).toBe('Running');
  });
});

describe('a pointer that leads nowhere', () => {
  /** A's faults go to EP, where C waits. */
  const handled = withTcb(A, { faultHandler: at.ep })(runningState());
  const faultOfA = (s: KernelState): unknown => {
    expect(received(s, C)).toMatchObject({ label: 1n, badge: 0n });
    expect(stateOf(s, A)).toBe('BlockedOnReply');
    return getTcb(s, A).fault;
  };

  it.each(['Send', 'Call'] as const)('in %s makes the thread fault', (syscall) => {
    const fault = { _tag: 'CapFault', cptr: NOWHERE, inReceivePhase: false, failure: NOWHERE_FAILURE };
    expect(faultOfA(call(handled, syscall, NOWHERE))).toEqual(fault);
  });

  it('in an extra capability makes the thread fault, too, and nothing is sent', () => {
    const fault = { _tag: 'CapFault', cptr: NOWHERE, inReceivePhase: false, failure: NOWHERE_FAILURE };
    expect(faultOfA(call(handled, 'Send', at.epSending, { caps: [8n, NOWHERE] }))).toEqual(fault);
  });

  it.each([
    ['the invoked capability', NOWHERE, []],
    ['an extra one', at.ep, [NOWHERE]],
  ])('in a send that does not block is ignored: %s', (_, cap, caps) => {
    const s = call(handled, 'NBSend', cap, { caps });
    expect([stateOf(s, A), getTcb(s, A).fault, stateOf(s, C)]).toEqual(['Running', null, 'BlockedOnReceive']);
  });

  it('to an empty slot is none, but there is nothing to invoke', () => {
    const s = call(handled, 'Call', at.nothing);
    expect(received(s, A)).toMatchObject({ label: 2n, words: [0n] });
  });

  it.each([
    ['an empty slot', (s: KernelState) => s, at.nothing],
    ['a capability not to be received from', (s: KernelState) => s, at.thread],
    ['an endpoint without the right to read', rights(slots.epSending, 13), at.epSending],
  ] as const)('in Recv makes the thread fault in the receive phase: %s', (_, edit, cap) => {
    expect(faultOfA(call(edit(handled), 'Recv', cap))).toEqual({
      _tag: 'CapFault',
      cptr: cap,
      inReceivePhase: true,
      failure: { _tag: 'MissingCapability', bitsLeft: 0 },
    });
  });

  it('in Recv is reported as it failed', () => {
    const fault = { _tag: 'CapFault', cptr: NOWHERE, inReceivePhase: true, failure: NOWHERE_FAILURE };
    expect(faultOfA(call(handled, 'Recv', NOWHERE))).toEqual(fault);
  });
});

describe('faults', () => {
  const handled = withTcb(A, { faultHandler: at.badged })(runningState());
  const answer = (s: KernelState, message: { label?: bigint; words?: readonly bigint[] }): KernelState => {
    const asHandler: Edit = (t) => ({ ...t, globals: { ...t.globals, currentThread: C } });
    const stopped = withTcb(B, { state: { _tag: 'Inactive' } })(s);
    return call(asHandler(stopped), 'Reply', 0n, message);
  };

  it.each([
    ['an unknown system call', { _tag: 'UnknownSyscall', number: 77n } as const, 2n, 11],
    ['an exception', { _tag: 'UserLevelFault', number: 6n, code: 0 } as const, 3n, 5],
    ['a page fault', { _tag: 'VMFaultEvent', address: 0x1000n, fsr: 6, instruction: false } as const, 5n, 4],
    [
      'a page fault of an instruction',
      { _tag: 'VMFaultEvent', address: 0x1000n, fsr: 4, instruction: true } as const,
      5n,
      4,
    ],
  ])('%s is a call to the handler', (_, event, label, length) => {
    const s = callKernel(handled, event);
    expect(received(s, C)).toMatchObject({ label, badge: 5n, length: Math.min(length, 4) });
    expect(stateOf(s, A)).toBe('BlockedOnReply');
  });

  it.each([
    ['there is no handler', withTcb(A, { faultHandler: at.nothing })],
    ['the handler is no endpoint', withTcb(A, { faultHandler: at.thread })],
    ['the handler may not be sent to', edits(withTcb(A, { faultHandler: at.ep }), rights(slots.ep, 14))],
    ['the handler may not answer', edits(withTcb(A, { faultHandler: at.ep }), rights(slots.ep, 3))],
  ] as const)('stop the thread for good when %s', (_, edit) => {
    const s = callKernel(edit(runningState()), { _tag: 'UserLevelFault', number: 6n, code: 0 });
    expect([stateOf(s, A), getTcb(s, A).fault]).toEqual(['Inactive', null]);
  });

  it('are answered with new registers, and label 0 lets the thread go on', () => {
    const s = callKernel(handled, { _tag: 'UserLevelFault', number: 6n, code: 0 });
    const t = answer(s, { words: [0x1111n, 0x2222n, 0xfffn] });
    const { faultIP, stackPointer, flags } = t.config.registers;
    const { context, fault } = getTcb(t, A);
    if (flags === null) throw new Error('this machine has a FLAGS register');
    // Of FLAGS only what a user may set is taken.
    expect([context[faultIP], context[stackPointer], context[flags]]).toEqual([0x1111n, 0x2222n, 0xfffn & ~0x128n]);
    expect([stateOf(t, A), fault]).toEqual(['Running', null]);
  });

  it.each([
    { _tag: 'UserLevelFault', number: 6n, code: 0 },
    { _tag: 'UnknownSyscall', number: 77n },
  ] as const)('answered with another label leave the thread stopped: %o', (event) => {
    const t = answer(callKernel(handled, event), { label: 1n });
    expect(stateOf(t, A)).toBe('Inactive');
  });

  it('of pages restart the thread whatever the answer is', () => {
    const fault = { _tag: 'VMFaultEvent', address: 0x1000n, fsr: 6, instruction: false } as const;
    const t = answer(callKernel(handled, fault), { label: 9n, words: [1n] });
    expect(stateOf(t, A)).toBe('Running');
  });
});
