/** References between objects are mutual, and what is in use can be reached and deleted through a capability. */
import { powerOf2 } from '../../spec/abi/words.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { object, slotAt } from '../../spec/state/kernel-state.ts';
import type { KernelObject, Reply, SchedContext, Tcb } from '../../spec/state/objects.ts';
import type { ObjRef } from '../../spec/state/refs.ts';
import type { StateInvariant, Violation } from '../property.ts';
import {
  INVARIANTS_AI,
  atObject,
  atSlot,
  atThread,
  countCaps,
  countObjects,
  hex,
  l4v,
  perKind,
  perObject,
  whole,
} from './check.ts';
import { replyOf } from './objects.ts';
import { contextAt, tcbAt } from './runs.ts';
import type { Held, Survey } from './survey.ts';
import { changedOf, containerIn, surveyOf } from './survey.ts';

function checkThread(s: KernelState, ref: ObjRef, tcb: Tcb, out: Violation[]): void {
  const { state, boundNotification } = tcb;
  checkTimeOfThread(s, ref, tcb, out);
  if (state._tag === 'BlockedOnReceive' || state._tag === 'BlockedOnSend') {
    const wanted = state._tag === 'BlockedOnSend' ? 'SendEP' : 'RecvEP';
    const endpoint = object(s, state.endpoint);
    if (endpoint?._tag !== wanted || !endpoint.queue.includes(ref)) {
      out.push({
        where: atThread(ref),
        because: `${state._tag}, but the endpoint ${hex(state.endpoint)} does not have it in its queue`,
      });
    }
  } else if (state._tag === 'BlockedOnNotification') {
    const found = object(s, state.notification);
    if (found?._tag !== 'Notification' || found.state._tag !== 'WaitingNtfn' || !found.state.queue.includes(ref)) {
      out.push({
        where: atThread(ref),
        because: `${state._tag}, but ${hex(state.notification)} does not have it in its queue`,
      });
    }
  }
  if (boundNotification === null) return;
  const bound = object(s, boundNotification);
  if (bound?._tag !== 'Notification' || bound.boundTcb !== ref) {
    out.push({
      where: atThread(ref),
      because: `bound to the notification ${hex(boundNotification)}, which is not bound to it`,
    });
  }
}

/** MCS: the references of a thread to what it runs on, and to what it is answered through. */
function checkTimeOfThread(s: KernelState, ref: ObjRef, tcb: Tcb, out: Violation[]): void {
  const fail = (because: string): void => {
    out.push({ where: atThread(ref), because });
  };
  const { schedContext, yieldTo } = tcb;
  if (schedContext !== null && contextAt(s, schedContext)?.tcb !== ref)
    fail(`runs on ${hex(schedContext)}, which is not bound to it`);
  if (yieldTo !== null && contextAt(s, yieldTo)?.yieldFrom !== ref)
    fail(`yielded to ${hex(yieldTo)}, which knows nothing of it`);
  const reply = replyOf(tcb);
  const answer = reply === undefined ? undefined : object(s, reply);
  if (reply !== undefined && (answer?._tag !== 'Reply' || answer.tcb !== ref))
    fail(`${tcb.state._tag} through ${hex(reply)}, which is not tied to it`);
}

function checkReply(s: KernelState, ref: ObjRef, { tcb, schedContext }: Reply, out: Violation[]): void {
  const fail = (because: string): void => {
    out.push({ where: atObject(ref), because });
  };
  const thread = tcb === null ? undefined : tcbAt(s, tcb);
  if (tcb !== null && (thread === undefined || replyOf(thread) !== ref))
    fail(`tied to ${hex(tcb)}, which neither offers it nor waits through it`);
  if (schedContext !== null && contextAt(s, schedContext)?.replies[0] !== ref)
    fail(`says that it is the head of the call stack of ${hex(schedContext)}, and is not`);
}

function checkContext(s: KernelState, ref: ObjRef, context: SchedContext, out: Violation[]): void {
  const fail = (because: string): void => {
    out.push({ where: atObject(ref), because });
  };
  const { tcb, notification, yieldFrom, replies } = context;
  if (tcb !== null && tcbAt(s, tcb)?.schedContext !== ref) fail(`bound to ${hex(tcb)}, which does not run on it`);
  const lender = notification === null ? undefined : object(s, notification);
  if (notification !== null && (lender?._tag !== 'Notification' || lender.schedContext !== ref))
    fail(`lent by ${hex(notification)}, which does not have it`);
  if (yieldFrom !== null && tcbAt(s, yieldFrom)?.yieldTo !== ref)
    fail(`yielded to by ${hex(yieldFrom)}, which did not`);
  const [head] = replies;
  const first = head === undefined ? undefined : object(s, head);
  if (head !== undefined && (first?._tag !== 'Reply' || first.schedContext !== ref))
    fail(`the head of its call stack is ${hex(head)}, which does not know`);
}

function stateOf(s: KernelState, thread: ObjRef): Tcb['state'] | undefined {
  const value = object(s, thread);
  return value?._tag === 'Tcb' ? value.state : undefined;
}

function checkMutual(s: KernelState, ref: ObjRef, value: KernelObject, out: Violation[]): void {
  switch (value._tag) {
    case 'Tcb':
      checkThread(s, ref, value, out);
      return;
    case 'SendEP':
    case 'RecvEP': {
      const wanted = value._tag === 'SendEP' ? 'BlockedOnSend' : 'BlockedOnReceive';
      for (const thread of value.queue) {
        const state = stateOf(s, thread);
        if (state?._tag !== wanted || state.endpoint !== ref) {
          out.push({
            where: atObject(ref),
            because: `${value._tag} with ${hex(thread)} in its queue, which is ${state?._tag ?? 'no thread'}`,
          });
        }
      }
      return;
    }
    case 'Notification': {
      if (value.state._tag === 'WaitingNtfn') {
        for (const thread of value.state.queue) {
          const state = stateOf(s, thread);
          if (state?._tag !== 'BlockedOnNotification' || state.notification !== ref) {
            out.push({
              where: atObject(ref),
              because: `${hex(thread)} is in its queue, but ${state?._tag ?? 'no thread'}`,
            });
          }
        }
      }
      if (value.schedContext !== null && contextAt(s, value.schedContext)?.notification !== ref) {
        out.push({
          where: atObject(ref),
          because: `lends ${hex(value.schedContext)}, which knows nothing of it`,
        });
      }
      if (value.boundTcb === null) return;
      const bound = object(s, value.boundTcb);
      if (bound?._tag !== 'Tcb' || bound.boundNotification !== ref) {
        out.push({
          where: atObject(ref),
          because: `bound to the thread ${hex(value.boundTcb)}, which is not bound to it`,
        });
      }
      return;
    }
    case 'Reply':
      checkReply(s, ref, value, out);
      return;
    case 'SchedContext':
      checkContext(s, ref, value, out);
      return;
    default:
  }
}

export const symRefs: StateInvariant = {
  name: 'sym_refs',
  kind: 'state',
  statement:
    'A thread is blocked on an endpoint or notification exactly when that has it in its queue; bindings of notifications are mutual, and so are those of scheduling contexts and reply objects.',
  l4v: l4v(
    'proof/invariant-abstract/InvariantsPre_AI.thy',
    'sym_refs',
    'of state_refs_of; state_hyp_refs_of is empty on x64',
  ),
  evidence: ['spec-unbound-on-one-side'],
  ...perObject(checkMutual),
  exercised: (s) => countObjects(s, (value, ref) => isLive(s, ref, value) && ref !== s.globals.currentThread),
};

/** Whether the object takes part in something. */
function isLive(s: KernelState, ref: ObjRef, value: KernelObject): boolean {
  switch (value._tag) {
    case 'Tcb':
      return (
        ref === s.globals.fpuOwner ||
        value.boundNotification !== null ||
        (value.schedContext !== null && value.schedContext !== s.globals.time.idleSchedContext) ||
        value.yieldTo !== null ||
        (value.state._tag !== 'Inactive' && value.state._tag !== 'IdleThreadState')
      );
    case 'SendEP':
    case 'RecvEP':
      return true;
    case 'Notification':
      return value.boundTcb !== null || value.schedContext !== null || value.state._tag === 'WaitingNtfn';
    case 'SchedContext': {
      const isBound = value.tcb !== null && value.tcb !== s.globals.idleThread;
      return isBound || value.notification !== null || value.yieldFrom !== null || value.replies.length > 0;
    }
    case 'Reply':
      return value.tcb !== null || value.schedContext !== null;
    default:
      return false;
  }
}

export const ifLiveThenNonzCap: StateInvariant = {
  name: 'if_live_then_nonz_cap',
  kind: 'state',
  statement: 'An object that takes part in something has a capability that is not a zombie.',
  l4v: l4v(INVARIANTS_AI, 'if_live_then_nonz_cap'),
  evidence: ['spec-deleted-thread-not-stopped'],
  ...whole((s, out) => {
    const { objects, keepers } = surveyOf(s);
    for (const { ref, object: value } of objects) {
      if (!isLive(s, ref, value)) continue;
      const caps = keepers.get(ref);
      if (caps === undefined || !caps.some(({ cap }) => cap._tag !== 'Zombie')) {
        out.push({
          where: atObject(ref),
          because: `a live ${value._tag} without a capability`,
        });
      }
    }
  }),
  exercised: (s) => countObjects(s, (value, ref) => isLive(s, ref, value)),
};

/** Whether the capability gives access to slot `index` of its object. */
function reaches({ cap }: Held, index: number): boolean {
  switch (cap._tag) {
    case 'CNodeCap':
      return index < powerOf2(cap.radixBits);
    case 'ThreadCap':
      return true;
    case 'Zombie':
      return index < cap.count;
    default:
      return false;
  }
}

function isReachable(all: Survey, s: KernelState, { slot, cap }: Held): boolean {
  const container = containerIn(all, s, slot);
  if (container === undefined) return false;
  const index = (slot - container.ref) / powerOf2(s.config.slotBits);
  const holders = all.keepers.get(container.ref);
  if (holders !== undefined) for (const holder of holders) if (reaches(holder, index)) return true;
  const irq = (slot - s.globals.irqNode) / powerOf2(s.config.slotBits);
  const isIrqNode = irq >= 0 && irq < s.config.irqs;
  return isIrqNode && cap._tag === 'NotificationCap' && all.keepers.has(-1 - irq);
}

export const ifUnsafeThenCap: StateInvariant = {
  name: 'if_unsafe_then_cap',
  kind: 'state',
  statement: 'Every capability lies in a slot that some capability gives access to.',
  l4v: l4v(INVARIANTS_AI, 'if_unsafe_then_cap'),
  evidence: ['spec-node-deleted-in-one-go'],
  ...whole((s, out) => {
    const all = surveyOf(s);
    for (const entry of all.held) {
      if (!isReachable(all, s, entry))
        out.push({
          where: atSlot(entry.slot),
          because: `its ${entry.cap._tag} cannot be reached by anybody`,
        });
    }
  }),
  exercised: (s) => surveyOf(s).held.length,
};

export const zombiesFinal: StateInvariant = {
  name: 'zombies_final',
  kind: 'state',
  statement: 'A zombie is the only capability to its object.',
  l4v: l4v(INVARIANTS_AI, 'zombies_final'),
  evidence: ['spec-any-node-becomes-zombie'],
  ...whole((s, out) => {
    const { held, keepers } = surveyOf(s);
    for (const { slot, cap } of held) {
      if (cap._tag !== 'Zombie') continue;
      const count = keepers.get(cap.ref)?.length ?? 0;
      if (count !== 1)
        out.push({
          where: atSlot(slot),
          because: `${count - 1} more capabilities lead to the zombie's object ${hex(cap.ref)}`,
        });
    }
  }),
  exercised: (s) => countCaps(s, (cap) => cap._tag === 'Zombie'),
};

export const validIoc: StateInvariant = {
  name: 'valid_ioc',
  kind: 'state',
  statement: 'Only a slot with a capability is marked as holding an original one.',
  l4v: l4v(INVARIANTS_AI, 'valid_ioc'),
  evidence: ['spec-mark-left-behind'],
  scope: 'local',
  violations: (s) => {
    const out: Violation[] = [];
    for (const slot of surveyOf(s).stray) {
      out.push({
        where: atSlot(slot),
        because: 'empty, but still has a mark and a place in the derivation tree',
      });
    }
    return out;
  },
  about: ['slot'],
  localViolations: (s, dirty) => {
    const out: Violation[] = [];
    for (const { slot, cap, node } of changedOf(s, dirty).slots) {
      if (cap === undefined && node !== undefined)
        out.push({
          where: atSlot(slot),
          because: 'empty, but still has a mark and a place in the derivation tree',
        });
    }
    return out;
  },
  exercised: (s) => countCaps(s, (_, node) => node?.original ?? false),
};

export const onlyIdle: StateInvariant = {
  name: 'only_idle',
  kind: 'state',
  statement: 'No thread but the idle thread is in the idle state.',
  l4v: l4v(INVARIANTS_AI, 'only_idle'),
  evidence: ['spec-double-fault-idles'],
  ...perKind(['Tcb'], (s, ref, { state }, out) => {
    if (state._tag === 'IdleThreadState' && ref !== s.globals.idleThread) {
      out.push({
        where: atThread(ref),
        because: 'idle, but not the idle thread',
      });
    }
  }),
  exercised: (s) => countObjects(s, (value) => value._tag === 'Tcb'),
};

const idleLooks = (s: KernelState, out: Violation[]): void => {
  const { idleThread } = s.globals;
  const idle = object(s, idleThread);
  const where = atThread(idleThread);
  if (idle?._tag !== 'Tcb') {
    out.push({ where, because: 'the idle thread is not a thread' });
    return;
  }
  if (idle.state._tag !== 'IdleThreadState') out.push({ where, because: `the idle thread is ${idle.state._tag}` });
  if (idle.boundNotification !== null)
    out.push({
      where,
      because: `the idle thread is bound to ${hex(idle.boundNotification)}`,
    });
  const { idleSchedContext } = s.globals.time;
  if (idle.schedContext !== idleSchedContext)
    out.push({
      where,
      because: `the idle thread runs on ${idle.schedContext === null ? 'no scheduling context' : hex(idle.schedContext)}`,
    });
  if (idleSchedContext === null) return;
  const context = contextAt(s, idleSchedContext);
  const isAlone = context?.period === 0n && context.notification === null && context.replies.length === 0;
  if (!isAlone || context.tcb !== idleThread || context.yieldFrom !== null)
    out.push({ where: atObject(idleSchedContext), because: "is not the idle thread's alone, without a period" });
};

export const validIdle: StateInvariant = {
  name: 'valid_idle',
  kind: 'state',
  statement:
    'The idle thread exists, is idle and is bound to nothing, other than a scheduling context of its own in the MCS kernel.',
  l4v: l4v(INVARIANTS_AI, 'valid_idle', 'its address is a field of the state, not a constant'),
  evidence: ['spec-idle-thread-runs'],
  scope: 'local',
  violations: (s) => {
    const out: Violation[] = [];
    idleLooks(s, out);
    return out;
  },
  localViolations: (s) => {
    const out: Violation[] = [];
    idleLooks(s, out);
    return out;
  },
  exercised: () => 1,
};

export const curTcb: StateInvariant = {
  name: 'cur_tcb',
  kind: 'state',
  statement: 'The current thread is a thread.',
  l4v: l4v(INVARIANTS_AI, 'cur_tcb'),
  evidence: ['spec-current-thread-is-a-slot'],
  scope: 'local',
  violations: curViolations,
  localViolations: curViolations,
  exercised: () => 1,
};

function curViolations(s: KernelState): readonly Violation[] {
  const { currentThread } = s.globals;
  const found = object(s, currentThread);
  return found?._tag === 'Tcb'
    ? []
    : [
        {
          where: atThread(currentThread),
          because: `the current thread is ${found?._tag ?? 'nothing'}`,
        },
      ];
}

/** First slot of the interrupt nodes and the end of the last one. */
export function irqNodes(s: KernelState): readonly [start: number, end: number] {
  return [s.globals.irqNode, slotAt(s.globals.irqNode, s.config.irqs)];
}
