/**
 * Domains: putting threads into them, and the schedule by which they take turns.
 *
 * @source l4v spec/abstract/Decode_A.thy `decode_domain_invocation`; seL4 src/object/domain.c
 */
import type { ErrorOf } from '../abi/error-codes.ts';
import { TRUNCATED, ILLEGAL } from '../abi/error-codes.ts';
import { labelName } from '../abi/variant.ts';
import type { Either } from '../prelude.ts';
import { left, right } from '../prelude.ts';
import { isEndMarker } from '../state/domain-schedule.ts';
import type { KernelState } from '../state/kernel-state.ts';
import type { DomainInvocation, Request } from './invocation.ts';
import type { Decoded, DecodedOn } from './refusals.ts';

/** Longest slice, in ticks. */
export const MAX_DURATION = 2n ** 56n - 1n;

const invalidArgument = (argument: number): Either<ErrorOf<'InvalidArgument'>, never> =>
  left({ _tag: 'InvalidArgument', argument });
const rangeError = (max: number): Either<ErrorOf<'RangeError'>, never> => left({ _tag: 'RangeError', min: 0, max });

export function decodeDomainInvocation(s: KernelState, request: Request): DecodedOn<'DomainCap', DomainInvocation> {
  switch (labelName(s.config, request.label)) {
    case 'DomainSetSet':
      return decodeSetDomain(s, request);
    case 'DomainScheduleConfigure':
      return decodeScheduleConfigure(s, request);
    case 'DomainScheduleSetStart':
      return decodeScheduleSetStart(s, request);
    default:
      return left(ILLEGAL);
  }
}

/** What is not a thread is refused as an argument, not as a capability. */
function decodeSetDomain(s: KernelState, { args, extraCaps }: Request): Decoded<'DomainSetSet', DomainInvocation> {
  const domain = args[0];
  if (domain === undefined) return left(TRUNCATED);
  if (domain >= BigInt(s.config.domains)) return invalidArgument(0);
  const cap = extraCaps[0]?.cap;
  if (cap === undefined) return left(TRUNCATED);
  if (cap._tag !== 'ThreadCap') return invalidArgument(1);
  return right({ _tag: 'SetDomain', thread: cap.ref, domain: Number(domain) });
}

/** The last entry stays an end marker, and the start stays an entry that has time. */
function decodeScheduleConfigure(
  s: KernelState,
  { args }: Request,
): Decoded<'DomainScheduleConfigure', DomainInvocation> {
  const [index, domain, duration] = args;
  if (index === undefined || domain === undefined || duration === undefined) return left(TRUNCATED);
  const { domainSchedule, domainStart } = s.globals;
  if (index >= BigInt(domainSchedule.length - 1)) return rangeError(domainSchedule.length - 2);
  if (domain >= BigInt(s.config.domains)) return rangeError(s.config.domains - 1);
  if (duration > MAX_DURATION) return invalidArgument(2);
  if (duration === 0n && domain !== 0n) return invalidArgument(1);
  if (duration === 0n && Number(index) === domainStart) return invalidArgument(2);
  return right({ _tag: 'ConfigureEntry', index: Number(index), entry: { domain: Number(domain), duration } });
}

function decodeScheduleSetStart(
  s: KernelState,
  { args }: Request,
): Decoded<'DomainScheduleSetStart', DomainInvocation> {
  const index = args[0];
  if (index === undefined) return left(TRUNCATED);
  const { domainSchedule } = s.globals;
  if (index >= BigInt(domainSchedule.length)) return rangeError(domainSchedule.length - 1);
  const entry = domainSchedule[Number(index)];
  if (entry === undefined || isEndMarker(entry)) return invalidArgument(0);
  return right({ _tag: 'SetStart', index: Number(index) });
}
