/** All CSpaces of two small levels and all pointers into them, against resolution written on strings of bits. */
import { expect, it } from 'vitest';
import type { LookupFailure } from '../../../spec/abi/failure.ts';
import type { Resolved } from '../../../spec/lookup/cspace.ts';
import { resolveAddressBits } from '../../../spec/lookup/cspace.ts';
import { E } from '../../../spec/prelude.ts';
import type { CNodeCap, Cap } from '../../../spec/state/caps.ts';
import type { KernelState } from '../../../spec/state/kernel-state.ts';
import { getCap, setCap, slotAt } from '../../../spec/state/kernel-state.ts';
import { variedState } from '../../helpers/states.ts';

const [OUTER, INNER] = [0x20000, 0x30000];
/** Longer than both levels together can be. */
const BITS = 5;

function* cnodes(ref: number, maxRadix: number): Generator<CNodeCap> {
  for (let radixBits = 1; radixBits <= maxRadix; radixBits++) {
    for (let guardBits = 0; guardBits <= 2; guardBits++) {
      for (let guard = 0n; guard < 2n ** BigInt(guardBits); guard++) {
        yield { _tag: 'CNodeCap', ref, radixBits, guard, guardBits };
      }
    }
  }
}

/** `bits` digits of a pointer, the guard in front of every index. */
function resolveDigits(s: KernelState, cnode: CNodeCap, digits: string): LookupFailure | Resolved {
  const bitsLeft = digits.length;
  const guard = cnode.guardBits === 0 ? '' : cnode.guard.toString(2).padStart(cnode.guardBits, '0');
  if (!digits.startsWith(guard)) {
    return { _tag: 'GuardMismatch', bitsLeft, guard: cnode.guard, guardBits: cnode.guardBits };
  }
  const index = digits.slice(guard.length, guard.length + cnode.radixBits);
  if (index.length < cnode.radixBits) {
    return { _tag: 'DepthMismatch', bitsLeft, bitsFound: guard.length + cnode.radixBits };
  }
  const slot = slotAt(cnode.ref, Number.parseInt(index, 2));
  const rest = digits.slice(guard.length + cnode.radixBits);
  const found = getCap(s, slot);
  if (rest === '' || found._tag !== 'CNodeCap') return { slot, bitsRemaining: rest.length };
  return resolveDigits(s, found, rest);
}

it('resolves every pointer to the slot that its digits name, or fails for the same reason', () => {
  let lookups = 0;
  let wrong = 0;
  const outcomes = new Map<string, number>();
  for (const outer of cnodes(OUTER, 2)) {
    for (const inner of cnodes(INNER, 2)) {
      // Slot 1 of the outer CNode leads on; slot 0 is empty, or holds a capability that is no CNode.
      const s = setCap(variedState(), slotAt(OUTER, 1), inner);
      for (let bits = 1; bits <= BITS; bits++) {
        for (let cptr = 0n; cptr < 2n ** BigInt(bits); cptr++) {
          const found = resolveAddressBits(s, outer, cptr, bits);
          const actual = E.isLeft(found) ? found.left : found.right;
          const expected = resolveDigits(s, outer, cptr.toString(2).padStart(bits, '0'));
          lookups++;
          const same = (value: object): string =>
            JSON.stringify(value, (_, x: unknown) => (typeof x === 'bigint' ? String(x) : x));
          if (same(actual) !== same(expected)) wrong++;
          const outcome = '_tag' in actual ? actual._tag : actual.bitsRemaining === 0 ? 'found' : 'found early';
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        }
      }
    }
  }
  expect(wrong).toBe(0);
  expect(lookups).toBe(14 ** 2 * 62);
  expect([...outcomes.keys()].sort()).toEqual(['DepthMismatch', 'GuardMismatch', 'found', 'found early']);
});

it('fails at a root that is no CNode', () => {
  const root: Cap = { _tag: 'DomainCap' };
  expect(resolveAddressBits(variedState(), root, 0n, 64)).toEqual(E.left({ _tag: 'InvalidRoot' }));
});
