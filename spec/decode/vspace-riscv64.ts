/**
 * Mapping on RISC-V: one kind of table, used at whatever level it is met at.
 *
 * @source l4v spec/abstract/RISCV64/ArchDecode_A.thy `decode_frame_invocation`, `decode_page_table_invocation`; seL4 src/arch/riscv/kernel/vspace.c
 */
import { ILLEGAL, TRUNCATED } from '../abi/error-codes.ts';
import { labelName } from '../abi/variant.ts';
import type { Word } from '../abi/words.ts';
import { lowBits } from '../abi/words.ts';
import { E, left, right } from '../prelude.ts';
import { isFinalCap, maskVmRights } from '../state/cap-rules.ts';
import type { FrameCap, PagingCap } from '../state/caps.ts';
import type { KernelState } from '../state/kernel-state.ts';
import type { Pte } from '../state/objects.ts';
import { findVSpaceForASID, walk } from '../state/vspace.ts';
import type { Request, VSpaceInvocation } from './invocation.ts';
import type { DecodedOn } from './refusals.ts';
import { checkVSpace, invalidArgument, invalidCapability, missingTable, rootASID } from './vspace-root.ts';

/** The only attribute: instructions cannot be fetched. */
const EXECUTE_NEVER = 1n;

export function decodeRiscvPageTable(
  s: KernelState,
  cap: PagingCap,
  request: Request,
): DecodedOn<'PagingCap', VSpaceInvocation> {
  switch (labelName(s.config, request.label)) {
    case 'RISCVPageTableMap':
      return decodeTableMap(s, cap, request);
    case 'RISCVPageTableUnmap': {
      const { slot } = request;
      const isRoot = cap.mapped !== null && findVSpaceForASID(s, cap.mapped.asid) === cap.ref;
      if (!isFinalCap(s, slot, cap) || isRoot) return left({ _tag: 'RevokeFirst' });
      return right({ _tag: 'UnmapTable', slot, cap });
    }
    default:
      return left(ILLEGAL);
  }
}

function decodeTableMap(
  s: KernelState,
  cap: PagingCap,
  { slot, args, extraCaps }: Request,
): DecodedOn<'PagingCap', VSpaceInvocation> {
  const [address, attributes] = args;
  const root = extraCaps[0]?.cap;
  if (address === undefined || attributes === undefined || root === undefined) return left(TRUNCATED);
  if (cap.mapped !== null) return left(invalidCapability(0));
  const asid = rootASID(s, root);
  if (asid === null || root._tag !== 'PagingCap') return left(invalidCapability(1));
  if (address >= s.config.userTop) return left(invalidArgument(0));
  const vspace = checkVSpace(s, asid, root.ref);
  if (E.isLeft(vspace)) return vspace;
  const { Small } = s.config.frameBits;
  const { table, index, bitsLeft, entry } = walk(s, root.ref, address, Small);
  if (bitsLeft === Small || entry !== undefined) return left({ _tag: 'DeleteFirst' });
  const vaddr = address - lowBits(address, bitsLeft);
  return right({ _tag: 'MapTable', slot, cap: { ...cap, mapped: { asid, vaddr } }, table, index, attributes: 0 });
}

export function decodeRiscvFrame(
  s: KernelState,
  cap: FrameCap,
  request: Request,
): DecodedOn<'FrameCap', VSpaceInvocation> {
  switch (labelName(s.config, request.label)) {
    case 'RISCVPageMap':
      return decodePageMap(s, cap, request);
    case 'RISCVPageUnmap':
      return right({ _tag: 'UnmapPage', slot: request.slot, cap });
    case 'RISCVPageGetAddress':
      return right({ _tag: 'PageGetAddress', address: cap.ref });
    default:
      return left(ILLEGAL);
  }
}

function decodePageMap(
  s: KernelState,
  cap: FrameCap,
  { slot, args, extraCaps }: Request,
): DecodedOn<'FrameCap', VSpaceInvocation> {
  const [vaddr, rights, attributes] = args;
  const root = extraCaps[0]?.cap;
  if (vaddr === undefined || rights === undefined || attributes === undefined || root === undefined)
    return left(TRUNCATED);
  const asid = rootASID(s, root);
  if (asid === null || root._tag !== 'PagingCap') return left(invalidCapability(1));
  const vspace = checkVSpace(s, asid, root.ref);
  if (E.isLeft(vspace)) return vspace;
  const bits = s.config.frameBits[cap.size];
  // The end wraps around: an address at the very top is found to be misaligned, or to lead nowhere.
  if (BigInt.asUintN(64, vaddr + (1n << BigInt(bits)) - 1n) >= s.config.userTop) return left(invalidArgument(0));
  if (lowBits(vaddr, bits) !== 0n) return left({ _tag: 'AlignmentError' });
  const { table, index, bitsLeft, entry } = walk(s, root.ref, vaddr, s.config.frameBits.Small);
  if (bitsLeft !== bits) return left(missingTable(bitsLeft));
  if (cap.mapped !== null) {
    if (cap.mapped.asid !== asid) return left(invalidCapability(1));
    if (cap.mapped.vaddr !== vaddr) return left(invalidArgument(0));
  } else if (entry !== undefined) {
    return left({ _tag: 'DeleteFirst' });
  }
  return right({
    _tag: 'MapPage',
    slot,
    cap: { ...cap, mapped: { asid, vaddr } },
    table,
    index,
    pte: userPte(cap, rights, attributes & EXECUTE_NEVER),
  });
}

/** An entry that allows nothing is none, though the capability says that it is mapped. */
function userPte({ ref, size, rights: has }: FrameCap, rights: Word, attributes: Word): Pte | null {
  const allowed = maskVmRights(has, Number(rights & 15n));
  if (allowed === 'KernelOnly' && attributes === EXECUTE_NEVER) return null;
  return { _tag: 'PagePTE', ref, size, rights: allowed, attributes: Number(attributes) };
}
