/**
 * Answering a caller, and answering a fault.
 *
 * @source l4v spec/abstract/Ipc_A.thy `do_reply_transfer`; seL4 src/kernel/thread.c `doReplyTransfer`
 */
import { lookupIpcBuffer } from '../lookup/ipc-buffer.ts';
import { specAssert } from '../prelude.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getTcb, updateTcb } from '../state/kernel-state.ts';
import { possibleSwitchTo, setThreadState } from '../state/ready-queues.ts';
import type { ObjRef, SlotRef } from '../state/refs.ts';
import { capDeleteOne } from './cancel.ts';
import { handleFaultReply } from './fault-message.ts';
import { getMessageInfo, getMessageRegisters } from './message.ts';
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
  if (fault === null) {
    const sent = doIpcTransfer(s, { sender, receiver, endpoint: null, badge: 0n, canGrant });
    return possibleSwitchTo(setThreadState(capDeleteOne(sent, slot), receiver, { _tag: 'Running' }), receiver);
  }
  const t = capDeleteOne(s, slot);
  const info = getMessageInfo(t, sender);
  const words = getMessageRegisters(t, sender, lookupIpcBuffer(t, false, sender), info.length);
  const handled = handleFaultReply(t, receiver, fault, info.label, words);
  const cleared = updateTcb(handled.state, receiver, { fault: null });
  return handled.restart
    ? possibleSwitchTo(setThreadState(cleared, receiver, { _tag: 'Restart' }), receiver)
    : setThreadState(cleared, receiver, { _tag: 'Inactive' });
}
