/**
 * The root of an address space as an argument, and the errors that mapping ends in.
 *
 * @source l4v spec/abstract/RISCV64/ArchDecode_A.thy, X64/ArchDecode_A.thy
 */
import type { ErrorOf } from '../abi/error-codes.ts';
import type { Either } from '../prelude.ts';
import { left, right } from '../prelude.ts';
import type { Cap } from '../state/caps.ts';
import type { KernelState } from '../state/kernel-state.ts';
import type { ObjRef } from '../state/refs.ts';
import { findVSpaceForASID } from '../state/vspace.ts';

export function invalidCapability(capability: number): ErrorOf<'InvalidCapability'> {
  return { _tag: 'InvalidCapability', capability };
}

export function invalidArgument(argument: number): ErrorOf<'InvalidArgument'> {
  return { _tag: 'InvalidArgument', argument };
}

export const NO_VSPACE: ErrorOf<'FailedLookup'> = {
  _tag: 'FailedLookup',
  isSource: false,
  failure: { _tag: 'InvalidRoot' },
};

/** The address space has no table that far down. */
export function missingTable(bitsLeft: number): ErrorOf<'FailedLookup'> {
  return { _tag: 'FailedLookup', isSource: false, failure: { _tag: 'MissingCapability', bitsLeft } };
}

/** The identifier in a capability that is given as the root of an address space; null when it is none. */
export function rootASID(s: KernelState, cap: Cap): number | null {
  return cap._tag === 'PagingCap' && cap.level === s.config.arch.vspaceRoot && cap.mapped !== null
    ? cap.mapped.asid
    : null;
}

/** Whether the identifier leads to the root that was given. */
export function checkVSpace(
  s: KernelState,
  asid: number,
  root: ObjRef,
): Either<ErrorOf<'FailedLookup' | 'InvalidCapability'>, ObjRef> {
  const found = findVSpaceForASID(s, asid);
  if (found === null) return left(NO_VSPACE);
  return found === root ? right(found) : left(invalidCapability(1));
}
