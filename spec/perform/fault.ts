/**
 * Faults become messages to the thread's fault handler.
 *
 * @source l4v spec/abstract/Ipc_A.thy `handle_fault`, `send_fault_ipc`, `handle_double_fault`; seL4 src/kernel/faulthandler.c
 */
import { specAssert } from '../prelude.ts';
import { isFaultHandler } from '../state/cap-rules.ts';
import type { EndpointCap } from '../state/caps.ts';
import { ALLOW_GRANT, ALLOW_GRANT_REPLY } from '../state/caps.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getCap, getSchedContext, getTcb, slotAt, updateTcb } from '../state/kernel-state.ts';
import type { Fault } from '../state/objects.ts';
import { setThreadState } from '../state/ready-queues.ts';
import type { ObjRef } from '../state/refs.ts';
import { MCS_TCB_TIMEOUT_HANDLER } from '../state/variant.ts';
import { sendIpc } from './endpoint.ts';
import { performPoints } from './variant.ts';

/**
 * Sends the fault to the handler's endpoint on behalf of the thread. If there is no usable endpoint the thread stops for good.
 */
export function handleFault(s: KernelState, thread: ObjRef, fault: Fault): KernelState {
  const points = performPoints(s);
  const handler = points.faultHandler(s, thread);
  if (handler === null) return setThreadState(s, thread, { _tag: 'Inactive' });
  return sendIpc(updateTcb(s, thread, { fault }), {
    thread,
    endpoint: handler.ref,
    blocking: true,
    isCall: points.faultIsCall,
    badge: handler.badge,
    canGrant: (handler.rights & ALLOW_GRANT) !== 0,
    canGrantReply: points.faultCanGrantReply(handler),
    canDonate: points.faultDonates(s, thread),
  });
}

/** MCS: the endpoint that the running out of the thread's budget is told to, if there is one. */
export function timeoutHandler(s: KernelState, thread: ObjRef): EndpointCap | null {
  const cap = getCap(s, slotAt(thread, MCS_TCB_TIMEOUT_HANDLER));
  return isFaultHandler(cap) ? cap : null;
}

/** MCS: tells the handler, which there is. The thread has no time to lend it. */
export function handleTimeout(s: KernelState, thread: ObjRef): KernelState {
  const handler = timeoutHandler(s, thread);
  const { schedContext } = getTcb(s, thread);
  specAssert(handler !== null && schedContext !== null, 'a thread whose budget runs out has a handler and a context');
  const { badge } = getSchedContext(s, schedContext);
  return sendIpc(updateTcb(s, thread, { fault: { _tag: 'Timeout', badge } }), {
    thread,
    endpoint: handler.ref,
    blocking: true,
    isCall: false,
    badge: handler.badge,
    canGrant: (handler.rights & ALLOW_GRANT) !== 0,
    canGrantReply: (handler.rights & ALLOW_GRANT_REPLY) !== 0,
    canDonate: false,
  });
}
