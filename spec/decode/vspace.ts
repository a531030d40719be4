/**
 * Address spaces: what both architectures ask alike.
 *
 * @source l4v spec/abstract/RISCV64/ArchDecode_A.thy, X64/ArchDecode_A.thy; seL4 src/arch/riscv/kernel/vspace.c, src/arch/x86/kernel/vspace.c
 */
import { ILLEGAL, TRUNCATED } from '../abi/error-codes.ts';
import { labelName } from '../abi/variant.ts';
import { lookupTargetSlot } from '../lookup/cspace.ts';
import { ensureEmpty } from '../lookup/derive.ts';
import { E, left, right } from '../prelude.ts';
import type { ASIDPoolCap, FrameCap, PagingCap } from '../state/caps.ts';
import { hasChildren } from '../state/cdt.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getASIDPool } from '../state/kernel-state.ts';
import * as PMap from '../state/pmap.ts';
import { asidsPerPool, poolOf } from '../state/vspace.ts';
import type { Request, VSpaceInvocation } from './invocation.ts';
import type { DecodedOn } from './refusals.ts';
import { NO_VSPACE, invalidCapability } from './vspace-root.ts';
import { decodeRiscvFrame, decodeRiscvPageTable } from './vspace-riscv64.ts';
import { decodeX86Frame, decodeX86PageTable } from './vspace-x86-64.ts';

export function decodeFrameInvocation(
  s: KernelState,
  cap: FrameCap,
  request: Request,
): DecodedOn<'FrameCap', VSpaceInvocation> {
  return s.config.arch.name === 'x86_64' ? decodeX86Frame(s, cap, request) : decodeRiscvFrame(s, cap, request);
}

export function decodePagingInvocation(
  s: KernelState,
  cap: PagingCap,
  request: Request,
): DecodedOn<'PagingCap', VSpaceInvocation> {
  return s.config.arch.name === 'x86_64' ? decodeX86PageTable(s, cap, request) : decodeRiscvPageTable(s, cap, request);
}

/** A pool of identifiers is made of a whole untyped of the right size. */
export function decodeASIDControlInvocation(
  s: KernelState,
  { label, args, extraCaps }: Request,
): DecodedOn<'ASIDControlCap', VSpaceInvocation> {
  const name = labelName(s.config, label);
  if (name !== 'X86ASIDControlMakePool' && name !== 'RISCVASIDControlMakePool') return left(ILLEGAL);
  const [index, depth] = args;
  const [untyped, root] = extraCaps;
  if (index === undefined || depth === undefined || untyped === undefined || root === undefined) return left(TRUNCATED);
  const high = s.globals.asidTable.indexOf(null);
  if (high < 0) return left({ _tag: 'DeleteFirst' });
  const { cap } = untyped;
  if (cap._tag !== 'UntypedCap' || cap.device || cap.sizeBits !== s.config.asidPoolBits)
    return left(invalidCapability(1));
  if (hasChildren(s, untyped.slot)) return left({ _tag: 'RevokeFirst' });
  const target = lookupTargetSlot(s, root.cap, index, depth);
  if (E.isLeft(target)) return target;
  const occupied = ensureEmpty(s, target.right);
  if (occupied) return left(occupied);
  const base = high * asidsPerPool(s.config);
  return right({ _tag: 'MakePool', untyped: untyped.slot, cap, target: target.right, base });
}

/** Identifier 0 is nobody's. */
export function decodeASIDPoolInvocation(
  s: KernelState,
  { ref, base }: ASIDPoolCap,
  { label, extraCaps }: Request,
): DecodedOn<'ASIDPoolCap', VSpaceInvocation> {
  const name = labelName(s.config, label);
  if (name !== 'X86ASIDPoolAssign' && name !== 'RISCVASIDPoolAssign') return left(ILLEGAL);
  const vspace = extraCaps[0];
  if (vspace === undefined) return left(TRUNCATED);
  const { cap, slot } = vspace;
  if (cap._tag !== 'PagingCap' || cap.level !== s.config.arch.vspaceRoot || cap.mapped !== null)
    return left(invalidCapability(1));
  const pool = poolOf(s, base);
  if (pool === null) return left(NO_VSPACE);
  if (pool !== ref) return left(invalidCapability(0));
  const { entries } = getASIDPool(s, pool);
  for (let low = 0; low < asidsPerPool(s.config); low++) {
    if (base + low !== 0 && PMap.get(entries, low) === undefined)
      return right({ _tag: 'AssignASID', asid: base + low, slot, cap });
  }
  return left({ _tag: 'DeleteFirst' });
}
