/**
 * Faults become messages to the thread's fault handler.
 *
 * @source l4v spec/abstract/Ipc_A.thy `handle_fault`, `send_fault_ipc`, `handle_double_fault`; seL4 src/kernel/faulthandler.c
 */
import { ALLOW_GRANT } from '../state/caps.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { updateTcb } from '../state/kernel-state.ts';
import type { Fault } from '../state/objects.ts';
import { setThreadState } from '../state/ready-queues.ts';
import type { ObjRef } from '../state/refs.ts';
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
    canDonate: true,
  });
}
