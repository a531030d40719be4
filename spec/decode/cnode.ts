/**
 * CNode invocations. The order of the checks is observable: it decides which error the caller sees.
 *
 * @source l4v spec/abstract/Decode_A.thy `decode_cnode_invocation`; seL4 src/object/cnode.c `decodeCNodeInvocation`
 */
import type { ErrorOf } from '../abi/error-codes.ts';
import { ILLEGAL, TRUNCATED } from '../abi/error-codes.ts';
import { labelName } from '../abi/variant.ts';
import { deriveCap, ensureEmpty } from '../lookup/derive.ts';
import type { SlotCap } from '../lookup/cspace.ts';
import { lookupSourceSlot, lookupTargetSlot } from '../lookup/cspace.ts';
import { E, left, right } from '../prelude.ts';
import type { Cap, CNodeCap } from '../state/caps.ts';
import { ALL_RIGHTS } from '../state/caps.ts';
import { maskCap, updateCapData } from '../state/cap-rules.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getCap } from '../state/kernel-state.ts';
import type { SlotRef, Word } from '../state/refs.ts';
import type { CNodeInvocation, Request } from './invocation.ts';
import type { Decoded, DecodedOn } from './refusals.ts';

/** Rights on the CNode capability itself are not looked at: it has none. */
export function decodeCNodeInvocation(
  s: KernelState,
  cnode: CNodeCap,
  request: Request,
): DecodedOn<'CNodeCap', CNodeInvocation> {
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
    case 'CNodeCancelBadgedSends':
      return decodeCancelBadgedSends(s, slot);
    case 'CNodeSaveCaller':
      return decodeSaveCaller(s, slot);
    case 'CNodeRotate':
      return decodeRotate(s, slot, request);
    case 'CNodeCopy':
      return decodeCopy(s, slot, request);
    case 'CNodeMint':
      return decodeMint(s, slot, request);
    case 'CNodeMutate':
      return decodeMutate(s, slot, request);
    default:
      return decodeMove(s, slot, request);
  }
}

function decodeCancelBadgedSends(s: KernelState, slot: SlotRef): Decoded<'CNodeCancelBadgedSends', CNodeInvocation> {
  const cap = getCap(s, slot);
  if (cap._tag !== 'EndpointCap' || cap.rights !== ALL_RIGHTS) return left(ILLEGAL);
  return right({ _tag: 'CancelBadgedSends', endpoint: cap });
}

function decodeSaveCaller(s: KernelState, slot: SlotRef): Decoded<'CNodeSaveCaller', CNodeInvocation> {
  const occupied = ensureEmpty(s, slot);
  return occupied ? left(occupied) : right({ _tag: 'SaveCaller', target: slot });
}

/**
 * Where Copy, Mint, Move and Mutate take from. The destination must be empty before the source is even looked up, and the words that only
 * some of them have are counted after the source was found.
 */
function decodeSource(s: KernelState, target: SlotRef, { args, extraCaps }: Request): Decoded<'CNodeMove', SlotCap> {
  const [, , sourceIndex, sourceDepth] = args;
  const root = extraCaps[0];
  if (sourceIndex === undefined || sourceDepth === undefined || root === undefined) return left(TRUNCATED);
  const occupied = ensureEmpty(s, target);
  if (occupied) return left(occupied);
  const found = lookupSourceSlot(s, root.cap, sourceIndex, sourceDepth);
  if (E.isLeft(found)) return found;
  const slot = found.right;
  const cap = getCap(s, slot);
  return cap._tag === 'NullCap' ? left(missing(true, sourceDepth)) : right({ slot, cap });
}

function decodeCopy(s: KernelState, target: SlotRef, request: Request): Decoded<'CNodeCopy', CNodeInvocation> {
  const source = decodeSource(s, target, request);
  if (E.isLeft(source)) return source;
  const rights = request.args[4];
  if (rights === undefined) return left(TRUNCATED);
  const { slot, cap } = source.right;
  return insert(s, maskCap(Number(rights & 15n), cap), slot, target);
}

function decodeMint(s: KernelState, target: SlotRef, request: Request): Decoded<'CNodeMint', CNodeInvocation> {
  const source = decodeSource(s, target, request);
  if (E.isLeft(source)) return source;
  const [, , , , rights, data] = request.args;
  if (rights === undefined || data === undefined) return left(TRUNCATED);
  const { slot, cap } = source.right;
  return insert(s, updateCapData(s.config, false, data, maskCap(Number(rights & 15n), cap)), slot, target);
}

function insert(s: KernelState, made: Cap, source: SlotRef, target: SlotRef): Decoded<'CNodeCopy', CNodeInvocation> {
  const derived = deriveCap(s, source, made);
  if (E.isLeft(derived)) return derived;
  if (derived.right._tag === 'NullCap') return left(ILLEGAL);
  return right({ _tag: 'Insert', cap: derived.right, source, target });
}

function decodeMutate(s: KernelState, target: SlotRef, request: Request): Decoded<'CNodeMutate', CNodeInvocation> {
  const source = decodeSource(s, target, request);
  if (E.isLeft(source)) return source;
  const data = request.args[4];
  if (data === undefined) return left(TRUNCATED);
  const { slot, cap } = source.right;
  const mutated = updateCapData(s.config, true, data, cap);
  return mutated._tag === 'NullCap' ? left(ILLEGAL) : right({ _tag: 'Move', cap: mutated, source: slot, target });
}

function decodeMove(s: KernelState, target: SlotRef, request: Request): Decoded<'CNodeMove', CNodeInvocation> {
  const source = decodeSource(s, target, request);
  if (E.isLeft(source)) return source;
  const { slot, cap } = source.right;
  return right({ _tag: 'Move', cap, source: slot, target });
}

/** Words: target index and depth, then data, index and depth of the pivot, then of the source. */
function decodeRotate(
  s: KernelState,
  target: SlotRef,
  { args, extraCaps }: Request,
): Decoded<'CNodeRotate', CNodeInvocation> {
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

function missing(isSource: boolean, depth: Word): ErrorOf<'FailedLookup'> {
  return { _tag: 'FailedLookup', isSource, failure: { _tag: 'MissingCapability', bitsLeft: Number(depth) } };
}
