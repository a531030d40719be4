/**
 * Performing a decoded invocation, by what it is invoked on. Performing never refuses.
 *
 * @source l4v spec/abstract/Syscall_A.thy `perform_invocation`
 */
import type { Invocation } from '../decode/invocation.ts';
import type { Either } from '../prelude.ts';
import { E, right } from '../prelude.ts';
import { ALLOW_GRANT, ALLOW_GRANT_REPLY } from '../state/caps.ts';
import type { KernelState } from '../state/kernel-state.ts';
import type { ObjRef } from '../state/refs.ts';
import { invokeCNode } from './cnode.ts';
import { invokeDomain } from './domain.ts';
import { sendIpc } from './endpoint.ts';
import { invokeIOPort } from './io-port.ts';
import { invokeIrqControl, invokeIrqHandler } from './irq.ts';
import { sendSignal } from './notification.ts';
import type { Answer, Preempted, Preemptible } from './outcome.ts';
import { answerThrough, doReplyTransfer } from './reply.ts';
import { configureSchedContext, invokeSchedContext } from './sched-context.ts';
import { invokeTcb } from './tcb.ts';
import { invokeUntyped } from './untyped.ts';
import { invokeVSpace } from './vspace.ts';

export interface Caller {
  readonly thread: ObjRef;
  readonly blocking: boolean;
  readonly isCall: boolean;
  /** MCS: whether a receiver without time may have the caller's. */
  readonly canDonate: boolean;
}

export function performInvocation(
  s: KernelState,
  invocation: Invocation,
  { thread, blocking, isCall, canDonate }: Caller,
): Either<Preempted, Answer> {
  switch (invocation._tag) {
    case 'InvokeEndpoint': {
      const { ref, badge, rights } = invocation.cap;
      const canGrant = (rights & ALLOW_GRANT) !== 0;
      const canGrantReply = (rights & ALLOW_GRANT_REPLY) !== 0;
      return done(sendIpc(s, { thread, endpoint: ref, blocking, isCall, badge, canGrant, canGrantReply, canDonate }));
    }
    case 'InvokeNotification':
      return done(sendSignal(s, invocation.cap.ref, invocation.cap.badge));
    case 'InvokeReply':
      return done(doReplyTransfer(s, thread, invocation.cap.ref, invocation.slot, invocation.cap.canGrant));
    case 'InvokeReplyObject':
      return done(answerThrough(s, thread, invocation.cap.ref, invocation.cap.canGrant));
    case 'ConfigureSchedContext':
      return done(configureSchedContext(s, invocation.control));
    case 'InvokeSchedContext':
      return invokeSchedContext(s, invocation.context);
    case 'InvokeTcb':
      return invokeTcb(s, invocation.tcb);
    case 'InvokeCNode':
      return withoutWords(invokeCNode(s, invocation.cnode));
    case 'InvokeUntyped':
      return withoutWords(invokeUntyped(s, invocation.untyped));
    case 'InvokeIRQControl':
      return done(invokeIrqControl(s, invocation.control));
    case 'InvokeIRQHandler':
      return done(invokeIrqHandler(s, invocation.handler));
    case 'InvokeDomain':
      return done(invokeDomain(s, invocation.domain));
    case 'InvokeIOPort':
      return right(invokeIOPort(s, invocation.ioPort));
    case 'InvokeVSpace':
      return right(invokeVSpace(s, invocation.vspace));
  }
}

function done(state: KernelState): Either<Preempted, Answer> {
  return right({ state, words: [] });
}

function withoutWords(result: Preemptible): Either<Preempted, Answer> {
  return E.isLeft(result) ? result : done(result.right);
}
