/**
 * Handing a message from thread to thread: words, capabilities, badge.
 *
 * @source l4v spec/abstract/Ipc_A.thy `do_ipc_transfer`, `do_normal_transfer`, `transfer_caps`, `lookup_extra_caps`; seL4 src/object/tcb.c,
 * src/kernel/thread.c
 */
import type { LookupFailure } from '../abi/failure.ts';
import type { MessageInfo } from '../abi/message-info.ts';
import { lookupCap, lookupTargetSlot } from '../lookup/cspace.ts';
import type { SlotCap } from '../lookup/cspace.ts';
import { deriveCap } from '../lookup/derive.ts';
import { bufferCapWord, bufferReceiveWord, lookupIpcBuffer } from '../lookup/ipc-buffer.ts';
import type { Either } from '../prelude.ts';
import { E, left, right } from '../prelude.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getCap, getTcb, loadWord, storeWord } from '../state/kernel-state.ts';
import type { ObjRef, SlotRef, Word } from '../state/refs.ts';
import { capInsert } from './cap-insert.ts';
import { makeFaultMessage } from './fault-message.ts';
import { updateConsumed } from '../state/sched-context.ts';
import { getMessageInfo, getMessageRegisters, setBadgeAndInfo, setMessageRegisters } from './message.ts';

export interface Transfer {
  readonly sender: ObjRef;
  readonly receiver: ObjRef;
  /** The endpoint the message goes through; null for a reply. Capabilities to it are unwrapped to their badges. */
  readonly endpoint: ObjRef | null;
  readonly badge: Word;
  /** Whether capabilities may go along. */
  readonly canGrant: boolean;
}

/** A thread that faulted sends its fault; any other sends its message. */
export function doIpcTransfer(s: KernelState, transfer: Transfer): KernelState {
  const { fault } = getTcb(s, transfer.sender);
  const receiveBuffer = lookupIpcBuffer(s, true, transfer.receiver);
  if (fault === null) return doNormalTransfer(s, transfer, receiveBuffer);
  const { label, words } = makeFaultMessage(s, transfer.sender, fault);
  const timed = fault._tag === 'Timeout' ? takeConsumed(s, transfer.sender) : { state: s, words: [] };
  const message = [...words, ...timed.words];
  const { state, length } = setMessageRegisters(timed.state, transfer.receiver, receiveBuffer, message);
  return setBadgeAndInfo(state, transfer.receiver, transfer.badge, { label, capsUnwrapped: 0, extraCaps: 0, length });
}

/** MCS: what the thread used, if it still has a scheduling context; that counts as asked. */
function takeConsumed(
  s: KernelState,
  thread: ObjRef,
): { readonly state: KernelState; readonly words: readonly Word[] } {
  const { schedContext } = getTcb(s, thread);
  if (schedContext === null) return { state: s, words: [] };
  const { state, consumed } = updateConsumed(s, schedContext);
  return { state, words: [consumed] };
}

function doNormalTransfer(s: KernelState, transfer: Transfer, receiveBuffer: number | null): KernelState {
  const { sender, receiver } = transfer;
  const sendBuffer = lookupIpcBuffer(s, false, sender);
  const info = getMessageInfo(s, sender);
  const caps = transfer.canGrant ? grantedCaps(s, sender, sendBuffer, info) : [];
  const words = getMessageRegisters(s, sender, sendBuffer, info.length);
  const copied = setMessageRegisters(s, receiver, receiveBuffer, words);
  const moved = transferCaps(copied.state, caps, transfer.endpoint, receiver, receiveBuffer);
  return setBadgeAndInfo(moved.state, receiver, transfer.badge, {
    label: info.label,
    capsUnwrapped: moved.capsUnwrapped,
    extraCaps: moved.extraCaps,
    length: copied.length,
  });
}

/** Extra capabilities that cannot be found any more do not go along; the message does. */
function grantedCaps(s: KernelState, sender: ObjRef, buffer: number | null, info: MessageInfo): readonly SlotCap[] {
  const found = lookupExtraCaps(s, sender, buffer, info.extraCaps);
  return E.isLeft(found) ? [] : found.right;
}

export interface ExtraCapFailure {
  readonly cptr: Word;
  readonly failure: LookupFailure;
}

/** The capabilities that a message names beside the invoked one; the first that cannot be looked up ends it. */
export function lookupExtraCaps(
  s: KernelState,
  thread: ObjRef,
  buffer: number | null,
  count: number,
): Either<ExtraCapFailure, readonly SlotCap[]> {
  if (buffer === null || count === 0) return right([]);
  const caps: SlotCap[] = [];
  for (let i = 0; i < count; i++) {
    const cptr = loadWord(s, bufferCapWord(s.config, buffer, i));
    const found = lookupCap(s, thread, cptr);
    if (E.isLeft(found)) return left({ cptr, failure: found.left });
    caps.push(found.right);
  }
  return right(caps);
}

interface Transferred {
  readonly state: KernelState;
  readonly extraCaps: number;
  /** Bit i: capability i was unwrapped. */
  readonly capsUnwrapped: number;
}

/**
 * Transfers capabilities in order. One to the endpoint itself arrives as its badge; one other may go into the receive slot. The first that
 * can be neither ends the list, and those before it stay.
 */
function transferCaps(
  start: KernelState,
  caps: readonly SlotCap[],
  endpoint: ObjRef | null,
  receiver: ObjRef,
  buffer: number | null,
): Transferred {
  if (buffer === null || caps.length === 0) return { state: start, extraCaps: 0, capsUnwrapped: 0 };
  let s = start;
  let slot = getReceiveSlot(s, receiver, buffer);
  let capsUnwrapped = 0;
  let done = 0;
  for (const { cap, slot: source } of caps) {
    if (cap._tag === 'EndpointCap' && cap.ref === endpoint) {
      s = storeWord(s, bufferCapWord(s.config, buffer, done), cap.badge);
      capsUnwrapped |= 1 << done;
    } else {
      if (slot === null) break;
      const derived = deriveCap(s, source, cap);
      if (E.isLeft(derived) || derived.right._tag === 'NullCap') break;
      s = capInsert(s, derived.right, source, slot);
      slot = null;
    }
    done++;
  }
  return { state: s, extraCaps: done, capsUnwrapped };
}

/** The slot that the receiver named for a capability, if it exists and is empty. */
function getReceiveSlot(s: KernelState, receiver: ObjRef, buffer: number): SlotRef | null {
  const word = (index: 0 | 1 | 2): Word => loadWord(s, bufferReceiveWord(s.config, buffer, index));
  const root = lookupCap(s, receiver, word(0));
  if (E.isLeft(root)) return null;
  const slot = lookupTargetSlot(s, root.right.cap, word(1), word(2));
  if (E.isLeft(slot)) return null;
  return getCap(s, slot.right)._tag === 'NullCap' ? slot.right : null;
}
