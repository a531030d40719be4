/**
 * Integrity: whatever a step changed belongs to whom it was made for, or is one of the changes that the policy allows. A change is a chain of atomic
 * ones; each of what it touches is explained by itself here, which comes to the same.
 *
 * @source l4v proof/access-control/Access.thy `integrity_obj_atomic`, `integrity_subjects`, `integrity_asids`, `integrity_cdt`; Syscall_AC.thy
 * `call_kernel_integrity`
 */
import { atObject, atSlot, hex } from '../invariants/check.ts';
import type { Event } from '../../spec/api/event.ts';
import type { Cap } from '../../spec/state/caps.ts';
import { NULL_CAP } from '../../spec/state/caps.ts';
import type { CdtNode, KernelState } from '../../spec/state/kernel-state.ts';
import { TCB_BUFFER, TCB_CALLER, object as objectAt, slotKey } from '../../spec/state/kernel-state.ts';
import type { KernelObject, Tcb, UserContext } from '../../spec/state/objects.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { Violation } from '../property.ts';
import type { Label } from './authority.ts';
import { CALL, DELETE_DERIVED, NOTIFY, RECEIVE, REPLY, RESET, SYNC_SEND, WRITE, has, lowest } from './authority.ts';
import { labelOfSlot } from './edges.ts';
import { isSameRecord } from './same.ts';
import type { Rules, Subject } from './subject.ts';

/** The ways in which something foreign may change; each is counted. */
export const INTEGRITY_CASES = [
  'ep',
  'ep_unblock',
  'ntfn',
  'tcb_send',
  'tcb_notified',
  'tcb_call',
  'tcb_reply',
  'tcb_receive',
  'tcb_restart',
  'tcb_unbind',
  'tcb_activate',
  'tcb_fpu',
  'reply_deleted',
  'cdt_of_reply',
  'memory_written',
  'buffer_filled',
  'queue_prepended',
  'domain_switched',
  'user_access',
] as const;
export type IntegrityCase = (typeof INTEGRITY_CASES)[number];

/**
 * @param before the state in which the kernel was entered
 * @param onCase called for every foreign change that is allowed
 */
export function integrityViolations(
  rules: Rules,
  subject: Subject,
  before: KernelState,
  event: Event,
  after: KernelState,
  onCase: (name: IntegrityCase) => void,
): readonly Violation[] {
  const out: Violation[] = [];
  const { labelling } = rules;
  const isOwn = (label: Label): boolean => has(subject.owned, label);
  const names = labelling.names;
  const whom = subject.label === null ? 'an interrupt' : (names[subject.label] ?? '');
  const fail = (where: string, label: Label, because: string): void => {
    out.push({ where, because: `${because}, which is ${names[label] ?? ''}'s and not to be changed so by ${whom}` });
  };
  /** Foreign threads that a message went to: their IPC buffers may have been filled. */
  const receivers: number[] = [];

  PMap.diff(before.heap, after.heap, (key, was, is) => {
    const ref = key * 16;
    const label = labelling.labelOf(ref);
    if (isOwn(label) || ref === before.globals.idleThread) return;
    const because = objectChange(ref, label, was, is);
    if (because !== null) fail(`${is?._tag === 'Tcb' ? 'thread' : 'object'} ${hex(ref)}`, label, because);
  });
  PMap.diff(before.caps, after.caps, (key, was = NULL_CAP, is = NULL_CAP) => {
    const slot = key * 32;
    const label = labelOfSlot(before, labelling, slot);
    if (!isOwn(label) && !isCapChangeAllowed(slot, label, was, is))
      fail(atSlot(slot), label, `${was._tag} became ${is._tag}`);
  });
  PMap.diff(before.cdt, after.cdt, (key, was, is) => {
    const slot = key * 32;
    const label = labelOfSlot(before, labelling, slot);
    if (isOwn(label)) return;
    const because = derivationChange(slot, was, is);
    if (because !== null) fail(atSlot(slot), label, because);
  });
  PMap.diff(before.memory, after.memory, (key) => {
    const address = key * 8;
    const label = labelling.labelOf(address);
    if (isOwn(label)) return;
    if (subject.may(WRITE, label)) onCase('memory_written');
    else if (isInBuffer(address)) onCase('buffer_filled');
    else fail(`memory ${hex(address)}`, label, 'a word was written');
  });
  PMap.diff(before.queues, after.queues, (key, was = NOBODY, is = NOBODY) => {
    const domain = Math.floor(key / before.config.priorities);
    const labels = labelling.domainLabels[domain] ?? 0;
    if (labels === 0 || (labels & subject.owned) !== 0) return;
    const because = queueChange(was, is);
    if (because !== null) fail(`ready queue ${hex(key)}`, lowest(labels), because);
  });
  globalChanges();
  return out;

  function objectChange(
    ref: number,
    label: Label,
    was: KernelObject | undefined,
    is: KernelObject | undefined,
  ): string | null {
    if (was === undefined || is === undefined) return was === undefined ? 'an object was made' : 'an object went away';
    switch (is._tag) {
      case 'IdleEP':
      case 'SendEP':
      case 'RecvEP': {
        if (was._tag !== 'IdleEP' && was._tag !== 'SendEP' && was._tag !== 'RecvEP')
          return 'another object took its place';
        if (subject.may(RECEIVE | SYNC_SEND | RESET, label)) {
          onCase('ep');
          return null;
        }
        const left =
          was._tag === 'RecvEP' ? was.queue.filter((thread) => is._tag !== 'RecvEP' || !is.queue.includes(thread)) : [];
        const isUnblocked = left.length > 0 && left.every((thread) => isNotifiedThroughBinding(thread));
        if (!isUnblocked) return 'its queue changed';
        onCase('ep_unblock');
        return null;
      }
      case 'Notification':
        if (was._tag !== 'Notification') return 'another object took its place';
        if (!subject.may(RECEIVE | NOTIFY | RESET, label)) return 'it changed';
        onCase('ntfn');
        return null;
      case 'Tcb':
        return was._tag === 'Tcb' ? threadChange(ref, label, was, is) : 'another object took its place';
      default:
        return 'it changed';
    }
  }

  /** A signal takes a thread that receives on its endpoint out of its queue when the notification is bound to it. */
  function isNotifiedThroughBinding(thread: number): boolean {
    const tcb = objectAt(before, thread);
    const bound = tcb?._tag === 'Tcb' ? tcb.boundNotification : null;
    return bound !== null && subject.may(NOTIFY, labelling.labelOf(bound));
  }

  function threadChange(ref: number, label: Label, was: Tcb, is: Tcb): string | null {
    if (
      was.faultHandler !== is.faultHandler ||
      was.ipcBuffer !== is.ipcBuffer ||
      was.domain !== is.domain ||
      was.priority !== is.priority ||
      was.mcp !== is.mcp ||
      was.timeSlice !== is.timeSlice ||
      was.flags !== is.flags ||
      was.schedContext !== is.schedContext
    )
      return 'its configuration changed';
    if (was.fpu !== is.fpu) {
      const { fpuOwner, machine } = before.globals;
      if (fpuOwner !== ref || is.fpu !== machine.fpu.registers) return 'its saved floating-point registers changed';
      onCase('tcb_fpu');
    }
    if (was.boundNotification !== is.boundNotification) {
      if (is.boundNotification !== null) return 'a notification was bound to it';
      if (was.boundNotification === null || !subject.may(RESET, labelling.labelOf(was.boundNotification)))
        return 'its notification was unbound';
      onCase('tcb_unbind');
    }
    return stateChange(ref, label, was, is);
  }

  /** State, fault and registers go together: each way out of waiting allows its own. */
  function stateChange(ref: number, label: Label, was: Tcb, is: Tcb): string | null {
    const { nextIP, faultIP } = before.config.registers;
    const isActivated = after.globals.currentThread === ref && is.context[nextIP] === is.context[faultIP];
    const sameRegisters = isSame(was.context, is.context);
    const onlyActivated = !sameRegisters && isActivated && isSame(was.context, is.context, nextIP);
    const keepsRegisters = sameRegisters || onlyActivated;
    const sameFault = was.fault === is.fault;
    const sameState = was.state === is.state || isSameRecord(was.state, is.state);
    if (sameState && sameRegisters && sameFault) return null;
    const from = was.state;
    const to = is.state._tag === 'Running' && onlyActivated ? 'Restart' : is.state._tag;
    const allow = (name: IntegrityCase): null => {
      onCase(name);
      if (onlyActivated) onCase('tcb_activate');
      if (name === 'tcb_send' || name === 'tcb_call' || name === 'tcb_reply') receivers.push(ref);
      return null;
    };
    if (sameFault) {
      switch (from._tag) {
        case 'Restart':
          if (is.state._tag === 'Running' && keepsRegisters && after.globals.currentThread === ref)
            return allow('tcb_activate');
          break;
        case 'BlockedOnReceive': {
          const endpoint = labelling.labelOf(from.endpoint);
          if (to === 'Running' && subject.may(CALL, endpoint)) return allow('tcb_call');
          if (to === 'Running' && subject.may(SYNC_SEND, endpoint)) return allow('tcb_send');
          if (to === 'Running' && isNotifiedThroughBinding(ref)) return allow('tcb_notified');
          if (to === 'Restart' && keepsRegisters && subject.may(RESET, endpoint)) return allow('tcb_restart');
          break;
        }
        case 'BlockedOnNotification': {
          const notification = labelling.labelOf(from.notification);
          if (to === 'Running' && subject.may(NOTIFY, notification)) return allow('tcb_notified');
          if (to === 'Restart' && keepsRegisters && subject.may(RESET, notification)) return allow('tcb_restart');
          break;
        }
        case 'BlockedOnSend': {
          const endpoint = labelling.labelOf(from.endpoint);
          const isTaken = to === 'Running' || to === 'Inactive' || to === 'BlockedOnReply';
          if (isTaken && sameRegisters && subject.may(RECEIVE, endpoint)) return allow('tcb_receive');
          if (to === 'Restart' && keepsRegisters && subject.may(RESET, endpoint)) return allow('tcb_restart');
          break;
        }
        case 'BlockedOnReply':
          if (to === 'Running' && subject.may(REPLY, label)) return allow('tcb_reply');
          break;
        default:
      }
    } else if (from._tag === 'BlockedOnReply' && was.fault !== null && is.fault === null && subject.may(REPLY, label)) {
      if (to === 'Restart' || to === 'Inactive' || (is.state._tag === 'Running' && isActivated))
        return allow('tcb_reply');
    }
    if (!sameFault) return 'its fault changed';
    return sameState
      ? 'its registers changed'
      : was.state._tag === is.state._tag
        ? 'what it waits for changed'
        : `it was ${from._tag} and is ${is.state._tag}`;
  }

  function isCapChangeAllowed(slot: number, label: Label, was: Cap, is: Cap): boolean {
    if (was._tag !== 'NullCap' && !isReplyDeletable(was, label)) return false;
    if (is._tag === 'NullCap') {
      onCase('reply_deleted');
      return true;
    }
    const isOwnReply = is._tag === 'ReplyCap' && !is.master && isOwn(labelling.labelOf(is.ref));
    return isOwnReply && isCallable(slot);
  }

  function isReplyDeletable(cap: Cap, label: Label): boolean {
    return cap._tag === 'ReplyCap' && !cap.master && subject.may(DELETE_DERIVED, label);
  }

  /** The place for the caller's reply capability in a thread that waited to be called by the subject. */
  function isCallable(slot: number): boolean {
    const tcb = objectAt(before, slot - TCB_CALLER * 32);
    return (
      tcb?._tag === 'Tcb' &&
      tcb.state._tag === 'BlockedOnReceive' &&
      subject.may(CALL, labelling.labelOf(tcb.state.endpoint))
    );
  }

  function isDerivationOwn(slot: number): boolean {
    for (let at: number | null = slot; at !== null; at = PMap.get(before.cdt, slotKey(at))?.parent ?? null)
      if (isOwn(labelOfSlot(before, labelling, at))) return true;
    return false;
  }

  function mayChangeDerivation(slot: number): boolean {
    if (isDerivationOwn(slot)) return true;
    const label = labelOfSlot(before, labelling, slot);
    const was = PMap.get(before.caps, slotKey(slot)) ?? NULL_CAP;
    if (!isReplyDeletable(was, label) && !isCallable(slot)) return false;
    onCase('cdt_of_reply');
    return true;
  }

  function derivationChange(slot: number, was: CdtNode | undefined, is: CdtNode | undefined): string | null {
    if (mayChangeDerivation(slot)) return null;
    if (was === undefined || is === undefined) return was === undefined ? 'it was derived' : 'its derivation went away';
    if (was.parent !== is.parent) return 'what it is derived from changed';
    if (was.original !== is.original) return 'whether it is original changed';
    const left = was.children.filter((child) => !mayChangeDerivation(child));
    const kept = is.children.filter((child) => !mayChangeDerivation(child));
    return left.length === kept.length && left.every((child, n) => child === kept[n])
      ? null
      : 'what is derived from it changed';
  }

  function isInBuffer(address: number): boolean {
    return receivers.some((thread) => {
      const cap = PMap.get(after.caps, slotKey(thread + TCB_BUFFER * 32));
      const tcb = objectAt(after, thread);
      if (cap?._tag !== 'FrameCap' || cap.rights !== 'ReadWrite' || tcb?._tag !== 'Tcb') return false;
      const { frameBits, ipcBufferBits } = before.config;
      const buffer = cap.ref + Number(BigInt.asUintN(frameBits[cap.size], tcb.ipcBuffer));
      return address >= buffer && address < buffer + 2 ** ipcBufferBits;
    });
  }

  /** Others may be added; whoever is gone runs now, and those who stay keep their order. */
  function queueChange(was: readonly number[], is: readonly number[]): string | null {
    const { currentThread } = after.globals;
    const stayed = was.filter((thread) => is.includes(thread));
    const left = was.filter((thread) => !is.includes(thread));
    if (left.some((thread) => thread !== currentThread && !isOwn(labelling.labelOf(thread))))
      return 'a thread was taken out';
    const kept = is.filter((thread) => was.includes(thread));
    if (stayed.some((thread, n) => thread !== kept[n])) return 'its order changed';
    onCase(left.length > 0 ? 'domain_switched' : 'queue_prepended');
    return null;
  }

  function globalChanges(): void {
    const g = before.globals;
    const h = after.globals;
    if (g.irqStates !== h.irqStates)
      h.irqStates.forEach((state, irq) => {
        const label = labelling.irqLabels[irq] ?? 0;
        if (state !== g.irqStates[irq] && !isOwn(label)) fail(`interrupt ${irq}`, label, 'its state changed');
      });
    if (g.machine.irqMasked !== h.machine.irqMasked)
      h.machine.irqMasked.forEach((isMasked, irq) => {
        const label = labelling.irqLabels[irq] ?? 0;
        if (isMasked === g.machine.irqMasked[irq] || isOwn(label) || irq >= labelling.irqLabels.length) return;
        const comes = (event._tag === 'Interrupt' && event.irq === irq) || g.machine.irqArrival?.irq === irq;
        if (!comes) fail(`interrupt ${irq}`, label, 'its mask changed');
      });
    if (g.asidTable !== h.asidTable)
      h.asidTable.forEach((pool, high) => {
        const owner = pool ?? g.asidTable[high];
        if (pool === g.asidTable[high] || owner === null || owner === undefined) return;
        const label = labelling.labelOf(owner);
        if (!isOwn(label)) fail(atObject(owner), label, 'the ASID pool came into the table or left it');
      });
    if (g.domainSchedule !== h.domainSchedule || g.domainStart !== h.domainStart)
      if (subject.owned >>> 1 !== (1 << (names.length - 1)) - 1) fail('domain schedule 0x0', 0, 'it changed');
  }
}

const NOBODY: readonly number[] = [];

/** @param but a register that may differ */
function isSame(was: UserContext, is: UserContext, but = -1): boolean {
  if (was === is) return true;
  for (let n = 0; n < was.length; n++) if (n !== but && was[n] !== is[n]) return false;
  return true;
}
