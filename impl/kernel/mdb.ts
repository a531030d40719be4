/**
 * The mapping database: one doubly linked list per tree, in pre-order, from which parenthood is computed. A capability's descendants
 * are the entries behind it for as long as it is a parent of them.
 *
 * @source seL4 src/object/cnode.c `cteInsert`, `cteMove`, `cteSwap`, `isFinalCapability`; src/object/objecttype.c `isMDBParentOf`
 */
import { DELETE_FIRST, ILLEGAL_OPERATION, REVOKE_FIRST } from '../abi.ts';
import { W, implAssert, index, load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  CAP_ENDPOINT, CAP_FRAME, CAP_IO_PORT, CAP_IO_PORT_CONTROL, CAP_IO_SPACE, CAP_IRQ_CONTROL, CAP_IRQ_HANDLER, CAP_NOTIFICATION, CAP_NULL, CAP_PAGING, CAP_REPLY,
  CAP_UNTYPED, CAP_ZOMBIE, CTE_BYTES, CTE_MDB_FLAGS, CTE_NEXT, CTE_PREV, MDB_FIRST_BADGED,
  MDB_REVOCABLE,
} from '../memory/layout.ts';
// biome-ignore format: packed
import {
  C, CAP_C, CAP_D, addressAt, capType, fieldAt, loadCap, powerOf2, sameObjectAs, sameRegionAs, setNull, setWordAt, storeCap,
  typeAt,
} from './caps.ts';
import { OK, fail } from './outcome.ts';

/** Uses places C and D. */
export function isMdbParentOf(parent: number, child: number): boolean {
  if ((load(parent + CTE_MDB_FLAGS) & MDB_REVOCABLE) === 0) return false;
  loadCap(CAP_C, parent);
  loadCap(CAP_D, child);
  if (!sameRegionAs(CAP_C, CAP_D)) return false;
  const type = typeAt(CAP_C);
  if (type !== CAP_ENDPOINT && type !== CAP_NOTIFICATION) return true;
  if (C[CAP_C + 2] === 0 && C[CAP_C + 3] === 0) return true;
  return (
    C[CAP_C + 2] === C[CAP_D + 2] &&
    C[CAP_C + 3] === C[CAP_D + 3] &&
    (load(child + CTE_MDB_FLAGS) & MDB_FIRST_BADGED) === 0
  );
}

export function hasChildren(slot: number): boolean {
  const next = load(slot + CTE_NEXT);
  return next !== 0 && isMdbParentOf(slot, next);
}

export function ensureNoChildren(slot: number): number {
  return hasChildren(slot) ? fail(REVOKE_FIRST) : OK;
}

export function ensureEmptySlot(slot: number): number {
  return capType(slot) === CAP_NULL ? OK : fail(DELETE_FIRST);
}

/** Capabilities to one object are neighbours in the list, so two looks tell. */
export function isFinalCapability(slot: number): boolean {
  loadCap(CAP_C, slot);
  const prev = load(slot + CTE_PREV);
  if (prev !== 0) {
    loadCap(CAP_D, prev);
    if (sameObjectAs(CAP_D, CAP_C)) return false;
  }
  const next = load(slot + CTE_NEXT);
  if (next === 0) return true;
  loadCap(CAP_D, next);
  return !sameObjectAs(CAP_C, CAP_D);
}

/** Links an entry directly behind another one. */
export function linkAfter(slot: number, before: number, flags: number): void {
  const next = load(before + CTE_NEXT);
  const i = index(slot);
  W[i + CTE_NEXT / 4] = next;
  W[i + CTE_MDB_FLAGS / 4] = flags;
  W[i + CTE_PREV / 4] = before;
  store(before + CTE_NEXT, slot);
  if (next !== 0) store(next + CTE_PREV, slot);
}

/** Whether the capability in place `at`, made from the one in `source`, can have children of its own. */
function isCapRevocable(at: number, source: number): boolean {
  const type = typeAt(at);
  switch (type) {
    case CAP_ENDPOINT:
    case CAP_NOTIFICATION: {
      const i = index(source);
      return capType(source) === type && (W[i + 2] !== C[at + 2] || W[i + 3] !== C[at + 3]);
    }
    case CAP_IRQ_HANDLER:
      return capType(source) === CAP_IRQ_CONTROL;
    case CAP_IO_PORT:
      return capType(source) === CAP_IO_PORT_CONTROL;
    case CAP_UNTYPED:
      return true;
    default:
      return false;
  }
}

/** Puts the capability in place `at`, made from the one in `source`, into the empty slot `target`. */
export function cteInsert(at: number, source: number, target: number): void {
  implAssert(capType(target) === CAP_NULL, 'a capability is inserted into an empty slot');
  const flags = isCapRevocable(at, source) ? MDB_REVOCABLE | MDB_FIRST_BADGED : 0;
  setUntypedCapAsFull(at, source);
  storeCap(target, at);
  linkAfter(target, source, flags);
}

/** An untyped that has been copied has given all of its memory away. */
function setUntypedCapAsFull(at: number, source: number): void {
  if (typeAt(at) !== CAP_UNTYPED || capType(source) !== CAP_UNTYPED) return;
  loadCap(CAP_D, source);
  if (addressAt(CAP_D) !== addressAt(at) || fieldAt(CAP_D, 17, 63) !== fieldAt(at, 17, 63)) return;
  setWordAt(CAP_D, powerOf2(fieldAt(CAP_D, 17, 63)));
  storeCap(source, CAP_D);
}

/** `target`, empty, takes over the place of `source`, with the capability in place `at`. */
export function cteMove(at: number, source: number, target: number): void {
  const next = load(source + CTE_NEXT);
  const prev = load(source + CTE_PREV);
  storeCap(target, at);
  store(target + CTE_NEXT, next);
  store(target + CTE_PREV, prev);
  store(target + CTE_MDB_FLAGS, load(source + CTE_MDB_FLAGS));
  wipe(source);
  if (prev !== 0) store(prev + CTE_NEXT, target);
  if (next !== 0) store(next + CTE_PREV, target);
}

/** Exchanges places: afterwards `b` holds the capability in place `capA`, and `a` the one in `capB`. Neighbours are fine. */
export function cteSwap(capA: number, a: number, capB: number, b: number): void {
  storeCap(a, capB);
  storeCap(b, capA);
  const aNext = load(a + CTE_NEXT);
  const aPrev = load(a + CTE_PREV);
  const aFlags = load(a + CTE_MDB_FLAGS);
  if (aPrev !== 0) store(aPrev + CTE_NEXT, b);
  if (aNext !== 0) store(aNext + CTE_PREV, b);
  // If they were neighbours, b's own links now point at itself where they pointed at a; putting them into a mends that.
  const bNext = load(b + CTE_NEXT);
  const bPrev = load(b + CTE_PREV);
  store(a + CTE_MDB_FLAGS, load(b + CTE_MDB_FLAGS));
  store(a + CTE_NEXT, bNext);
  store(a + CTE_PREV, bPrev);
  store(b + CTE_NEXT, aNext);
  store(b + CTE_PREV, aPrev);
  store(b + CTE_MDB_FLAGS, aFlags);
  if (bPrev !== 0) store(bPrev + CTE_NEXT, a);
  if (bNext !== 0) store(bNext + CTE_PREV, a);
}

/** Takes an entry out of its list and makes it null. What was first of its badge hands that on to the next. */
export function unlink(slot: number): void {
  const next = load(slot + CTE_NEXT);
  const prev = load(slot + CTE_PREV);
  if (prev !== 0) store(prev + CTE_NEXT, next);
  if (next !== 0) {
    store(next + CTE_PREV, prev);
    store(next + CTE_MDB_FLAGS, load(next + CTE_MDB_FLAGS) | (load(slot + CTE_MDB_FLAGS) & MDB_FIRST_BADGED));
  }
  wipe(slot);
}

function wipe(slot: number): void {
  // A loop of eight beats the general fill.
  const i = index(slot);
  for (let word = i; word < i + CTE_BYTES / 4; word++) W[word] = 0;
}

/**
 * Replaces the capability in place `at` by the copy of it that may be handed out. Null when there is none.
 *
 * @source seL4 src/object/objecttype.c `deriveCap`
 */
export function deriveCap(at: number, slot: number): number {
  switch (typeAt(at)) {
    case CAP_UNTYPED:
      return ensureNoChildren(slot);
    case CAP_FRAME:
      C[at + 1] = C[at + 1]! & ~(1 << 21);
      C[at + 2] = 0;
      C[at + 3] = 0;
      return OK;
    case CAP_PAGING:
      return fieldAt(at, 18, 1) === 1 ? OK : fail(ILLEGAL_OPERATION);
    case CAP_REPLY:
    case CAP_ZOMBIE:
    case CAP_IRQ_CONTROL:
    case CAP_IO_PORT_CONTROL:
    case CAP_IO_SPACE:
      setNull(at);
      return OK;
    default:
      return OK;
  }
}
