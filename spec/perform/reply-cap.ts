/**
 * Waiting for an answer in the classic kernel: the callee gets a capability made for this one answer, in a slot of its TCB.
 *
 * @source l4v spec/abstract/Ipc_A.thy `setup_caller_cap`; IpcCancel_A.thy `reply_cancel_ipc`; Tcb_A.thy `setup_reply_master`
 */
import { descendantsOf, removeSlot } from '../state/cdt.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { TCB_CALLER, TCB_REPLY, copyState, getCap, setCap, slotAt, slotKey, updateTcb } from '../state/kernel-state.ts';
import * as PMap from '../state/pmap.ts';
import { setThreadState } from '../state/ready-queues.ts';
import type { ObjRef, SlotRef } from '../state/refs.ts';
import { capInsert } from './cap-insert.ts';

/** The caller waits for a reply; the receiver holds the one capability to give it. */
export function setupCallerCap(s: KernelState, sender: ObjRef, receiver: ObjRef, canGrant: boolean): KernelState {
  const t = setThreadState(s, sender, { _tag: 'BlockedOnReply' });
  const reply = { _tag: 'ReplyCap', ref: sender, master: false, canGrant } as const;
  return capInsert(t, reply, slotAt(sender, TCB_REPLY), slotAt(receiver, TCB_CALLER));
}

/** Deleting a capability to answer does nothing to the thread that waits. */
export function deleteReplyCap(s: KernelState, slot: SlotRef): KernelState {
  return getCap(s, slot)._tag === 'NullCap' ? s : removeSlot(s, slot);
}

/** A caller not answered yet is forgotten. */
export function deleteCallerCap(s: KernelState, thread: ObjRef): KernelState {
  return deleteReplyCap(s, slotAt(thread, TCB_CALLER));
}

/** The thread loses its reply capability and its fault, and stays in its state: who cancels sets the next one. */
export function replyCancelIpc(s: KernelState, thread: ObjRef): KernelState {
  const t = updateTcb(s, thread, { fault: null });
  const reply = descendantsOf(t, slotAt(thread, TCB_REPLY))[0];
  return reply === undefined ? t : deleteReplyCap(t, reply);
}

/** A thread that may call needs a master reply capability, of which its callees' are derived. */
export function setupReplyMaster(s: KernelState, thread: ObjRef): KernelState {
  const slot = slotAt(thread, TCB_REPLY);
  if (getCap(s, slot)._tag !== 'NullCap') return s;
  const t = copyState(s);
  t.cdt = PMap.set(s.cdt, slotKey(slot), { parent: null, children: [], original: true });
  return setCap(t, slot, { _tag: 'ReplyCap', ref: thread, master: true, canGrant: true });
}
