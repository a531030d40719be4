/**
 * Waiting for an answer in the classic kernel: a capability for this one answer lies in the callee's TCB.
 *
 * @source seL4 src/kernel/thread.c `setupCallerCap`; src/object/endpoint.c `cancelIPC`; src/object/tcb.c `setupReplyMaster`
 */
import { load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  BLOCKING_CAN_GRANT, BLOCKING_CAN_GRANT_REPLY, CAP_NULL, CAP_REPLY, CTE_BYTES, CTE_MDB_FLAGS, CTE_NEXT, MDB_FIRST_BADGED, MDB_REVOCABLE,
  STATE_BLOCKED_ON_REPLY, STATE_INACTIVE, TCB_SLOT_CALLER, TCB_SLOT_REPLY,
} from '../memory/layout.ts';
import { CAP_A, capType, makeCap, storeCap } from './caps.ts';
import { cteInsert, isMdbParentOf, unlink } from './mdb.ts';
import { clearFault, setBlockedOnReply, setThreadState } from './thread-state.ts';

/** A caller that may not be answered stays inactive; otherwise the receiver gets the capability to answer. */
export function awaitReplyCap(sender: number, receiver: number, flags: number, receiverCanGrant: boolean): void {
  if ((flags & (BLOCKING_CAN_GRANT | BLOCKING_CAN_GRANT_REPLY)) === 0) {
    setThreadState(sender, STATE_INACTIVE);
    return;
  }
  setBlockedOnReply(sender, STATE_BLOCKED_ON_REPLY);
  makeCap(CAP_A, CAP_REPLY, sender, receiverCanGrant ? 1 << 17 : 0, 0, 0);
  cteInsert(CAP_A, sender + TCB_SLOT_REPLY * CTE_BYTES, receiver + TCB_SLOT_CALLER * CTE_BYTES);
}

/** Deleting it does nothing to the thread that waits. */
export function deleteReplyCap(slot: number): void {
  if (capType(slot) !== CAP_NULL) unlink(slot);
}

export function deleteCallerCap(tcb: number): void {
  deleteReplyCap(tcb + TCB_SLOT_CALLER * CTE_BYTES);
}

/** The thread stays in its state: who cancels sets the next one. */
export function cancelReplyCap(tcb: number): void {
  clearFault(tcb);
  const master = tcb + TCB_SLOT_REPLY * CTE_BYTES;
  const reply = load(master + CTE_NEXT);
  if (reply !== 0 && isMdbParentOf(master, reply)) deleteReplyCap(reply);
}

/** A thread that may call needs a capability that its callees' are derived from. */
export function setupReplyMaster(tcb: number): void {
  const master = tcb + TCB_SLOT_REPLY * CTE_BYTES;
  if (capType(master) !== CAP_NULL) return;
  makeCap(CAP_A, CAP_REPLY, tcb, (1 << 16) | (1 << 17), 0, 0);
  storeCap(master, CAP_A);
  store(master + CTE_MDB_FLAGS, MDB_REVOCABLE | MDB_FIRST_BADGED);
}
