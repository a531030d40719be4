/**
 * CNode invocations. The order of the checks is observable: it decides which error the caller sees.
 *
 * @source l4v spec/abstract/Decode_A.thy `decode_cnode_invocation`; seL4 src/object/cnode.c `decodeCNodeInvocation`
 */
import type { SyscallError } from '../abi/error-codes.ts';
import type { Label } from '../abi/labels.ts';
import { labelName } from '../abi/variant.ts';
import { deriveCap, ensureEmpty } from '../lookup/derive.ts';
import { lookupSourceSlot, lookupTargetSlot } from '../lookup/cspace.ts';
import type { Either } from '../prelude.ts';
import { E, left, right } from '../prelude.ts';
import type { Cap, CNodeCap } from '../state/caps.ts';
import { ALL_RIGHTS } from '../state/caps.ts';
import { maskCap, updateCapData } from '../state/cap-rules.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getCap } from '../state/kernel-state.ts';
import type { SlotRef, Word } from '../state/refs.ts';
import type { CNodeInvocation, Request } from './invocation.ts';

const ILLEGAL: SyscallError = { _tag: 'IllegalOperation' };
const TRUNCATED: SyscallError = { _tag: 'TruncatedMessage' };

type Decoded = Either<SyscallError, CNodeInvocation>;

/** Rights on the CNode capability itself are not looked at: it has none. */
export function decodeCNodeInvocation(s: KernelState, cnode: CNodeCap, request: Request): Decoded {
  const label = labelName(s.config, request.label);
  if (label === undefined || !label.startsWith('CNode')) return left(ILLEGAL);
  const [index, depth] = request.args;
  if (index === undefined || depth === undefined) return left(TRUNCATED);
  const found = lookupTargetSlot(s, cnode, index, depth);
  if (E.isLeft(found)) return found;
  const slot = found.right;
  switch (label) {
    case 'CNodeRevoke':
      return right({ _tag: 'Revoke', slot });
    case 'CNodeDelete':
      return right({ _tag: 'Delete', slot });
    case 'CNodeCancelBadgedSends': {
      const cap = getCap(s, slot);
      if (cap._tag !== 'EndpointCap' || cap.rights !== ALL_RIGHTS) return left(ILLEGAL);
      return right({ _tag: 'CancelBadgedSends', endpoint: cap });
    }
    case 'CNodeSaveCaller': {
      const occupied = ensureEmpty(s, slot);
      return occupied ? left(occupied) : right({ _tag: 'SaveCaller', target: slot });
    }
    case 'CNodeRotate':
      return decodeRotate(s, slot, request);
    default:
      return decodeInsertOrMove(s, label, slot, request);
  }
}

/**
 * Copy, Mint, Move and Mutate. The destination must be empty before the source is even looked up, and the words that only
 * some of them have are counted after the source was found.
 */
function decodeInsertOrMove(s: KernelState, label: Label, target: SlotRef, { args, extraCaps }: Request): Decoded {
  const [, , sourceIndex, sourceDepth] = args;
  const root = extraCaps[0];
  if (sourceIndex === undefined || sourceDepth === undefined || root === undefined) return left(TRUNCATED);
  const occupied = ensureEmpty(s, target);
  if (occupied) return left(occupied);
  const found = lookupSourceSlot(s, root.cap, sourceIndex, sourceDepth);
  if (E.isLeft(found)) return found;
  const source = found.right;
  const cap = getCap(s, source);
  if (cap._tag === 'NullCap') return left(missing(true, sourceDepth));

  const insert = (made: Cap): Decoded => {
    const derived = deriveCap(s, source, made);
    if (E.isLeft(derived)) return derived;
    if (derived.right._tag === 'NullCap') return left(ILLEGAL);
    return right({ _tag: 'Insert', cap: derived.right, source, target });
  };
  switch (label) {
    case 'CNodeCopy': {
      const rights = args[4];
      return rights === undefined ? left(TRUNCATED) : insert(maskCap(Number(rights & 15n), cap));
    }
    case 'CNodeMint': {
      const [rights, data] = [args[4], args[5]];
      if (rights === undefined || data === undefined) return left(TRUNCATED);
      return insert(updateCapData(s.config, false, data, maskCap(Number(rights & 15n), cap)));
    }
    case 'CNodeMutate': {
      const data = args[4];
      if (data === undefined) return left(TRUNCATED);
      const mutated = updateCapData(s.config, true, data, cap);
      return mutated._tag === 'NullCap' ? left(ILLEGAL) : right({ _tag: 'Move', cap: mutated, source, target });
    }
    default:
      return right({ _tag: 'Move', cap, source, target });
  }
}

/** Words: target index and depth, then data, index and depth of the pivot, then of the source. */
function decodeRotate(s: KernelState, target: SlotRef, { args, extraCaps }: Request): Decoded {
  const [, , pivotData, pivotIndex, pivotDepth, sourceData, sourceIndex, sourceDepth] = args;
  const [pivotRoot, sourceRoot] = extraCaps;
  if (pivotData === undefined || pivotIndex === undefined || pivotDepth === undefined) return left(TRUNCATED);
  if (sourceData === undefined || sourceIndex === undefined || sourceDepth === undefined) return left(TRUNCATED);
  if (pivotRoot === undefined || sourceRoot === undefined) return left(TRUNCATED);

  const foundSource = lookupSourceSlot(s, sourceRoot.cap, sourceIndex, sourceDepth);
  if (E.isLeft(foundSource)) return foundSource;
  const foundPivot = lookupSourceSlot(s, pivotRoot.cap, pivotIndex, pivotDepth);
  if (E.isLeft(foundPivot)) return foundPivot;
  const source = foundSource.right;
  const pivot = foundPivot.right;
  if (pivot === source || pivot === target) return left(ILLEGAL);
  if (source !== target) {
    const occupied = ensureEmpty(s, target);
    if (occupied) return left(occupied);
  }
  const oldSource = getCap(s, source);
  if (oldSource._tag === 'NullCap') return left(missing(true, sourceDepth));
  const oldPivot = getCap(s, pivot);
  if (oldPivot._tag === 'NullCap') return left(missing(false, pivotDepth));
  const sourceCap = updateCapData(s.config, true, sourceData, oldSource);
  const pivotCap = updateCapData(s.config, true, pivotData, oldPivot);
  if (sourceCap._tag === 'NullCap' || pivotCap._tag === 'NullCap') return left(ILLEGAL);
  return right({ _tag: 'Rotate', sourceCap, pivotCap, source, pivot, target });
}

function missing(isSource: boolean, depth: Word): SyscallError {
  return { _tag: 'FailedLookup', isSource, failure: { _tag: 'MissingCapability', bitsLeft: Number(depth) } };
}
