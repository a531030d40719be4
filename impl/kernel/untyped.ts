/**
 * Untyped_Retype: the one place where objects come from.
 *
 * @source seL4 src/object/untyped.c `decodeUntypedInvocation`, `resetUntypedCap`, `invokeUntyped_Retype`; objecttype.c `createObject`
 */
// biome-ignore format: packed
import {
  ENDPOINT_BITS, FAN_OUT_LIMIT, HUGE_PAGE_BITS, LARGE_PAGE_BITS, IS_X86, MAX_UNTYPED_BITS, MIN_UNTYPED_BITS, NOTIFICATION_BITS, PAGE_BITS, PAGE_TABLE_BITS,
  MIN_SCHED_CONTEXT_BITS, OBJECT_HUGE_PAGE, OBJECT_LARGE_PAGE, OBJECT_SMALL_PAGE, OBJECT_TYPE_COUNT, REPLY_BITS, RESET_CHUNK_BITS, ROOT_LEVEL, SLOT_BITS, TCB_BITS, TIME_SLICE, WORD_BITS, pagingLevel,
} from '#impl-config';
// biome-ignore format: packed
import {
  ALL_RIGHTS, FAILED_LOOKUP, FAILURE_MISSING_CAPABILITY, ILLEGAL_OPERATION, INVALID_ARGUMENT, LABEL_UNTYPED_RETYPE, NOT_ENOUGH_MEMORY,
  OBJECT_CAP_TABLE, OBJECT_ENDPOINT, OBJECT_NOTIFICATION, OBJECT_REPLY, OBJECT_SCHED_CONTEXT, OBJECT_TCB, OBJECT_UNTYPED, RANGE_ERROR, RIGHT_READ, RIGHT_WRITE, TRUNCATED_MESSAGE,
} from '../abi.ts';
import { clear, load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  CAP_CNODE, CAP_ENDPOINT, CAP_FRAME, CAP_NOTIFICATION, CAP_PAGING, CAP_THREAD, CAP_UNTYPED, CTE_BYTES, KS_CUR_DOMAIN, MDB_FIRST_BADGED, MDB_REVOCABLE,
  TCB_DOMAIN, TCB_TIME_SLICE, CAP_REPLY_OBJECT, CAP_SCHED_CONTEXT,
} from '../memory/layout.ts';
import { argCount, argExceeds, argHi, argLo } from './arguments.ts';
import {
  CAP_A,
  capAddress,
  capField,
  capType,
  loadCap,
  makeCap,
  memoryAddress,
  setWordAt,
  storeCap,
  wordAt,
} from './caps.ts';
import { beginPerform } from './cnode.ts';
import { foundSlot, lookupSlotForCNodeOp } from './cspace.ts';
import { ensureEmptySlot, hasChildren, linkAfter } from './mdb.ts';
import { initRegisters } from './message.ts';
import { OK, PREEMPTED, fail, failLookup, failRange, failWith, setFailure } from './outcome.ts';
import { copyGlobalMappings } from './page-table.ts';
import { preemptionPoint } from './preemption.ts';
import { extraCapCount, extraCaps } from './transfer.ts';

function objectBits(type: number, userSize: number): number {
  switch (type) {
    case OBJECT_UNTYPED:
      return userSize;
    case OBJECT_CAP_TABLE:
      return userSize + SLOT_BITS;
    case OBJECT_TCB:
      return TCB_BITS;
    case OBJECT_ENDPOINT:
      return ENDPOINT_BITS;
    case OBJECT_NOTIFICATION:
      return NOTIFICATION_BITS;
    case OBJECT_SCHED_CONTEXT:
      return userSize;
    case OBJECT_REPLY:
      return REPLY_BITS;
    case OBJECT_HUGE_PAGE:
      return HUGE_PAGE_BITS;
    case OBJECT_LARGE_PAGE:
      return LARGE_PAGE_BITS;
    case OBJECT_SMALL_PAGE:
      return PAGE_BITS;
    default:
      return PAGE_TABLE_BITS;
  }
}

/** Of the size of a frame, as its capability has it; -1 for other types. */
function frameSize(type: number): number {
  return type === OBJECT_SMALL_PAGE ? 0 : type === OBJECT_LARGE_PAGE ? 1 : type === OBJECT_HUGE_PAGE ? 2 : -1;
}

export function decodeUntyped(slot: number, label: number): number {
  if (label !== LABEL_UNTYPED_RETYPE) return fail(ILLEGAL_OPERATION);
  if (argCount < 6 || extraCapCount < 1) return fail(TRUNCATED_MESSAGE);
  const type = argLo[0]!;
  if (argExceeds(0, OBJECT_TYPE_COUNT - 1)) return failWith(INVALID_ARGUMENT, 0);
  const userSize = argLo[1]!;
  if (argExceeds(1, WORD_BITS - 1)) return failRange(RANGE_ERROR, 0, MAX_UNTYPED_BITS);
  const bits = objectBits(type, userSize);
  if (bits > MAX_UNTYPED_BITS) return failRange(RANGE_ERROR, 0, MAX_UNTYPED_BITS);
  if (type === OBJECT_CAP_TABLE && userSize === 0) return failWith(INVALID_ARGUMENT, 1);
  if (type === OBJECT_UNTYPED && userSize < MIN_UNTYPED_BITS) return failWith(INVALID_ARGUMENT, 1);
  if (type === OBJECT_SCHED_CONTEXT && userSize < MIN_SCHED_CONTEXT_BITS) return failWith(INVALID_ARGUMENT, 1);

  let node = extraCaps[0]!;
  if (argLo[3] !== 0 || argHi[3] !== 0) {
    const status = lookupSlotForCNodeOp(0, node, argLo[2]!, argHi[2]!, argLo[3]!, argHi[3]!);
    if (status !== OK) return status;
    node = foundSlot;
  }
  if (capType(node) !== CAP_CNODE) {
    setFailure(FAILURE_MISSING_CAPABILITY, argLo[3]!, 0);
    return failLookup(FAILED_LOOKUP, 0);
  }
  const nodeSize = 2 ** capField(node, 22, 31);
  if (argExceeds(4, nodeSize - 1)) return failRange(RANGE_ERROR, 0, nodeSize - 1);
  const offset = argLo[4]!;
  const count = argLo[5]!;
  if (argExceeds(5, FAN_OUT_LIMIT) || count < 1) return failRange(RANGE_ERROR, 1, FAN_OUT_LIMIT);
  if (count > nodeSize - offset) return failRange(RANGE_ERROR, 1, nodeSize - offset);
  const first = capAddress(node) + offset * CTE_BYTES;
  for (let n = 0; n < count; n++) {
    const status = ensureEmptySlot(first + n * CTE_BYTES);
    if (status !== OK) return status;
  }

  const reset = !hasChildren(slot);
  loadCap(CAP_A, slot);
  const freeBytes = 2 ** capField(slot, 17, 63) - (reset ? 0 : wordAt(CAP_A));
  if (Math.floor(freeBytes / 2 ** bits) < count) return failWith(NOT_ENOUGH_MEMORY, freeBytes);
  const device = capField(slot, 16, 1);
  if (device === 1 && type !== OBJECT_UNTYPED && frameSize(type) < 0) return failWith(INVALID_ARGUMENT, 1);
  beginPerform();
  if (reset) {
    const status = resetUntyped(slot, device === 1);
    if (status !== OK) return status;
  }
  retype(slot, type, bits, userSize, device, first, count);
  return OK;
}

function setFreeIndex(slot: number, bytes: number): void {
  loadCap(CAP_A, slot);
  setWordAt(CAP_A, bytes);
  storeCap(slot, CAP_A);
}

/** Clears from the top down in chunks, so that an interrupted reset goes on where it stopped. Device memory is left alone. */
function resetUntyped(slot: number, device: boolean): number {
  loadCap(CAP_A, slot);
  const used = wordAt(CAP_A);
  if (used === 0) return OK;
  const base = memoryAddress(slot);
  const bits = capField(slot, 17, 63);
  const chunk = 2 ** RESET_CHUNK_BITS;
  if (device || bits < RESET_CHUNK_BITS) {
    if (!device) clear(base, 2 ** bits);
    setFreeIndex(slot, 0);
    return OK;
  }
  for (let at = Math.floor((used - 1) / chunk) * chunk; at >= 0; at -= chunk) {
    clear(base + at, chunk);
    setFreeIndex(slot, at);
    if (preemptionPoint() !== OK) return PREEMPTED;
  }
  return OK;
}

function retype(
  slot: number,
  type: number,
  bits: number,
  userSize: number,
  device: number,
  firstSlot: number,
  count: number,
): void {
  const bytes = 2 ** bits;
  loadCap(CAP_A, slot);
  const base = memoryAddress(slot);
  const first = Math.ceil((base + wordAt(CAP_A)) / bytes) * bytes;
  setFreeIndex(slot, first + count * bytes - base);
  for (let n = 0; n < count; n++) {
    createObject(type, first + n * bytes, userSize, device);
    storeCap(firstSlot + n * CTE_BYTES, CAP_A);
    linkAfter(firstSlot + n * CTE_BYTES, slot, MDB_REVOCABLE | MDB_FIRST_BADGED);
  }
}

/** Fills in the object, whose memory is zero, and makes its capability in place A. */
function createObject(type: number, address: number, userSize: number, device: number): void {
  switch (type) {
    case OBJECT_UNTYPED:
      makeCap(CAP_A, CAP_UNTYPED, address, (device << 16) | (userSize << 17), 0, 0);
      break;
    case OBJECT_TCB:
      store(address + TCB_TIME_SLICE, TIME_SLICE);
      store(address + TCB_DOMAIN, load(KS_CUR_DOMAIN));
      initRegisters(address);
      makeCap(CAP_A, CAP_THREAD, address, 0, 0, 0);
      break;
    case OBJECT_ENDPOINT:
      makeCap(CAP_A, CAP_ENDPOINT, address, ALL_RIGHTS << 16, 0, 0);
      break;
    case OBJECT_NOTIFICATION:
      makeCap(CAP_A, CAP_NOTIFICATION, address, (RIGHT_READ | RIGHT_WRITE) << 16, 0, 0);
      break;
    case OBJECT_REPLY:
      makeCap(CAP_A, CAP_REPLY_OBJECT, address, 1 << 17, 0, 0);
      break;
    case OBJECT_SCHED_CONTEXT:
      makeCap(CAP_A, CAP_SCHED_CONTEXT, address, userSize << 17, 0, 0);
      break;
    case OBJECT_CAP_TABLE:
      makeCap(CAP_A, CAP_CNODE, address, userSize << 22, 0, 0);
      break;
    case OBJECT_SMALL_PAGE:
    case OBJECT_LARGE_PAGE:
    case OBJECT_HUGE_PAGE:
      makeCap(CAP_A, CAP_FRAME, address, (frameSize(type) << 16) | (device << 18) | (3 << 19), 0, 0);
      break;
    default:
      // On RISC-V a table gets the kernel's half when it becomes a root.
      if (IS_X86 && pagingLevel(type) === ROOT_LEVEL) copyGlobalMappings(address);
      makeCap(CAP_A, CAP_PAGING, address, pagingLevel(type) << 16, 0, 0);
  }
}
