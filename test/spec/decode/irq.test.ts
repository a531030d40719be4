/** Asking for interrupts, and what their handlers may be told. The small configuration's users have interrupts 1 to 4, as vectors 0 to 3. */
import { describe, expect, it } from 'vitest';
import { SMALL } from '../../../spec/abi/config.ts';
import type { Call, Row } from '../../helpers/decoding.ts';
import { accepted, itRefuses } from '../../helpers/decoding.ts';
import { NTFN, root, slots, variedState, withCap, withGlobals } from '../../helpers/states.ts';

const state = variedState();
const on = slots.irqControl;
const EMPTY = 24n;
const caps = [slots.cnode];

/** Vector 0 is interrupt 1, which has a handler; vector 2 is free. Words 0 and 1 name the target. */
const BEFORE_SOURCE: readonly Row[] = [
  ['six words', { words: 6 }, 'TruncatedMessage'],
  ['no CNode', { capCount: 0 }, 'TruncatedMessage'],
  ['a vector that is not for users', { args: { 6: 4n } }, 'RangeError 0..3'],
  ['an interrupt that has a handler', { args: { 6: 0n } }, 'RevokeFirst'],
  ['a root that is no CNode', { caps: { 0: slots.ep } }, 'FailedLookup of target: InvalidRoot'],
  ['depth 0', { args: { 1: 0n } }, 'RangeError 1..64'],
  ['too few bits', { args: { 1: 4n } }, 'FailedLookup of target: DepthMismatch 4 5'],
  ['a full target', { args: { 0: 6n } }, 'DeleteFirst'],
];

describe('IRQControl', () => {
  const call: Call = { state, on, label: 'IRQIssueIRQHandler', args: [3n, EMPTY, 5n], caps };
  itRefuses(call, [
    ['a label of others', { label: 'CNodeCopy' }, 'IllegalOperation'],
    ['two words', { words: 2 }, 'TruncatedMessage'],
    ['no CNode', { capCount: 0 }, 'TruncatedMessage'],
    ['any interrupt by its number, with an I/O APIC', {}, 'IllegalOperation'],
  ]);
});

describe('IRQControl_GetIOAPIC', () => {
  const call: Call = { state, on, label: 'X86IRQIssueIRQHandlerIOAPIC', args: [EMPTY, 5n, 0n, 2n, 1n, 1n, 2n], caps };
  itRefuses(call, [
    ...BEFORE_SOURCE,
    ['an I/O APIC that is not there', { args: { 2: 1n } }, 'RangeError 0..0'],
    ['a pin that is not there', { args: { 3: 3n } }, 'RangeError 0..2'],
    ['a level other than 0 and 1', { args: { 4: 2n } }, 'RangeError 0..1'],
    ['a polarity other than 0 and 1', { args: { 5: 2n ** 32n } }, 'RangeError 0..1'],
  ]);

  it('gives the interrupt with the number that users count', () => {
    expect(accepted(call)).toEqual({
      _tag: 'InvokeIRQControl',
      control: { irq: 3, control: slots.irqControl, target: root(24) },
    });
  });
});

describe('IRQControl_GetMSI', () => {
  const call: Call = {
    state,
    on,
    label: 'X86IRQIssueIRQHandlerMSI',
    args: [EMPTY, 5n, 255n, 31n, 7n, 2n ** 40n, 3n],
    caps,
  };
  itRefuses(call, [
    ...BEFORE_SOURCE,
    ['a bus that is not there', { args: { 2: 256n } }, 'RangeError 0..255'],
    ['a device that is not there', { args: { 3: 32n } }, 'RangeError 0..31'],
    ['a function that is not there', { args: { 4: 8n } }, 'RangeError 0..7'],
  ]);

  it('does not look at the handle', () => {
    expect(accepted(call)).toMatchObject({ control: { irq: 4 } });
  });
});

describe('an interrupt of the kernel itself', () => {
  it('is never free', () => {
    expect(state.globals.irqStates).toEqual(['Reserved', 'Signal', 'Inactive', 'Inactive', 'Inactive', 'Timer']);
    expect(state.globals.irqStates).toHaveLength(SMALL.irqs);
  });
});

describe('an IRQ handler', () => {
  const call: Call = { state, on: slots.irqHandler, label: 'IRQSetIRQHandler', args: [], caps: [slots.ntfn] };
  const withRights = (rights: number) => withCap(slots.ntfn, { _tag: 'NotificationCap', ref: NTFN, badge: 0n, rights });
  itRefuses(call, [
    ['no label', { label: 0 }, 'IllegalOperation'],
    ['no notification', { capCount: 0 }, 'TruncatedMessage'],
    ['another capability', { caps: { 0: slots.ep } }, 'InvalidCapability 0'],
    ['a notification that may not be signalled', { state: withRights(2) }, 'InvalidCapability 0'],
  ]);

  it('takes a notification that may be signalled', () => {
    expect(accepted(call, { state: withRights(1) })).toMatchObject({
      handler: { _tag: 'SetIRQHandler', irq: 1, cap: { ref: NTFN, rights: 1 }, source: slots.ntfn },
    });
  });

  it.each([
    ['IRQAckIRQ', 'AckIRQ'],
    ['IRQClearIRQHandler', 'ClearIRQHandler'],
  ] as const)('%s cannot be refused, even when the interrupt is not in use', (label, _tag) => {
    const unused = withGlobals({ irqStates: state.globals.irqStates.with(1, 'Inactive') });
    expect(accepted({ ...call, label }, { state: unused })).toEqual({
      _tag: 'InvokeIRQHandler',
      handler: { _tag, irq: 1 },
    });
  });
});
