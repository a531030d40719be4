/**
 * Answering a caller, and answering a fault.
 *
 * @source l4v spec/abstract/Ipc_A.thy `do_reply_transfer`; seL4 src/kernel/thread.c `doReplyTransfer`
 */
import { lookupIpcBuffer } from '../lookup/ipc-buffer.ts';
import { specAssert } from '../prelude.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getReply, getTcb, updateTcb } from '../state/kernel-state.ts';
import type { Fault } from '../state/objects.ts';
import { possibleSwitchTo, setThreadState } from '../state/ready-queues.ts';
import type { ObjRef, SlotRef } from '../state/refs.ts';
import { handleFaultReply } from './fault-message.ts';
import { getMessageInfo, getMessageRegisters } from './message.ts';
import { deleteReplyCap } from './reply-cap.ts';
import { replyUnlink } from './reply-object.ts';
import { doIpcTransfer } from './transfer.ts';

/** Uses up the reply capability in `slot`: `sender` answers `receiver`. */
export function doReplyTransfer(
  s: KernelState,
  sender: ObjRef,
  receiver: ObjRef,
  slot: SlotRef,
  canGrant: boolean,
): KernelState {
  const { state, fault } = getTcb(s, receiver);
  specAssert(state._tag === 'BlockedOnReply', 'a reply capability leads to a thread that waits for it');
  if (fault !== null) return answerFault(deleteReplyCap(s, slot), sender, receiver, fault);
  const sent = doIpcTransfer(s, { sender, receiver, endpoint: null, badge: 0n, canGrant });
  return possibleSwitchTo(setThreadState(deleteReplyCap(sent, slot), receiver, { _tag: 'Running' }), receiver);
}

/** MCS: `sender` answers who waits for it through the reply object, if anybody does. */
export function answerThrough(s: KernelState, sender: ObjRef, reply: ObjRef, canGrant: boolean): KernelState {
  const receiver = getReply(s, reply).tcb;
  if (receiver === null) return s;
  const { state, fault } = getTcb(s, receiver);
  if (state._tag !== 'BlockedOnReply') return s;
  const t = replyUnlink(s, reply, receiver);
  if (fault !== null) return answerFault(t, sender, receiver, fault);
  const sent = doIpcTransfer(t, { sender, receiver, endpoint: null, badge: 0n, canGrant });
  return possibleSwitchTo(setThreadState(sent, receiver, { _tag: 'Running' }), receiver);
}

function answerFault(s: KernelState, sender: ObjRef, receiver: ObjRef, fault: Fault): KernelState {
  const info = getMessageInfo(s, sender);
  const words = getMessageRegisters(s, sender, lookupIpcBuffer(s, false, sender), info.length);
  const handled = handleFaultReply(s, receiver, fault, info.label, words);
  const cleared = updateTcb(handled.state, receiver, { fault: null });
  return handled.restart
    ? possibleSwitchTo(setThreadState(cleared, receiver, { _tag: 'Restart' }), receiver)
    : setThreadState(cleared, receiver, { _tag: 'Inactive' });
}
