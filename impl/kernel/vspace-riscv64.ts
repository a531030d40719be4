/**
 * Mapping on RISC-V: one kind of table, used at whatever level it is met at.
 *
 * @source seL4 src/arch/riscv/kernel/vspace.c `decodeRISCVFrameInvocation`, `decodeRISCVPageTableInvocation`, `makeUserPTE`
 */
// biome-ignore format: packed
import {
  LABEL_PAGE_GET_ADDRESS, LABEL_PAGE_MAP, LABEL_PAGE_UNMAP, PAGE_BITS, TABLE_MAP_LABELS, USER_TOP_HI, USER_TOP_LO,
} from '#impl-config';
// biome-ignore format: packed
import {
  ALIGNMENT_ERROR, DELETE_FIRST, FAILED_LOOKUP, FAILURE_MISSING_CAPABILITY, ILLEGAL_OPERATION, INVALID_ARGUMENT, INVALID_CAPABILITY, REVOKE_FIRST,
  TRUNCATED_MESSAGE,
} from '../abi.ts';
import { load } from '../memory/heap.ts';
import { CTE_WORD_HI, CTE_WORD_LO } from '../memory/layout.ts';
import { isPresent } from '../memory/pte.ts';
import { argCount, argHi, argLo } from './arguments.ts';
import { capField, frameBits, maskVmRights, powerOf2 } from './caps.ts';
import { isFinalCapability } from './mdb.ts';
import { OK, fail, failLookup, failWith, setFailure } from './outcome.ts';
import { walk, walkBits, walkSlot } from './page-table.ts';
import { extraCapCount, extraCaps } from './transfer.ts';
import { isRoot, mappedAsid } from './vspace.ts';
// biome-ignore format: packed
import {
  checkRoot, checkVSpace, performGetAddress, performMapPage, performMapTable, performUnmapPage, performUnmapTable, rootAsid, rootTable,
} from './vspace-perform.ts';

const TWO_32 = 2 ** 32;

function reachesUserTop(lo: number, hi: number): boolean {
  return hi > USER_TOP_HI || (hi === USER_TOP_HI && lo >= USER_TOP_LO);
}

export function decodeRiscvPageTable(slot: number, label: number): number {
  const mapLabel = TABLE_MAP_LABELS[0]!;
  if (label === mapLabel) return decodeTableMap(slot);
  if (label !== mapLabel + 1) return fail(ILLEGAL_OPERATION);
  if (!isFinalCapability(slot) || (capField(slot, 18, 1) === 1 && isRoot(slot))) return fail(REVOKE_FIRST);
  return performUnmapTable(slot);
}

function decodeTableMap(slot: number): number {
  if (argCount < 2 || extraCapCount < 1) return fail(TRUNCATED_MESSAGE);
  if (capField(slot, 18, 1) === 1) return failWith(INVALID_CAPABILITY, 0);
  let status = checkRoot(extraCaps[0]!);
  if (status !== OK) return status;
  const [lo, hi] = [argLo[0]!, argHi[0]!];
  if (reachesUserTop(lo, hi)) return failWith(INVALID_ARGUMENT, 0);
  status = checkVSpace();
  if (status !== OK) return status;
  walk(rootTable, hi * TWO_32 + lo, PAGE_BITS);
  if (walkBits === PAGE_BITS || isPresent(load(walkSlot))) return fail(DELETE_FIRST);
  return performMapTable(slot, walkSlot, 1, (lo & -powerOf2(walkBits)) >>> 0, hi);
}

export function decodeRiscvFrame(slot: number, label: number, isCall: boolean): number {
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

function decodeMap(slot: number): number {
  if (argCount < 3 || extraCapCount < 1) return fail(TRUNCATED_MESSAGE);
  let status = checkRoot(extraCaps[0]!);
  if (status !== OK) return status;
  status = checkVSpace();
  if (status !== OK) return status;
  const [lo, hi] = [argLo[0]!, argHi[0]!];
  const bits = frameBits(capField(slot, 16, 3));
  // The end wraps around: an address at the very top is found to be misaligned.
  const end = lo + powerOf2(bits) - 1;
  if (reachesUserTop(end % TWO_32, (hi + Math.floor(end / TWO_32)) % TWO_32)) return failWith(INVALID_ARGUMENT, 0);
  if ((lo & (powerOf2(bits) - 1)) !== 0) return fail(ALIGNMENT_ERROR);
  walk(rootTable, hi * TWO_32 + lo, PAGE_BITS);
  if (walkBits !== bits) {
    setFailure(FAILURE_MISSING_CAPABILITY, walkBits, 0);
    return failLookup(FAILED_LOOKUP, 0);
  }
  if (capField(slot, 21, 1) === 1) {
    if (mappedAsid(slot) !== rootAsid) return failWith(INVALID_CAPABILITY, 1);
    const isSame = load(slot + CTE_WORD_LO) === lo && (load(slot + CTE_WORD_HI) & 0xffff) === hi;
    if (!isSame) return failWith(INVALID_ARGUMENT, 0);
  } else if (isPresent(load(walkSlot))) {
    return fail(DELETE_FIRST);
  }
  const rights = maskVmRights(capField(slot, 19, 3), argLo[1]! & 15);
  return performMapPage(slot, walkSlot, riscvPageFlags(rights, (argLo[2]! & 1) === 0), lo, hi);
}

/** Valid, the user's, accessed, dirty; read, write and execute as far as allowed. One that allows nothing says nothing. */
export function riscvPageFlags(rights: number, isExecutable: boolean): number {
  const access = (rights === 1 ? 0 : rights === 2 ? 2 : 6) | (isExecutable ? 8 : 0);
  return access === 0 ? 0 : 0xd1 | access;
}
