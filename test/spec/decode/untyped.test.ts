import { describe, expect, it } from 'vitest';
import type { ObjectType } from '../../../spec/abi/arch.ts';
import { X86_64_ARCH } from '../../../spec/abi/arch.ts';
import type { Call } from '../../helpers/decoding.ts';
import { accepted, itRefuses } from '../../helpers/decoding.ts';
import { root, slots, variedState, withCap, withDerived } from '../../helpers/states.ts';

const TYPE = Object.fromEntries(X86_64_ARCH.objectTypes.map((name, number) => [name, BigInt(number)]));
const type = (name: ObjectType): bigint => TYPE[name] ?? 99n;

/** Words: type, size, index, depth, offset, window. Depth 0 is the root itself. */
const RETYPE: Call = {
  state: variedState(),
  on: slots.untyped,
  label: 'UntypedRetype',
  args: [type('Endpoint'), 0n, 0n, 0n, 24n, 2n],
  caps: [slots.cnode],
};
const TYPE_WORD = 0;
const SIZE = 1;
const INDEX = 2;
const DEPTH = 3;
const OFFSET = 4;
const WINDOW = 5;

describe('Untyped_Retype', () => {
  itRefuses(RETYPE, [
    ['another label', { label: 'CNodeCopy' }, 'IllegalOperation'],
    ['label 0', { label: 0 }, 'IllegalOperation'],
    ['five words', { words: 5 }, 'TruncatedMessage'],
    ['two words', { words: 2 }, 'TruncatedMessage'],
    ['no root', { capCount: 0 }, 'TruncatedMessage'],
    ['no such type', { args: { [TYPE_WORD]: 12n } }, 'InvalidArgument 0'],
    ['a type past all numbers', { args: { [TYPE_WORD]: 2n ** 63n } }, 'InvalidArgument 0'],
    ['a size of a word', { args: { [SIZE]: 64n } }, 'RangeError 0..20'],
    ['an untyped too large', { args: { [TYPE_WORD]: type('Untyped'), [SIZE]: 21n } }, 'RangeError 0..20'],
    ['a table too large', { args: { [TYPE_WORD]: type('CapTable'), [SIZE]: 16n } }, 'RangeError 0..20'],
    ['a table of one slot', { args: { [TYPE_WORD]: type('CapTable'), [SIZE]: 0n } }, 'InvalidArgument 1'],
    ['an untyped too small', { args: { [TYPE_WORD]: type('Untyped'), [SIZE]: 3n } }, 'InvalidArgument 1'],
    [
      'a root that is no CNode, to look up in',
      { caps: { 0: slots.a }, args: { [DEPTH]: 5n } },
      'FailedLookup of target: InvalidRoot',
    ],
    ['a depth beyond a word', { args: { [DEPTH]: 65n } }, 'RangeError 1..64'],
    ['a node not found', { args: { [DEPTH]: 3n } }, 'FailedLookup of target: DepthMismatch 3 5'],
    [
      'a node found too early',
      { args: { [INDEX]: 2n << 4n, [DEPTH]: 9n } },
      'FailedLookup of target: DepthMismatch 4 0',
    ],
    ['a node that is none', { args: { [INDEX]: 2n, [DEPTH]: 5n } }, 'FailedLookup of target: MissingCapability 5'],
    [
      'a root that is no CNode',
      { caps: { 0: slots.a }, args: { [DEPTH]: 0n } },
      'FailedLookup of target: MissingCapability 0',
    ],
    ['an offset past the node', { args: { [OFFSET]: 32n } }, 'RangeError 0..31'],
    ['no object', { args: { [WINDOW]: 0n } }, 'RangeError 1..8'],
    ['too many objects', { args: { [WINDOW]: 9n } }, 'RangeError 1..8'],
    ['a window past the node', { args: { [OFFSET]: 30n, [WINDOW]: 3n } }, 'RangeError 1..2'],
    ['a full first slot', { args: { [OFFSET]: 22n, [WINDOW]: 2n } }, 'DeleteFirst'],
    ['a full last slot', { state: withCap(root(25), { _tag: 'DomainCap' }) }, 'DeleteFirst'],
    [
      'more than is free',
      { args: { [TYPE_WORD]: type('Untyped'), [SIZE]: 12n }, on: slots.untyped },
      'NotEnoughMemory 2560',
    ],
    ['a kernel object in device memory', { on: slots.deviceUntyped }, 'InvalidArgument 1'],
  ]);

  it.each([
    // type, size word, bits of the object
    ['Untyped', 4n, 4],
    ['Tcb', 0n, 9],
    ['Endpoint', 0n, 4],
    ['Notification', 0n, 5],
    ['CapTable', 1n, 6],
    ['SmallPage', 0n, 9],
    ['PDPT', 0n, 5],
    ['PML4', 0n, 5],
    ['PageTable', 0n, 5],
    ['PageDirectory', 0n, 5],
  ] as const)('accepts %s of size word %s as 2^%i bytes each', (name, size, objectBits) => {
    expect(accepted(RETYPE, { args: { [TYPE_WORD]: type(name), [SIZE]: size } })).toMatchObject({
      untyped: { type: name, objectBits, userSize: Number(size), reset: false, targets: [root(24), root(25)] },
    });
  });

  it.each([
    ['LargePage', 11],
    ['HugePage', 13],
  ] as const)('accepts %s of 2^%i bytes when there is room', (name, objectBits) => {
    const fresh = { ...RETYPE, state: withDerived(root(29), untypedOf(13), null)(RETYPE.state), on: root(29) };
    expect(accepted(fresh, { args: { [TYPE_WORD]: type(name), [WINDOW]: 1n } })).toMatchObject({
      untyped: { type: name, objectBits },
    });
  });

  it.each(['Untyped', 'SmallPage'] as const)('makes %s of device memory', (name) => {
    const change = { on: slots.deviceUntyped, args: { [TYPE_WORD]: type(name), [SIZE]: 4n } };
    expect(accepted(RETYPE, change)).toMatchObject({ untyped: { type: name, untyped: { device: true } } });
  });

  it('counts all memory as free when nothing is derived from the untyped', () => {
    const used = { ...untypedOf(13), freeIndex: 0x1fff };
    const state = withDerived(root(29), used, null)(RETYPE.state);
    expect(accepted({ ...RETYPE, state }, { on: root(29) })).toMatchObject({ untyped: { reset: true } });
  });

  it('finds the node through its root, and its slots by offset', () => {
    const inner = { args: { [INDEX]: 10n, [DEPTH]: 5n, [OFFSET]: 1n } };
    expect(accepted(RETYPE, inner)).toMatchObject({ untyped: { targets: [0x12c80 + 32, 0x12c80 + 64] } });
  });
});

function untypedOf(sizeBits: number) {
  return { _tag: 'UntypedCap', device: false, ref: 0x14000, sizeBits, freeIndex: 0 } as const;
}
