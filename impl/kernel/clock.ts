/**
 * MCS: reading the timer, charging what has passed, and programming it again.
 *
 * @source seL4 src/kernel/thread.c `updateTimestamp`, `awaken`, `checkDomainTime`, `switchSchedContext`, `setNextInterrupt`; include/kernel/thread.h
 * `commitTime`
 */
import { NUM_DOMAINS, TIMER_PRECISION } from '#impl-config';
import { setDeadline } from '../hardware/timer.ts';
import { implAssert, load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  HW_TIME_HI, HW_TIME_LO, IDLE_SCHED_CONTEXT, KS_CONSUMED_HI, KS_CONSUMED_LO, KS_CUR_SC, KS_CUR_THREAD, KS_CUR_TIME_HI, KS_CUR_TIME_LO,
  KS_DOMAIN_TIME_HI, KS_DOMAIN_TIME_LO, KS_RELEASE_HEAD, KS_REPROGRAM, REFILL_AMOUNT_LO, SCHED_CONTEXT_CONSUMED_LO, SCHED_CONTEXT_SPORADIC,
  TCB_SCHED_CONTEXT,
} from '../memory/layout.ts';
// biome-ignore format: packed
import {
  isConfigured, isRoundRobin, isSufficient, refillBudgetCheck, refillHead, refillUnblockCheck, useSlice,
} from './refills.ts';
import { releaseRemove, releaseTime } from './release-queue.ts';
import { possibleSwitchTo, rescheduleRequired } from './thread-state.ts';
// biome-ignore format: packed
import {
  MAX_RELEASE_HI, MAX_RELEASE_LO, MIN_BUDGET, add, addAt, hi, isLess, isLessAt, lo, storeAt, subtract,
} from './ticks.ts';

/**
 * What has passed since the last reading is used, by whoever runs; and of the domain's slice, which is over when what is left of it is no budget.
 * On every way in, so it is written out, and in numbers of 32 bits.
 */
export function updateTimestamp(): void {
  const timeLo = load(HW_TIME_LO);
  const timeHi = load(HW_TIME_HI);
  const beforeLo = load(KS_CUR_TIME_LO);
  const passedLo = (timeLo - beforeLo) >>> 0;
  const passedHi = (timeHi - load(KS_CUR_TIME_HI) - (timeLo < beforeLo ? 1 : 0)) | 0;
  implAssert(
    passedHi >= 0 && isLess(timeLo, timeHi, MAX_RELEASE_LO, MAX_RELEASE_HI),
    'time goes on, and is not at its end',
  );
  store(KS_CUR_TIME_LO, timeLo);
  store(KS_CUR_TIME_HI, timeHi);
  const used = (load(KS_CONSUMED_LO) + passedLo) >>> 0;
  store(KS_CONSUMED_LO, used);
  store(KS_CONSUMED_HI, load(KS_CONSUMED_HI) + passedHi + (used < passedLo ? 1 : 0));
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- a constant of the configuration that is bundled
  if (NUM_DOMAINS > 1) passDomainTime(passedLo, passedHi);
}

function passDomainTime(passedLo: number, passedHi: number): void {
  const beforeLo = load(KS_DOMAIN_TIME_LO);
  const beforeHi = load(KS_DOMAIN_TIME_HI);
  const leftLo = (beforeLo - passedLo) >>> 0;
  const owedHi = (passedHi + (beforeLo < passedLo ? 1 : 0)) >>> 0;
  if (beforeHi < owedHi || (beforeHi === owedHi && leftLo <= MIN_BUDGET)) {
    storeAt(KS_DOMAIN_TIME_LO, 0, 0);
  } else {
    storeAt(KS_DOMAIN_TIME_LO, leftLo, beforeHi - owedHi);
  }
}

export function isDomainExpired(): boolean {
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- a constant of the configuration that is bundled
  return NUM_DOMAINS > 1 && load(KS_DOMAIN_TIME_LO) === 0 && load(KS_DOMAIN_TIME_HI) === 0;
}

/** Whether a long operation may go on. Its own context may be gone. */
export function hasBudgetLeft(): boolean {
  const context = load(KS_CUR_SC);
  if (!isConfigured(context) || isDomainExpired()) return false;
  return isSufficient(context, load(KS_CONSUMED_LO), load(KS_CONSUMED_HI));
}

export function forgetConsumed(): void {
  storeAt(KS_CONSUMED_LO, 0, 0);
}

/** Charges what was used to the current context, which has that much; nobody pays for one that is gone. */
export function commitTime(): void {
  const context = load(KS_CUR_SC);
  const usedLo = load(KS_CONSUMED_LO);
  const usedHi = load(KS_CONSUMED_HI);
  if (usedLo === 0 && usedHi === 0) return;
  if (context !== IDLE_SCHED_CONTEXT && isConfigured(context)) {
    if (isRoundRobin(context)) useSlice(context);
    else refillBudgetCheck(context, usedLo, usedHi);
    addAt(context + SCHED_CONTEXT_CONSUMED_LO, usedLo, usedHi);
  }
  forgetConsumed();
}

/** What choosing who runs begins with: threads whose budget has come, and a domain whose slice is over. */
export function beginSchedule(): void {
  for (let first = load(KS_RELEASE_HEAD); first !== 0; first = load(KS_RELEASE_HEAD)) {
    if (isLessAt(KS_CUR_TIME_LO, releaseTime(first))) break;
    releaseRemove(first);
    possibleSwitchTo(first);
  }
  if (!isDomainExpired()) return;
  store(KS_REPROGRAM, 1);
  rescheduleRequired();
}

/** What it ends with: time is charged to the chosen thread's context from now on, and the timer is set. */
export function endSchedule(): void {
  const context = load(load(KS_CUR_THREAD) + TCB_SCHED_CONTEXT);
  if (context !== load(KS_CUR_SC) && isConfigured(context)) {
    store(KS_REPROGRAM, 1);
    // Round robin has no time to catch up with; a sporadic server did so when it woke up.
    if (load(context + SCHED_CONTEXT_SPORADIC) === 0) refillUnblockCheck(context);
  }
  if (load(KS_REPROGRAM) === 0) {
    store(KS_CUR_SC, context);
    return;
  }
  commitTime();
  store(KS_CUR_SC, context);
  setNextInterrupt(context);
  store(KS_REPROGRAM, 0);
}

/** When the budget is used up, the domain's slice is over, or somebody's budget comes, whichever is first. */
export function setNextInterrupt(context: number): void {
  const nowLo = load(KS_CUR_TIME_LO);
  const nowHi = load(KS_CUR_TIME_HI);
  const amount = refillHead(context) + REFILL_AMOUNT_LO;
  add(nowLo, nowHi, load(amount), load(amount + 4));
  let nextLo = lo;
  let nextHi = hi;
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- a constant of the configuration that is bundled
  if (NUM_DOMAINS > 1) {
    add(nowLo, nowHi, load(KS_DOMAIN_TIME_LO), load(KS_DOMAIN_TIME_HI));
    if (isLess(lo, hi, nextLo, nextHi)) {
      nextLo = lo;
      nextHi = hi;
    }
  }
  const first = load(KS_RELEASE_HEAD);
  if (first !== 0) {
    const time = releaseTime(first);
    if (isLess(load(time), load(time + 4), nextLo, nextHi)) {
      nextLo = load(time);
      nextHi = load(time + 4);
    }
  }
  subtract(nextLo, nextHi, TIMER_PRECISION, 0);
  setDeadline(lo, hi);
}
