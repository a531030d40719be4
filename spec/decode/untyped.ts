/**
 * Untyped_Retype: twelve checks, in this order.
 *
 * @source l4v spec/abstract/Decode_A.thy `decode_untyped_invocation`; seL4 src/object/untyped.c `decodeUntypedInvocation`
 */
import type { KernelConfig } from '../abi/config.ts';
import type { ErrorOf } from '../abi/error-codes.ts';
import { TRUNCATED, ILLEGAL } from '../abi/error-codes.ts';
import type { ObjectType } from '../abi/arch.ts';
import { abi, labelName } from '../abi/variant.ts';
import { ensureEmpty } from '../lookup/derive.ts';
import { lookupTargetSlot } from '../lookup/cspace.ts';
import { E, left, right } from '../prelude.ts';
import type { Cap, UntypedCap } from '../state/caps.ts';
import { hasChildren } from '../state/cdt.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getCap, slotAt } from '../state/kernel-state.ts';
import type { SlotRef, Word } from '../state/refs.ts';
import type { Request, UntypedInvocation } from './invocation.ts';
import type { Decoded, DecodedOn } from './refusals.ts';

/** Size of an object as a power of two; `userSize` matters to untypeds and capability tables only. */
export function objectBits(config: KernelConfig, type: ObjectType, userSize: number): number {
  switch (type) {
    case 'Untyped':
      return userSize;
    case 'CapTable':
      return userSize + config.slotBits;
    case 'Tcb':
      return config.tcbBits;
    case 'Endpoint':
      return config.endpointBits;
    case 'Notification':
      return config.notificationBits;
    case 'SchedContext':
      return userSize;
    case 'Reply':
      return config.replyBits;
    case 'SmallPage':
      return config.frameBits.Small;
    case 'LargePage':
      return config.frameBits.Large;
    case 'HugePage':
      return config.frameBits.Huge;
    case 'PDPT':
    case 'PML4':
    case 'PageTable':
    case 'PageDirectory':
      return config.pageTableBits;
  }
}

/** Only memory that holds nothing of the kernel's may come from a device. */
function isAllowedInDevice(type: ObjectType): boolean {
  return type === 'Untyped' || type === 'SmallPage' || type === 'LargePage' || type === 'HugePage';
}

export function decodeUntypedInvocation(
  s: KernelState,
  untyped: UntypedCap,
  request: Request,
): DecodedOn<'UntypedCap', UntypedInvocation> {
  if (labelName(s.config, request.label) !== 'UntypedRetype') return left(ILLEGAL);
  return decodeRetype(s, untyped, request);
}

function decodeRetype(
  s: KernelState,
  untyped: UntypedCap,
  request: Request,
): Decoded<'UntypedRetype', UntypedInvocation> {
  const { config } = s;
  const [typeWord, sizeWord, nodeIndex, nodeDepth, nodeOffset, nodeWindow] = request.args;
  if (typeWord === undefined || sizeWord === undefined || nodeIndex === undefined) return left(TRUNCATED);
  if (nodeDepth === undefined || nodeOffset === undefined || nodeWindow === undefined) return left(TRUNCATED);
  const root = request.extraCaps[0];
  if (root === undefined) return left(TRUNCATED);

  const type = typeWord < 64n ? abi(config).objectTypes[Number(typeWord)] : undefined;
  if (type === undefined) return left({ _tag: 'InvalidArgument', argument: 0 });
  const tooBig: ErrorOf<'RangeError'> = { _tag: 'RangeError', min: 0, max: config.maxUntypedBits };
  if (sizeWord >= BigInt(config.wordBits)) return left(tooBig);
  const userSize = Number(sizeWord);
  const bits = objectBits(config, type, userSize);
  if (bits > config.maxUntypedBits) return left(tooBig);
  const tooSmall =
    (type === 'CapTable' && userSize === 0) ||
    (type === 'Untyped' && userSize < config.minUntypedBits) ||
    (type === 'SchedContext' && userSize < config.minSchedContextBits);
  if (tooSmall) return left({ _tag: 'InvalidArgument', argument: 1 });

  const node = lookupNode(s, root.cap, nodeIndex, nodeDepth);
  if (E.isLeft(node)) return node;
  const slots = lookupWindow(s, node.right, nodeDepth, nodeOffset, nodeWindow);
  if (E.isLeft(slots)) return slots;
  const targets = slots.right;

  const reset = !hasChildren(s, request.slot);
  // The watermark is not rounded up here: the figure in the error is what is left of the untyped.
  const freeBytes = 2 ** untyped.sizeBits - (reset ? 0 : untyped.freeIndex);
  if (Math.floor(freeBytes / 2 ** bits) < targets.length) {
    return left({ _tag: 'NotEnoughMemory', available: freeBytes });
  }
  if (untyped.device && !isAllowedInDevice(type)) return left({ _tag: 'InvalidArgument', argument: 1 });
  return right({ _tag: 'Retype', source: request.slot, untyped, reset, type, userSize, objectBits: bits, targets });
}

/** Depth 0 names the root itself, whatever the index. */
function lookupNode(s: KernelState, root: Cap, index: Word, depth: Word): Decoded<'UntypedRetype', Cap> {
  if (depth === 0n) return right(root);
  const slot = lookupTargetSlot(s, root, index, depth);
  return E.isLeft(slot) ? slot : right(getCap(s, slot.right));
}

/** The slots that the new capabilities go to, all empty. */
function lookupWindow(
  s: KernelState,
  node: Cap,
  depth: Word,
  offset: Word,
  window: Word,
): Decoded<'UntypedRetype', readonly SlotRef[]> {
  if (node._tag !== 'CNodeCap') {
    const failure = { _tag: 'MissingCapability', bitsLeft: Number(depth) } as const;
    return left({ _tag: 'FailedLookup', isSource: false, failure });
  }
  const nodeSize = 2 ** node.radixBits;
  if (offset >= BigInt(nodeSize)) return left({ _tag: 'RangeError', min: 0, max: nodeSize - 1 });
  if (window < 1n || window > BigInt(s.config.fanOutLimit)) {
    return left({ _tag: 'RangeError', min: 1, max: s.config.fanOutLimit });
  }
  const first = Number(offset);
  const count = Number(window);
  if (count > nodeSize - first) return left({ _tag: 'RangeError', min: 1, max: nodeSize - first });
  const targets: SlotRef[] = [];
  for (let i = 0; i < count; i++) {
    const slot = slotAt(node.ref, first + i);
    const occupied = ensureEmpty(s, slot);
    if (occupied) return left(occupied);
    targets.push(slot);
  }
  return right(targets);
}
