/** What the MCS kernel is asked about time: scheduling contexts, who sets them, and the TCB invocations that take them and handlers. */
import { describe, expect, it } from 'vitest';
import { ALLOW_GRANT, ALLOW_GRANT_REPLY, ALLOW_WRITE } from '../../../spec/state/caps.ts';
import type { Cap } from '../../../spec/state/caps.ts';
import type { Call } from '../../helpers/decoding.ts';
import { accepted, itRefuses } from '../../helpers/decoding.ts';
import type { Edit } from '../../helpers/states.ts';
import { capAt, edits, withCap, withObject, withTcb } from '../../helpers/states.ts';
import {
  A,
  B,
  C,
  F,
  IDLE,
  NTFN,
  SC_A,
  SC_B,
  SC_D,
  SC_NEW,
  SC_SPARE,
  at,
  bound,
  slot,
  timedState,
  withContext,
} from '../../helpers/timed.ts';

const state = timedState();
const exhausted = (ref: number): Edit => withContext(ref, { refills: [{ time: 1n, amount: 60n }] });
const lent = (schedContext: number | null): Edit =>
  withObject(NTFN, { _tag: 'Notification', state: { _tag: 'IdleNtfn' }, boundTcb: null, schedContext });
/** A root of address spaces, mapped, in the one free slot. */
const PML4 = slot(27n);
const withRoot = withCap(PML4, { _tag: 'PagingCap', level: 'PML4', ref: 0x15000, mapped: { asid: 1, vaddr: 0n } });

describe('SchedControl_ConfigureFlags', () => {
  const most = 2n ** 59n;
  const call: Call = {
    state,
    on: slot(at.schedControl),
    label: 'SchedControlConfigureFlags',
    args: [30n, 50n, 8n, 77n, 1n],
    caps: [slot(at.scSpare)],
  };
  itRefuses(call, [
    ['no label', { label: 0 }, 'IllegalOperation'],
    ['a label of others', { label: 'SchedContextBind' }, 'IllegalOperation'],
    ['no context', { capCount: 0 }, 'TruncatedMessage'],
    ['four words', { words: 4 }, 'TruncatedMessage'],
    ['a budget that is too long', { args: { 0: most + 1n } }, `RangeError 4..${most}`],
    ['a period that is too long', { args: { 1: 2n ** 64n - 1n } }, `RangeError 4..${most}`],
    ['a budget that is too small', { args: { 0: 3n } }, `RangeError 4..${most}`],
    ['a period that is too small', { args: { 0: 4n, 1: 3n } }, `RangeError 4..${most}`],
    ['more budget than period', { args: { 0: 51n } }, 'RangeError 4..50'],
    ['what is no context', { caps: { 0: slot(at.epC) } }, 'InvalidCapability 1'],
    ['more refills than there is room for', { args: { 2: 9n } }, 'RangeError 0..8'],
  ]);

  it('is in microseconds, the refills are counted beyond two, and of the flags the lowest means something', () => {
    const control = { schedContext: SC_SPARE, budget: 90n, period: 150n, refillMax: 10, badge: 77n, sporadic: true };
    expect(accepted(call)).toEqual({ _tag: 'ConfigureSchedContext', control });
    expect(accepted(call, { args: { 4: 2n ** 64n - 2n } })).toMatchObject({ control: { sporadic: false } });
  });

  it.each([4n, most])('takes the shortest and the longest: %i', (us) => {
    expect(accepted(call, { args: { 0: us, 1: us } })).toMatchObject({ control: { budget: us * 3n, period: us * 3n } });
  });

  it.each([
    [7, 0],
    [8, 8],
    [10, 56],
  ])('counts the refills by the size of the context: 2^%i', (sizeBits, extra) => {
    const sized = withCap(slot(at.scSpare), { _tag: 'SchedContextCap', ref: SC_SPARE, sizeBits });
    expect(accepted(call, { state: sized, args: { 2: BigInt(extra) } })).toMatchObject({
      control: { refillMax: extra + 2 },
    });
    expect(() => accepted(call, { state: sized, args: { 2: BigInt(extra + 1) } })).toThrow(`RangeError 0..${extra}`);
  });
});

describe('a scheduling context', () => {
  itRefuses({ state, on: slot(at.scSpare), label: 'SchedContextConsumed', args: [], caps: [] }, [
    ['no label', { label: 0 }, 'IllegalOperation'],
    ['a label of others', { label: 'SchedControlConfigureFlags' }, 'IllegalOperation'],
    ['a label of the classic kernel', { label: 'CNodeSaveCaller' }, 'IllegalOperation'],
  ]);

  it('can always be asked what was used of it, also by the thread that runs on it', () => {
    const call: Call = { state, on: slot(at.scA), label: 'SchedContextConsumed', args: [], caps: [] };
    expect(accepted(call)).toEqual({
      _tag: 'InvokeSchedContext',
      context: { _tag: 'Consumed', schedContext: SC_A },
    });
  });
});

describe('SchedContext_Bind', () => {
  const call: Call = { state, on: slot(at.scSpare), label: 'SchedContextBind', args: [], caps: [slot(at.c)] };

  describe('to a thread', () => {
    itRefuses(call, [
      ['nothing', { capCount: 0 }, 'TruncatedMessage'],
      ['what is neither thread nor notification', { caps: { 0: slot(at.epC) } }, 'InvalidCapability 1'],
      ['a context that has a thread', { on: slot(at.scB) }, 'IllegalOperation'],
      ['a thread that has a context', { caps: { 0: slot(at.b) } }, 'IllegalOperation'],
      ['a blocked thread to a context whose budget comes later', { state: exhausted(SC_SPARE) }, 'IllegalOperation'],
      ['a blocked thread to a context without parameters', { on: slot(at.scNew) }, 'IllegalOperation'],
    ]);

    it('takes a blocked thread if there is budget now', () => {
      const context = { _tag: 'BindTcb', schedContext: SC_SPARE, thread: C };
      expect(accepted(call)).toEqual({ _tag: 'InvokeSchedContext', context });
    });

    it('takes a stopped thread whatever the budget, also without parameters', () => {
      expect(accepted(call, { caps: { 0: slot(at.f) }, state: exhausted(SC_SPARE) })).toMatchObject({
        context: { thread: F },
      });
      expect(accepted(call, { caps: { 0: slot(at.f) }, on: slot(at.scNew) })).toMatchObject({
        context: { schedContext: SC_NEW },
      });
    });
  });

  describe('to a notification', () => {
    const toNtfn: Call = { ...call, caps: [slot(at.ntfn)] };
    itRefuses(toNtfn, [
      ['a context that has one', { state: withContext(SC_SPARE, { notification: NTFN }) }, 'IllegalOperation'],
      ['one that has a context', { state: lent(SC_D) }, 'IllegalOperation'],
    ]);

    it('takes one without any right to it, and a context that a thread has', () => {
      const without = withCap(slot(at.ntfn), { ...capAt(state, slot(at.ntfn)), rights: 0 } as Cap);
      expect(accepted(toNtfn, { state: without, on: slot(at.scB) })).toEqual({
        _tag: 'InvokeSchedContext',
        context: { _tag: 'BindNotification', schedContext: SC_B, notification: NTFN },
      });
    });
  });
});

describe('SchedContext_UnbindObject', () => {
  const call: Call = { state, on: slot(at.scB), label: 'SchedContextUnbindObject', args: [], caps: [slot(at.b)] };
  itRefuses(call, [
    ['nothing', { capCount: 0 }, 'TruncatedMessage'],
    ['what is neither thread nor notification', { caps: { 0: slot(at.scB) } }, 'InvalidCapability 1'],
    ['another thread', { caps: { 0: slot(at.d) } }, 'IllegalOperation'],
    ['a thread of no context', { caps: { 0: slot(at.c) } }, 'IllegalOperation'],
    ['the running thread', { on: slot(at.scA), caps: { 0: slot(at.a) } }, 'IllegalOperation'],
    ['a notification that is not bound', { caps: { 0: slot(at.ntfn) } }, 'IllegalOperation'],
  ]);

  it('takes its thread, and its notification', () => {
    expect(accepted(call)).toMatchObject({ context: { _tag: 'UnbindTcb', schedContext: SC_B } });
    const withNtfn = edits(lent(SC_B), withContext(SC_B, { notification: NTFN }));
    expect(accepted(call, { caps: { 0: slot(at.ntfn) }, state: withNtfn })).toMatchObject({
      context: { _tag: 'UnbindNotification', schedContext: SC_B },
    });
  });
});

describe('SchedContext_Unbind', () => {
  const call: Call = { state, on: slot(at.scB), label: 'SchedContextUnbind', args: [], caps: [] };
  itRefuses(call, [['the time of the running thread', { on: slot(at.scA) }, 'IllegalOperation']]);

  it('takes any other context, bound or not', () => {
    expect(accepted(call)).toMatchObject({ context: { _tag: 'Unbind', schedContext: SC_B } });
    expect(accepted(call, { on: slot(at.scNew) })).toMatchObject({ context: { schedContext: SC_NEW } });
  });
});

describe('SchedContext_YieldTo', () => {
  const call: Call = { state, on: slot(at.scB), label: 'SchedContextYieldTo', args: [], caps: [] };
  itRefuses(call, [
    ['a context of nobody', { on: slot(at.scSpare) }, 'IllegalOperation'],
    ['its own', { on: slot(at.scA) }, 'IllegalOperation'],
    ['a priority beyond what it controls', { state: withTcb(B, { priority: 8 }) }, 'IllegalOperation'],
  ]);

  it('takes a priority above its own, up to what it controls', () => {
    const yielding = { context: { _tag: 'YieldTo', schedContext: SC_B } };
    expect(accepted(call, { state: withTcb(B, { priority: 7 }) })).toMatchObject(yielding);
  });
});

describe('TCB_SetSchedParams', () => {
  const call: Call = {
    state,
    on: slot(at.f),
    label: 'TCBSetSchedParams',
    args: [6n, 5n],
    caps: [slot(at.a), slot(at.scSpare), slot(at.epCall)],
  };
  itRefuses(call, [
    ['one word', { words: 1 }, 'TruncatedMessage'],
    ['two capabilities', { capCount: 2 }, 'TruncatedMessage'],
    ['an authority that is no thread', { caps: { 0: slot(at.epC) } }, 'InvalidCapability 1'],
    ['a maximum beyond the authority', { args: { 0: 8n } }, 'RangeError 0..7'],
    ['a priority beyond the authority', { args: { 1: 8n } }, 'RangeError 0..7'],
    ['what is no context', { caps: { 1: slot(at.epC) } }, 'InvalidCapability 2'],
    ['a context of another thread', { caps: { 1: slot(at.scB) } }, 'IllegalOperation'],
    ['what is no handler', { caps: { 2: slot(at.ntfn) } }, 'InvalidCapability 3'],
    ['an endpoint that cannot be answered through', { caps: { 2: slot(at.epSend) } }, 'InvalidCapability 3'],
  ]);

  itRefuses({ ...call, on: slot(at.b) }, [['a thread that has another context', {}, 'IllegalOperation']]);
  itRefuses({ ...call, on: slot(at.c) }, [
    ['a blocked thread and a context whose budget comes later', { state: exhausted(SC_SPARE) }, 'IllegalOperation'],
    ['a blocked thread and a context without parameters', { caps: { 1: slot(at.scNew) } }, 'IllegalOperation'],
  ]);
  itRefuses({ ...call, on: slot(at.a), caps: [slot(at.a), slot(at.empty), slot(at.epCall)] }, [
    ['no time for the running thread', {}, 'IllegalOperation'],
  ]);

  it('sets everything at once', () => {
    expect(accepted(call)).toMatchObject({
      tcb: {
        _tag: 'ThreadControl',
        target: F,
        mcp: 6,
        priority: 5,
        schedContext: SC_SPARE,
        faultHandlerCap: { source: slot(at.epCall) },
      },
    });
  });

  it('takes the context that the thread has, and none, and no handler', () => {
    expect(accepted(call, { on: slot(at.b), caps: { 1: slot(at.scB) } })).toMatchObject({
      tcb: { schedContext: SC_B },
    });
    expect(accepted(call, { on: slot(at.b), caps: { 1: slot(at.empty), 2: slot(at.empty) } })).toMatchObject({
      tcb: { schedContext: null, faultHandlerCap: null },
    });
  });

  it('looks at the budget of a blocked thread even if the context stays', () => {
    const own = edits(bound(C, SC_SPARE), exhausted(SC_SPARE));
    expect(() => accepted(call, { on: slot(at.c), state: own })).toThrow('IllegalOperation');
  });
});

describe('TCB_SetTimeoutEndpoint', () => {
  const call: Call = { state, on: slot(at.b), label: 'TCBSetTimeoutEndpoint', args: [], caps: [slot(at.epCall)] };
  itRefuses(call, [
    ['nothing', { capCount: 0 }, 'TruncatedMessage'],
    ['what is no handler', { caps: { 0: slot(at.scB) } }, 'InvalidCapability 1'],
    ['an endpoint that cannot be answered through', { caps: { 0: slot(at.epSend) } }, 'InvalidCapability 1'],
  ]);

  it.each([
    ['to send and to grant', ALLOW_WRITE | ALLOW_GRANT, true],
    ['to send and to grant an answer', ALLOW_WRITE | ALLOW_GRANT_REPLY, true],
    ['to grant, but not to send', ALLOW_GRANT | ALLOW_GRANT_REPLY, false],
  ])('a handler needs the right %s', (_what, rights, isOne) => {
    const limited = withCap(slot(at.epCall), { ...capAt(state, slot(at.epCall)), rights } as Cap);
    const decode = (): unknown => accepted(call, { state: limited });
    if (isOne) expect(decode()).toMatchObject({ tcb: { timeoutHandlerCap: { source: slot(at.epCall) } } });
    else expect(decode).toThrow('InvalidCapability 1');
  });

  it('takes the handler away', () => {
    expect(accepted(call, { caps: { 0: slot(at.empty) } })).toMatchObject({
      tcb: { target: B, timeoutHandlerCap: null },
    });
  });
});

describe('TCB_SetSpace', () => {
  const call: Call = {
    state: withRoot(state),
    on: slot(at.f),
    label: 'TCBSetSpace',
    args: [0n, 0n],
    caps: [slot(at.epCall), slot(at.cnode), PML4],
  };
  itRefuses(call, [
    ['one word', { words: 1 }, 'TruncatedMessage'],
    ['two capabilities', { capCount: 2 }, 'TruncatedMessage'],
    ['a CSpace that is none', { caps: { 1: slot(at.epC) } }, 'IllegalOperation'],
    ['an address space that is none', { caps: { 2: slot(at.frame) } }, 'IllegalOperation'],
    ['what is no handler', { caps: { 0: slot(at.cnode) } }, 'InvalidCapability 1'],
  ]);

  it('takes the handler as a capability, or none', () => {
    expect(accepted(call)).toMatchObject({ tcb: { faultHandlerCap: { source: slot(at.epCall) } } });
    expect(accepted(call, { caps: { 0: slot(at.empty) } })).toMatchObject({ tcb: { faultHandlerCap: null } });
  });
});

describe('TCB_Configure', () => {
  const call: Call = {
    state: withRoot(state),
    on: slot(at.f),
    label: 'TCBConfigure',
    args: [0n, 0n, 0x100n],
    caps: [slot(at.cnode), PML4, slot(at.frame)],
  };
  itRefuses(call, [
    ['two words', { words: 2 }, 'TruncatedMessage'],
    ['two capabilities', { capCount: 2 }, 'TruncatedMessage'],
    ['a buffer that is no frame', { caps: { 2: slot(at.epC) } }, 'IllegalOperation'],
    ['a buffer that is not aligned', { args: { 2: 8n } }, 'AlignmentError'],
    ['a CSpace that is none', { caps: { 0: slot(at.epC) } }, 'IllegalOperation'],
    ['an address space that is none', { caps: { 1: slot(at.frame) } }, 'IllegalOperation'],
  ]);

  it('says nothing of handlers', () => {
    const decoded = accepted(call);
    expect(decoded).toMatchObject({ tcb: { _tag: 'ThreadControl', target: F, buffer: { address: 0x100n } } });
    expect(decoded).not.toHaveProperty('tcb.faultHandlerCap');
    expect(decoded).not.toHaveProperty('tcb.faultHandler');
  });
});

it('the threads of this state are as the tables take them', () => {
  expect([A, IDLE]).toEqual([state.globals.currentThread, state.globals.idleThread]);
});
