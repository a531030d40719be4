/**
 * Long deletions: CNodes and TCBs become zombies, which lose one slot at a time.
 *
 * @source seL4 src/object/cnode.c `cteDelete`, `cteRevoke`, `finaliseSlot`, `reduceZombie`; objecttype.c `finaliseCap`
 */
import { implAssert, load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  CAP_ASID_POOL, CAP_CNODE, CAP_ENDPOINT, CAP_FRAME, CAP_IO_PORT, CAP_IRQ_HANDLER, CAP_NOTIFICATION, CAP_NULL, CAP_PAGING, CAP_REPLY,
  CAP_REPLY_OBJECT, CAP_SCHED_CONTEXT, CAP_THREAD, CAP_ZOMBIE, CTE_BYTES, CTE_NEXT, CTE_WORD_LO, TCB_SLOT_COUNT,
} from '../memory/layout.ts';
import { finaliseSimple, suspend, unbindNotification } from './cancel.ts';
// biome-ignore format: packed
import {
  C, CAP_A, CAP_B, addressAt, capAddress, capField, capType, loadCap, makeCap, setNull, storeCap, typeAt,
} from './caps.ts';
import { fpuRelease } from './fpu.ts';
import { deletedIoPorts } from './io-port-table.ts';
import { deletedIrqHandler, deletingIrqHandler } from './irq-state.ts';
import { cteSwap, isFinalCapability, isMdbParentOf, unlink } from './mdb.ts';
import { OK, PREEMPTED } from './outcome.ts';
import { preemptionPoint } from './preemption.ts';
import { finaliseSchedContext } from './sched-context-end.ts';
import { releaseThread } from './variant.ts';
import { deleteAsidPool, finalisePaging, unmapPage } from './vspace.ts';

/** Interrupt whose handler capability went with the last finalised slot; -1 for none. */
let deletedIrq = -1;
/** Ports whose capability went with the last finalised slot, as its word has them; -1 for none. */
let deletedPorts = -1;
/** Whether the last finalised slot may be emptied: it holds nothing more that must be deleted first. */
let isEmptiable = false;

/** Does what losing the capability in `slot` does, and leaves in place A what stays of it. */
function finaliseCap(slot: number, isFinal: boolean): void {
  deletedIrq = -1;
  deletedPorts = -1;
  switch (capType(slot)) {
    case CAP_ENDPOINT:
    case CAP_NOTIFICATION:
    case CAP_REPLY:
    case CAP_REPLY_OBJECT:
      finaliseSimple(slot, isFinal);
      setNull(CAP_A);
      break;
    case CAP_CNODE: {
      const radix = capField(slot, 22, 31);
      if (isFinal) makeCap(CAP_A, CAP_ZOMBIE, capAddress(slot), radix << 17, 2 ** radix, 0);
      else setNull(CAP_A);
      break;
    }
    case CAP_THREAD: {
      const tcb = capAddress(slot);
      if (isFinal) {
        unbindNotification(tcb);
        releaseThread(tcb);
        suspend(tcb);
        fpuRelease(tcb);
        makeCap(CAP_A, CAP_ZOMBIE, tcb, 1 << 16, TCB_SLOT_COUNT, 0);
      } else {
        setNull(CAP_A);
      }
      break;
    }
    case CAP_SCHED_CONTEXT:
      if (isFinal) finaliseSchedContext(capAddress(slot));
      setNull(CAP_A);
      break;
    case CAP_ZOMBIE:
      loadCap(CAP_A, slot);
      break;
    case CAP_IO_PORT:
      if (isFinal) deletedPorts = load(slot + CTE_WORD_LO);
      setNull(CAP_A);
      break;
    case CAP_FRAME:
      // Of a frame each capability has a mapping of its own, which goes with it.
      if (capField(slot, 21, 1) === 1) unmapPage(slot);
      setNull(CAP_A);
      break;
    case CAP_PAGING:
      if (isFinal) finalisePaging(slot);
      setNull(CAP_A);
      break;
    case CAP_ASID_POOL:
      if (isFinal) deleteAsidPool(slot);
      setNull(CAP_A);
      break;
    case CAP_IRQ_HANDLER:
      if (isFinal) {
        deletedIrq = load(slot + CTE_WORD_LO);
        deletingIrqHandler(deletedIrq);
      }
      setNull(CAP_A);
      break;
    default:
      setNull(CAP_A);
  }
}

/** What stays, in place A, needs no further deletion. */
function isRemovable(slot: number): boolean {
  if (typeAt(CAP_A) === CAP_NULL) return true;
  const count = C[CAP_A + 2]!;
  return count === 0 || (count === 1 && addressAt(CAP_A) === slot);
}

/** @param exposed whether a user named the slot; one inside a zombie is not */
function finaliseSlot(slot: number, exposed: boolean): number {
  for (;;) {
    deletedIrq = -1;
    deletedPorts = -1;
    isEmptiable = true;
    if (capType(slot) === CAP_NULL) return OK;
    finaliseCap(slot, isFinalCapability(slot));
    if (isRemovable(slot)) return OK;
    implAssert(typeAt(CAP_A) === CAP_ZOMBIE, 'what is left of a capability is a zombie');
    storeCap(slot, CAP_A);
    const zombie = addressAt(CAP_A);
    if (exposed) {
      const status = reduceZombie(slot, zombie, C[CAP_A + 2]!);
      if (status !== OK) return status;
    } else if (zombie === slot) {
      isEmptiable = false;
      return OK;
    } else {
      // A zombie met inside another is not followed: it goes to its own first slot, and what was there comes here.
      loadCap(CAP_B, zombie);
      cteSwap(CAP_B, zombie, CAP_A, slot);
    }
    if (preemptionPoint() !== OK) return PREEMPTED;
  }
}

function reduceZombie(slot: number, zombie: number, count: number): number {
  const last = zombie + (count - 1) * CTE_BYTES;
  const status = deleteSlot(last, false);
  if (status !== OK) return status;
  loadCap(CAP_A, slot);
  if (typeAt(CAP_A) === CAP_ZOMBIE && addressAt(CAP_A) === zombie && C[CAP_A + 2] === count) {
    store(slot + CTE_WORD_LO, count - 1);
  }
  return OK;
}

function deleteSlot(slot: number, exposed: boolean): number {
  const status = finaliseSlot(slot, exposed);
  if (status !== OK) return status;
  if (!exposed && !isEmptiable) return OK;
  const irq = deletedIrq;
  const ports = deletedPorts;
  unlink(slot);
  if (irq >= 0) deletedIrqHandler(irq);
  if (ports >= 0) deletedIoPorts(ports);
  return OK;
}

export function cteDelete(slot: number): number {
  return deleteSlot(slot, true);
}

/** Deletes every capability derived from the one in `slot`, the entry behind it first, until that one is no child. */
export function cteRevoke(slot: number): number {
  for (;;) {
    const next = load(slot + CTE_NEXT);
    if (next === 0 || !isMdbParentOf(slot, next)) return OK;
    const status = cteDelete(next);
    if (status !== OK) return status;
    if (preemptionPoint() !== OK) return PREEMPTED;
  }
}
