/**
 * Decoding: from a system call on a capability to an invocation, by the capability's type. Reads the state, never changes it.
 *
 * @source l4v spec/abstract/Decode_A.thy `decode_invocation`; seL4 src/object/objecttype.c `decodeInvocation`
 */
import type { ErrorOf, SyscallError } from '../abi/error-codes.ts';
import { ILLEGAL } from '../abi/error-codes.ts';
import type { Either } from '../prelude.ts';
import { E, left, right } from '../prelude.ts';
import { ALLOW_WRITE } from '../state/caps.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { decodeCNodeInvocation } from './cnode.ts';
import { decodeDomainInvocation } from './domain.ts';
import type { Invocation, Request, VSpaceInvocation } from './invocation.ts';
import { decodeIOPortControlInvocation, decodeIOPortInvocation } from './io-port.ts';
import { decodeIrqControlInvocation, decodeIrqHandlerInvocation } from './irq.ts';
import type { CAP_REFUSALS } from './refusals.ts';
import { decodeSchedContextInvocation, decodeSchedControlInvocation } from './sched-context.ts';
import { decodeTcbInvocation } from './tcb.ts';
import { decodeUntypedInvocation } from './untyped.ts';
import {
  decodeASIDControlInvocation,
  decodeASIDPoolInvocation,
  decodeFrameInvocation,
  decodePagingInvocation,
} from './vspace.ts';

const INVALID: ErrorOf<
  (typeof CAP_REFUSALS)['NullCap' | 'Zombie' | 'EndpointCap' | 'NotificationCap' | 'ReplyCap'][number]
> = {
  _tag: 'InvalidCapability',
  capability: 0,
};

export function decodeInvocation(s: KernelState, request: Request): Either<SyscallError, Invocation> {
  const { cap } = request;
  switch (cap._tag) {
    case 'NullCap':
    case 'Zombie':
      return left(INVALID);
    case 'EndpointCap':
      return (cap.rights & ALLOW_WRITE) === 0 ? left(INVALID) : right({ _tag: 'InvokeEndpoint', cap });
    case 'NotificationCap':
      return (cap.rights & ALLOW_WRITE) === 0 ? left(INVALID) : right({ _tag: 'InvokeNotification', cap });
    case 'ReplyCap':
      return cap.master ? left(INVALID) : right({ _tag: 'InvokeReply', cap, slot: request.slot });
    case 'ReplyObjectCap':
      return right({ _tag: 'InvokeReplyObject', cap });
    case 'SchedControlCap': {
      const control = decodeSchedControlInvocation(s, request);
      return E.isLeft(control) ? control : right({ _tag: 'ConfigureSchedContext', control: control.right });
    }
    case 'SchedContextCap': {
      const context = decodeSchedContextInvocation(s, cap.ref, request);
      return E.isLeft(context) ? context : right({ _tag: 'InvokeSchedContext', context: context.right });
    }
    case 'ThreadCap': {
      const tcb = decodeTcbInvocation(s, cap, request);
      return E.isLeft(tcb) ? tcb : right({ _tag: 'InvokeTcb', tcb: tcb.right });
    }
    case 'CNodeCap': {
      const cnode = decodeCNodeInvocation(s, cap, request);
      return E.isLeft(cnode) ? cnode : right({ _tag: 'InvokeCNode', cnode: cnode.right });
    }
    case 'UntypedCap': {
      const untyped = decodeUntypedInvocation(s, cap, request);
      return E.isLeft(untyped) ? untyped : right({ _tag: 'InvokeUntyped', untyped: untyped.right });
    }
    case 'FrameCap':
      return vspaceInvocation(decodeFrameInvocation(s, cap, request));
    case 'PagingCap':
      return vspaceInvocation(decodePagingInvocation(s, cap, request));
    case 'ASIDControlCap':
      return vspaceInvocation(decodeASIDControlInvocation(s, request));
    case 'ASIDPoolCap':
      return vspaceInvocation(decodeASIDPoolInvocation(s, cap, request));
    case 'IRQControlCap': {
      const control = decodeIrqControlInvocation(s, request);
      return E.isLeft(control) ? control : right({ _tag: 'InvokeIRQControl', control: control.right });
    }
    case 'IRQHandlerCap': {
      const handler = decodeIrqHandlerInvocation(s, cap, request);
      return E.isLeft(handler) ? handler : right({ _tag: 'InvokeIRQHandler', handler: handler.right });
    }
    case 'DomainCap': {
      const domain = decodeDomainInvocation(s, request);
      return E.isLeft(domain) ? domain : right({ _tag: 'InvokeDomain', domain: domain.right });
    }
    case 'IOPortControlCap': {
      const ports = decodeIOPortControlInvocation(s, request);
      return E.isLeft(ports) ? ports : right({ _tag: 'InvokeIOPort', ioPort: ports.right });
    }
    case 'IOPortCap': {
      const ports = decodeIOPortInvocation(s, cap, request);
      return E.isLeft(ports) ? ports : right({ _tag: 'InvokeIOPort', ioPort: ports.right });
    }
    case 'IOSpaceCap':
      return left(ILLEGAL);
  }
}

function vspaceInvocation(decoded: Either<SyscallError, VSpaceInvocation>): Either<SyscallError, Invocation> {
  return E.isLeft(decoded) ? decoded : right({ _tag: 'InvokeVSpace', vspace: decoded.right });
}
