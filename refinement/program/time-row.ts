/** MCS: how much time passes before a row, and within it. Mostly little; often up to where something changes, to one tick before or after. */
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { getSchedContext, getTcb } from '../../spec/state/kernel-state.ts';
import { minBudget, refillHead } from '../../spec/state/refills.ts';
import { releaseTime } from '../../spec/state/release-queue.ts';
import { latency } from './clock.ts';
import { PREEMPTIBLE } from './operations.ts';
import type { Row } from './program.ts';
import type { Random } from './random.ts';

/** The row with the time that passes before it. */
export function timed(r: Random, row: Row, s: KernelState): Row {
  if (s.globals.time.schedContext === null) return row;
  const ticks = row.op === 'Tick' ? lateness(r, s) : passing(r, s);
  const lookTicks = looking(r, row, s);
  if (lookTicks === 0n) return ticks === 0n ? row : { ...row, ticks };
  return ticks === 0n ? { ...row, lookTicks } : { ...row, ticks, lookTicks };
}

/** How long after its deadline the timer interrupts. */
function lateness(r: Random, { config }: KernelState): bigint {
  return r.chance(0.6) ? 0n : r.pick([1n, latency(config), latency(config) + 1n, below(r, latency(config))]);
}

function looking(r: Random, { op }: Row, s: KernelState): bigint {
  if (!r.chance(PREEMPTIBLE.includes(op) ? 0.3 : 0.02)) return 0n;
  const least = minBudget(s.config);
  return r.pick([1n, least, below(r, least), below(r, 4n * least), near(r, untilBudgetEnds(s))]);
}

function passing(r: Random, s: KernelState): bigint {
  const least = minBudget(s.config);
  const { machine, time, domainTime } = s.globals;
  const [first] = time.releaseQueue;
  switch (r.below(24)) {
    case 0:
      return near(r, machine.deadline - machine.time);
    case 1:
    case 2:
      return near(r, untilBudgetEnds(s));
    case 3:
      return s.config.domains > 1 ? near(r, domainTime - least - (machine.time - time.now)) : 0n;
    case 4:
      return first === undefined ? 0n : near(r, releaseTime(s, first) - machine.time);
    case 5:
      return near(r, machine.deadline + latency(s.config) - machine.time);
    case 6:
      return r.chance(0.2) ? r.word() >> BigInt(r.below(64)) : below(r, 4n * least);
    case 7:
    case 8:
    case 9:
      return below(r, least);
    case 10:
    case 11:
    case 12:
    case 13:
      return BigInt(1 + r.below(3));
    default:
      return 0n;
  }
}

const below = (r: Random, limit: bigint): bigint => BigInt(r.below(Number(limit)));

/** One less, the same, one more; none for what has passed. */
function near(r: Random, ticks: bigint): bigint {
  const close = ticks + BigInt(r.below(3) - 1);
  return close < 0n ? 0n : BigInt.asUintN(64, close);
}

/** After so many ticks the smallest budget is left to the running thread. */
function untilBudgetEnds(s: KernelState): bigint {
  const { currentThread, time, machine } = s.globals;
  const { schedContext } = getTcb(s, currentThread);
  if (schedContext === null) return 0n;
  const { amount } = refillHead(getSchedContext(s, schedContext));
  return amount - time.consumed - minBudget(s.config) - (machine.time - time.now);
}
