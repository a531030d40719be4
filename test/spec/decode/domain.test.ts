/** The domain capability. The small configuration has two domains and six schedule entries, of which the states here use two. */
import { describe, expect, it } from 'vitest';
import type { Call } from '../../helpers/decoding.ts';
import { accepted, itRefuses } from '../../helpers/decoding.ts';
import { B, slots, variedState, withGlobals } from '../../helpers/states.ts';

const state = variedState();
const on = slots.domain;

describe('DomainSet_Set', () => {
  const call: Call = { state, on, label: 'DomainSetSet', args: [1n], caps: [slots.b] };
  itRefuses(call, [
    ['a label of others', { label: 'CNodeCopy' }, 'IllegalOperation'],
    ['no word', { words: 0 }, 'TruncatedMessage'],
    ['a domain that is not there', { args: { 0: 2n } }, 'InvalidArgument 0'],
    ['a domain past all words', { args: { 0: 2n ** 32n } }, 'InvalidArgument 0'],
    ['no thread', { capCount: 0 }, 'TruncatedMessage'],
    ['what is no thread', { caps: { 0: slots.ep } }, 'InvalidArgument 1'],
  ]);

  it('takes any thread', () => {
    expect(accepted(call)).toEqual({ _tag: 'InvokeDomain', domain: { _tag: 'SetDomain', thread: B, domain: 1 } });
  });
});

describe('DomainSet_ScheduleConfigure', () => {
  const call: Call = { state, on, label: 'DomainScheduleConfigure', args: [4n, 1n, 2n ** 56n - 1n], caps: [] };
  const startsAt4 = withGlobals({ domainStart: 4 });
  itRefuses(call, [
    ['two words', { words: 2 }, 'TruncatedMessage'],
    ['the last entry', { args: { 0: 5n } }, 'RangeError 0..4'],
    ['a domain that is not there', { args: { 1: 2n } }, 'RangeError 0..1'],
    ['a slice that is too long', { args: { 2: 2n ** 56n } }, 'InvalidArgument 2'],
    ['no time for a domain other than 0', { args: { 2: 0n } }, 'InvalidArgument 1'],
    ['an end marker where the schedule starts', { args: { 1: 0n, 2: 0n }, state: startsAt4 }, 'InvalidArgument 2'],
  ]);

  it('takes an entry with time, and an end marker elsewhere', () => {
    const entry = { domain: 1, duration: 2n ** 56n - 1n };
    expect(accepted(call)).toMatchObject({ domain: { _tag: 'ConfigureEntry', index: 4, entry } });
    const marker = { args: { 1: 0n, 2: 0n } };
    expect(accepted(call, marker)).toMatchObject({ domain: { index: 4, entry: { domain: 0, duration: 0n } } });
  });
});

describe('DomainSet_ScheduleSetStart', () => {
  const call: Call = { state, on, label: 'DomainScheduleSetStart', args: [1n], caps: [] };
  itRefuses(call, [
    ['no word', { words: 0 }, 'TruncatedMessage'],
    ['an entry that is not there', { args: { 0: 6n } }, 'RangeError 0..5'],
    ['an end marker', { args: { 0: 2n } }, 'InvalidArgument 0'],
  ]);

  it('takes an entry that has time', () => {
    expect(accepted(call)).toEqual({ _tag: 'InvokeDomain', domain: { _tag: 'SetStart', index: 1 } });
  });
});
