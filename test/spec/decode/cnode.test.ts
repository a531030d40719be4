import { describe, expect, it } from 'vitest';
import { EP, capAt, root, slots, variedState, withCap } from '../../helpers/states.ts';
import type { Call, Row } from '../../helpers/decoding.ts';
import { accepted, itRefuses } from '../../helpers/decoding.ts';

const EMPTY = 24n;
const FULL = 16n;
const state = variedState();
const on = slots.cnode;
const caps = [slots.cnode];

/** All nine look up their target before anything else: words 0 and 1. */
const TARGET: readonly Row[] = [
  ['one word', { words: 1 }, 'TruncatedMessage'],
  ['a depth of 0', { args: { 1: 0n } }, 'RangeError 1..64'],
  ['a depth beyond a word', { args: { 1: 65n } }, 'RangeError 1..64'],
  ['a depth that does not reach the slot', { args: { 1: 3n } }, 'FailedLookup of target: DepthMismatch 3 5'],
  ['a depth past the slot', { args: { 1: 6n } }, 'FailedLookup of target: DepthMismatch 1 0'],
];

/** Four of them look up a source, words 2 and 3, in the first extra capability. */
const SOURCE: readonly Row[] = [
  ['three words', { words: 3 }, 'TruncatedMessage'],
  ['no source root', { capCount: 0 }, 'TruncatedMessage'],
  ['a full target', { args: { 0: FULL } }, 'DeleteFirst'],
  ['a source root that is no CNode', { caps: { 0: slots.a } }, 'FailedLookup of source: InvalidRoot'],
  ['a source depth beyond a word', { args: { 3: 65n } }, 'RangeError 1..64'],
  ['a source depth that does not reach', { args: { 3: 3n } }, 'FailedLookup of source: DepthMismatch 3 5'],
  ['an empty source', { args: { 2: 25n } }, 'FailedLookup of source: MissingCapability 5'],
];

describe.each(['CNodeRevoke', 'CNodeDelete'] as const)('%s', (label) => {
  const call: Call = { state, on, label, args: [6n, 5n], caps: [] };
  itRefuses(call, TARGET);

  it('accepts an empty slot as well as a full one', () => {
    const _tag = label === 'CNodeRevoke' ? 'Revoke' : 'Delete';
    expect(accepted(call)).toEqual({ _tag: 'InvokeCNode', cnode: { _tag, slot: slots.ep } });
    expect(accepted(call, { args: { 0: EMPTY } })).toEqual({ _tag: 'InvokeCNode', cnode: { _tag, slot: root(24) } });
  });
});

describe('CNodeCancelBadgedSends', () => {
  const call: Call = { state, on, label: 'CNodeCancelBadgedSends', args: [17n, 5n], caps: [] };
  const withoutGrant = withCap(slots.badged, { _tag: 'EndpointCap', ref: EP, badge: 5n, rights: 11 });
  itRefuses(call, [
    ...TARGET,
    ['a slot without endpoint', { args: { 0: 2n } }, 'IllegalOperation'],
    ['an endpoint without all rights', { state: withoutGrant }, 'IllegalOperation'],
  ]);

  it('takes the capability as it is', () => {
    expect(accepted(call)).toMatchObject({ cnode: { _tag: 'CancelBadgedSends', endpoint: { ref: EP, badge: 5n } } });
  });
});

describe('CNodeSaveCaller', () => {
  const call: Call = { state, on, label: 'CNodeSaveCaller', args: [EMPTY, 5n], caps: [] };
  itRefuses(call, [...TARGET, ['a full target', { args: { 0: FULL } }, 'DeleteFirst']]);

  it('takes an empty slot', () => {
    expect(accepted(call)).toMatchObject({ cnode: { _tag: 'SaveCaller', target: root(24) } });
  });
});

describe('CNodeCopy', () => {
  const call: Call = { state, on, label: 'CNodeCopy', args: [EMPTY, 5n, 6n, 5n, 3n], caps };
  itRefuses(call, [
    ...TARGET,
    ...SOURCE,
    ['no rights word', { words: 4 }, 'TruncatedMessage'],
    ['an untyped with children', { args: { 2: 1n } }, 'RevokeFirst'],
    ['what cannot be copied', { args: { 2: 14n } }, 'IllegalOperation'],
    ['an unmapped paging structure', { state: unmapped, args: { 2: 19n } }, 'IllegalOperation'],
  ]);

  it('takes the rights that both have', () => {
    expect(accepted(call)).toMatchObject({
      cnode: { _tag: 'Insert', cap: { _tag: 'EndpointCap', rights: 3 }, source: slots.ep, target: root(24) },
    });
    const onlyGrant = { args: { 4: 4n } };
    expect(accepted(call, onlyGrant)).toMatchObject({ cnode: { cap: { rights: 4 } } });
    expect(accepted(call, { args: { 2: 8n, 4: 4n } })).toMatchObject({ cnode: { cap: { rights: 0 } } });
  });

  it.each([
    // rights of the frame, mask, rights of the copy
    ['ReadWrite', 3n, 'ReadWrite'],
    ['ReadWrite', 2n, 'ReadOnly'],
    ['ReadWrite', 1n, 'KernelOnly'],
    ['ReadOnly', 3n, 'ReadOnly'],
    ['ReadOnly', 1n, 'KernelOnly'],
    ['KernelOnly', 3n, 'KernelOnly'],
  ] as const)('a frame that is %s, masked by %s, is %s', (rights, mask, after) => {
    const frame = { ...capAt(state, slots.frame), rights } as never;
    const change = { state: withCap(slots.frame, frame), args: { 2: 11n, 4: mask } };
    expect(accepted(call, change)).toMatchObject({ cnode: { cap: { _tag: 'FrameCap', rights: after, mapped: null } } });
  });
});

describe('CNodeMint', () => {
  const call: Call = { state, on, label: 'CNodeMint', args: [EMPTY, 5n, 6n, 5n, 15n, 9n], caps };
  itRefuses(call, [
    ...TARGET,
    ...SOURCE,
    ['no data word', { words: 5 }, 'TruncatedMessage'],
    ['no rights word', { words: 4 }, 'TruncatedMessage'],
    ['an untyped with children', { args: { 2: 1n } }, 'RevokeFirst'],
    ['a second badge', { args: { 2: 17n } }, 'IllegalOperation'],
    ['a guard that does not fit', { args: { 2: 10n, 5: 63n } }, 'IllegalOperation'],
  ]);

  it('gives a badge, or a guard', () => {
    expect(accepted(call)).toMatchObject({ cnode: { cap: { _tag: 'EndpointCap', badge: 9n } } });
    const guard = { args: { 2: 10n, 5: (5n << 6n) | 3n } };
    expect(accepted(call, guard)).toMatchObject({ cnode: { cap: { _tag: 'CNodeCap', guard: 5n, guardBits: 3 } } });
  });
});

describe('CNodeMove', () => {
  const call: Call = { state, on, label: 'CNodeMove', args: [EMPTY, 5n, 6n, 5n], caps };
  itRefuses(call, [...TARGET, ...SOURCE]);

  it.each([1n, 14n, 20n])('moves capabilities that cannot be copied, too: slot %s', (index) => {
    expect(accepted(call, { args: { 2: index } })).toMatchObject({
      cnode: { _tag: 'Move', cap: capAt(state, root(Number(index))), target: root(24) },
    });
  });
});

describe('CNodeMutate', () => {
  const call: Call = { state, on, label: 'CNodeMutate', args: [EMPTY, 5n, 10n, 5n, (1n << 6n) | 2n], caps };
  itRefuses(call, [
    ...TARGET,
    ...SOURCE,
    ['no data word', { words: 4 }, 'TruncatedMessage'],
    ['a badge', { args: { 2: 6n } }, 'IllegalOperation'],
    ['a guard that does not fit', { args: { 4: 63n } }, 'IllegalOperation'],
  ]);

  it('moves with a new guard', () => {
    expect(accepted(call)).toMatchObject({
      cnode: { _tag: 'Move', cap: { _tag: 'CNodeCap', guard: 1n, guardBits: 2 } },
    });
  });
});

describe('CNodeRotate', () => {
  /** Words: target, depth, pivot's data, index and depth, source's data, index and depth. */
  const call: Call = {
    state,
    on,
    label: 'CNodeRotate',
    args: [EMPTY, 5n, 0n, 11n, 5n, 0n, 10n, 5n],
    caps: [slots.cnode, slots.cnode],
  };
  itRefuses(call, [
    ...TARGET,
    ['seven words', { words: 7 }, 'TruncatedMessage'],
    ['four words', { words: 4 }, 'TruncatedMessage'],
    ['one root', { capCount: 1 }, 'TruncatedMessage'],
    ['a source root that is no CNode', { caps: { 1: slots.a } }, 'FailedLookup of source: InvalidRoot'],
    ['a source depth beyond a word', { args: { 7: 65n } }, 'RangeError 1..64'],
    ['a source depth that does not reach', { args: { 7: 3n } }, 'FailedLookup of source: DepthMismatch 3 5'],
    // The pivot counts as a source.
    ['a pivot root that is no CNode', { caps: { 0: slots.a } }, 'FailedLookup of source: InvalidRoot'],
    ['a pivot depth beyond a word', { args: { 4: 65n } }, 'RangeError 1..64'],
    ['a pivot depth that does not reach', { args: { 4: 2n } }, 'FailedLookup of source: DepthMismatch 2 5'],
    ['pivot and source in one slot', { args: { 3: 10n, 6: 10n } }, 'IllegalOperation'],
    ['pivot and target in one slot', { args: { 0: 24n, 3: 24n } }, 'IllegalOperation'],
    ['a full target', { args: { 0: FULL } }, 'DeleteFirst'],
    ['an empty source', { args: { 6: 25n } }, 'FailedLookup of source: MissingCapability 5'],
    // But it is the target's lookup that is said to have failed.
    ['an empty pivot', { args: { 3: 26n } }, 'FailedLookup of target: MissingCapability 5'],
    ["a source's guard that does not fit", { args: { 5: 63n } }, 'IllegalOperation'],
    ["a pivot's badge", { args: { 3: 6n } }, 'IllegalOperation'],
  ]);

  it('takes a full target when it is the source', () => {
    const swap = { args: { 0: 10n } };
    expect(accepted(call, swap)).toMatchObject({
      cnode: { _tag: 'Rotate', source: slots.innerCnode, target: slots.innerCnode, pivot: slots.frame },
    });
  });
});

describe('a CNode capability', () => {
  const call: Call = { state, on, label: 'CNodeDelete', args: [6n, 5n], caps: [] };
  itRefuses(call, [
    ['no label', { label: 0 }, 'IllegalOperation'],
    ['a label of others', { label: 'TCBResume' }, 'IllegalOperation'],
    ...TARGET,
  ]);
});

function unmapped(s: typeof state): typeof state {
  return withCap(slots.pml4, { _tag: 'PagingCap', level: 'PML4', ref: 0x13000, mapped: null })(s);
}
