/**
 * TCB invocations. TCB capabilities carry no rights.
 *
 * @source l4v spec/abstract/Decode_A.thy `decode_tcb_invocation` and its parts; seL4 src/object/tcb.c `decodeTCBInvocation`
 */
import type { ErrorOf } from '../abi/error-codes.ts';
import { ILLEGAL, TRUNCATED } from '../abi/error-codes.ts';
import { labelName } from '../abi/variant.ts';
import type { Either } from '../prelude.ts';
import { left, right } from '../prelude.ts';
import { ALLOW_READ } from '../state/caps.ts';
import type { ThreadCap } from '../state/caps.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getNotification, getTcb, isCurrent } from '../state/kernel-state.ts';
import type { ObjRef, Word } from '../state/refs.ts';
import type { Request, TcbInvocation } from './invocation.ts';
import type { Decoded, DecodedOn } from './refusals.ts';
import { decodeTimeoutHandler } from './sched-context.ts';
import { decodePoints } from './variant.ts';
import { decodeConfigure, decodeSetIpcBuffer, decodeSetSpace } from './tcb-space.ts';

export function decodeTcbInvocation(
  s: KernelState,
  cap: ThreadCap,
  request: Request,
): DecodedOn<'ThreadCap', TcbInvocation> {
  const target = cap.ref;
  switch (labelName(s.config, request.label)) {
    case 'TCBReadRegisters':
      return decodeReadRegisters(s, target, request);
    case 'TCBWriteRegisters':
      return decodeWriteRegisters(s, target, request);
    case 'TCBCopyRegisters':
      return decodeCopyRegisters(target, request);
    case 'TCBSuspend':
      return right({ _tag: 'Suspend', target });
    case 'TCBResume':
      return right({ _tag: 'Resume', target });
    case 'TCBConfigure':
      return decodeConfigure(s, target, request);
    case 'TCBSetPriority':
      return decodeSetPriority(s, target, request);
    case 'TCBSetMCPriority':
      return decodeSetMCPriority(s, target, request);
    case 'TCBSetSchedParams':
      return decodeSetSchedParams(s, target, request);
    case 'TCBSetTimeoutEndpoint':
      return decodeSetTimeoutEndpoint(target, request);
    case 'TCBSetIPCBuffer':
      return decodeSetIpcBuffer(s, target, request);
    case 'TCBSetSpace':
      return decodeSetSpace(s, target, request);
    case 'TCBBindNotification':
      return decodeBindNotification(s, target, request);
    case 'TCBUnbindNotification':
      return decodeUnbindNotification(s, target);
    case 'TCBSetTLSBase':
      return decodeSetTlsBase(target, request);
    case 'TCBSetFlags':
      return decodeSetFlags(target, request);
    default:
      return left(ILLEGAL);
  }
}

/** The range of the count is checked before the thread asks about itself. */
function decodeReadRegisters(
  s: KernelState,
  target: ObjRef,
  { args }: Request,
): Decoded<'TCBReadRegisters', TcbInvocation> {
  const [flags, count] = args;
  if (flags === undefined || count === undefined) return left(TRUNCATED);
  const { frameRegisters, gpRegisters } = s.config.registers;
  const max = frameRegisters.length + gpRegisters.length;
  if (count < 1n || count > BigInt(max)) return left({ _tag: 'RangeError', min: 1, max });
  if (isCurrent(s, target)) return left(ILLEGAL);
  return right({ _tag: 'ReadRegisters', target, suspend: (flags & 1n) !== 0n, count: Number(count) });
}

function decodeWriteRegisters(
  s: KernelState,
  target: ObjRef,
  { args }: Request,
): Decoded<'TCBWriteRegisters', TcbInvocation> {
  const [flags, count] = args;
  if (flags === undefined || count === undefined) return left(TRUNCATED);
  if (BigInt(args.length - 2) < count) return left(TRUNCATED);
  if (isCurrent(s, target)) return left(ILLEGAL);
  const values = args.slice(2, 2 + Number(count));
  return right({ _tag: 'WriteRegisters', target, resume: (flags & 1n) !== 0n, values });
}

function decodeCopyRegisters(target: ObjRef, { args, extraCaps }: Request): Decoded<'TCBCopyRegisters', TcbInvocation> {
  const flags = args[0];
  const source = extraCaps[0]?.cap;
  if (flags === undefined || source === undefined) return left(TRUNCATED);
  if (source._tag !== 'ThreadCap') return left({ _tag: 'InvalidCapability', capability: 1 });
  return right({
    _tag: 'CopyRegisters',
    source: source.ref,
    target,
    suspendSource: (flags & 1n) !== 0n,
    resumeTarget: (flags & 2n) !== 0n,
    frame: (flags & 4n) !== 0n,
    integer: (flags & 8n) !== 0n,
  });
}

/** Nobody may give a priority above the maximum controlled priority of the thread that stands for the authority. */
function checkPriority(s: KernelState, priority: Word, authority: ObjRef): ErrorOf<'RangeError'> | null {
  const { mcp } = getTcb(s, authority);
  return priority > BigInt(mcp) ? { _tag: 'RangeError', min: 0, max: mcp } : null;
}

/** The first extra capability, a thread whose maximum controlled priority counts. */
function authorityOf({ extraCaps }: Request): Either<ErrorOf<'TruncatedMessage' | 'InvalidCapability'>, ObjRef> {
  const authority = extraCaps[0]?.cap;
  if (authority === undefined) return left(TRUNCATED);
  return authority._tag === 'ThreadCap' ? right(authority.ref) : left({ _tag: 'InvalidCapability', capability: 1 });
}

function decodeSetPriority(s: KernelState, target: ObjRef, request: Request): Decoded<'TCBSetPriority', TcbInvocation> {
  const priority = request.args[0];
  if (priority === undefined) return left(TRUNCATED);
  const authority = authorityOf(request);
  if (authority._tag === 'Left') return authority;
  const refused = checkPriority(s, priority, authority.right);
  if (refused) return left(refused);
  return right({ _tag: 'ThreadControl', target, slot: request.slot, priority: Number(priority) });
}

function decodeSetMCPriority(
  s: KernelState,
  target: ObjRef,
  request: Request,
): Decoded<'TCBSetMCPriority', TcbInvocation> {
  const mcp = request.args[0];
  if (mcp === undefined) return left(TRUNCATED);
  const authority = authorityOf(request);
  if (authority._tag === 'Left') return authority;
  const refused = checkPriority(s, mcp, authority.right);
  if (refused) return left(refused);
  return right({ _tag: 'ThreadControl', target, slot: request.slot, mcp: Number(mcp) });
}

function decodeSetSchedParams(
  s: KernelState,
  target: ObjRef,
  request: Request,
): Decoded<'TCBSetSchedParams', TcbInvocation> {
  const [mcp, priority] = request.args;
  const points = decodePoints(s.config);
  if (mcp === undefined || priority === undefined) return left(TRUNCATED);
  if (request.extraCaps.length < points.schedParamsCaps) return left(TRUNCATED);
  const authority = authorityOf(request);
  if (authority._tag === 'Left') return authority;
  const refused = checkPriority(s, mcp, authority.right) ?? checkPriority(s, priority, authority.right);
  if (refused) return left(refused);
  const time = points.decodeTime(s, target, request.extraCaps);
  if (time._tag === 'Left') return time;
  return right({
    _tag: 'ThreadControl',
    target,
    slot: request.slot,
    mcp: Number(mcp),
    priority: Number(priority),
    ...time.right,
  });
}

function decodeSetTimeoutEndpoint(
  target: ObjRef,
  { extraCaps, slot }: Request,
): Decoded<'TCBSetTimeoutEndpoint', TcbInvocation> {
  const handler = decodeTimeoutHandler(extraCaps);
  return handler._tag === 'Left' ? handler : right({ _tag: 'ThreadControl', target, slot, ...handler.right });
}

/** An active notification may be bound; one with waiters may not. */
function decodeBindNotification(
  s: KernelState,
  target: ObjRef,
  { extraCaps }: Request,
): Decoded<'TCBBindNotification', TcbInvocation> {
  const cap = extraCaps[0]?.cap;
  if (cap === undefined) return left(TRUNCATED);
  if (getTcb(s, target).boundNotification !== null) return left(ILLEGAL);
  if (cap._tag !== 'NotificationCap' || (cap.rights & ALLOW_READ) === 0) return left(ILLEGAL);
  const notification = getNotification(s, cap.ref);
  if (notification.boundTcb !== null || notification.state._tag === 'WaitingNtfn') return left(ILLEGAL);
  return right({ _tag: 'NotificationControl', target, notification: cap.ref });
}

function decodeUnbindNotification(s: KernelState, target: ObjRef): Decoded<'TCBUnbindNotification', TcbInvocation> {
  if (getTcb(s, target).boundNotification === null) return left(ILLEGAL);
  return right({ _tag: 'NotificationControl', target, notification: null });
}

function decodeSetTlsBase(target: ObjRef, { args }: Request): Decoded<'TCBSetTLSBase', TcbInvocation> {
  const base = args[0];
  return base === undefined ? left(TRUNCATED) : right({ _tag: 'SetTLSBase', target, base });
}

function decodeSetFlags(target: ObjRef, { args }: Request): Decoded<'TCBSetFlags', TcbInvocation> {
  const [clear, set] = args;
  if (clear === undefined || set === undefined) return left(TRUNCATED);
  return right({ _tag: 'SetFlags', target, clear: Number(clear & 1n), set: Number(set & 1n) });
}
