/**
 * IPC through endpoints, the slow path.
 *
 * @source seL4 src/object/endpoint.c `sendIPC`, `receiveIPC`
 */
import { load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  BLOCKING_CAN_GRANT, BLOCKING_CAN_GRANT_REPLY, BLOCKING_IS_CALL, CTE_WORD_HI, CTE_WORD_LO, EP_HEAD, EP_IDLE, EP_RECV, EP_SEND, EP_STATE,
  NTFN_ACTIVE, NTFN_STATE, STATE_BLOCKED_ON_RECEIVE, STATE_BLOCKED_ON_SEND, STATE_RUNNING, TCB_BLOCKING_BADGE_HI, TCB_BLOCKING_BADGE_LO,
  TCB_BLOCKING_FLAGS, TCB_BLOCKING_OBJECT, TCB_BOUND_NOTIFICATION, BLOCKING_CAN_DONATE,
} from '../memory/layout.ts';
import { capAddress, capField } from './caps.ts';
import { setBadge } from './message.ts';
import { completeSignal } from './notification.ts';
import { replyLink } from './reply-object.ts';
import { possibleSwitchTo, setThreadState } from './scheduler.ts';
import { doIpcTransfer } from './transfer.ts';
import { afterWake, awaitAnswer, awaitsAnswer, beforeWake, giveBack, joinQueue, awakes } from './variant.ts';
import { queueRemove } from './wait-queue.ts';

/** @param flags BLOCKING_* bits of the sender */
export function sendIpc(
  blocking: boolean,
  flags: number,
  badgeLo: number,
  badgeHi: number,
  sender: number,
  endpoint: number,
): void {
  if (load(endpoint + EP_STATE) !== EP_RECV) {
    if (!blocking) return;
    store(sender + TCB_BLOCKING_OBJECT, endpoint);
    store(sender + TCB_BLOCKING_BADGE_LO, badgeLo);
    store(sender + TCB_BLOCKING_BADGE_HI, badgeHi);
    store(sender + TCB_BLOCKING_FLAGS, flags & ~BLOCKING_CAN_DONATE);
    setThreadState(sender, STATE_BLOCKED_ON_SEND);
    store(endpoint + EP_STATE, EP_SEND);
    joinQueue(endpoint, sender);
    return;
  }
  const receiver = load(endpoint + EP_HEAD);
  queueRemove(endpoint, receiver);
  if (load(endpoint + EP_HEAD) === 0) store(endpoint + EP_STATE, EP_IDLE);
  const receiverCanGrant = (load(receiver + TCB_BLOCKING_FLAGS) & BLOCKING_CAN_GRANT) !== 0;
  doIpcTransfer(sender, endpoint, badgeLo, badgeHi, (flags & BLOCKING_CAN_GRANT) !== 0, receiver);
  beforeWake(sender, receiver, flags);
  setThreadState(receiver, STATE_RUNNING);
  awakes(receiver);
  possibleSwitchTo(receiver);
  if ((flags & BLOCKING_IS_CALL) !== 0) afterWake(sender, receiver, flags, receiverCanGrant);
}

/**
 * @param slot entry of the endpoint capability
 * @param reply MCS: the free reply object that the thread offers, 0 for none
 */
export function receiveIpc(thread: number, slot: number, blocking: boolean, reply: number): void {
  const bound = load(thread + TCB_BOUND_NOTIFICATION);
  if (bound !== 0 && load(bound + NTFN_STATE) === NTFN_ACTIVE) {
    completeSignal(bound, thread);
    return;
  }
  if (bound !== 0 && blocking) giveBack(thread, bound);
  const endpoint = capAddress(slot);
  const canGrant = capField(slot, 18, 1);
  if (load(endpoint + EP_STATE) !== EP_SEND) {
    if (!blocking) {
      setBadge(thread, 0, 0);
      return;
    }
    store(thread + TCB_BLOCKING_OBJECT, endpoint);
    store(thread + TCB_BLOCKING_FLAGS, canGrant);
    if (reply !== 0) replyLink(reply, thread);
    setThreadState(thread, STATE_BLOCKED_ON_RECEIVE);
    store(endpoint + EP_STATE, EP_RECV);
    joinQueue(endpoint, thread);
    return;
  }
  const sender = load(endpoint + EP_HEAD);
  queueRemove(endpoint, sender);
  if (load(endpoint + EP_HEAD) === 0) store(endpoint + EP_STATE, EP_IDLE);
  const flags = load(sender + TCB_BLOCKING_FLAGS);
  const badgeLo = load(sender + TCB_BLOCKING_BADGE_LO);
  const badgeHi = load(sender + TCB_BLOCKING_BADGE_HI);
  doIpcTransfer(sender, endpoint, badgeLo, badgeHi, (flags & BLOCKING_CAN_GRANT) !== 0, thread);
  awakes(sender);
  if (awaitsAnswer(sender, flags)) {
    awaitAnswer(sender, thread, flags, canGrant === 1, reply);
  } else {
    setThreadState(sender, STATE_RUNNING);
    possibleSwitchTo(sender);
  }
}

/** Send through the endpoint capability in `slot`. */
export function invokeEndpoint(
  slot: number,
  blocking: boolean,
  isCall: boolean,
  canDonate: boolean,
  sender: number,
): void {
  const rights = capField(slot, 16, 15);
  const flags =
    ((rights & 4) !== 0 ? BLOCKING_CAN_GRANT : 0) |
    ((rights & 8) !== 0 ? BLOCKING_CAN_GRANT_REPLY : 0) |
    (isCall ? BLOCKING_IS_CALL : 0) |
    (canDonate ? BLOCKING_CAN_DONATE : 0);
  sendIpc(blocking, flags, load(slot + CTE_WORD_LO), load(slot + CTE_WORD_HI), sender, capAddress(slot));
}
