/**
 * Faults become calls to the thread's fault handler.
 *
 * @source l4v spec/abstract/Ipc_A.thy `handle_fault`, `send_fault_ipc`, `handle_double_fault`; seL4 src/kernel/faulthandler.c
 */
import { lookupCap } from '../lookup/cspace.ts';
import { E } from '../prelude.ts';
import type { Cap, EndpointCap } from '../state/caps.ts';
import { ALLOW_GRANT, ALLOW_GRANT_REPLY, ALLOW_WRITE } from '../state/caps.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getTcb, updateTcb } from '../state/kernel-state.ts';
import type { Fault } from '../state/objects.ts';
import { setThreadState } from '../state/ready-queues.ts';
import type { ObjRef } from '../state/refs.ts';
import { sendIpc } from './endpoint.ts';

/**
 * Calls the handler's endpoint on behalf of the thread. The handler's pointer is looked up now, in the thread's own CSpace; if there is no
 * usable endpoint the thread stops for good.
 */
export function handleFault(s: KernelState, thread: ObjRef, fault: Fault): KernelState {
  const found = lookupCap(s, thread, getTcb(s, thread).faultHandler);
  if (E.isLeft(found) || !isFaultHandler(found.right.cap)) return setThreadState(s, thread, { _tag: 'Inactive' });
  const { ref, badge, rights } = found.right.cap;
  return sendIpc(updateTcb(s, thread, { fault }), {
    thread,
    endpoint: ref,
    blocking: true,
    isCall: true,
    badge,
    canGrant: (rights & ALLOW_GRANT) !== 0,
    canGrantReply: true,
  });
}

/** An endpoint one may send to and be answered through. */
function isFaultHandler(cap: Cap): cap is EndpointCap {
  const answer = ALLOW_GRANT | ALLOW_GRANT_REPLY;
  return cap._tag === 'EndpointCap' && (cap.rights & ALLOW_WRITE) !== 0 && (cap.rights & answer) !== 0;
}
