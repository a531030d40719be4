/**
 * CNode invocations.
 *
 * @source seL4 src/object/cnode.c `decodeCNodeInvocation`, `invokeCNode*`
 */
// biome-ignore format: packed
import {
  ALL_RIGHTS, FAILED_LOOKUP, FAILURE_MISSING_CAPABILITY, ILLEGAL_OPERATION, LABEL_CNODE_CANCEL_BADGED_SENDS, LABEL_CNODE_COPY, LABEL_CNODE_DELETE,
  LABEL_CNODE_MINT, LABEL_CNODE_MOVE, LABEL_CNODE_MUTATE, LABEL_CNODE_REVOKE, LABEL_CNODE_ROTATE, LABEL_CNODE_SAVE_CALLER, TRUNCATED_MESSAGE, LABEL_CNODE_LAST,
} from '../abi.ts';
import { load } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  CAP_ENDPOINT, CAP_NULL, CTE_BYTES, CTE_WORD_HI, CTE_WORD_LO, STATE_RESTART, TCB_SLOT_CALLER,
} from '../memory/layout.ts';
import { argCount, argHi, argLo } from './arguments.ts';
import { cancelBadgedSends } from './cancel.ts';
// biome-ignore format: packed
import {
  CAP_A, CAP_B, capAddress, capField, capType, isNullAt, loadCap, maskCapRights, updateCapData,
} from './caps.ts';
import { foundSlot, lookupSlotForCNodeOp } from './cspace.ts';
import { cteDelete, cteRevoke } from './delete.ts';
import { cteInsert, cteMove, cteSwap, deriveCap, ensureEmptySlot } from './mdb.ts';
import { OK, fail, failLookup, setFailure } from './outcome.ts';
import { currentThread, setThreadState } from './scheduler.ts';
import { extraCapCount, extraCaps } from './transfer.ts';

/** Marks the caller to issue its call again should the work be interrupted: decoding is over. */
export function beginPerform(): void {
  setThreadState(currentThread(), STATE_RESTART);
}

function lookup(isSource: number, root: number, n: number): number {
  return lookupSlotForCNodeOp(isSource, root, argLo[n]!, argHi[n]!, argLo[n + 1]!, argHi[n + 1]!);
}

function missing(isSource: number, depth: number): number {
  setFailure(FAILURE_MISSING_CAPABILITY, depth, 0);
  return failLookup(FAILED_LOOKUP, isSource);
}

export function decodeCNode(slot: number, label: number): number {
  if (label < LABEL_CNODE_REVOKE || label > LABEL_CNODE_LAST) return fail(ILLEGAL_OPERATION);
  if (argCount < 2) return fail(TRUNCATED_MESSAGE);
  const status = lookup(0, slot, 0);
  if (status !== OK) return status;
  const target = foundSlot;
  switch (label) {
    case LABEL_CNODE_REVOKE:
      beginPerform();
      return cteRevoke(target);
    case LABEL_CNODE_DELETE:
      beginPerform();
      return cteDelete(target);
    case LABEL_CNODE_CANCEL_BADGED_SENDS: {
      if (capType(target) !== CAP_ENDPOINT || capField(target, 16, 15) !== ALL_RIGHTS) return fail(ILLEGAL_OPERATION);
      const lo = load(target + CTE_WORD_LO);
      const hi = load(target + CTE_WORD_HI);
      beginPerform();
      if (lo !== 0 || hi !== 0) cancelBadgedSends(capAddress(target), lo, hi);
      return OK;
    }
    case LABEL_CNODE_SAVE_CALLER:
      return saveCaller(target);
    case LABEL_CNODE_ROTATE:
      return rotate(target);
    default:
      return insertOrMove(target, label);
  }
}

function saveCaller(target: number): number {
  const status = ensureEmptySlot(target);
  if (status !== OK) return status;
  beginPerform();
  const caller = currentThread() + TCB_SLOT_CALLER * CTE_BYTES;
  if (capType(caller) !== CAP_NULL) {
    loadCap(CAP_A, caller);
    cteMove(CAP_A, caller, target);
  }
  return OK;
}

/** Copy, Mint, Move, Mutate: the destination first, then the source, then the words that only some of them have. */
function insertOrMove(target: number, label: number): number {
  if (argCount < 4 || extraCapCount < 1) return fail(TRUNCATED_MESSAGE);
  let status = ensureEmptySlot(target);
  if (status !== OK) return status;
  status = lookup(1, extraCaps[0]!, 2);
  if (status !== OK) return status;
  const source = foundSlot;
  if (capType(source) === CAP_NULL) return missing(1, argLo[3]!);
  loadCap(CAP_A, source);
  let isMove = false;
  switch (label) {
    case LABEL_CNODE_COPY:
      if (argCount < 5) return fail(TRUNCATED_MESSAGE);
      maskCapRights(CAP_A, argLo[4]!);
      status = deriveCap(CAP_A, source);
      break;
    case LABEL_CNODE_MINT:
      if (argCount < 6) return fail(TRUNCATED_MESSAGE);
      maskCapRights(CAP_A, argLo[4]!);
      updateCapData(CAP_A, false, argLo[5]!, argHi[5]!);
      status = deriveCap(CAP_A, source);
      break;
    case LABEL_CNODE_MOVE:
      isMove = true;
      break;
    case LABEL_CNODE_MUTATE:
      if (argCount < 5) return fail(TRUNCATED_MESSAGE);
      updateCapData(CAP_A, true, argLo[4]!, argHi[4]!);
      isMove = true;
      break;
    default:
  }
  if (status !== OK) return status;
  if (isNullAt(CAP_A)) return fail(ILLEGAL_OPERATION);
  beginPerform();
  if (isMove) cteMove(CAP_A, source, target);
  else cteInsert(CAP_A, source, target);
  return OK;
}

function rotate(target: number): number {
  if (argCount < 8 || extraCapCount < 2) return fail(TRUNCATED_MESSAGE);
  let status = lookup(1, extraCaps[1]!, 6);
  if (status !== OK) return status;
  const source = foundSlot;
  status = lookup(1, extraCaps[0]!, 3);
  if (status !== OK) return status;
  const pivot = foundSlot;
  if (pivot === source || pivot === target) return fail(ILLEGAL_OPERATION);
  if (source !== target) {
    status = ensureEmptySlot(target);
    if (status !== OK) return status;
  }
  if (capType(source) === CAP_NULL) return missing(1, argLo[7]!);
  if (capType(pivot) === CAP_NULL) return missing(0, argLo[4]!);
  loadCap(CAP_A, source);
  updateCapData(CAP_A, true, argLo[5]!, argHi[5]!);
  loadCap(CAP_B, pivot);
  updateCapData(CAP_B, true, argLo[2]!, argHi[2]!);
  if (isNullAt(CAP_A) || isNullAt(CAP_B)) return fail(ILLEGAL_OPERATION);
  beginPerform();
  if (source === target) {
    cteSwap(CAP_A, source, CAP_B, pivot);
  } else {
    cteMove(CAP_B, pivot, target);
    cteMove(CAP_A, source, pivot);
  }
  return OK;
}
