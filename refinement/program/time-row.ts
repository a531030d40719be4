/** MCS: how much time passes before a row, and within it. Close to where something changes more often than elsewhere. */
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { getSchedContext, getTcb } from '../../spec/state/kernel-state.ts';
import { minBudget, refillHead } from '../../spec/state/refills.ts';
import type { Row } from './program.ts';
import { isCallRow } from './program.ts';
import type { Random } from './random.ts';

/** The row with the time that passes before it. */
export function timed(r: Random, row: Row, s: KernelState): Row {
  if (s.globals.time.schedContext === null) return row;
  if (!isCallRow(row) && row.op === 'Tick')
    return { ...row, word: BigInt(r.chance(0.7) ? 0 : r.below(Number(minBudget(s.config)))) };
  const ticks = passing(r, s);
  const looks = isCallRow(row) && r.chance(0.2) ? BigInt(r.below(Number(minBudget(s.config)) * 4)) : 0n;
  return { ...row, ...(ticks === 0n ? {} : { ticks }), ...(looks === 0n ? {} : { lookTicks: looks }) };
}

function passing(r: Random, s: KernelState): bigint {
  const least = Number(minBudget(s.config));
  switch (r.below(10)) {
    case 0:
    case 1:
    case 2:
      return 0n;
    case 3:
      return around(r, s.globals.machine.deadline - s.globals.machine.time);
    case 4:
      return around(r, untilBudgetEnds(s));
    case 5:
      return BigInt(r.below(4 * least));
    default:
      return BigInt(r.below(least));
  }
}

/** One less, the same, one more; none for what has passed. */
function around(r: Random, ticks: bigint): bigint {
  const near = ticks + BigInt(r.below(3) - 1);
  return near < 0n ? 0n : near;
}

/** After so many ticks the smallest budget is left to the running thread. */
function untilBudgetEnds(s: KernelState): bigint {
  const { currentThread, time, machine } = s.globals;
  const { schedContext } = getTcb(s, currentThread);
  if (schedContext === null) return 0n;
  const { amount } = refillHead(getSchedContext(s, schedContext));
  return amount - time.consumed - minBudget(s.config) - (machine.time - time.now);
}
