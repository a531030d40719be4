/**
 * When the fastpath is taken: its conditions over the abstract state, one by one and in order. The implementation says afterwards what it did,
 * and must have done exactly this. That the result is right is another matter, which refinement answers.
 *
 * @source seL4 src/fastpath/fastpath.c `fastpath_call`, `fastpath_reply_recv`, `fastpath_signal`; l4v proof/crefine Fastpath_Defs.thy `fastpaths`
 */
import { messageInfoFromWord } from '../spec/abi/message-info.ts';
import type { Event } from '../spec/api/event.ts';
import { lookupCap } from '../spec/lookup/cspace.ts';
import { E } from '../spec/prelude.ts';
import { ALLOW_GRANT, ALLOW_GRANT_REPLY, ALLOW_READ, ALLOW_WRITE } from '../spec/state/caps.ts';
import type { KernelState } from '../spec/state/kernel-state.ts';
import { TCB_VTABLE, getCap, getEndpoint, getNotification, getTcb, slotAt } from '../spec/state/kernel-state.ts';
import { vspaceOf } from '../spec/state/vspace.ts';
import type { ObjRef } from '../spec/state/refs.ts';
import { getRegister } from '../spec/state/user-context.ts';
import type { SignalCase } from './fastpath-points.ts';
import { SIGNAL_CASES, isHigherReady, signalReceiverCase } from './fastpath-points.ts';
import type { StepProperty } from './property.ts';
import { propertyPoints } from './variant.ts';

/** What decides about a Call: the first condition that does not hold, or that all do. */
export const CALL_CASES = [
  'taken',
  'extra capabilities',
  'message longer than the registers',
  'caller has a fault',
  'no such capability',
  'not an endpoint',
  'no send right',
  'nobody waits to receive',
  'receiver has no address space',
  'another thread comes first',
  'no grant or grant reply right',
  'receiver in another domain',
  // Of the MCS kernel.
  'no time left',
  'the budget of another thread has come',
  'receiver has time of its own',
  'receiver offers no reply object',
] as const;
export type CallCase = (typeof CALL_CASES)[number];

/** What decides about a ReplyRecv. */
export const REPLY_RECV_CASES = [
  'taken',
  'extra capabilities',
  'message longer than the registers',
  'replier has a fault',
  'no such capability',
  'not an endpoint',
  'no receive right',
  'a signal waits',
  'somebody waits to send',
  'no reply capability',
  'caller has a fault',
  'caller has no address space',
  'another thread comes first',
  'caller in another domain',
  // Of the MCS kernel.
  'no time left',
  'the budget of another thread has come',
  'no caller on this time',
  'caller has time of its own',
] as const;
export type ReplyRecvCase = (typeof REPLY_RECV_CASES)[number];

/** `s` is the state in which the thread enters the kernel. */
export function fastpathCallCase(s: KernelState, thread: ObjRef): CallCase {
  const caller = getTcb(s, thread);
  const { timeCase, receiverCase, mayBeOvertaken } = propertyPoints(s).fastpath;
  const early = timeCase(s) ?? messageCase(s, thread);
  if (early !== null) return early;
  if (caller.fault !== null) return 'caller has a fault';
  const found = lookupCap(s, thread, getRegister(s, thread, s.config.registers.cap));
  if (E.isLeft(found)) return 'no such capability';
  const { cap } = found.right;
  if (cap._tag !== 'EndpointCap') return 'not an endpoint';
  if ((cap.rights & ALLOW_WRITE) === 0) return 'no send right';
  const endpoint = getEndpoint(s, cap.ref);
  if (endpoint._tag !== 'RecvEP') return 'nobody waits to receive';
  const receiver = getTcb(s, endpoint.queue[0]);
  if (!hasAddressSpace(s, endpoint.queue[0])) return 'receiver has no address space';
  if (mayBeOvertaken(receiver, caller) && isHigherReady(s, receiver.priority)) return 'another thread comes first';
  if ((cap.rights & (ALLOW_GRANT | ALLOW_GRANT_REPLY)) === 0) return 'no grant or grant reply right';
  if (receiver.domain !== s.globals.currentDomain) return 'receiver in another domain';
  return receiverCase(receiver) ?? 'taken';
}

/** `s` is the state in which the thread enters the kernel. */
export function fastpathReplyRecvCase(s: KernelState, thread: ObjRef): ReplyRecvCase {
  const replier = getTcb(s, thread);
  const { timeCase, hasReply, callerOf, callerCase } = propertyPoints(s).fastpath;
  const early = timeCase(s) ?? messageCase(s, thread);
  if (early !== null) return early;
  if (replier.fault !== null) return 'replier has a fault';
  const found = lookupCap(s, thread, getRegister(s, thread, s.config.registers.cap));
  if (E.isLeft(found)) return 'no such capability';
  const { cap } = found.right;
  if (cap._tag !== 'EndpointCap') return 'not an endpoint';
  if ((cap.rights & ALLOW_READ) === 0) return 'no receive right';
  const bound = replier.boundNotification;
  if (bound !== null && getNotification(s, bound).state._tag === 'ActiveNtfn') return 'a signal waits';
  if (getEndpoint(s, cap.ref)._tag === 'SendEP') return 'somebody waits to send';
  if (!hasReply(s, thread)) return 'no reply capability';
  const ref = callerOf(s, thread);
  if (typeof ref === 'string') return ref;
  const caller = getTcb(s, ref);
  if (caller.fault !== null) return 'caller has a fault';
  if (!hasAddressSpace(s, ref)) return 'caller has no address space';
  if (isHigherReady(s, caller.priority)) return 'another thread comes first';
  if (caller.domain !== s.globals.currentDomain) return 'caller in another domain';
  return callerCase(caller) ?? 'taken';
}

/** Of a Send in the MCS kernel. `s` is the state in which the thread enters the kernel. */
export function fastpathSignalCase(s: KernelState, thread: ObjRef): SignalCase {
  const sender = getTcb(s, thread);
  const time = propertyPoints(s).fastpath.timeCase(s);
  if (time !== null) return time;
  if (messageCase(s, thread) === 'extra capabilities') return 'extra capabilities';
  if (sender.fault !== null) return 'sender has a fault';
  const found = lookupCap(s, thread, getRegister(s, thread, s.config.registers.cap));
  if (E.isLeft(found)) return 'no such capability';
  const { cap } = found.right;
  if (cap._tag !== 'NotificationCap') return 'not a notification';
  if ((cap.rights & ALLOW_WRITE) === 0) return 'no send right';
  return signalReceiverCase(s, cap.ref, sender);
}

function messageCase(
  s: KernelState,
  thread: ObjRef,
): 'extra capabilities' | 'message longer than the registers' | null {
  const { registers, msgMaxLength } = s.config;
  const { extraCaps, length } = messageInfoFromWord(getRegister(s, thread, registers.msgInfo), msgMaxLength);
  if (extraCaps !== 0) return 'extra capabilities';
  return length > registers.messageRegisters.length ? 'message longer than the registers' : null;
}

/** The root of the thread's address space is one, and has an identifier that leads to it. */
function hasAddressSpace(s: KernelState, thread: ObjRef): boolean {
  return vspaceOf(s, getCap(s, slotAt(thread, TCB_VTABLE))) !== null;
}

const CREFINE = 'proof/crefine/AARCH64/Fastpath_Equiv.thy';

export const FASTPATH_CALL_TAKEN: StepProperty = {
  name: 'fastpath_call_taken',
  kind: 'step',
  statement:
    'Of all events but ReplyRecv, and Send in the MCS kernel, exactly the Calls for which every condition of the fastpath holds take it.',
  l4v: {
    theory: CREFINE,
    constant: 'fastpath_callKernel_SysCall_corres',
    difference:
      'there the choice of the path is free and only success has conditions; here a path not taken is a violation as well',
  },
  evidence: ['fastpath-takes-any-length'],
  requires: ['fastpath'],
  cases: CALL_CASES,
};

export const FASTPATH_REPLY_RECV_TAKEN: StepProperty = {
  name: 'fastpath_reply_recv_taken',
  kind: 'step',
  statement: 'A ReplyRecv takes the fastpath exactly when every condition of it holds.',
  l4v: {
    theory: CREFINE,
    constant: 'fastpath_callKernel_SysReplyRecv_corres',
    difference:
      'there the choice of the path is free and only success has conditions; here a path not taken is a violation as well',
  },
  evidence: ['fastpath-answers-fault'],
  requires: ['fastpath'],
  cases: REPLY_RECV_CASES,
};

export const FASTPATH_SIGNAL_TAKEN: StepProperty = {
  name: 'fastpath_signal_taken',
  kind: 'step',
  statement:
    'A Send takes the fastpath exactly when it signals, and wakes up nobody or one who can run on the time it has, after the sender.',
  l4v: null,
  evidence: ['signal-fastpath-wakes-higher-priority'],
  requires: ['mcs', 'fastpath'],
  cases: SIGNAL_CASES,
};

export const FASTPATH_EQUALS_SLOW_PATH: StepProperty = {
  name: 'fastpath_equals_slow_path',
  kind: 'step',
  statement: 'An event that takes the fastpath leaves every word of memory as the slow path would have left it.',
  l4v: {
    theory: CREFINE,
    constant: 'fastpath_callKernel_SysCall_corres, fastpath_callKernel_SysReplyRecv_corres',
    difference:
      'compared to the last bit, but for the word that says which path was taken; proved there for ARM and AArch64 only',
  },
  evidence: ['fastpath-endpoint-stays-busy'],
  requires: ['fastpath'],
};

export interface Decision {
  readonly property: string;
  readonly decidedBy: CallCase | ReplyRecvCase | SignalCase;
}

/** What decides about the fastpath of an event; null for events that have none. */
export function fastpathDecision(s: KernelState, event: Event): Decision | null {
  if (event._tag !== 'SyscallEvent') return null;
  const thread = s.globals.currentThread;
  switch (event.syscall) {
    case 'Call':
      return { property: FASTPATH_CALL_TAKEN.name, decidedBy: fastpathCallCase(s, thread) };
    case 'ReplyRecv':
      return { property: FASTPATH_REPLY_RECV_TAKEN.name, decidedBy: fastpathReplyRecvCase(s, thread) };
    case 'Send':
      if (!propertyPoints(s).fastpath.signals) return null;
      return { property: FASTPATH_SIGNAL_TAKEN.name, decidedBy: fastpathSignalCase(s, thread) };
    default:
      return null;
  }
}

/** Whether nothing speaks against the fastpath. */
export function isForFastpath(decision: Decision | null): boolean {
  return decision?.decidedBy.startsWith('taken') === true;
}

/** The property that the path taken contradicts, and why; null when it was the right one. */
export function wrongPath(
  decision: Decision | null,
  took: boolean,
): { readonly property: string; readonly because: string } | null {
  if (decision === null) {
    return took ? { property: FASTPATH_CALL_TAKEN.name, because: 'an event that has no fastpath took it' } : null;
  }
  const { property, decidedBy } = decision;
  if (took === isForFastpath(decision)) return null;
  return {
    property,
    because: took
      ? `took the fastpath in spite of: ${decidedBy}`
      : 'took the slow path, though nothing spoke against the fastpath',
  };
}
