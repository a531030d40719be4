/**
 * Invocations about time in the MCS kernel: parameters of scheduling contexts, who holds them, and the parts of TCB invocations that are about them
 * and about handlers as capabilities.
 *
 * @source l4v branch rt spec/abstract/Decode_A.thy `decode_sched_control_invocation_flags`, `decode_sched_context_invocation`,
 * `decode_set_sched_params`; seL4 src/object/schedcontrol.c, src/object/schedcontext.c, src/object/tcb.c
 */
import type { ErrorOf } from '../abi/error-codes.ts';
import { ILLEGAL, TRUNCATED } from '../abi/error-codes.ts';
import { labelName } from '../abi/variant.ts';
import type { Either } from '../prelude.ts';
import { left, right } from '../prelude.ts';
import { isFaultHandler } from '../state/cap-rules.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getNotification, getSchedContext, getTcb, isCurrent, threadState } from '../state/kernel-state.ts';
import { MIN_REFILLS, minBudget, refillAbsoluteMax, usToTicks } from '../state/refills.ts';
import type { ObjRef, Word } from '../state/refs.ts';
import { isReleased } from '../state/sched-context.ts';
import type { Installed, Request, SchedContextInvocation, SchedControlInvocation } from './invocation.ts';
import type { Decoded, DecodedOn } from './refusals.ts';

type Argument = Request['extraCaps'][number];

const invalid = (capability: number): Either<ErrorOf<'InvalidCapability'>, never> =>
  left({ _tag: 'InvalidCapability', capability });

/** Bit of the flags that makes a sporadic server; the others mean nothing. */
const SPORADIC = 1n;

/** The capability is missed before words are; ranges are checked before it is looked at. */
export function decodeSchedControlInvocation(
  s: KernelState,
  request: Request,
): DecodedOn<'SchedControlCap', SchedControlInvocation> {
  if (labelName(s.config, request.label) !== 'SchedControlConfigureFlags') return left(ILLEGAL);
  const { config } = s;
  const target = request.extraCaps[0]?.cap;
  const [budgetUs, periodUs, extraRefills, badge, flags] = request.args;
  if (target === undefined || budgetUs === undefined || periodUs === undefined) return left(TRUNCATED);
  if (extraRefills === undefined || badge === undefined || flags === undefined) return left(TRUNCATED);
  const min = Number(2n * config.kernelWcetUs);
  const outOf = (max: Word): Either<ErrorOf<'RangeError'>, never> => left({ _tag: 'RangeError', min, max });
  if (budgetUs > config.maxPeriodUs || periodUs > config.maxPeriodUs) return outOf(config.maxPeriodUs);
  const budget = usToTicks(config, budgetUs);
  const period = usToTicks(config, periodUs);
  if (budget < minBudget(config) || period < minBudget(config)) return outOf(config.maxPeriodUs);
  if (budget > period) return outOf(periodUs);
  if (target._tag !== 'SchedContextCap') return invalid(1);
  const most = refillAbsoluteMax(config, target.sizeBits) - MIN_REFILLS;
  if (extraRefills > BigInt(most)) return left({ _tag: 'RangeError', min: 0, max: most });
  return right({
    schedContext: target.ref,
    budget,
    period,
    refillMax: Number(extraRefills) + MIN_REFILLS,
    badge,
    sporadic: (flags & SPORADIC) !== 0n,
  });
}

export function decodeSchedContextInvocation(
  s: KernelState,
  schedContext: ObjRef,
  request: Request,
): DecodedOn<'SchedContextCap', SchedContextInvocation> {
  switch (labelName(s.config, request.label)) {
    case 'SchedContextBind':
      return decodeBind(s, schedContext, request);
    case 'SchedContextUnbindObject':
      return decodeUnbindObject(s, schedContext, request);
    case 'SchedContextUnbind':
      return isCurrentOn(s, schedContext) ? left(ILLEGAL) : right({ _tag: 'Unbind', schedContext });
    case 'SchedContextConsumed':
      return right({ _tag: 'Consumed', schedContext });
    case 'SchedContextYieldTo':
      return decodeYieldTo(s, schedContext);
    default:
      return left(ILLEGAL);
  }
}

/** The running thread cannot take its own time away. */
function isCurrentOn(s: KernelState, schedContext: ObjRef): boolean {
  return getSchedContext(s, schedContext).tcb === s.globals.currentThread;
}

function isBlocked(s: KernelState, thread: ObjRef): boolean {
  return threadState(s, thread)._tag.startsWith('Blocked');
}

function decodeBind(
  s: KernelState,
  schedContext: ObjRef,
  { extraCaps }: Request,
): Decoded<'SchedContextBind', SchedContextInvocation> {
  const cap = extraCaps[0]?.cap;
  if (cap === undefined) return left(TRUNCATED);
  const context = getSchedContext(s, schedContext);
  switch (cap._tag) {
    case 'ThreadCap':
      if (context.tcb !== null || getTcb(s, cap.ref).schedContext !== null) return left(ILLEGAL);
      if (isBlocked(s, cap.ref) && !isReleased(s, schedContext)) return left(ILLEGAL);
      return right({ _tag: 'BindTcb', schedContext, thread: cap.ref });
    case 'NotificationCap':
      if (context.notification !== null || getNotification(s, cap.ref).schedContext !== null) return left(ILLEGAL);
      return right({ _tag: 'BindNotification', schedContext, notification: cap.ref });
    default:
      return invalid(1);
  }
}

function decodeUnbindObject(
  s: KernelState,
  schedContext: ObjRef,
  { extraCaps }: Request,
): Decoded<'SchedContextUnbindObject', SchedContextInvocation> {
  const cap = extraCaps[0]?.cap;
  if (cap === undefined) return left(TRUNCATED);
  const context = getSchedContext(s, schedContext);
  switch (cap._tag) {
    case 'ThreadCap':
      if (context.tcb !== cap.ref || isCurrent(s, cap.ref)) return left(ILLEGAL);
      return right({ _tag: 'UnbindTcb', schedContext });
    case 'NotificationCap':
      if (context.notification !== cap.ref) return left(ILLEGAL);
      return right({ _tag: 'UnbindNotification', schedContext });
    default:
      return invalid(1);
  }
}

/** One yields to a thread whose priority one may control. */
function decodeYieldTo(s: KernelState, schedContext: ObjRef): Decoded<'SchedContextYieldTo', SchedContextInvocation> {
  const { tcb } = getSchedContext(s, schedContext);
  if (tcb === null || isCurrent(s, tcb)) return left(ILLEGAL);
  if (getTcb(s, tcb).priority > getTcb(s, s.globals.currentThread).mcp) return left(ILLEGAL);
  return right({ _tag: 'YieldTo', schedContext });
}

/** A handler of faults that is to be installed: a usable endpoint, or null to take the one away that is there. Undefined for anything else. */
export function handlerOf({ cap, slot }: Argument): Installed | null | undefined {
  if (cap._tag === 'NullCap') return null;
  return isFaultHandler(cap) ? { cap, source: slot } : undefined;
}

/** The scheduling context and the fault handler of TCB_SetSchedParams, its second and third extra capability. */
export function decodeSchedParamsTime(
  s: KernelState,
  target: ObjRef,
  [, context, handler]: Request['extraCaps'],
): Decoded<
  'TCBSetSchedParams',
  { readonly schedContext?: ObjRef | null; readonly faultHandlerCap?: Installed | null }
> {
  if (context === undefined || handler === undefined) return left(TRUNCATED);
  let schedContext: ObjRef | null = null;
  switch (context.cap._tag) {
    case 'SchedContextCap': {
      const { ref } = context.cap;
      const bound = getTcb(s, target).schedContext;
      if (bound !== ref && (bound !== null || getSchedContext(s, ref).tcb !== null)) return left(ILLEGAL);
      if (isBlocked(s, target) && !isReleased(s, ref)) return left(ILLEGAL);
      schedContext = ref;
      break;
    }
    case 'NullCap':
      if (isCurrent(s, target)) return left(ILLEGAL);
      break;
    default:
      return invalid(2);
  }
  const faultHandlerCap = handlerOf(handler);
  return faultHandlerCap === undefined ? invalid(3) : right({ schedContext, faultHandlerCap });
}

/** The handler of timeouts, the only extra capability of TCB_SetTimeoutEndpoint. */
export function decodeTimeoutHandler([handler]: Request['extraCaps']): Decoded<
  'TCBSetTimeoutEndpoint',
  { readonly timeoutHandlerCap: Installed | null }
> {
  if (handler === undefined) return left(TRUNCATED);
  const timeoutHandlerCap = handlerOf(handler);
  return timeoutHandlerCap === undefined ? invalid(1) : right({ timeoutHandlerCap });
}
