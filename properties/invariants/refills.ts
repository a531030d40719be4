/** MCS: what the budget of a scheduling context is like: refills, when they can be used, and what they amount to. */
import type { SchedContext } from '../../spec/state/objects.ts';
import type { StateInvariant } from '../property.ts';
import { RT_DET_SCHED, countContexts, l4v, perContext } from './check.ts';
import { isActive, leastBudget, longestPeriod } from './runs.ts';

const LAST_WORD = 2n ** 64n - 1n;
/** Round robin has two refills: what is left of the slice, and what is used. */
const ROUND_ROBIN_REFILLS = 2;

const isRoundRobin = (context: SchedContext): boolean => isActive(context) && context.period === 0n;
const isPeriodic = (context: SchedContext): boolean => isActive(context) && context.period !== 0n;

function sumOf({ refills }: SchedContext): bigint {
  return refills.reduce((sum, { amount }) => sum + amount, 0n);
}

export const activeScsValid: StateInvariant = {
  name: 'active_scs_valid',
  kind: 'state',
  statement:
    'A scheduling context that was given a budget has refills, the first of which comes long before time is at its end; one that was not has neither budget nor refills, and is no sporadic server.',
  l4v: l4v(RT_DET_SCHED, 'active_scs_valid', 'of its parts, valid refills are entries of their own'),
  evidence: ['spec-deleted-context-keeps-budget'],
  requires: ['mcs'],
  ...perContext((s, context, fail) => {
    const { budget, refills, sporadic } = context;
    if (!isActive(context)) {
      if (budget !== 0n || refills.length > 0) fail(`not configured, but has a budget of ${budget}`);
      if (sporadic) fail('not configured, but a sporadic server');
      return;
    }
    const [head] = refills;
    if (head === undefined) fail('has a budget and no refill');
    else if (head.time + 2n * longestPeriod(s.config) > LAST_WORD) fail(`its first refill comes at ${head.time}`);
  }),
  exercised: (s) => countContexts(s, isActive),
};

export const rrValidRefills: StateInvariant = {
  name: 'rr_valid_refills',
  kind: 'state',
  statement:
    'In round robin there are two refills, what is left of the slice and what is used: together they are the slice, and what is left can be run on.',
  l4v: l4v(RT_DET_SCHED, 'rr_valid_refills'),
  evidence: ['spec-slice-not-given-back'],
  requires: ['mcs'],
  ...perContext((s, context, fail) => {
    if (!isRoundRobin(context)) return;
    const { budget, refills, refillMax } = context;
    const [head] = refills;
    const least = leastBudget(s.config);
    if (refills.length !== ROUND_ROBIN_REFILLS || refillMax !== ROUND_ROBIN_REFILLS)
      fail(`${refills.length} refills of ${refillMax}, not two`);
    if (sumOf(context) !== budget) fail(`its refills are ${sumOf(context)} ticks together, its slice ${budget}`);
    if (head !== undefined && head.amount < least) fail(`${head.amount} ticks are left, less than ${least}`);
    if (budget < least || budget > longestPeriod(s.config)) fail(`its slice is ${budget} ticks`);
  }),
  exercised: (s) => countContexts(s, isRoundRobin),
};

export const spValidRefills: StateInvariant = {
  name: 'sp_valid_refills',
  kind: 'state',
  statement:
    'With a period, refills follow each other without meeting, all begin within a period of the first, none is empty, the first can be run on, and together they are the budget.',
  l4v: l4v(RT_DET_SCHED, 'sp_valid_refills'),
  evidence: ['spec-joined-refill-lost'],
  requires: ['mcs'],
  ...perContext((s, context, fail) => {
    if (!isPeriodic(context)) return;
    const { budget, period, refills, refillMax } = context;
    const least = leastBudget(s.config);
    const [head] = refills;
    const last = refills.at(-1);
    if (head === undefined || last === undefined || refills.length > refillMax || refillMax < 2) {
      fail(`${refills.length} refills of ${refillMax}`);
      return;
    }
    if (sumOf(context) !== budget) fail(`its refills are ${sumOf(context)} ticks together, its budget ${budget}`);
    if (head.amount < least) fail(`its first refill is ${head.amount} ticks, less than ${least}`);
    refills.forEach(({ time, amount }, n) => {
      const next = refills[n + 1];
      if (amount <= 0n) fail(`refill ${n} is empty`);
      if (time + amount > LAST_WORD) fail(`refill ${n} ends behind the end of time`);
      if (next !== undefined && time + amount > next.time)
        fail(`refill ${n} ends at ${time + amount}, when the next one has begun (${next.time})`);
    });
    if (last.time > head.time + period)
      fail(`its last refill begins at ${last.time}, more than a period of ${period} after the first (${head.time})`);
    if (budget < least || budget > period || period > longestPeriod(s.config))
      fail(`its budget is ${budget} ticks in a period of ${period}`);
  }),
  exercised: (s) => countContexts(s, (context) => isPeriodic(context) && context.refills.length > 1),
};
