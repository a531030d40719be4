/**
 * Answering a caller, and answering a fault.
 *
 * @source l4v spec/abstract/Ipc_A.thy `do_reply_transfer`; seL4 src/kernel/thread.c `doReplyTransfer`
 */
import { lookupIpcBuffer } from '../lookup/ipc-buffer.ts';
import { specAssert } from '../prelude.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getReply, getTcb, isRunnable, threadState, updateTcb } from '../state/kernel-state.ts';
import type { Fault } from '../state/objects.ts';
import { possibleSwitchTo, setThreadState } from '../state/ready-queues.ts';
import type { ObjRef, SlotRef } from '../state/refs.ts';
import { postpone } from '../state/release-queue.ts';
import { isReadyAndSufficient, unblockIfSporadic } from '../state/sched-context.ts';
import { handleTimeout, timeoutHandler } from './fault.ts';
import { handleFaultReply } from './fault-message.ts';
import { getMessageInfo, getMessageRegisters } from './message.ts';
import { deleteReplyCap } from './reply-cap.ts';
import { replyRemove } from './reply-object.ts';
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

/**
 * MCS: `sender` answers who waits for it through the reply object, if anybody does. Who is answered has its time back; if that is used up
 * it waits for more, or its handler is told.
 */
export function answerThrough(start: KernelState, sender: ObjRef, reply: ObjRef, canGrant: boolean): KernelState {
  const receiver = getReply(start, reply).tcb;
  if (receiver === null) return start;
  const { state, fault } = getTcb(start, receiver);
  if (state._tag !== 'BlockedOnReply') return start;
  const freed = unblockIfSporadic(replyRemove(start, reply, receiver), receiver);
  const s =
    fault === null
      ? setThreadState(doIpcTransfer(freed, { sender, receiver, endpoint: null, badge: 0n, canGrant }), receiver, {
          _tag: 'Running',
        })
      : faultAnswered(freed, sender, receiver, fault);
  const { schedContext, state: after } = getTcb(s, receiver);
  if (schedContext === null || !isRunnable(after)) return s;
  if (isReadyAndSufficient(s, schedContext)) return possibleSwitchTo(s, receiver);
  const isTold = fault?._tag !== 'Timeout' && timeoutHandler(s, receiver) !== null;
  return isTold ? handleTimeout(s, receiver) : postpone(s, schedContext);
}

function answerFault(s: KernelState, sender: ObjRef, receiver: ObjRef, fault: Fault): KernelState {
  const t = faultAnswered(s, sender, receiver, fault);
  return isRunnable(threadState(t, receiver)) ? possibleSwitchTo(t, receiver) : t;
}

/** The thread restarts, or stays stopped, as the handler says. */
function faultAnswered(s: KernelState, sender: ObjRef, receiver: ObjRef, fault: Fault): KernelState {
  const info = getMessageInfo(s, sender);
  const words = getMessageRegisters(s, sender, lookupIpcBuffer(s, false, sender), info.length);
  const handled = handleFaultReply(s, receiver, fault, info.label, words);
  const cleared = updateTcb(handled.state, receiver, { fault: null });
  return setThreadState(cleared, receiver, { _tag: handled.restart ? 'Restart' : 'Inactive' });
}
