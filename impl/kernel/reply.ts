/** @source seL4 src/kernel/thread.c `doReplyTransfer` */
import { implAssert, load } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  STATE_BLOCKED_ON_REPLY, STATE_INACTIVE, STATE_RESTART, STATE_RUNNING, TCB_FAULT, TCB_STATE,
} from '../memory/layout.ts';
import { clearFault, cteDeleteOne } from './cancel.ts';
import { applyFaultReply } from './fault-message.ts';
import { possibleSwitchTo, setThreadState } from './scheduler.ts';
import { doIpcTransfer } from './transfer.ts';

/** `sender` answers `receiver` and uses up the reply capability in `slot`. */
export function doReplyTransfer(sender: number, receiver: number, slot: number, canGrant: boolean): void {
  implAssert(
    load(receiver + TCB_STATE) === STATE_BLOCKED_ON_REPLY,
    'a reply capability leads to a thread that waits for it',
  );
  const fault = load(receiver + TCB_FAULT);
  if (fault === 0) {
    doIpcTransfer(sender, 0, 0, 0, canGrant, receiver);
    cteDeleteOne(slot);
    setThreadState(receiver, STATE_RUNNING);
    possibleSwitchTo(receiver);
    return;
  }
  cteDeleteOne(slot);
  const restarts = applyFaultReply(sender, receiver, fault);
  clearFault(receiver);
  setThreadState(receiver, restarts ? STATE_RESTART : STATE_INACTIVE);
  if (restarts) possibleSwitchTo(receiver);
}
