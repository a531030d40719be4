/**
 * MCS: the refills of a scheduling context, a circular buffer behind its fields. Round robin has two: what is left of the slice, and what is used.
 *
 * @source seL4 src/kernel/sporadic.c; include/kernel/sporadic.h
 */
import { implAssert, load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  KS_CONSUMED_HI, KS_CONSUMED_LO, KS_CUR_TIME_LO, KS_REPROGRAM, REFILL_AMOUNT_LO, REFILL_BYTES, REFILL_TIME_LO, SCHED_CONTEXT_CORE_BYTES,
  SCHED_CONTEXT_PERIOD_HI, SCHED_CONTEXT_PERIOD_LO, SCHED_CONTEXT_REFILL_HEAD, SCHED_CONTEXT_REFILL_MAX, SCHED_CONTEXT_REFILL_TAIL,
} from '../memory/layout.ts';
// biome-ignore format: packed
import {
  MAX_RELEASE_HI, MAX_RELEASE_LO, MIN_BUDGET, add, addAt, hi, isLess, isLessAt, lo, storeAt, subtract, subtractAt,
} from './ticks.ts';

export const MIN_REFILLS = 2;

function refill(context: number, n: number): number {
  return context + SCHED_CONTEXT_CORE_BYTES + n * REFILL_BYTES;
}

export function refillHead(context: number): number {
  return refill(context, load(context + SCHED_CONTEXT_REFILL_HEAD));
}

export function refillTail(context: number): number {
  return refill(context, load(context + SCHED_CONTEXT_REFILL_TAIL));
}

function following(context: number, n: number): number {
  return n + 1 === load(context + SCHED_CONTEXT_REFILL_MAX) ? 0 : n + 1;
}

function isSingle(context: number): boolean {
  return load(context + SCHED_CONTEXT_REFILL_HEAD) === load(context + SCHED_CONTEXT_REFILL_TAIL);
}

function isFull(context: number): boolean {
  return following(context, load(context + SCHED_CONTEXT_REFILL_TAIL)) === load(context + SCHED_CONTEXT_REFILL_HEAD);
}

/** The head's words stay where they are until the next refill takes the place: whoever pops has read them. */
function popHead(context: number): void {
  implAssert(!isSingle(context), 'a scheduling context keeps a refill');
  store(context + SCHED_CONTEXT_REFILL_HEAD, following(context, load(context + SCHED_CONTEXT_REFILL_HEAD)));
}

function addTail(context: number, timeLo: number, timeHi: number, amountLo: number, amountHi: number): void {
  implAssert(!isFull(context), 'there is room for another refill');
  const tail = following(context, load(context + SCHED_CONTEXT_REFILL_TAIL));
  store(context + SCHED_CONTEXT_REFILL_TAIL, tail);
  storeAt(refill(context, tail) + REFILL_TIME_LO, timeLo, timeHi);
  storeAt(refill(context, tail) + REFILL_AMOUNT_LO, amountLo, amountHi);
}

export function isRoundRobin(context: number): boolean {
  return load(context + SCHED_CONTEXT_PERIOD_LO) === 0 && load(context + SCHED_CONTEXT_PERIOD_HI) === 0;
}

export function isConfigured(context: number): boolean {
  return load(context + SCHED_CONTEXT_REFILL_MAX) !== 0;
}

/** The budget can be used now. */
export function isReady(context: number): boolean {
  return !isLessAt(KS_CUR_TIME_LO, refillHead(context) + REFILL_TIME_LO);
}

/** The head has the smallest budget left after what was used. Asked on every way in, so it is written out, in numbers of 32 bits. */
export function isSufficient(context: number, usedLo: number, usedHi: number): boolean {
  const head = refillHead(context);
  const lo = budgetLo(head);
  const hi = budgetHi(head);
  const owedHi = (usedHi + (lo < usedLo ? 1 : 0)) >>> 0;
  return hi > owedHi || (hi === owedHi && (lo - usedLo) >>> 0 >= MIN_BUDGET);
}

function budgetLo(head: number): number {
  return load(head + REFILL_AMOUNT_LO);
}

function budgetHi(head: number): number {
  return load(head + REFILL_AMOUNT_LO + 4);
}

export function isReleased(context: number): boolean {
  return isConfigured(context) && isReady(context);
}

export function isReadyAndSufficient(context: number): boolean {
  return isReady(context) && isSufficient(context, 0, 0);
}

function startRefills(context: number, max: number, periodLo: number, periodHi: number): number {
  storeAt(context + SCHED_CONTEXT_PERIOD_LO, periodLo, periodHi);
  store(context + SCHED_CONTEXT_REFILL_MAX, max);
  store(context + SCHED_CONTEXT_REFILL_HEAD, 0);
  store(context + SCHED_CONTEXT_REFILL_TAIL, 0);
  return refill(context, 0);
}

/** The whole budget from now on. A period of 0 is round robin. */
export function refillNew(
  context: number,
  max: number,
  budgetLo: number,
  budgetHi: number,
  periodLo: number,
  periodHi: number,
): void {
  const first = startRefills(context, max, periodLo, periodHi);
  const nowLo = load(KS_CUR_TIME_LO);
  const nowHi = load(KS_CUR_TIME_LO + 4);
  storeAt(first + REFILL_TIME_LO, nowLo, nowHi);
  storeAt(first + REFILL_AMOUNT_LO, budgetLo, budgetHi);
  if (isRoundRobin(context)) addTail(context, nowLo, nowHi, 0, 0);
}

/** Other parameters while the context is in use: the head stays, and what is missing to the budget comes a period later. */
export function refillUpdate(
  context: number,
  max: number,
  budgetLo: number,
  budgetHi: number,
  periodLo: number,
  periodHi: number,
): void {
  const head = refillHead(context);
  const from = isReady(context) ? KS_CUR_TIME_LO : head + REFILL_TIME_LO;
  const timeLo = load(from);
  const timeHi = load(from + 4);
  const amountLo = load(head + REFILL_AMOUNT_LO);
  const amountHi = load(head + REFILL_AMOUNT_LO + 4);
  const first = startRefills(context, max, periodLo, periodHi);
  storeAt(first + REFILL_TIME_LO, timeLo, timeHi);
  if (!isLess(amountLo, amountHi, budgetLo, budgetHi)) {
    storeAt(first + REFILL_AMOUNT_LO, budgetLo, budgetHi);
    return;
  }
  storeAt(first + REFILL_AMOUNT_LO, amountLo, amountHi);
  subtract(budgetLo, budgetHi, amountLo, amountHi);
  const missingLo = lo;
  const missingHi = hi;
  add(timeLo, timeHi, periodLo, periodHi);
  addTail(context, lo, hi, missingLo, missingHi);
}

/** Gives back what was used, at a time not before that of the tail: joined to the tail where they touch, and where there is no room. */
function scheduleUsed(context: number, timeLo: number, timeHi: number, amountLo: number, amountHi: number): void {
  const tail = refillTail(context);
  const tailAmountLo = load(tail + REFILL_AMOUNT_LO);
  const tailAmountHi = load(tail + REFILL_AMOUNT_LO + 4);
  add(load(tail + REFILL_TIME_LO), load(tail + REFILL_TIME_LO + 4), tailAmountLo, tailAmountHi);
  if (isLess(lo, hi, timeLo, timeHi)) {
    if (!isFull(context)) {
      addTail(context, timeLo, timeHi, amountLo, amountHi);
      return;
    }
    // The tail is put off, so that both together end where the new one would.
    subtract(timeLo, timeHi, tailAmountLo, tailAmountHi);
    storeAt(tail + REFILL_TIME_LO, lo, hi);
  }
  addAt(tail + REFILL_AMOUNT_LO, amountLo, amountHi);
}

function isBeforeTheEnd(head: number): boolean {
  return isLess(load(head + REFILL_TIME_LO), load(head + REFILL_TIME_LO + 4), MAX_RELEASE_LO, MAX_RELEASE_HI);
}

/** Charges what was used, which may be more than the head has: whole refills first, then a part of the next. */
export function refillBudgetCheck(context: number, usedLo: number, usedHi: number): void {
  implAssert(!isRoundRobin(context), 'round robin is charged by its slice');
  const periodLo = load(context + SCHED_CONTEXT_PERIOD_LO);
  const periodHi = load(context + SCHED_CONTEXT_PERIOD_HI);
  let leftLo = usedLo;
  let leftHi = usedHi;
  let head = refillHead(context);
  while (
    !isLess(leftLo, leftHi, load(head + REFILL_AMOUNT_LO), load(head + REFILL_AMOUNT_LO + 4)) &&
    isBeforeTheEnd(head)
  ) {
    const amountLo = load(head + REFILL_AMOUNT_LO);
    const amountHi = load(head + REFILL_AMOUNT_LO + 4);
    subtract(leftLo, leftHi, amountLo, amountHi);
    leftLo = lo;
    leftHi = hi;
    if (isSingle(context)) {
      addAt(head + REFILL_TIME_LO, periodLo, periodHi);
    } else {
      add(load(head + REFILL_TIME_LO), load(head + REFILL_TIME_LO + 4), periodLo, periodHi);
      const timeLo = lo;
      const timeHi = hi;
      popHead(context);
      scheduleUsed(context, timeLo, timeHi, amountLo, amountHi);
      head = refillHead(context);
    }
  }
  if ((leftLo !== 0 || leftHi !== 0) && isBeforeTheEnd(head)) {
    add(load(head + REFILL_TIME_LO), load(head + REFILL_TIME_LO + 4), periodLo, periodHi);
    const timeLo = lo;
    const timeHi = hi;
    subtractAt(head + REFILL_AMOUNT_LO, leftLo, leftHi);
    addAt(head + REFILL_TIME_LO, leftLo, leftHi);
    scheduleUsed(context, timeLo, timeHi, leftLo, leftHi);
  }
  makeHeadSufficient(context);
}

/** What is too little for a budget goes to the next refill, which starts the earlier. */
function makeHeadSufficient(context: number): void {
  for (;;) {
    const head = refillHead(context);
    const amountLo = load(head + REFILL_AMOUNT_LO);
    const amountHi = load(head + REFILL_AMOUNT_LO + 4);
    if (!isLess(amountLo, amountHi, MIN_BUDGET, 0)) return;
    popHead(context);
    const next = refillHead(context);
    subtractAt(next + REFILL_TIME_LO, amountLo, amountHi);
    addAt(next + REFILL_AMOUNT_LO, amountLo, amountHi);
  }
}

/** A thread wakes up: what it has counts from now on, together with what would follow without a gap. */
export function refillUnblockCheck(context: number): void {
  if (isRoundRobin(context) || !isReady(context)) return;
  const nowLo = load(KS_CUR_TIME_LO);
  const nowHi = load(KS_CUR_TIME_LO + 4);
  let head = refillHead(context);
  storeAt(head + REFILL_TIME_LO, nowLo, nowHi);
  store(KS_REPROGRAM, 1);
  while (!isSingle(context)) {
    const amountLo = load(head + REFILL_AMOUNT_LO);
    const amountHi = load(head + REFILL_AMOUNT_LO + 4);
    const next = refill(context, following(context, load(context + SCHED_CONTEXT_REFILL_HEAD)));
    add(nowLo, nowHi, amountLo, amountHi);
    if (isLess(lo, hi, load(next + REFILL_TIME_LO), load(next + REFILL_TIME_LO + 4))) return;
    popHead(context);
    head = next;
    storeAt(head + REFILL_TIME_LO, nowLo, nowHi);
    addAt(head + REFILL_AMOUNT_LO, amountLo, amountHi);
  }
}

/** Round robin: what was used of the slice. */
export function useSlice(context: number): void {
  const usedLo = load(KS_CONSUMED_LO);
  const usedHi = load(KS_CONSUMED_HI);
  subtractAt(refillHead(context) + REFILL_AMOUNT_LO, usedLo, usedHi);
  addAt(refillTail(context) + REFILL_AMOUNT_LO, usedLo, usedHi);
}

/** Round robin: the slice is there again. */
export function refillSlice(context: number): void {
  const tail = refillTail(context) + REFILL_AMOUNT_LO;
  addAt(refillHead(context) + REFILL_AMOUNT_LO, load(tail), load(tail + 4));
  storeAt(tail, 0, 0);
}
