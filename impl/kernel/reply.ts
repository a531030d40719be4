/** @source seL4 src/kernel/thread.c `doReplyTransfer` */
import { implAssert, load } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  STATE_BLOCKED_ON_REPLY, STATE_INACTIVE, STATE_RESTART, STATE_RUNNING, TCB_FAULT, TCB_STATE, REPLY_TCB, TCB_SCHED_CONTEXT,
} from '../memory/layout.ts';
import { applyFaultReply } from './fault-message.ts';
import { deleteReplyCap } from './reply-cap.ts';
import { FAULT_TIMEOUT } from '../variant.ts';
import { handleTimeout, timeoutHandler } from './fault.ts';
import { isReadyAndSufficient } from './refills.ts';
import { postpone } from './release-queue.ts';
import { replyRemove } from './reply-object.ts';
import { unblockIfSporadic } from './sched-context-binding.ts';
import { clearFault, isRunnable, possibleSwitchTo, setThreadState } from './thread-state.ts';
import { doIpcTransfer } from './transfer.ts';

/** `sender` answers `receiver` and uses up the reply capability in `slot`. */
export function doReplyTransfer(sender: number, receiver: number, slot: number, canGrant: boolean): void {
  implAssert(
    load(receiver + TCB_STATE) === STATE_BLOCKED_ON_REPLY,
    'a reply capability leads to a thread that waits for it',
  );
  const fault = load(receiver + TCB_FAULT);
  if (fault !== 0) {
    deleteReplyCap(slot);
    answerFault(sender, receiver, fault);
    if (isRunnable(receiver)) possibleSwitchTo(receiver);
    return;
  }
  transferAnswer(sender, receiver, canGrant);
  deleteReplyCap(slot);
  goOn(receiver);
}

/**
 * MCS: `sender` answers who waits for it through the reply object, if anybody does. Who is answered has its time back; if that is used up
 * it waits for more, or its handler is told.
 */
export function answerThrough(sender: number, reply: number, canGrant: boolean): void {
  const receiver = load(reply + REPLY_TCB);
  if (receiver === 0 || load(receiver + TCB_STATE) !== STATE_BLOCKED_ON_REPLY) return;
  replyRemove(reply, receiver);
  unblockIfSporadic(receiver);
  const fault = load(receiver + TCB_FAULT);
  if (fault === 0) {
    transferAnswer(sender, receiver, canGrant);
    setThreadState(receiver, STATE_RUNNING);
  } else {
    answerFault(sender, receiver, fault);
  }
  const context = load(receiver + TCB_SCHED_CONTEXT);
  if (context === 0 || !isRunnable(receiver)) return;
  if (isReadyAndSufficient(context)) possibleSwitchTo(receiver);
  else if (fault !== FAULT_TIMEOUT && timeoutHandler(receiver) !== 0) handleTimeout(receiver);
  else postpone(context);
}

function transferAnswer(sender: number, receiver: number, canGrant: boolean): void {
  doIpcTransfer(sender, 0, 0, 0, canGrant, receiver);
}

function goOn(receiver: number): void {
  setThreadState(receiver, STATE_RUNNING);
  possibleSwitchTo(receiver);
}

function answerFault(sender: number, receiver: number, fault: number): void {
  const restarts = applyFaultReply(sender, receiver, fault);
  clearFault(receiver);
  setThreadState(receiver, restarts ? STATE_RESTART : STATE_INACTIVE);
}
