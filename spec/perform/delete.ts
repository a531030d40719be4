/**
 * Deletion of capabilities and of what they keep alive, and revocation.
 *
 * A CNode or TCB whose last capability goes becomes a zombie: its slots are deleted one at a time from the end, with preemption
 * points between, and the zombie counts down. Slots found on the way may themselves hold the last capability to a CNode or TCB;
 * such a zombie is swapped into its own first slot instead of being followed, so the depth of the work is bounded.
 *
 * @source l4v spec/abstract/CSpace_A.thy `rec_del`, `cap_delete`, `cap_revoke`, `finalise_cap`; seL4 src/object/cnode.c
 */
import type { Either } from '../prelude.ts';
import { E, right, specAssert } from '../prelude.ts';
import { isFinalCap } from '../state/cap-rules.ts';
import type { Cap, IOPortCap, IRQHandlerCap, Zombie } from '../state/caps.ts';
import { NULL_CAP } from '../state/caps.ts';
import { cdtNode, swapSlots } from '../state/cdt.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { TCB_SLOTS, getCap, setCap, slotAt } from '../state/kernel-state.ts';
import type { SlotRef } from '../state/refs.ts';
import { deleteASIDPool, finalisePaging, unmapPage } from '../state/vspace.ts';
import { emptySlot, fastFinalise, suspend, unbindNotification } from './cancel.ts';
import { fpuRelease } from './fpu.ts';
import { deletedIOPorts } from './io-port.ts';
import { deletedIrqHandler, deletingIrqHandler } from './irq.ts';
import type { Preempted, Preemptible } from './outcome.ts';
import { preemptionPoint } from './outcome.ts';
import { finaliseSchedContext } from './sched-context.ts';
import { performPoints } from './variant.ts';

interface Finalised {
  readonly state: KernelState;
  /** What stays in the slot: NullCap, or a zombie whose slots must be deleted first. */
  readonly remainder: Cap;
  /** Interrupt or ports that can be given away again once the slot is empty. */
  readonly cleanup: IRQHandlerCap | IOPortCap | null;
}

/** What losing a capability does, and what is left of it. */
function finaliseCap(s: KernelState, cap: Cap, isFinal: boolean): Finalised {
  const gone = (state: KernelState): Finalised => ({ state, remainder: NULL_CAP, cleanup: null });
  switch (cap._tag) {
    case 'EndpointCap':
    case 'NotificationCap':
    case 'ReplyCap':
    case 'ReplyObjectCap':
      return gone(fastFinalise(s, cap, isFinal));
    case 'CNodeCap': {
      if (!isFinal) return gone(s);
      const { ref, radixBits } = cap;
      return { state: s, remainder: { _tag: 'Zombie', ref, radixBits, count: 2 ** radixBits }, cleanup: null };
    }
    case 'ThreadCap': {
      if (!isFinal) return gone(s);
      const unbound = performPoints(s).releaseThread(unbindNotification(s, cap.ref), cap.ref);
      const stopped = fpuRelease(suspend(unbound, cap.ref), cap.ref);
      const remainder: Zombie = { _tag: 'Zombie', ref: cap.ref, radixBits: null, count: TCB_SLOTS };
      return { state: stopped, remainder, cleanup: null };
    }
    case 'SchedContextCap':
      return gone(isFinal ? finaliseSchedContext(s, cap.ref) : s);
    case 'Zombie':
      return { state: s, remainder: cap, cleanup: null };
    case 'IRQHandlerCap':
      if (!isFinal) return gone(s);
      return { state: deletingIrqHandler(s, cap.irq), remainder: NULL_CAP, cleanup: cap };
    case 'IOPortCap':
      return isFinal ? { state: s, remainder: NULL_CAP, cleanup: cap } : gone(s);
    case 'FrameCap':
      // Of a frame each capability has a mapping of its own, which goes with it.
      return gone(cap.mapped === null ? s : unmapPage(s, cap, cap.mapped));
    case 'PagingCap':
      return gone(isFinal ? finalisePaging(s, cap) : s);
    case 'ASIDPoolCap':
      return gone(isFinal ? deleteASIDPool(s, cap.base, cap.ref) : s);
    default:
      return gone(s);
  }
}

interface Emptied {
  readonly state: KernelState;
  /** False when the slot is left holding a zombie that lies in itself. */
  readonly success: boolean;
  /** Interrupt or ports that can be given away again once the slot is empty. */
  readonly cleanup: IRQHandlerCap | IOPortCap | null;
}

/** The zombie's own first slot is the one it lies in. */
function isCyclicZombie(zombie: Cap, slot: SlotRef): boolean {
  return zombie._tag === 'Zombie' && zombie.ref === slot;
}

function isRemovable(remainder: Cap, slot: SlotRef): boolean {
  if (remainder._tag === 'NullCap') return true;
  return remainder._tag === 'Zombie' && (remainder.count === 0 || (remainder.count === 1 && remainder.ref === slot));
}

/**
 * Brings a slot to the point where it can be emptied.
 *
 * @param exposed whether the slot is one that a user named, rather than one inside a zombie
 */
function finaliseSlot(start: KernelState, slot: SlotRef, exposed: boolean): Either<Preempted, Emptied> {
  let s = start;
  for (;;) {
    const cap = getCap(s, slot);
    if (cap._tag === 'NullCap') return right({ state: s, success: true, cleanup: null });
    const { state, remainder, cleanup } = finaliseCap(s, cap, isFinalCap(s, slot, cap));
    if (isRemovable(remainder, slot)) return right({ state, success: true, cleanup });
    specAssert(remainder._tag === 'Zombie', 'what is left of a capability is a zombie');
    s = setCap(state, slot, remainder);
    if (!exposed && isCyclicZombie(remainder, slot)) return right({ state: s, success: false, cleanup: null });
    const reduced = exposed ? reduceZombie(s, slot, remainder) : right(swapZombie(s, slot, remainder));
    if (E.isLeft(reduced)) return reduced;
    const resumed = preemptionPoint(reduced.right);
    if (E.isLeft(resumed)) return resumed;
    s = resumed.right;
  }
}

/** Deletes the zombie's last slot; if the zombie is still there afterwards, it has one slot less. */
function reduceZombie(s: KernelState, slot: SlotRef, zombie: Zombie): Preemptible {
  const last = slotAt(zombie.ref, zombie.count - 1);
  const deleted = deleteSlot(s, last, false);
  if (E.isLeft(deleted)) return deleted;
  const t = deleted.right;
  const now = getCap(t, slot);
  const isSame = now._tag === 'Zombie' && now.ref === zombie.ref && now.count === zombie.count;
  if (!isSame) return right(t);
  const { ref, radixBits, count } = zombie;
  return right(setCap(t, slot, { _tag: 'Zombie', ref, radixBits, count: count - 1 }));
}

/** Puts a zombie met inside another one into its own first slot, and what was there into this slot. */
function swapZombie(s: KernelState, slot: SlotRef, zombie: Zombie): KernelState {
  const first = zombie.ref;
  return swapSlots(s, first, getCap(s, first), slot, zombie);
}

function deleteSlot(s: KernelState, slot: SlotRef, exposed: boolean): Preemptible {
  const finalised = finaliseSlot(s, slot, exposed);
  if (E.isLeft(finalised)) return finalised;
  const { state, success, cleanup } = finalised.right;
  if (!exposed && !success) return right(state);
  const emptied = emptySlot(state, slot);
  return right(cleanup === null ? emptied : cleanedUp(emptied, cleanup));
}

/** @source l4v spec/abstract/CSpace_A.thy `post_cap_deletion` */
function cleanedUp(s: KernelState, cap: IRQHandlerCap | IOPortCap): KernelState {
  return cap._tag === 'IRQHandlerCap' ? deletedIrqHandler(s, cap.irq) : deletedIOPorts(s, cap);
}

/** Deletes the capability in a slot that a user named. */
export function capDelete(s: KernelState, slot: SlotRef): Preemptible {
  return deleteSlot(s, slot, true);
}

/**
 * Revoke: delete every capability derived from the one in `slot`, one at a time, with a preemption point after each. The
 * capability itself stays.
 *
 * A preempted revoke keeps what it deleted; the thread issues the same system call again, so no record of how far it got is needed.
 *
 * @source l4v spec/abstract/CSpace_A.thy `cap_revoke`, Deterministic_A.thy `next_revoke_cap`; seL4 cnode.c `cteRevoke`
 */
export function capRevoke(start: KernelState, slot: SlotRef): Preemptible {
  let s = start;
  for (;;) {
    const child = nextRevokeCap(s, slot);
    if (child === undefined) return right(s);
    const deleted = capDelete(s, child);
    if (E.isLeft(deleted)) return deleted;
    const resumed = preemptionPoint(deleted.right);
    if (E.isLeft(resumed)) return resumed;
    s = resumed.right;
  }
}

/** The most recently derived child goes first. */
export function nextRevokeCap(s: KernelState, slot: SlotRef): SlotRef | undefined {
  return cdtNode(s, slot)?.children[0];
}
