/**
 * Why a capability pointer leads nowhere.
 *
 * @source l4v spec/abstract/ExceptionTypes_A.thy `lookup_failure`; seL4 structures.bf `lookup_fault`
 */
import type { Word } from './words.ts';

export type LookupFailure =
  | { readonly _tag: 'InvalidRoot' }
  | { readonly _tag: 'MissingCapability'; readonly bitsLeft: number }
  | { readonly _tag: 'DepthMismatch'; readonly bitsLeft: number; readonly bitsFound: number }
  /** `guard` and `guardBits` are the CNode capability's. */
  | { readonly _tag: 'GuardMismatch'; readonly bitsLeft: number; readonly guard: Word; readonly guardBits: number };
