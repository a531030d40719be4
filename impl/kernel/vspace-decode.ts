/**
 * Invocations on address spaces, where both architectures ask and do alike.
 *
 * @source seL4 src/arch/riscv/kernel/vspace.c `decodeRISCVMMUInvocation`, src/arch/x86/kernel/vspace.c `decodeX86MMUInvocation`
 */
// biome-ignore format: packed
import {
  ASID_POOL_BITS, ASID_TABLE_LENGTH, IS_X86, LABEL_ASID_CONTROL_MAKE_POOL, LABEL_ASID_POOL_ASSIGN, ROOT_LEVEL,
} from '#impl-config';
// biome-ignore format: packed
import {
  DELETE_FIRST, ILLEGAL_OPERATION, INVALID_CAPABILITY, REVOKE_FIRST, TRUNCATED_MESSAGE,
} from '../abi.ts';
import { clear, load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  ASID_POOL_ENTRIES, CAP_ASID_POOL, CAP_PAGING, CAP_UNTYPED, CTE_WORD_LO, KS_ASID_TABLE,
} from '../memory/layout.ts';
import { argCount, argHi, argLo } from './arguments.ts';
import { CAP_A, capAddress, capField, capType, loadCap, makeCap, powerOf2, setWordAt, storeCap } from './caps.ts';
import { beginPerform } from './cnode.ts';
import { foundSlot, lookupSlotForCNodeOp } from './cspace.ts';
import { cteInsert, ensureEmptySlot, hasChildren } from './mdb.ts';
import { OK, fail, failWith } from './outcome.ts';
import { copyGlobalMappings } from './page-table.ts';
import { extraCapCount, extraCaps } from './transfer.ts';
import { failRoot, setMapping } from './vspace-perform.ts';
import { decodeRiscvFrame, decodeRiscvPageTable } from './vspace-riscv64.ts';
import { decodeX86Frame, decodeX86PageTable } from './vspace-x86-64.ts';

export const decodeFrame = IS_X86 ? decodeX86Frame : decodeRiscvFrame;
export const decodePageTable = IS_X86 ? decodeX86PageTable : decodeRiscvPageTable;

/** A pool of identifiers is made of a whole untyped of the right size. */
export function decodeAsidControl(label: number): number {
  if (label !== LABEL_ASID_CONTROL_MAKE_POOL) return fail(ILLEGAL_OPERATION);
  if (argCount < 2 || extraCapCount < 2) return fail(TRUNCATED_MESSAGE);
  let high = 0;
  while (high < ASID_TABLE_LENGTH && load(KS_ASID_TABLE + high * 4) !== 0) high++;
  if (high === ASID_TABLE_LENGTH) return fail(DELETE_FIRST);
  const untyped = extraCaps[0]!;
  const isFit =
    capType(untyped) === CAP_UNTYPED && capField(untyped, 16, 1) === 0 && capField(untyped, 17, 63) === ASID_POOL_BITS;
  if (!isFit) return failWith(INVALID_CAPABILITY, 1);
  if (hasChildren(untyped)) return fail(REVOKE_FIRST);
  let status = lookupSlotForCNodeOp(0, extraCaps[1]!, argLo[0]!, argHi[0]!, argLo[1]!, argHi[1]!);
  if (status !== OK) return status;
  const target = foundSlot;
  status = ensureEmptySlot(target);
  if (status !== OK) return status;
  beginPerform();
  const pool = capAddress(untyped);
  clear(pool, 2 ** ASID_POOL_BITS);
  loadCap(CAP_A, untyped);
  setWordAt(CAP_A, powerOf2(ASID_POOL_BITS));
  storeCap(untyped, CAP_A);
  makeCap(CAP_A, CAP_ASID_POOL, pool, 0, high * ASID_POOL_ENTRIES, 0);
  cteInsert(CAP_A, untyped, target);
  store(KS_ASID_TABLE + high * 4, pool);
  return OK;
}

/** Identifier 0 is nobody's. */
export function decodeAsidPool(slot: number, label: number): number {
  if (label !== LABEL_ASID_POOL_ASSIGN) return fail(ILLEGAL_OPERATION);
  if (extraCapCount < 1) return fail(TRUNCATED_MESSAGE);
  const vspace = extraCaps[0]!;
  if (capType(vspace) !== CAP_PAGING || capField(vspace, 16, 7) !== ROOT_LEVEL) return failWith(INVALID_CAPABILITY, 1);
  const base = load(slot + CTE_WORD_LO);
  const pool = load(KS_ASID_TABLE + Math.floor(base / ASID_POOL_ENTRIES) * 4);
  if (pool === 0) return failRoot();
  if (pool !== capAddress(slot)) return failWith(INVALID_CAPABILITY, 0);
  let low = base === 0 ? 1 : 0;
  while (low < ASID_POOL_ENTRIES && load(pool + low * 8) !== 0) low++;
  if (low === ASID_POOL_ENTRIES) return fail(DELETE_FIRST);
  beginPerform();
  const root = capAddress(vspace);
  copyGlobalMappings(root);
  setMapping(vspace, base + low, 0, 0);
  store(pool + low * 8, root);
  return OK;
}
