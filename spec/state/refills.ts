/**
 * MCS: the arithmetic of refills, on scheduling contexts as values. Times and amounts are exact; they stay below 2^64 because nothing is scheduled
 * from `maxReleaseTime` on.
 *
 * @source l4v branch rt spec/abstract/SchedContext_A.thy `refill_new`, `refill_update`, `schedule_used`, `refill_budget_check`,
 * `refill_unblock_check`; seL4 src/kernel/sporadic.c
 */
import type { KernelConfig } from '../abi/config.ts';
import { specAssert } from '../prelude.ts';
import type { Refill, SchedContext } from './objects.ts';
import type { Word } from './refs.ts';

/** Round robin has two refills, and so has every context at least. */
export const MIN_REFILLS = 2;
const LAST_WORD = 2n ** 64n - 1n;

export function usToTicks({ ticksPerUs }: KernelConfig, us: Word): Word {
  return us * ticksPerUs;
}

/** Less than this is no budget: the kernel may need it to be entered and left. Ticks. */
export function minBudget(config: KernelConfig): Word {
  return 2n * usToTicks(config, config.kernelWcetUs);
}

/** Refills from here on are charged no more, so that five periods later is still a time. */
export function maxReleaseTime(config: KernelConfig): Word {
  return LAST_WORD - 5n * usToTicks(config, config.maxPeriodUs);
}

/** How many refills there is room for. @source seL4 include/kernel/sporadic.h `refill_absolute_max` */
export function refillAbsoluteMax({ schedContextCoreBytes, refillBytes }: KernelConfig, sizeBits: number): number {
  return Math.floor((2 ** sizeBits - schedContextCoreBytes) / refillBytes);
}

export function isRoundRobin({ period }: SchedContext): boolean {
  return period === 0n;
}

export function isConfigured({ refillMax }: SchedContext): boolean {
  return refillMax > 0;
}

export function refillHead({ refills }: SchedContext): Refill {
  const [head] = refills;
  specAssert(head !== undefined, 'a configured scheduling context has a refill');
  return head;
}

/** The budget can be used now. */
export function isRefillReady(context: SchedContext, now: Word): boolean {
  return refillHead(context).time <= now;
}

/** The head has the smallest budget left after `usage`. */
export function isRefillSufficient(config: KernelConfig, context: SchedContext, usage: Word): boolean {
  return refillHead(context).amount >= usage + minBudget(config);
}

/** The whole budget from now on. */
export function refillNew(
  context: SchedContext,
  refillMax: number,
  budget: Word,
  period: Word,
  now: Word,
): SchedContext {
  const refills: Refill[] = [{ time: now, amount: budget }];
  if (period === 0n) refills.push({ time: now, amount: 0n });
  return { ...context, period, budget, refillMax, refills };
}

/** Other parameters while the context is in use: what is missing to the new budget comes a new period after the head. */
export function refillUpdate(
  context: SchedContext,
  refillMax: number,
  budget: Word,
  period: Word,
  now: Word,
): SchedContext {
  const { time, amount } = refillHead(context);
  const start = time <= now ? now : time;
  const refills =
    amount >= budget
      ? [{ time: start, amount: budget }]
      : [
          { time: start, amount },
          { time: start + period, amount: budget - amount },
        ];
  return { ...context, period, budget, refillMax, refills };
}

/** Gives back time that was used: joined to the last refill where they touch, or when there is no room, and that delays the last one. */
export function scheduleUsed(refills: readonly Refill[], used: Refill, refillMax: number): readonly Refill[] {
  const last = refills.at(-1);
  if (last === undefined) return [used];
  const amount = last.amount + used.amount;
  if (last.time + last.amount >= used.time) return refills.with(-1, { time: last.time, amount });
  if (refills.length < refillMax) return [...refills, used];
  return refills.with(-1, { time: used.time - last.amount, amount });
}

/**
 * Charges `usage`: refills that are used up wholly come again a period later, one by one, and of the next one the part that was used. More may have
 * been used than there was. The head is left with the smallest budget at least, taken from what follows, which starts the earlier.
 */
export function refillBudgetCheck(config: KernelConfig, context: SchedContext, usage: Word): SchedContext {
  const { period, refillMax } = context;
  const limit = maxReleaseTime(config);
  let { refills } = context;
  let left = usage;
  for (;;) {
    const [head, ...rest] = refills;
    specAssert(head !== undefined, 'a configured scheduling context has a refill');
    if (head.amount > left || head.time >= limit) break;
    left -= head.amount;
    refills = scheduleUsed(rest, { time: head.time + period, amount: head.amount }, refillMax);
  }
  const [head, ...rest] = refills;
  if (left > 0n && head !== undefined && head.time < limit) {
    const kept = { time: head.time + left, amount: head.amount - left };
    refills = scheduleUsed([kept, ...rest], { time: head.time + period, amount: left }, refillMax);
  }
  return { ...context, refills: withSufficientHead(config, refills) };
}

function withSufficientHead(config: KernelConfig, start: readonly Refill[]): readonly Refill[] {
  let refills = start;
  for (;;) {
    const [head, next, ...rest] = refills;
    if (head === undefined || head.amount >= minBudget(config)) return refills;
    specAssert(next !== undefined, 'the smallest budget is in the refills together');
    refills = [{ time: next.time - head.amount, amount: next.amount + head.amount }, ...rest];
  }
}

/** A thread wakes up: time that was not used does not pile up, but counts from now, together with what would follow without a gap. */
export function refillUnblockCheck(context: SchedContext, now: Word): SchedContext {
  let [{ amount }, ...rest] = [refillHead(context), ...context.refills.slice(1)] as readonly [Refill, ...Refill[]];
  for (let [next] = rest; next !== undefined && next.time <= now + amount; [next] = rest) {
    amount += next.amount;
    rest = rest.slice(1);
  }
  return { ...context, refills: [{ time: now, amount }, ...rest] };
}
