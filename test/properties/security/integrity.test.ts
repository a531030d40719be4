/** Each case of integrity by itself: allowed with the authority that it asks for, refused without, and refused if more changes than it says. */
import { describe, expect, it } from 'vitest';
import { NOTIFY, READ, RECEIVE, REPLY, RESET, SYNC_SEND, WRITE } from '../../../properties/security/authority.ts';
import { accessViolation } from '../../../properties/security/checks.ts';
import { integrityViolations } from '../../../properties/security/integrity.ts';
import { Policy, closed } from '../../../properties/security/policy.ts';
import { rulesOf, subjectOf } from '../../../properties/security/subject.ts';
import type { Event } from '../../../spec/api/event.ts';
import { bootState } from '../../../spec/state/initial.ts';
import type { KernelState } from '../../../spec/state/kernel-state.ts';
import {
  setBoundTcb,
  setCap,
  setGlobals,
  setMachine,
  setNotificationState,
  setObject,
  slotAt,
  storeWord,
  updateTcb,
} from '../../../spec/state/kernel-state.ts';
import type { Tcb, ThreadState } from '../../../spec/state/objects.ts';
import * as PMap from '../../../spec/state/pmap.ts';
import { addressIn, compiled } from '../../helpers/systems.ts';

const system = compiled('client-server');
const { labelling } = system;
const at = (name: string): number => addressIn(system, name);
const label = (name: string): number => labelling.names.indexOf(name);
const [OTHER, SERVER, REQUESTS, DONE] = [at('other.main'), at('server.main'), at('requests'), at('done')];
const booted = bootState(system.config, system.world.boot);
const CALL_EVENT: Event = { _tag: 'SyscallEvent', syscall: 'Call' };

type Grant = readonly [authority: number, over: string];
type Change = (s: KernelState) => KernelState;

/** What is said against a change made while the client runs, if it has these authorities and no others. */
function against(grants: readonly Grant[], prepare: Change, change: Change): readonly string[] {
  const policy = new Policy(labelling.names.length);
  for (const [authority, over] of grants) policy.add(label('client'), label(over), authority);
  const rules = rulesOf(labelling, closed(policy, labelling));
  const before = prepare(setGlobals(booted, { currentThread: at('client.main') }));
  const subject = subjectOf(rules, before, CALL_EVENT);
  return integrityViolations(rules, subject, before, CALL_EVENT, change(before), () => undefined).map(
    ({ because }) => because.split(', which')[0] ?? '',
  );
}

const same: Change = (s) => s;
const thread =
  (ref: number, state: ThreadState, rest: Partial<Tcb> = {}): Change =>
  (s) =>
    updateTcb(s, ref, { state, ...rest });
const all =
  (...changes: readonly Change[]): Change =>
  (s) =>
    changes.reduce((t, change) => change(t), s);
const registers =
  (ref: number): Change =>
  (s) => {
    const tcb = PMap.get(s.heap, ref / 16);
    return tcb?._tag === 'Tcb' ? updateTcb(s, ref, { context: tcb.context.map((word) => word + 1n) }) : s;
  };
const RUNNING: ThreadState = { _tag: 'Running' };
const RESTART: ThreadState = { _tag: 'Restart' };
const receiving: ThreadState = { _tag: 'BlockedOnReceive', endpoint: REQUESTS, canGrant: false };
const sending: ThreadState = {
  _tag: 'BlockedOnSend',
  endpoint: REQUESTS,
  badge: 9n,
  canGrant: false,
  canGrantReply: true,
  isCall: true,
};
const waiting: ThreadState = { _tag: 'BlockedOnNotification', notification: DONE };
const awaiting: ThreadState = { _tag: 'BlockedOnReply' };

interface Case {
  readonly name: string;
  readonly needs: Grant;
  readonly prepare: Change;
  readonly change: Change;
}

const CASES: readonly Case[] = [
  {
    name: 'tcb_send',
    needs: [SYNC_SEND, 'requests'],
    prepare: thread(SERVER, receiving),
    change: all(thread(SERVER, RUNNING), registers(SERVER)),
  },
  {
    name: 'tcb_receive',
    needs: [RECEIVE, 'requests'],
    prepare: thread(OTHER, sending),
    change: thread(OTHER, awaiting),
  },
  {
    name: 'tcb_restart of a sender',
    needs: [RESET, 'requests'],
    prepare: thread(OTHER, sending),
    change: thread(OTHER, RESTART),
  },
  {
    name: 'tcb_restart of a receiver',
    needs: [RESET, 'requests'],
    prepare: thread(SERVER, receiving),
    change: thread(SERVER, RESTART),
  },
  {
    name: 'tcb_restart of who waits for a signal',
    needs: [RESET, 'done'],
    prepare: thread(OTHER, waiting),
    change: thread(OTHER, RESTART),
  },
  {
    name: 'tcb_notified',
    needs: [NOTIFY, 'done'],
    prepare: thread(OTHER, waiting),
    change: all(thread(OTHER, RUNNING), registers(OTHER)),
  },
  {
    name: 'tcb_notified through a binding',
    needs: [NOTIFY, 'done'],
    prepare: thread(OTHER, receiving, { boundNotification: DONE }),
    change: all(thread(OTHER, RUNNING), registers(OTHER)),
  },
  {
    name: 'tcb_reply',
    needs: [REPLY, 'other'],
    prepare: thread(OTHER, awaiting),
    change: all(thread(OTHER, RUNNING), registers(OTHER)),
  },
  {
    name: 'tcb_unbind',
    needs: [RESET, 'done'],
    prepare: all(thread(OTHER, RUNNING, { boundNotification: DONE }), (s) => setBoundTcb(s, DONE, OTHER)),
    change: all(
      (s) => updateTcb(s, OTHER, { boundNotification: null }),
      (s) => setBoundTcb(s, DONE, null),
    ),
  },
  {
    name: 'ep',
    needs: [SYNC_SEND, 'requests'],
    prepare: same,
    change: (s) => setObject(s, REQUESTS, { _tag: 'SendEP', queue: [at('client.main')] }),
  },
  {
    name: 'ntfn',
    needs: [NOTIFY, 'done'],
    prepare: same,
    change: (s) => setNotificationState(s, DONE, { _tag: 'ActiveNtfn', badge: 1n }),
  },
  {
    name: 'ep_unblock',
    needs: [NOTIFY, 'done'],
    prepare: all(thread(OTHER, receiving, { boundNotification: DONE }), (s) =>
      setObject(s, REQUESTS, { _tag: 'RecvEP', queue: [OTHER] }),
    ),
    change: all((s) => setObject(s, REQUESTS, { _tag: 'IdleEP' }), thread(OTHER, RUNNING)),
  },
  { name: 'memory_written', needs: [WRITE, 'server'], prepare: same, change: (s) => storeWord(s, at('heap'), 5n) },
];

describe.each(CASES)('$name', ({ needs, prepare, change }) => {
  it('is allowed with the authority', () => {
    expect(against([needs], prepare, change)).toEqual([]);
  });

  it('is refused without', () => {
    expect(against([], prepare, change).length).toBeGreaterThan(0);
  });
});

const ALL: readonly Grant[] = [
  [SYNC_SEND | RECEIVE | RESET, 'requests'],
  [NOTIFY | RESET, 'done'],
];

const REFUSED: readonly (readonly [name: string, prepare: Change, change: Change, because: string])[] = [
  ['a thread that ran stops', same, thread(OTHER, { _tag: 'Inactive' }), 'it was Running and is Inactive'],
  ['registers of a thread that runs', same, registers(OTHER), 'its registers changed'],
  [
    'a restart that changes registers',
    thread(OTHER, sending),
    all(thread(OTHER, RESTART), registers(OTHER)),
    'it was BlockedOnSend and is Restart',
  ],
  [
    'a sender taken that gets registers',
    thread(OTHER, sending),
    all(thread(OTHER, RUNNING), registers(OTHER)),
    'it was BlockedOnSend and is Running',
  ],
  [
    'a receiver that becomes inactive',
    thread(SERVER, receiving),
    thread(SERVER, { _tag: 'Inactive' }),
    'it was BlockedOnReceive and is Inactive',
  ],
  [
    'what somebody waits for',
    thread(OTHER, waiting),
    thread(OTHER, { ...waiting, notification: REQUESTS }),
    'what it waits for changed',
  ],
  ['priority', same, (s) => updateTcb(s, OTHER, { priority: 3 }), 'its configuration changed'],
  ['domain', same, (s) => updateTcb(s, OTHER, { domain: 1 }), 'its configuration changed'],
  ['a time slice', same, (s) => updateTcb(s, OTHER, { timeSlice: 1 }), 'its configuration changed'],
  [
    'a fault',
    same,
    (s) => updateTcb(s, OTHER, { fault: { _tag: 'UnknownSyscallException', number: 1n } }),
    'its fault changed',
  ],
  [
    'saved floating-point registers of who has none in the unit',
    (s) => setGlobals(s, { fpuOwner: SERVER }),
    (s) => updateTcb(s, OTHER, { fpu: 7n }),
    'its saved floating-point registers changed',
  ],
  [
    'a notification bound to somebody',
    same,
    (s) => updateTcb(s, OTHER, { boundNotification: DONE }),
    'a notification was bound to it',
  ],
  [
    'a capability',
    same,
    (s) => setCap(s, slotAt(at('other.cnode'), 1), { _tag: 'NullCap' }),
    'CNodeCap became NullCap',
  ],
  [
    'a capability to answer placed where nobody can be called',
    same,
    (s) => setCap(s, slotAt(OTHER, 3), { _tag: 'ReplyCap', ref: at('client.main'), master: false, canGrant: false }),
    'NullCap became ReplyCap',
  ],
  [
    'a place in the derivation tree',
    same,
    (s) => ({
      ...s,
      cdt: PMap.set(s.cdt, slotAt(at('other.cnode'), 1) / 32, { parent: null, children: [], original: false }),
    }),
    'whether it is original changed',
  ],
  ['memory', same, (s) => storeWord(s, at('heap'), 1n), 'a word was written'],
  [
    'an object that is made',
    same,
    (s) => setObject(s, at('other.main') + 0x100, { _tag: 'IdleEP' }),
    'an object was made',
  ],
  ['the domain schedule', same, (s) => setGlobals(s, { domainStart: 1 }), 'it changed'],
  [
    'an interrupt',
    same,
    (s) => setGlobals(s, { irqStates: s.globals.irqStates.with(1, 'Signal') }),
    'its state changed',
  ],
  [
    'the mask of an interrupt that did not come',
    same,
    (s) => setMachine(s, { irqMasked: s.globals.machine.irqMasked.map((isMasked) => !isMasked) }),
    'its mask changed',
  ],
];

it.each(REFUSED)('refuses: %s', (_, prepare, change, because) => {
  expect(against(ALL, prepare, change)).toContain(because);
});

it("refuses a signal through another notification than the thread's own (a defect that l4v's statement had)", () => {
  const prepare = thread(OTHER, receiving, { boundNotification: at('server.main') });
  const change = all(thread(OTHER, RUNNING), registers(OTHER));
  expect(against([[NOTIFY, 'done']], prepare, change)).toContain('it was BlockedOnReceive and is Running');
});

it('a ready queue of a foreign domain keeps its order', () => {
  const partitions = compiled('separation-kernel');
  const state = bootState(partitions.config, partitions.world.boot);
  const rules = rulesOf(partitions.labelling, partitions.policy);
  const subject = subjectOf(rules, state, CALL_EVENT);
  const key = partitions.config.priorities + 5;
  const [x, y, z] = [
    addressIn(partitions, 'blue.worker'),
    addressIn(partitions, 'blue.helper'),
    addressIn(partitions, 'blue.buffer'),
  ];
  const with_ = (queue: readonly number[]): KernelState => ({ ...state, queues: PMap.set(state.queues, key, queue) });
  const said = (after: readonly number[]): number =>
    integrityViolations(rules, subject, with_([x, y]), CALL_EVENT, with_(after), () => undefined).length;
  expect([said([z, x, y]), said([x, y, z]), said([y, x]), said([x])]).toEqual([0, 0, 1, 1]);
});

describe('what a thread reaches by itself', () => {
  const said = (authority: number, isStore: boolean, address = at('heap')): string | null => {
    const policy = new Policy(labelling.names.length);
    policy.add(label('client'), label('server'), authority);
    const rules = { ...rulesOf(labelling, closed(policy, labelling)), least: policy, highestPriorities: [] };
    const cases: string[] = [];
    const broken = accessViolation(rules, at('client.main'), address, isStore, (name) => cases.push(name));
    expect(cases).toHaveLength(broken === null && address === at('heap') ? 1 : 0);
    return broken?.because ?? null;
  };

  it('is what it may read', () => {
    expect(said(READ, false)).toBeNull();
    expect(said(WRITE, false)).toBe("client read what is server's");
  });

  it('is what it may write', () => {
    expect(said(WRITE, true)).toBeNull();
    expect(said(READ, true)).toBe("client wrote what is server's");
  });

  it('is its own', () => {
    expect(said(0, true, at('client.buffer'))).toBeNull();
  });
});
