/**
 * MCS: when a row comes. A row says how much time passes before it, and not when that is, so that leaving out another one moves it and changes
 * nothing else.
 *
 * Hardware is timely: the timer interrupts when its deadline has come, or a little later. A row that would come later than that is not carried
 * out; the timer's interrupt is, as late as it may be. Time ends before the kernel's does, where it stands still.
 */
import type { KernelConfig } from '../../spec/abi/config.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { maxReleaseTime, minBudget } from '../../spec/state/refills.ts';
import type { Word } from '../../spec/state/refs.ts';

export interface Clock {
  /** Null in the classic kernel. */
  readonly time: Word | null;
  readonly lookTicks: Word;
  /** The timer's interrupt comes instead. */
  readonly isOvertaken: boolean;
}

const NONE: Clock = { time: null, lookTicks: 0n, isOvertaken: false };

/** Ticks from the deadline until the timer's interrupt has come at the latest. */
export function latency(config: KernelConfig): Word {
  return minBudget(config);
}

/** The kernel takes it for granted that this is never passed. */
export function lastTime(config: KernelConfig): Word {
  return maxReleaseTime(config) - 1n;
}

/** Looks at the timer within one entry are fewer. */
const MOST_LOOKS = 4096n;

/** What of a row is about time. */
interface Timed {
  readonly op: string;
  readonly ticks?: bigint | undefined;
  readonly lookTicks?: bigint | undefined;
}

/** When the row comes that is carried out next. */
export function clockOf({ op, ticks = 0n, lookTicks = 0n }: Timed, s: KernelState): Clock {
  if (s.globals.time.schedContext === null) return NONE;
  const { time: now, deadline } = s.globals.machine;
  const due = now > deadline ? now : deadline;
  const latest = due + latency(s.config);
  const wanted = op === 'Tick' ? due + ticks : now + ticks;
  const isOvertaken = wanted > latest;
  const end = lastTime(s.config);
  const reached = isOvertaken ? latest : wanted;
  const time = reached < end ? reached : end;
  const left = (end - time) / MOST_LOOKS;
  return {
    time,
    lookTicks: isOvertaken ? 0n : lookTicks < left ? lookTicks : left,
    isOvertaken: isOvertaken && op !== 'Tick',
  };
}

/** Whether the timer's interrupt comes before the row's time. */
export function isOvertaken(row: Timed, s: KernelState): boolean {
  return clockOf(row, s).isOvertaken;
}
