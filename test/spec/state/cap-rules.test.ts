/** Relations between capabilities, for all pairs of kinds. */
import { describe, expect, it } from 'vitest';
import { SMALL } from '../../../spec/abi/config.ts';
import { deriveCap } from '../../../spec/lookup/derive.ts';
import { E } from '../../../spec/prelude.ts';
import type { Cap } from '../../../spec/state/caps.ts';
import {
  capRange,
  isRevocableCopy,
  maskCap,
  sameObjectAs,
  sameRegionAs,
  shouldBeParentOf,
} from '../../../spec/state/cap-rules.ts';
import { root, variedState } from '../../helpers/states.ts';

const REF = 0x14000;
/** One capability of each kind, all that have an object to the same address; bytes they cover in the small configuration. */
const KINDS: readonly (readonly [Cap, number | null])[] = [
  [{ _tag: 'NullCap' }, null],
  [{ _tag: 'UntypedCap', device: false, ref: REF, sizeBits: 12, freeIndex: 0 }, 4096],
  [{ _tag: 'EndpointCap', ref: REF, badge: 0n, rights: 15 }, 16],
  [{ _tag: 'NotificationCap', ref: REF, badge: 0n, rights: 3 }, 32],
  [{ _tag: 'ReplyCap', ref: REF, master: true, canGrant: true }, null],
  [{ _tag: 'CNodeCap', ref: REF, radixBits: 3, guard: 0n, guardBits: 0 }, 256],
  [{ _tag: 'ThreadCap', ref: REF }, 512],
  [{ _tag: 'Zombie', ref: REF, radixBits: 3, count: 8 }, 256],
  [{ _tag: 'FrameCap', ref: REF, size: 'Small', device: false, rights: 'ReadWrite', mapped: null }, 512],
  [{ _tag: 'PagingCap', level: 'PDPT', ref: REF, mapped: null }, 32],
  [{ _tag: 'ASIDPoolCap', ref: REF, base: 0 }, 32],
  [{ _tag: 'IRQHandlerCap', irq: 1 }, null],
  [{ _tag: 'IRQControlCap' }, null],
  [{ _tag: 'DomainCap' }, null],
  [{ _tag: 'ASIDControlCap' }, null],
  [{ _tag: 'IOPortControlCap' }, null],
  [{ _tag: 'IOSpaceCap' }, null],
];
const caps = KINDS.map(([cap]) => cap);
const NEVER_SAME = ['NullCap', 'UntypedCap', 'IRQControlCap', 'Zombie'];

describe('every kind of capability', () => {
  it.each(KINDS)('%o covers %s bytes', (cap, bytes) => {
    expect(capRange(SMALL, cap)).toEqual(bytes === null ? null : { start: REF, size: bytes });
  });

  it('is the same object as its own kind only, at the same address', () => {
    for (const a of caps) {
      for (const b of caps)
        expect(sameObjectAs(a, b), `${a._tag}, ${b._tag}`).toBe(a === b && !NEVER_SAME.includes(a._tag));
      const elsewhere = 'ref' in a ? { ...a, ref: REF + 0x1000 } : a;
      if ('ref' in a) expect(sameObjectAs(a, elsewhere), a._tag).toBe(false);
    }
  });

  it('lies in an untyped that covers it', () => {
    const untyped = caps[1] ?? { _tag: 'NullCap' };
    for (const [cap, bytes] of KINDS) {
      expect(sameRegionAs(SMALL, untyped, cap), cap._tag).toBe(bytes !== null);
      if (bytes === null || !('ref' in cap)) continue;
      expect(sameRegionAs(SMALL, untyped, { ...cap, ref: REF + 4096 - bytes }), cap._tag).toBe(true);
      expect(sameRegionAs(SMALL, untyped, { ...cap, ref: REF + 4096 - bytes / 2 }), cap._tag).toBe(bytes < 2);
      expect(sameRegionAs(SMALL, untyped, { ...cap, ref: REF - 16 }), cap._tag).toBe(false);
    }
  });

  it('that is a zombie of a thread covers a thread', () => {
    expect(capRange(SMALL, { _tag: 'Zombie', ref: REF, radixBits: null, count: 5 })).toEqual({ start: REF, size: 512 });
  });

  it.each([
    ['Zombie', 'NullCap'],
    ['ReplyCap', 'NullCap'],
    ['IRQControlCap', 'NullCap'],
    ['IOPortControlCap', 'NullCap'],
    ['IOSpaceCap', 'NullCap'],
    ['EndpointCap', 'EndpointCap'],
    ['ThreadCap', 'ThreadCap'],
    ['IRQHandlerCap', 'IRQHandlerCap'],
  ])('%s is copied as %s', (from, to) => {
    const cap = caps.find(({ _tag }) => _tag === from) ?? { _tag: 'NullCap' };
    expect(deriveCap(variedState(), root(30), cap)).toMatchObject(E.right({ _tag: to }));
  });
});

describe('masks', () => {
  it('take the right to grant from a reply capability', () => {
    const reply = { _tag: 'ReplyCap', ref: REF, master: false, canGrant: true } as const;
    expect([maskCap(11, reply), maskCap(4, reply)]).toMatchObject([{ canGrant: false }, { canGrant: true }]);
    expect(maskCap(4, { ...reply, canGrant: false })).toMatchObject({ canGrant: false });
  });
});

describe('parents', () => {
  const endpoint = (badge: bigint): Cap => ({ _tag: 'EndpointCap', ref: REF, badge, rights: 15 });
  const interrupts: Cap = { _tag: 'IRQControlCap' };

  it.each([
    // parent, is it original, child, is it original, is it a parent
    ['unbadged', endpoint(0n), true, endpoint(7n), true, true],
    ['unbadged, itself a copy', endpoint(0n), false, endpoint(7n), true, false],
    ['badged', endpoint(7n), true, endpoint(7n), false, true],
    ['badged, of a badged original', endpoint(7n), true, endpoint(7n), true, false],
    ['of another badge', endpoint(7n), true, endpoint(8n), false, false],
    ['control of handlers', interrupts, true, { _tag: 'IRQHandlerCap', irq: 1 } satisfies Cap, true, true],
    ['of another kind', endpoint(0n), true, { _tag: 'ThreadCap', ref: REF } satisfies Cap, true, false],
  ] as const)('%s', (_, parent, parentOriginal, child, childOriginal, expected) => {
    expect(shouldBeParentOf(SMALL, parent, parentOriginal, child, childOriginal)).toBe(expected);
  });

  it.each([
    [endpoint(7n), endpoint(0n), true],
    [endpoint(7n), endpoint(7n), false],
    [
      { _tag: 'NotificationCap', ref: REF, badge: 7n, rights: 3 } satisfies Cap,
      { _tag: 'NotificationCap', ref: REF, badge: 0n, rights: 3 } satisfies Cap,
      true,
    ],
    [{ _tag: 'IRQHandlerCap', irq: 1 } satisfies Cap, interrupts, true],
    [{ _tag: 'ThreadCap', ref: REF } satisfies Cap, { _tag: 'ThreadCap', ref: REF } satisfies Cap, false],
  ])('a copy %o of %o is original: %s', (copy, source, expected) => {
    expect(isRevocableCopy(copy, source)).toBe(expected);
  });
});
