import { describe, expect, it } from 'vitest';
import type { Call, Row } from '../../helpers/decoding.ts';
import { accepted, itRefuses } from '../../helpers/decoding.ts';
import type { Edit } from '../../helpers/states.ts';
import {
  A,
  B,
  C,
  CNODE,
  FRAME,
  NTFN,
  PML4,
  edits,
  root,
  slots,
  variedState,
  withCap,
  withDerived,
  withObject,
  withTcb,
} from '../../helpers/states.ts';
import { slotAt } from '../../../spec/state/kernel-state.ts';

const state = variedState();
/** B is ready and not running; A runs, and has a maximum controlled priority of 7. */
const on = slots.b;

describe('a TCB capability', () => {
  const call: Call = { state, on, label: 'TCBResume', args: [], caps: [] };
  itRefuses(call, [
    ['no label', { label: 0 }, 'IllegalOperation'],
    ['a label of others', { label: 'CNodeCopy' }, 'IllegalOperation'],
  ]);

  it.each([
    ['TCBResume', 'Resume'],
    ['TCBSuspend', 'Suspend'],
  ] as const)('%s cannot be refused, not even by the running thread of itself', (label, _tag) => {
    expect(accepted({ ...call, label })).toEqual({ _tag: 'InvokeTcb', tcb: { _tag, target: B } });
    expect(accepted({ ...call, label }, { on: slots.a })).toEqual({ _tag: 'InvokeTcb', tcb: { _tag, target: A } });
  });
});

describe('TCB_ReadRegisters', () => {
  const call: Call = { state, on, label: 'TCBReadRegisters', args: [1n, 3n], caps: [] };
  itRefuses(call, [
    ['one word', { words: 1 }, 'TruncatedMessage'],
    ['no register', { args: { 1: 0n } }, 'RangeError 1..11'],
    ['too many registers', { args: { 1: 12n } }, 'RangeError 1..11'],
    ['the running thread', { on: slots.a }, 'IllegalOperation'],
  ]);

  it('takes the lowest flag', () => {
    expect(accepted(call)).toMatchObject({ tcb: { _tag: 'ReadRegisters', target: B, suspend: true, count: 3 } });
    expect(accepted(call, { args: { 0: 2n } })).toMatchObject({ tcb: { suspend: false } });
  });
});

describe('TCB_WriteRegisters', () => {
  const call: Call = { state, on, label: 'TCBWriteRegisters', args: [1n, 2n, 7n, 8n], caps: [] };
  itRefuses(call, [
    ['one word', { words: 1 }, 'TruncatedMessage'],
    ['more registers than words', { args: { 1: 3n } }, 'TruncatedMessage'],
    ['a count past all words', { args: { 1: 2n ** 63n } }, 'TruncatedMessage'],
    ['the running thread', { on: slots.a }, 'IllegalOperation'],
  ]);

  it('takes as many values as it says', () => {
    expect(accepted(call)).toMatchObject({ tcb: { _tag: 'WriteRegisters', resume: true, values: [7n, 8n] } });
    expect(accepted(call, { args: { 0: 0n, 1: 1n } })).toMatchObject({ tcb: { resume: false, values: [7n] } });
    expect(accepted(call, { args: { 1: 0n } })).toMatchObject({ tcb: { values: [] } });
  });
});

describe('TCB_CopyRegisters', () => {
  const call: Call = { state, on, label: 'TCBCopyRegisters', args: [5n], caps: [slots.c] };
  itRefuses(call, [
    ['no flags', { words: 0 }, 'TruncatedMessage'],
    ['no source', { capCount: 0 }, 'TruncatedMessage'],
    ['a source that is no thread', { caps: { 0: slots.ep } }, 'InvalidCapability 1'],
  ]);

  it('takes four flags', () => {
    const flags = { suspendSource: true, resumeTarget: false, frame: true, integer: false };
    expect(accepted(call)).toMatchObject({ tcb: { _tag: 'CopyRegisters', source: C, target: B, ...flags } });
    const others = { suspendSource: false, resumeTarget: true, frame: false, integer: true };
    expect(accepted(call, { args: { 0: 10n } })).toMatchObject({ tcb: others });
  });
});

/** The last capability to a CNode lies where the root of `slot` is. */
const LONE = { _tag: 'CNodeCap', ref: 0x13800, radixBits: 2, guard: 0n, guardBits: 0 } as const;
const busy = (slot: number): Edit => withCap(slotAt(B, slot), LONE);
const busyZombie: Edit = withCap(slotAt(B, 0), { _tag: 'Zombie', ref: 0x13800, radixBits: 2, count: 1 });
const unmapped: Edit = withCap(slots.pml4, { _tag: 'PagingCap', level: 'PML4', ref: PML4, mapped: null });
const deviceFrame: Edit = withDerived(
  root(29),
  { _tag: 'FrameCap', ref: FRAME, size: 'Small', device: true, rights: 'ReadWrite', mapped: null },
  null,
);

/** Both roots, capabilities `at` and `at + 1`, with their data in words 1 and 2. */
const roots = (): Row[] => [
  ['a deletion going on in its CSpace', { state: busy(0) }, 'IllegalOperation'],
  ['a zombie for a CSpace', { state: busyZombie }, 'IllegalOperation'],
  ['a deletion going on in its VSpace', { state: busy(1) }, 'IllegalOperation'],
  ['a CSpace root that is an untyped with children', { caps: { 0: slots.untyped } }, 'RevokeFirst'],
  ['a CSpace root that is no CNode', { caps: { 0: slots.ep } }, 'IllegalOperation'],
  ['a guard that does not fit', { args: { 1: 63n } }, 'IllegalOperation'],
  ['a VSpace root that is an untyped with children', { caps: { 1: slots.untyped } }, 'RevokeFirst'],
  ['a VSpace root that is not mapped', { state: unmapped }, 'IllegalOperation'],
  ['a VSpace root that is no paging structure', { caps: { 1: slots.frame } }, 'IllegalOperation'],
];

/** The buffer's frame is capability `at`, its address word `at + 1` of Configure and word 0 of SetIPCBuffer. */
const buffer = (cap: number, word: number): Row[] => [
  ['a buffer in an untyped with children', { caps: { [cap]: slots.untyped } }, 'RevokeFirst'],
  ['a buffer that is no frame', { caps: { [cap]: slots.ep } }, 'IllegalOperation'],
  ['a buffer in device memory', { caps: { [cap]: root(29) } }, 'IllegalOperation'],
  ['an address not aligned', { args: { [word]: 0x210n } }, 'AlignmentError'],
];

describe('TCB_Configure', () => {
  const call: Call = {
    state: deviceFrame(state),
    on,
    label: 'TCBConfigure',
    args: [77n, 0n, 0n, 0x200n],
    caps: [slots.cnode, slots.pml4, slots.frame],
  };
  itRefuses(call, [
    ['three words', { words: 3 }, 'TruncatedMessage'],
    ['one word', { words: 1 }, 'TruncatedMessage'],
    ['two capabilities', { capCount: 2 }, 'TruncatedMessage'],
    ...buffer(2, 3),
    ...roots(),
  ]);

  it('installs all three', () => {
    expect(accepted(call)).toMatchObject({
      tcb: {
        _tag: 'ThreadControl',
        target: B,
        faultHandler: 77n,
        cspaceRoot: { source: slots.cnode },
        vspaceRoot: { source: slots.pml4 },
        buffer: { address: 0x200n, frame: { source: slots.frame, cap: { mapped: null } } },
      },
    });
  });

  it('looks at no frame when the address is 0', () => {
    const without = { args: { 3: 0n }, caps: { 2: slots.ep } };
    expect(accepted(call, without)).toMatchObject({ tcb: { buffer: { address: 0n, frame: null } } });
  });

  it('gives the CSpace root a guard, when data is not 0', () => {
    const guard = { caps: { 0: slots.innerCnode }, args: { 1: (3n << 6n) | 4n } };
    expect(accepted(call, guard)).toMatchObject({
      tcb: { cspaceRoot: { cap: { ref: CNODE, guard: 3n, guardBits: 4 } } },
    });
  });
});

describe('TCB_SetSpace', () => {
  const call: Call = { state, on, label: 'TCBSetSpace', args: [77n, 0n, 0n], caps: [slots.cnode, slots.pml4] };
  itRefuses(call, [
    ['two words', { words: 2 }, 'TruncatedMessage'],
    ['one capability', { capCount: 1 }, 'TruncatedMessage'],
    ...roots(),
  ]);

  it('leaves the buffer alone', () => {
    const made = accepted(call);
    expect(made).toMatchObject({ tcb: { _tag: 'ThreadControl', faultHandler: 77n } });
    expect(made).not.toHaveProperty('tcb.buffer');
  });
});

describe('TCB_SetIPCBuffer', () => {
  const call: Call = { state: deviceFrame(state), on, label: 'TCBSetIPCBuffer', args: [0x200n], caps: [slots.frame] };
  itRefuses(call, [
    ['no word', { words: 0 }, 'TruncatedMessage'],
    ['no capability', { capCount: 0 }, 'TruncatedMessage'],
    ...buffer(0, 0),
  ]);

  it('takes the frame as it would be copied', () => {
    expect(accepted(call)).toMatchObject({ tcb: { buffer: { frame: { cap: { _tag: 'FrameCap', mapped: null } } } } });
  });
});

/** The authority is the first capability, the priority the given word. */
const priority = (word: number): Row[] => [
  ['no authority', { capCount: 0 }, 'TruncatedMessage'],
  ['an authority that is no thread', { caps: { 0: slots.ep } }, 'InvalidCapability 1'],
  ['more than the authority has', { args: { [word]: 8n } }, 'RangeError 0..7'],
];

describe.each([
  ['TCBSetPriority', 'priority'],
  ['TCBSetMCPriority', 'mcp'],
] as const)('%s', (label, field) => {
  const call: Call = { state, on, label, args: [7n], caps: [slots.a] };
  itRefuses(call, [['no word', { words: 0 }, 'TruncatedMessage'], ...priority(0)]);

  it('takes what the authority has', () => {
    expect(accepted(call)).toMatchObject({ tcb: { _tag: 'ThreadControl', target: B, [field]: 7 } });
  });
});

describe('TCB_SetSchedParams', () => {
  const call: Call = { state, on, label: 'TCBSetSchedParams', args: [6n, 5n], caps: [slots.a] };
  itRefuses(call, [
    ['one word', { words: 1 }, 'TruncatedMessage'],
    ...priority(0),
    ['a priority above what the authority has', { args: { 1: 2n ** 63n } }, 'RangeError 0..7'],
  ]);

  it('sets both', () => {
    expect(accepted(call)).toMatchObject({ tcb: { mcp: 6, priority: 5 } });
  });
});

describe('TCB_BindNotification', () => {
  const free = edits(
    withTcb(A, { boundNotification: null }),
    withObject(NTFN, { _tag: 'Notification', state: { _tag: 'IdleNtfn' }, boundTcb: null, schedContext: null }),
  )(state);
  const call: Call = { state: free, on, label: 'TCBBindNotification', args: [], caps: [slots.ntfn] };
  const bound: Edit = withObject(NTFN, {
    _tag: 'Notification',
    state: { _tag: 'IdleNtfn' },
    boundTcb: C,
    schedContext: null,
  });
  const writeOnly: Edit = withCap(slots.ntfn, { _tag: 'NotificationCap', ref: NTFN, badge: 0n, rights: 1 });
  itRefuses(call, [
    ['no capability', { capCount: 0 }, 'TruncatedMessage'],
    ['a thread that is bound', { state: withTcb(B, { boundNotification: NTFN }) }, 'IllegalOperation'],
    ['what is no notification', { caps: { 0: slots.ep } }, 'IllegalOperation'],
    ['a capability not to be read', { state: writeOnly }, 'IllegalOperation'],
    ['a notification that is bound', { state: bound }, 'IllegalOperation'],
    ['a notification waited for', { caps: { 0: slots.ntfnWaited } }, 'IllegalOperation'],
  ]);

  it('takes an active one', () => {
    const active: Edit = withObject(NTFN, {
      _tag: 'Notification',
      state: { _tag: 'ActiveNtfn', badge: 3n },
      boundTcb: null,
      schedContext: null,
    });
    expect(accepted(call, { state: active })).toMatchObject({
      tcb: { _tag: 'NotificationControl', target: B, notification: NTFN },
    });
  });
});

describe('TCB_UnbindNotification', () => {
  const call: Call = { state, on: slots.a, label: 'TCBUnbindNotification', args: [], caps: [] };
  itRefuses(call, [['a thread that is not bound', { on: slots.b }, 'IllegalOperation']]);

  it('takes a bound thread', () => {
    expect(accepted(call)).toMatchObject({ tcb: { _tag: 'NotificationControl', target: A, notification: null } });
  });
});

describe('TCB_SetTLSBase', () => {
  const call: Call = { state, on, label: 'TCBSetTLSBase', args: [0x1234n], caps: [] };
  itRefuses(call, [['no word', { words: 0 }, 'TruncatedMessage']]);

  it('takes any address, also of the running thread', () => {
    expect(accepted(call)).toMatchObject({ tcb: { _tag: 'SetTLSBase', target: B, base: 0x1234n } });
    expect(accepted(call, { on: slots.a })).toMatchObject({ tcb: { target: A } });
  });
});

describe('TCB_SetFlags', () => {
  const call: Call = { state, on, label: 'TCBSetFlags', args: [2n, 3n], caps: [] };
  itRefuses(call, [['one word', { words: 1 }, 'TruncatedMessage']]);

  it('ignores flags that do not exist', () => {
    expect(accepted(call)).toMatchObject({ tcb: { _tag: 'SetFlags', clear: 0, set: 1 } });
  });
});
