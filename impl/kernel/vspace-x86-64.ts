/**
 * Mapping on x86_64: four levels, each with a capability of its own.
 *
 * @source seL4 src/arch/x86/kernel/vspace.c `decodeX86FrameInvocation`, `decodeX86PageTableInvocation`; src/arch/x86/64/kernel/vspace.c
 */
// biome-ignore format: packed
import {
  LABEL_PAGE_GET_ADDRESS, LABEL_PAGE_MAP, LABEL_PAGE_UNMAP, PAGE_BITS, ROOT_LEVEL, TABLE_MAP_LABELS, USER_TOP_HI, USER_TOP_LO,
} from '#impl-config';
// biome-ignore format: packed
import {
  ALIGNMENT_ERROR, DELETE_FIRST, FAILED_LOOKUP, FAILURE_MISSING_CAPABILITY, ILLEGAL_OPERATION, INVALID_ARGUMENT, INVALID_CAPABILITY, REVOKE_FIRST,
  TRUNCATED_MESSAGE,
} from '../abi.ts';
import { load } from '../memory/heap.ts';
import { CTE_WORD_HI, CTE_WORD_LO } from '../memory/layout.ts';
import { INDEX_BITS, isPresent, isTable } from '../memory/pte.ts';
import { argCount, argHi, argLo } from './arguments.ts';
import { capField, frameBits, maskVmRights, powerOf2 } from './caps.ts';
import { isFinalCapability } from './mdb.ts';
import { OK, fail, failLookup, failWith, setFailure } from './outcome.ts';
import { walk, walkBits, walkSlot } from './page-table.ts';
import { extraCapCount, extraCaps } from './transfer.ts';
import { mappedAsid } from './vspace.ts';
// biome-ignore format: packed
import {
  checkRoot, checkVSpace, performGetAddress, performMapPage, performMapTable, performUnmapPage, performUnmapTable, rootAsid, rootTable,
} from './vspace-perform.ts';

const TWO_32 = 2 ** 32;

function exceedsUserTop(lo: number, hi: number): boolean {
  return hi > USER_TOP_HI || (hi === USER_TOP_HI && lo > USER_TOP_LO);
}

/** No table leads that far. */
function failMissing(): number {
  setFailure(FAILURE_MISSING_CAPABILITY, walkBits, 0);
  return failLookup(FAILED_LOOKUP, 0);
}

export function decodeX86PageTable(slot: number, label: number): number {
  const level = capField(slot, 16, 3);
  const mapLabel = TABLE_MAP_LABELS[level] ?? 0;
  if (level === ROOT_LEVEL || (label !== mapLabel && label !== mapLabel + 1)) return fail(ILLEGAL_OPERATION);
  if (label !== mapLabel) return isFinalCapability(slot) ? performUnmapTable(slot) : fail(REVOKE_FIRST);
  if (argCount < 2 || extraCapCount < 1) return fail(TRUNCATED_MESSAGE);
  if (capField(slot, 18, 1) === 1) return failWith(INVALID_CAPABILITY, 0);
  let status = checkRoot(extraCaps[0]!);
  if (status !== OK) return status;
  const bits = PAGE_BITS + (level + 1) * INDEX_BITS;
  const [lo, hi] = roundedDown(argLo[0]!, argHi[0]!, bits);
  if (exceedsUserTop(lo, hi)) return failWith(INVALID_ARGUMENT, 0);
  status = checkVSpace();
  if (status !== OK) return status;
  walk(rootTable, hi * TWO_32 + lo, bits);
  if (walkBits !== bits) return failMissing();
  if (isPresent(load(walkSlot))) return fail(DELETE_FIRST);
  return performMapTable(slot, walkSlot, 7 | ((argLo[1]! & 3) << 3), lo, hi);
}

/** A table's address is that of the span it translates. */
function roundedDown(lo: number, hi: number, bits: number): [lo: number, hi: number] {
  return bits >= 32 ? [0, (hi & -powerOf2(bits - 32)) >>> 0] : [(lo & -powerOf2(bits)) >>> 0, hi];
}

export function decodeX86Frame(slot: number, label: number, isCall: boolean): number {
  switch (label) {
    case LABEL_PAGE_MAP:
      return decodeMap(slot);
    case LABEL_PAGE_UNMAP:
      return performUnmapPage(slot);
    case LABEL_PAGE_GET_ADDRESS:
      return performGetAddress(slot, isCall);
    default:
      return fail(ILLEGAL_OPERATION);
  }
}

/** An entry of the same size is replaced without a word, whoever it belongs to. */
function decodeMap(slot: number): number {
  if (argCount < 3 || extraCapCount < 1) return fail(TRUNCATED_MESSAGE);
  let status = checkRoot(extraCaps[0]!);
  if (status !== OK) return status;
  const [lo, hi] = [argLo[0]!, argHi[0]!];
  const bits = frameBits(capField(slot, 16, 3));
  if (capField(slot, 21, 1) === 1) {
    if (mappedAsid(slot) !== rootAsid) return failWith(INVALID_CAPABILITY, 1);
    const isSame = load(slot + CTE_WORD_LO) === lo && (load(slot + CTE_WORD_HI) & 0xffff) === hi;
    if (!isSame) return failWith(INVALID_ARGUMENT, 0);
  } else {
    const end = hi * TWO_32 + lo + powerOf2(bits);
    const isBeyond = exceedsUserTop(lo, hi) || exceedsUserTop(end % TWO_32, Math.floor(end / TWO_32));
    if (isBeyond) return failWith(INVALID_ARGUMENT, 0);
  }
  status = checkVSpace();
  if (status !== OK) return status;
  if ((lo & (powerOf2(bits) - 1)) !== 0) return fail(ALIGNMENT_ERROR);
  walk(rootTable, hi * TWO_32 + lo, bits);
  if (walkBits !== bits) return failMissing();
  if (isTable(load(walkSlot), walkBits)) return fail(DELETE_FIRST);
  const rights = maskVmRights(capField(slot, 19, 3), argLo[1]! & 15);
  return performMapPage(slot, walkSlot, pageFlags(rights, argLo[2]!, bits === PAGE_BITS), lo, hi);
}

/** Present; writable and the user's as far as allowed; write-through, cache-disabled and PAT from the attributes; the page size. */
export function pageFlags(rights: number, attributes: number, isSmall: boolean): number {
  const access = rights === 1 ? 1 : rights === 2 ? 5 : 7;
  const pat = (attributes & 4) === 0 ? 0 : isSmall ? 1 << 7 : 1 << 12;
  return access | ((attributes & 3) << 3) | pat | (isSmall ? 0 : 1 << 7);
}
