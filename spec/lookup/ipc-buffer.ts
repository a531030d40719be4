/**
 * Where a thread's IPC buffer lies in physical memory, and the words in it.
 *
 * @source l4v spec/abstract/Ipc_A.thy `lookup_ipc_buffer`; seL4 libsel4 shared_types.h `seL4_IPCBuffer`
 */
import type { KernelConfig } from '../abi/config.ts';
import { lowBits } from '../abi/words.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getCap, getTcb, slotAt } from '../state/kernel-state.ts';
import type { ObjRef } from '../state/refs.ts';
import { statePoints } from '../state/variant.ts';

/**
 * Physical address of the buffer, or null: there is no frame, it is device memory, or its rights do not allow reading
 * (or, for a receiver, writing). Whether the frame is mapped does not matter.
 */
export function lookupIpcBuffer(s: KernelState, isReceiver: boolean, thread: ObjRef): number | null {
  const cap = getCap(s, slotAt(thread, statePoints(s.config).tcbBuffer));
  if (cap._tag !== 'FrameCap' || cap.device) return null;
  const allowed = cap.rights === 'ReadWrite' || (!isReceiver && cap.rights === 'ReadOnly');
  if (!allowed) return null;
  return cap.ref + Number(lowBits(getTcb(s, thread).ipcBuffer, s.config.frameBits[cap.size]));
}

/** Addresses of the words of the buffer at `buffer`. */
export const bufferMessageWord = (buffer: number, index: number): number => buffer + (1 + index) * 8;
export const bufferCapWord = (config: KernelConfig, buffer: number, index: number): number =>
  buffer + (config.msgMaxLength + 2 + index) * 8;
/** Receive CNode, index and depth, in this order. */
export const bufferReceiveWord = (config: KernelConfig, buffer: number, index: 0 | 1 | 2): number =>
  buffer + (config.msgMaxLength + 2 + config.msgMaxExtraCaps + index) * 8;
