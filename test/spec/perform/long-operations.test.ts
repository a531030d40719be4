/** Deletion, revocation and reset: what they leave, and that being interrupted anywhere makes no difference in the end. */
import { describe, expect, it } from 'vitest';
import { accepted } from '../../helpers/decoding.ts';
import type { Call } from '../../helpers/decoding.ts';
import { capDelete, capRevoke } from '../../../spec/perform/delete.ts';
import { performInvocation } from '../../../spec/perform/invocation.ts';
import type { Preempted } from '../../../spec/perform/outcome.ts';
import type { Either } from '../../../spec/prelude.ts';
import { E as Result, right } from '../../../spec/prelude.ts';
import type { Cap } from '../../../spec/state/caps.ts';
import { cdtNode, descendantsOf } from '../../../spec/state/cdt.ts';
import type { KernelState } from '../../../spec/state/kernel-state.ts';
import {
  getCap,
  getEndpoint,
  getTcb,
  object,
  setMachine,
  slotAt,
  storeWord,
  threadState,
} from '../../../spec/state/kernel-state.ts';
import * as PMap from '../../../spec/state/pmap.ts';
import type { Edit } from '../../helpers/states.ts';
import {
  A,
  B,
  C,
  CHILD_EP,
  CNODE,
  E,
  EP,
  F,
  IRQ_NODE,
  NTFN,
  capAt,
  edits,
  root,
  slots,
  variedState,
  withCap,
  withDerived,
  withNode,
  withObject,
} from '../../helpers/states.ts';

const [NESTED, DEEPEST] = [0x13800, 0x13a00];
const cnode = (ref: number): Cap => ({ _tag: 'CNodeCap', ref, radixBits: 2, guard: 0n, guardBits: 0 });
const without = (slot: number): Edit => edits(withCap(slot, undefined), withNode(slot, undefined), unlinked(slot));
const unlinked =
  (slot: number): Edit =>
  (s) => {
    const children = cdtNode(s, slots.untyped)?.children ?? [];
    return withNode(slots.untyped, { children: children.filter((child) => child !== slot) })(s);
  };

/**
 * The inner CNode holds the last capability to another one, which holds the last ones to a third, whose first slot is taken, and to two
 * threads: deleting the inner CNode needs zombies in zombies.
 */
const nested = edits(
  without(slots.e),
  without(slots.f),
  withObject(NESTED, { _tag: 'CNode', radixBits: 2 }),
  withDerived(slotAt(CNODE, 1), cnode(NESTED), null),
  withObject(DEEPEST, { _tag: 'CNode', radixBits: 2 }),
  withDerived(slotAt(NESTED, 2), cnode(DEEPEST), null),
  withDerived(slotAt(DEEPEST, 0), { _tag: 'DomainCap' }, null),
  withDerived(slotAt(NESTED, 1), { _tag: 'ThreadCap', ref: E }, null),
  withDerived(slotAt(NESTED, 3), { _tag: 'ThreadCap', ref: F }, null),
  withDerived(slotAt(E, 0), capAt(variedState(), slots.cnode), slots.cnode),
)(variedState());

const mutual = edits(
  without(slots.e),
  withObject(NESTED, { _tag: 'CNode', radixBits: 2 }),
  // A CNode in a CNode whose first slot holds a thread, whose CSpace is that CNode.
  withDerived(slotAt(CNODE, 3), cnode(NESTED), null),
  withDerived(slotAt(NESTED, 0), { _tag: 'ThreadCap', ref: E }, null),
  withDerived(slotAt(E, 0), capAt(variedState(), slots.innerCnode), slots.innerCnode),
)(variedState());

/** What deleting the inner CNode leaves, with the nested one derived from the child untyped. */
const zombieBelow = complete(
  (s) => capDelete(s, slots.innerCnode),
  edits(
    withNode(slotAt(CNODE, 1), { parent: slots.childUntyped }),
    withNode(slots.childUntyped, { children: [slots.childEp, slotAt(CNODE, 1)] }),
  )(nested),
  -1,
).state;

type Operation = (s: KernelState) => Either<Preempted, KernelState>;

/** Performs, and performs again what was interrupted, the interrupt coming after `patience` looks for one each time. */
function complete(operation: Operation, start: KernelState, patience: number): { state: KernelState; entries: number } {
  let s = start;
  for (let entries = 1; entries < 500; entries++) {
    const irqArrival = { countdown: patience, irq: 2 };
    const done = operation(patience < 0 ? s : setMachine(s, { irqArrival }));
    if (Result.isRight(done)) return { state: setMachine(done.right, { irqArrival: null }), entries };
    s = setMachine(done.left.state, { pendingIrq: null });
  }
  throw new Error('no progress');
}

/** All that is left, but for the count of work done since the last look for interrupts. */
function contents({ heap, caps, cdt, memory, queues, globals }: KernelState): unknown {
  const all = (map: PMap.PMap<unknown>): unknown[] => {
    const found: unknown[] = [];
    PMap.forEach(map, (value, key) => found.push([key, value]));
    return found;
  };
  const { workUnits: _, ...rest } = globals;
  return [all(heap), all(caps), all(cdt), all(memory), all(queues), rest];
}

const remove =
  (slot: number): Operation =>
  (s) =>
    capDelete(s, slot);
const revoke =
  (slot: number): Operation =>
  (s) =>
    capRevoke(s, slot);

/** Decoded again at every entry, as it is when the thread issues its call again. */
const invoke =
  (call: Omit<Call, 'state'>): Operation =>
  (state) => {
    const done = performInvocation(state, accepted({ ...call, state }), {
      thread: A,
      blocking: true,
      isCall: true,
      canDonate: true,
    });
    return Result.isLeft(done) ? done : right(done.right.state);
  };
const usedUp = withDerived(
  root(29),
  { _tag: 'UntypedCap', device: false, ref: 0x14000, sizeBits: 12, freeIndex: 0xe01 },
  null,
)(storeWord(storeWord(variedState(), 0x14400, 5n), 0x15000, 6n));
const retype = { on: root(29), label: 'UntypedRetype', args: [2n, 0n, 0n, 0n, 24n, 2n], caps: [slots.cnode] } as const;
const configure = {
  on: slots.b,
  label: 'TCBConfigure',
  args: [0n, 0n, 0n, 0x200n],
  caps: [slots.cnode, slots.pml4, slots.frame],
} as const;

/** B's three configured slots hold what takes long to delete: a frame, and a zombie where decode does not look for one. */
const configured = edits(
  withDerived(slotAt(B, 0), capAt(variedState(), slots.cnode), slots.cnode),
  withDerived(slotAt(B, 1), capAt(variedState(), slots.pml4), slots.pml4),
  withDerived(slotAt(B, 4), cnode(NESTED), null),
  withObject(NESTED, { _tag: 'CNode', radixBits: 2 }),
  withDerived(slotAt(NESTED, 2), { _tag: 'DomainCap' }, null),
)(variedState());

describe.each<readonly [string, Operation, KernelState]>([
  ['deleting nested CNodes', remove(slots.innerCnode), nested],
  ['deleting a CNode that a thread in it uses', remove(slots.innerCnode), mutual],
  ['deleting a thread', remove(slots.e), variedState()],
  ['deleting a zombie', remove(slots.zombie), variedState()],
  ['revoking an untyped', revoke(slots.childUntyped), variedState()],
  ['revoking a CNode', revoke(slots.innerCnode), edits(withDerived(root(27), cnode(CNODE), slots.innerCnode))(nested)],
  ['revoking all memory', revoke(slots.untyped), nested],
  ['retyping used memory', invoke(retype), usedUp],
  ['configuring a thread', invoke(configure), configured],
])('%s', (_, operation, start) => {
  const whole = complete(operation, start, -1);

  it.each([0, 1, 2, 3])('interrupted at look %i and issued again ends in the same state', (patience) => {
    const { state } = complete(operation, start, patience);
    expect(contents(state)).toEqual(contents(whole.state));
  });

  it('is one entry when nothing comes', () => {
    expect(whole.entries).toBe(1);
  });
});

describe('deletion', () => {
  it('of the last capability to an endpoint lets everybody go', () => {
    const { state } = complete(remove(slots.ep), complete(remove(slots.badged), variedState(), -1).state, -1);
    expect(threadState(state, C)._tag).toBe('Restart');
    expect(getEndpoint(state, EP)).toEqual({ _tag: 'IdleEP' });
  });

  it('of one of several does not touch the object', () => {
    const { state } = complete(remove(slots.ep), variedState(), -1);
    expect(threadState(state, C)._tag).toBe('BlockedOnReceive');
    expect(cdtNode(state, slots.badged)?.parent).toBe(slots.untyped);
  });

  it('of the last capability to a bound notification unbinds it', () => {
    const { state } = complete(remove(slots.ntfn), edits(withCap(slotAt(IRQ_NODE, 1), undefined))(variedState()), -1);
    expect(getTcb(state, A).boundNotification).toBeNull();
    expect(object(state, NTFN)).toMatchObject({ boundTcb: null });
  });

  it('of an interrupt handler masks the interrupt', () => {
    const { state } = complete(remove(slots.irqHandler), variedState(), -1);
    expect(state.globals.irqStates[1]).toBe('Inactive');
    expect(state.globals.machine.irqMasked[1]).toBe(true);
  });

  it('of a thread takes it out of its queue, and its capabilities with it', () => {
    const { state } = complete(remove(slots.e), variedState(), -1);
    expect(threadState(state, E)._tag).toBe('Inactive');
    expect([0, 1, 2, 3, 4].map((index) => getCap(state, slotAt(E, index))._tag)).toEqual(Array(5).fill('NullCap'));
  });

  it('of an empty slot does nothing', () => {
    expect(capDelete(variedState(), slots.empty)).toMatchObject({ _tag: 'Right' });
    expect(contents(complete(remove(slots.empty), variedState(), -1).state)).toEqual(contents(variedState()));
  });

  it('leaves of a CNode in the CNode a zombie that lies in itself, and what is in it', () => {
    const { state } = complete(remove(slots.innerCnode), nested, -1);
    const tags = (ref: number): string[] => [0, 1, 2, 3].map((index) => getCap(state, slotAt(ref, index))._tag);
    expect(tags(CNODE)).toEqual(['NullCap', 'NullCap', 'NullCap', 'NullCap']);
    expect(tags(NESTED)).toEqual(['Zombie', 'ThreadCap', 'CNodeCap', 'ThreadCap']);
    expect(getCap(state, NESTED)).toMatchObject({ ref: NESTED });
  });

  it('of such a zombie ends when it is named, as by revoking what it is derived from', () => {
    const { state } = complete(revoke(slots.childUntyped), zombieBelow, -1);
    expect([0, 1, 2, 3].map((index) => getCap(state, slotAt(NESTED, index))._tag)).toEqual(Array(4).fill('NullCap'));
    expect([E, F].map((thread) => threadState(state, thread)._tag)).toEqual(['Inactive', 'Inactive']);
  });
});

describe('revocation', () => {
  it('deletes what is derived and keeps the capability', () => {
    const { state } = complete(revoke(slots.childUntyped), variedState(), -1);
    expect(descendantsOf(state, slots.childUntyped)).toEqual([]);
    expect(getCap(state, slots.childUntyped)._tag).toBe('UntypedCap');
    // The endpoint itself stays until the memory is used again.
    expect(getEndpoint(state, CHILD_EP)).toEqual({ _tag: 'IdleEP' });
  });

  it('of what has no children does nothing', () => {
    const alone = complete(remove(slotAt(A, 4)), variedState(), -1).state;
    expect(contents(complete(revoke(slots.frame), alone, -1).state)).toEqual(contents(alone));
  });
});

describe('retyping', () => {
  it('forgets what was in used memory, and nothing beside it', () => {
    const { state } = complete(invoke(retype), usedUp, -1);
    expect([PMap.get(state.memory, 0x14400 / 8), PMap.get(state.memory, 0x15000 / 8)]).toEqual([undefined, 6n]);
    expect(getCap(state, root(29))).toMatchObject({ freeIndex: 0x20 });
    expect([24, 25].map((index) => getCap(state, root(index)))).toMatchObject([{ ref: 0x14000 }, { ref: 0x14010 }]);
  });

  it.each([
    ['Untyped', 0n, 4n, { _tag: 'UntypedCap', sizeBits: 4, freeIndex: 0 }, undefined],
    ['Tcb', 1n, 0n, { _tag: 'ThreadCap' }, { _tag: 'Tcb', state: { _tag: 'Inactive' }, priority: 0, timeSlice: 3 }],
    ['Endpoint', 2n, 0n, { _tag: 'EndpointCap', badge: 0n, rights: 15 }, { _tag: 'IdleEP' }],
    ['Notification', 3n, 0n, { _tag: 'NotificationCap', rights: 3 }, { _tag: 'Notification', boundTcb: null }],
    ['CapTable', 4n, 2n, { _tag: 'CNodeCap', radixBits: 2, guardBits: 0 }, { _tag: 'CNode', radixBits: 2 }],
    [
      'PDPT',
      5n,
      0n,
      { _tag: 'PagingCap', level: 'PDPT', mapped: null },
      { _tag: 'PageTable', level: 'PDPT', kernelMappings: false },
    ],
    ['SmallPage', 8n, 0n, { _tag: 'FrameCap', rights: 'ReadWrite', mapped: null }, { _tag: 'DataPage', size: 'Small' }],
    ['LargePage', 9n, 0n, { _tag: 'FrameCap', size: 'Large' }, { _tag: 'DataPage', size: 'Large' }],
  ] as const)('makes %s', (_, type, size, cap, made) => {
    const one = { ...retype, args: [type, size, 0n, 0n, 24n, 1n] };
    const { state } = complete(invoke(one), usedUp, -1);
    expect(getCap(state, root(24))).toMatchObject({ ...cap, ref: 0x14000 });
    expect(cdtNode(state, root(24))).toEqual({ parent: root(29), children: [], original: true });
    if (made === undefined) expect(object(state, 0x14000)).toBeUndefined();
    else expect(object(state, 0x14000)).toMatchObject(made);
  });

  it('makes huge pages where they fit, and does not clear device memory', () => {
    const huge: Edit = withDerived(
      root(29),
      { _tag: 'UntypedCap', device: true, ref: 0x40_0000, sizeBits: 14, freeIndex: 0x2000 },
      null,
    );
    const { state, entries } = complete(invoke({ ...retype, args: [7n, 0n, 0n, 0n, 24n, 2n] }), huge(variedState()), 0);
    expect(entries).toBe(1);
    expect(getCap(state, root(25))).toMatchObject({ _tag: 'FrameCap', size: 'Huge', device: true, ref: 0x40_2000 });
  });

  it('starts each object at a multiple of its size', () => {
    const s = complete(
      invoke({ ...retype, on: slots.untyped, args: [1n, 0n, 0n, 0n, 24n, 1n] }),
      variedState(),
      -1,
    ).state;
    expect(getCap(s, root(24))).toMatchObject({ _tag: 'ThreadCap', ref: 0x13600 });
  });
});
