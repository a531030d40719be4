/**
 * Mapping on x86_64: four levels, each with a capability of its own.
 *
 * @source l4v spec/abstract/X64/ArchDecode_A.thy `decode_page_invocation`, `decode_page_table_invocation`, `decode_page_directory_invocation`,
 * `decode_pdpt_invocation`; seL4 src/arch/x86/kernel/vspace.c, src/arch/x86/64/kernel/vspace.c
 */
import { ILLEGAL, TRUNCATED } from '../abi/error-codes.ts';
import type { Label } from '../abi/labels.ts';
import { labelName } from '../abi/variant.ts';
import { lowBits } from '../abi/words.ts';
import type { PagingLevel } from '../abi/arch.ts';
import { E, left, right } from '../prelude.ts';
import { isFinalCap, maskVmRights } from '../state/cap-rules.ts';
import type { FrameCap, PagingCap } from '../state/caps.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { walk } from '../state/vspace.ts';
import type { Request, VSpaceInvocation } from './invocation.ts';
import type { DecodedOn } from './refusals.ts';
import { checkVSpace, invalidArgument, invalidCapability, missingTable, rootASID } from './vspace-root.ts';

const MAP: Readonly<Partial<Record<PagingLevel, Label>>> = {
  PDPT: 'X86PDPTMap',
  PageDirectory: 'X86PageDirectoryMap',
  PageTable: 'X86PageTableMap',
};
const UNMAP: Readonly<Partial<Record<PagingLevel, Label>>> = {
  PDPT: 'X86PDPTUnmap',
  PageDirectory: 'X86PageDirectoryUnmap',
  PageTable: 'X86PageTableUnmap',
};
/** Write-through and cache-disabled; a page's entry has a third bit, which chooses among more kinds of memory. */
const TABLE_ATTRIBUTES = 3n;
const PAGE_ATTRIBUTES = 7n;

export function decodeX86PageTable(
  s: KernelState,
  cap: PagingCap,
  request: Request,
): DecodedOn<'PagingCap', VSpaceInvocation> {
  const { label, slot, args, extraCaps } = request;
  const name = labelName(s.config, label);
  if (name !== undefined && name === UNMAP[cap.level])
    return isFinalCap(s, slot, cap) ? right({ _tag: 'UnmapTable', slot, cap }) : left({ _tag: 'RevokeFirst' });
  if (name === undefined || name !== MAP[cap.level]) return left(ILLEGAL);
  const [address, attributes] = args;
  const root = extraCaps[0]?.cap;
  if (address === undefined || attributes === undefined || root === undefined) return left(TRUNCATED);
  if (cap.mapped !== null) return left(invalidCapability(0));
  const asid = rootASID(s, root);
  if (asid === null || root._tag !== 'PagingCap') return left(invalidCapability(1));
  const bits = spanBits(s, cap.level);
  const vaddr = address - lowBits(address, bits);
  if (vaddr > s.config.userTop) return left(invalidArgument(0));
  const vspace = checkVSpace(s, asid, root.ref);
  if (E.isLeft(vspace)) return vspace;
  const { table, index, bitsLeft, entry } = walk(s, root.ref, vaddr, bits);
  if (bitsLeft !== bits) return left(missingTable(bitsLeft));
  if (entry !== undefined) return left({ _tag: 'DeleteFirst' });
  return right({
    _tag: 'MapTable',
    slot,
    cap: { ...cap, mapped: { asid, vaddr } },
    table,
    index,
    attributes: Number(attributes & TABLE_ATTRIBUTES),
  });
}

/** Bits of addresses that a structure of this level translates. */
function spanBits({ config }: KernelState, level: PagingLevel): number {
  const { pagingLevels } = config.arch;
  const below = pagingLevels.length - pagingLevels.indexOf(level);
  return config.frameBits.Small + below * (config.pageTableBits - 3);
}

export function decodeX86Frame(
  s: KernelState,
  cap: FrameCap,
  request: Request,
): DecodedOn<'FrameCap', VSpaceInvocation> {
  switch (labelName(s.config, request.label)) {
    case 'X86PageMap':
      return decodeMap(s, cap, request);
    case 'X86PageUnmap':
      return right({ _tag: 'UnmapPage', slot: request.slot, cap });
    case 'X86PageGetAddress':
      return right({ _tag: 'PageGetAddress', address: cap.ref });
    default:
      return left(ILLEGAL);
  }
}

/** An entry of the same size is replaced without a word, whoever it belongs to. */
function decodeMap(
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
  const { userTop, frameBits } = s.config;
  const bits = frameBits[cap.size];
  if (cap.mapped !== null) {
    if (cap.mapped.asid !== asid) return left(invalidCapability(1));
    if (cap.mapped.vaddr !== vaddr) return left(invalidArgument(0));
  } else if (vaddr > userTop || BigInt.asUintN(64, vaddr + (1n << BigInt(bits))) > userTop) {
    return left(invalidArgument(0));
  }
  const vspace = checkVSpace(s, asid, root.ref);
  if (E.isLeft(vspace)) return vspace;
  if (lowBits(vaddr, bits) !== 0n) return left({ _tag: 'AlignmentError' });
  const { table, index, bitsLeft, entry } = walk(s, root.ref, vaddr, bits);
  if (bitsLeft !== bits) return left(missingTable(bitsLeft));
  if (entry?._tag === 'PageTablePTE') return left({ _tag: 'DeleteFirst' });
  return right({
    _tag: 'MapPage',
    slot,
    cap: { ...cap, mapped: { asid, vaddr } },
    table,
    index,
    pte: {
      _tag: 'PagePTE',
      ref: cap.ref,
      size: cap.size,
      rights: maskVmRights(cap.rights, Number(rights & 15n)),
      attributes: Number(attributes & PAGE_ATTRIBUTES),
    },
  });
}
