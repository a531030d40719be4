/**
 * Handing a message over.
 *
 * @source seL4 src/kernel/thread.c `doIPCTransfer`, `doNormalTransfer`, `transferCaps`; src/object/tcb.c `lookupExtraCaps`, `getReceiveSlots`
 */
import { REG_MSG_INFO } from '#impl-config';
import { load, store } from '../memory/heap.ts';
import { CAP_ENDPOINT, CAP_NULL, TCB_FAULT } from '../memory/layout.ts';
import { C, CAP_A, addressAt, capType, isNullAt, loadCap, typeAt } from './caps.ts';
import { foundSlot, lookupSlot, lookupSlotForCNodeOp } from './cspace.ts';
import { setFaultMessage } from './fault-message.ts';
import { cteInsert, deriveCap } from './mdb.ts';
// biome-ignore format: packed
import {
  BUFFER_CAPS, BUFFER_RECEIVE, copyMessage, lookupIpcBuffer, messageLength, registerHi, registerLo, setInfo,
} from './message.ts';
import { OK } from './outcome.ts';

/** Entries of the extra capabilities of the message being handled; `extraCapCount` of them are valid. */
export const extraCaps = new Uint32Array(4);
export let extraCapCount = 0;
/** The pointer that could not be looked up. */
export let failedCPtrLo = 0;
export let failedCPtrHi = 0;

export function noExtraCaps(): void {
  extraCapCount = 0;
}

/** Looks up all capabilities that a message names; false at the first that is not there. */
export function lookupExtraCaps(tcb: number, buffer: number, info: number): boolean {
  extraCapCount = 0;
  if (buffer === 0) return true;
  const count = (info >>> 7) & 3;
  for (let n = 0; n < count; n++) {
    const lo = load(buffer + BUFFER_CAPS + n * 8);
    const hi = load(buffer + BUFFER_CAPS + n * 8 + 4);
    if (!lookupSlot(tcb, lo, hi)) {
      failedCPtrLo = lo;
      failedCPtrHi = hi;
      extraCapCount = 0;
      return false;
    }
    extraCaps[n] = foundSlot;
    extraCapCount = n + 1;
  }
  return true;
}

/** @param endpoint the endpoint the message goes through, 0 for a reply */
export function doIpcTransfer(
  sender: number,
  endpoint: number,
  badgeLo: number,
  badgeHi: number,
  canGrant: boolean,
  receiver: number,
): void {
  const toBuffer = lookupIpcBuffer(true, receiver);
  if (load(sender + TCB_FAULT) !== 0) {
    const length = setFaultMessage(sender, receiver, toBuffer);
    setInfo(receiver, badgeLo, badgeHi, (load(sender + TCB_FAULT) << 12) | length, 0);
    return;
  }
  const fromBuffer = lookupIpcBuffer(false, sender);
  const info = registerLo(sender, REG_MSG_INFO);
  if (canGrant) lookupExtraCaps(sender, fromBuffer, info);
  else extraCapCount = 0;
  const length = copyMessage(sender, fromBuffer, receiver, toBuffer, messageLength(info));
  const caps = toBuffer === 0 || extraCapCount === 0 ? 0 : transferCaps(endpoint, receiver, toBuffer);
  setInfo(receiver, badgeLo, badgeHi, (info & ~0xfff) | caps | length, registerHi(sender, REG_MSG_INFO));
}

/** Returns the bits for the message info: how many capabilities were transferred and which were unwrapped. */
function transferCaps(endpoint: number, receiver: number, buffer: number): number {
  let slot = receiveSlot(receiver, buffer);
  let unwrapped = 0;
  let n = 0;
  for (; n < extraCapCount; n++) {
    const source = extraCaps[n]!;
    loadCap(CAP_A, source);
    if (typeAt(CAP_A) === CAP_ENDPOINT && endpoint !== 0 && addressAt(CAP_A) === endpoint) {
      store(buffer + BUFFER_CAPS + n * 8, C[CAP_A + 2]!);
      store(buffer + BUFFER_CAPS + n * 8 + 4, C[CAP_A + 3]!);
      unwrapped |= 1 << n;
      continue;
    }
    if (slot === 0 || deriveCap(CAP_A, source) !== OK || isNullAt(CAP_A)) break;
    cteInsert(CAP_A, source, slot);
    slot = 0;
  }
  return (unwrapped << 9) | (n << 7);
}

/** The empty entry that the receiver offers, 0 if there is none. */
function receiveSlot(receiver: number, buffer: number): number {
  const at = buffer + BUFFER_RECEIVE;
  if (!lookupSlot(receiver, load(at), load(at + 4))) return 0;
  const root = foundSlot;
  if (lookupSlotForCNodeOp(0, root, load(at + 8), load(at + 12), load(at + 16), load(at + 20)) !== OK) return 0;
  return capType(foundSlot) === CAP_NULL ? foundSlot : 0;
}
