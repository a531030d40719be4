/**
 * Invocations about time in the MCS kernel, as far as they are modelled: a context is given a budget as long as its period, and bound to
 * a thread. The rest ends in `NotModelled` (caveat `mcs-time`).
 *
 * @source l4v branch rt spec/abstract/Decode_A.thy `decode_sched_control_invocation_flags`, `decode_set_sched_params`; seL4
 * src/object/schedcontrol.c, src/object/tcb.c
 */
import type { ErrorOf, SyscallError } from '../abi/error-codes.ts';
import { ILLEGAL, TRUNCATED } from '../abi/error-codes.ts';
import { labelName } from '../abi/variant.ts';
import type { Either } from '../prelude.ts';
import { left, notModelled, right } from '../prelude.ts';
import { isFaultHandler } from '../state/cap-rules.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getSchedContext, getTcb, isCurrent } from '../state/kernel-state.ts';
import type { ObjRef } from '../state/refs.ts';
import type { Installed, Invocation, Request } from './invocation.ts';
import type { Decoded } from './refusals.ts';

const invalid = (capability: number): Either<ErrorOf<'InvalidCapability'>, never> =>
  left({ _tag: 'InvalidCapability', capability });

/** Budgets in microseconds that no recorded run uses up before it ends or is cut off, and that are far from every limit. */
const SHORTEST_BUDGET = 1_000n;
const LONGEST_BUDGET = 1_000_000n;

export function decodeSchedControlInvocation(s: KernelState, request: Request): Either<SyscallError, Invocation> {
  if (labelName(s.config, request.label) !== 'SchedControlConfigureFlags') return left(ILLEGAL);
  const target = request.extraCaps[0]?.cap;
  const [budget, period, extraRefills, badge, flags] = request.args;
  if (target === undefined || budget === undefined || period === undefined) return left(TRUNCATED);
  if (extraRefills === undefined || badge === undefined || flags === undefined) return left(TRUNCATED);
  const isRoundRobin = budget === period && extraRefills === 0n && badge === 0n && flags === 0n;
  if (!isRoundRobin || budget < SHORTEST_BUDGET || budget > LONGEST_BUDGET) {
    return notModelled('SchedControl_ConfigureFlags with anything but 1 ms to 1 s in a period of the same length');
  }
  if (target._tag !== 'SchedContextCap') return invalid(1);
  if (getSchedContext(s, target.ref).tcb !== null)
    notModelled('SchedControl_ConfigureFlags on a bound scheduling context');
  return right({ _tag: 'ConfigureSchedContext', schedContext: target.ref, budget });
}

export function decodeSchedContextInvocation(s: KernelState, request: Request): Either<SyscallError, never> {
  const label = labelName(s.config, request.label);
  return label?.startsWith('SchedContext') === true ? notModelled(label) : left(ILLEGAL);
}

/** The scheduling context and the fault handler of TCB_SetSchedParams, its second and third extra capability. */
export function decodeSchedParamsTime(
  s: KernelState,
  target: ObjRef,
  [, context, handler]: Request['extraCaps'],
): Decoded<'TCBSetSchedParams', { readonly schedContext?: ObjRef; readonly faultHandlerCap?: Installed | null }> {
  if (context === undefined || handler === undefined) return left(TRUNCATED);
  const bound = getTcb(s, target).schedContext;
  let change: { readonly schedContext?: ObjRef } = {};
  switch (context.cap._tag) {
    case 'SchedContextCap': {
      const { ref } = context.cap;
      const { tcb, budget } = getSchedContext(s, ref);
      if (bound !== ref) {
        if (bound !== null || tcb !== null) return left(ILLEGAL);
        if (budget === 0n) notModelled('binding a scheduling context without budget');
        change = { schedContext: ref };
      }
      break;
    }
    case 'NullCap':
      if (isCurrent(s, target)) return left(ILLEGAL);
      if (bound !== null) notModelled('TCB_SetSchedParams taking a scheduling context away');
      break;
    default:
      return invalid(2);
  }
  if (handler.cap._tag === 'NullCap') return right({ ...change, faultHandlerCap: null });
  if (!isFaultHandler(handler.cap)) return invalid(3);
  return right({ ...change, faultHandlerCap: { cap: handler.cap, source: handler.slot } });
}
