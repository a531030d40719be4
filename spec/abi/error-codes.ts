/**
 * The errors a system call can answer with, and the words they come as. The label of the answer is the code.
 *
 * @source seL4 libsel4 errors.h; l4v spec/abstract/Decode_A.thy `syscall_error`, ExceptionTypes_A
 */
import type { LookupFailure } from './failure.ts';
import type { Word } from './words.ts';

export type SyscallError =
  | { readonly _tag: 'InvalidArgument'; readonly argument: number }
  | { readonly _tag: 'InvalidCapability'; readonly capability: number }
  | { readonly _tag: 'IllegalOperation' }
  | { readonly _tag: 'RangeError'; readonly min: number; readonly max: number | Word }
  | { readonly _tag: 'AlignmentError' }
  | { readonly _tag: 'FailedLookup'; readonly isSource: boolean; readonly failure: LookupFailure }
  | { readonly _tag: 'TruncatedMessage' }
  | { readonly _tag: 'DeleteFirst' }
  | { readonly _tag: 'RevokeFirst' }
  | { readonly _tag: 'NotEnoughMemory'; readonly available: number };

/** The errors with these tags. */
export type ErrorOf<Tag extends SyscallError['_tag']> = Extract<SyscallError, { readonly _tag: Tag }>;

export const ILLEGAL: ErrorOf<'IllegalOperation'> = { _tag: 'IllegalOperation' };
export const TRUNCATED: ErrorOf<'TruncatedMessage'> = { _tag: 'TruncatedMessage' };

/** In the order of their codes; index 0 is success. */
export const ERROR_NAMES = [
  'NoError',
  'InvalidArgument',
  'InvalidCapability',
  'IllegalOperation',
  'RangeError',
  'AlignmentError',
  'FailedLookup',
  'TruncatedMessage',
  'DeleteFirst',
  'RevokeFirst',
  'NotEnoughMemory',
] as const;

/** Code and message words of an error. */
export function errorMessage(error: SyscallError): { readonly code: number; readonly words: readonly Word[] } {
  switch (error._tag) {
    case 'InvalidArgument':
      return { code: 1, words: [BigInt(error.argument)] };
    case 'InvalidCapability':
      return { code: 2, words: [BigInt(error.capability)] };
    case 'IllegalOperation':
      return { code: 3, words: [] };
    case 'RangeError':
      return { code: 4, words: [BigInt(error.min), BigInt(error.max)] };
    case 'AlignmentError':
      return { code: 5, words: [] };
    case 'FailedLookup':
      return { code: 6, words: [error.isSource ? 1n : 0n, ...lookupFailureMessage(error.failure)] };
    case 'TruncatedMessage':
      return { code: 7, words: [] };
    case 'DeleteFirst':
      return { code: 8, words: [] };
    case 'RevokeFirst':
      return { code: 9, words: [] };
    case 'NotEnoughMemory':
      return { code: 10, words: [BigInt(error.available)] };
  }
}

/** Words of a lookup failure: its type, then what it carries. */
export function lookupFailureMessage(failure: LookupFailure): readonly Word[] {
  switch (failure._tag) {
    case 'InvalidRoot':
      return [1n];
    case 'MissingCapability':
      return [2n, BigInt(failure.bitsLeft)];
    case 'DepthMismatch':
      return [3n, BigInt(failure.bitsLeft), BigInt(failure.bitsFound)];
    case 'GuardMismatch':
      return [4n, BigInt(failure.bitsLeft), failure.guard, BigInt(failure.guardBits)];
  }
}
