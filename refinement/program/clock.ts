/**
 * MCS: when a row comes. A row says how much time passes before it, and not when that is, so that leaving out another one moves it and changes
 * nothing else.
 *
 * Hardware is timely: the timer interrupts when its deadline has come, or a little later. A row that would come later than that is not carried
 * out; the timer's interrupt is, as late as it may be. Time ends before the kernel's does, where it stands still.
 */
import type { KernelConfig } from '../../spec/abi/config.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { object } from '../../spec/state/kernel-state.ts';
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

/** Looks at the timer within one entry are fewer; and what passes between two is not longer than so many latencies. */
const MOST_LOOKS = 4096n;
const LONGEST_LOOK = 8n;

/** What of a row is about time. */
interface Timed {
  readonly op: string;
  readonly ticks?: bigint | undefined;
  readonly lookTicks?: bigint | undefined;
}

/** A timer interrupts after so many budgets of the current scheduling context at the latest, whatever it was set to. */
const LONGEST_WAIT = 1000n;

/**
 * When the timer is due. The kernel leaves it alone when a thread shortens its own budget, and then charges what was used, refill by refill: a
 * time that is long enough would keep it busy for ever.
 */
function dueTime(s: KernelState): Word {
  const { machine, time } = s.globals;
  const { time: now, deadline } = machine;
  const context = time.schedContext === null ? undefined : object(s, time.schedContext);
  const budget = context?._tag === 'SchedContext' && context.budget > 0n ? context.budget : minBudget(s.config);
  const longest = now + LONGEST_WAIT * budget;
  return deadline < now ? now : deadline < longest ? deadline : longest;
}

/** When the row comes that is carried out next. */
export function clockOf({ op, ticks = 0n, lookTicks = 0n }: Timed, s: KernelState): Clock {
  if (s.globals.time.schedContext === null) return NONE;
  const { time: now } = s.globals.machine;
  const due = dueTime(s);
  const latest = due + latency(s.config);
  const wanted = op === 'Tick' ? due + ticks : now + ticks;
  const isOvertaken = wanted > latest;
  const end = lastTime(s.config);
  const reached = isOvertaken ? latest : wanted;
  const time = reached < end ? reached : end;
  return {
    time,
    lookTicks: isOvertaken || lookTicks === 0n ? 0n : betweenLooks(lookTicks, (end - time) / MOST_LOOKS, s.config),
    isOvertaken: isOvertaken && op !== 'Tick',
  };
}

/** What passes between two looks, as far as there is time for it. */
function betweenLooks(lookTicks: Word, left: Word, config: KernelConfig): Word {
  const longest = LONGEST_LOOK * latency(config);
  const most = left < longest ? left : longest;
  return lookTicks < most ? lookTicks : most;
}

/** Whether the timer's interrupt comes before the row's time. */
export function isOvertaken(row: Timed, s: KernelState): boolean {
  return clockOf(row, s).isOvertaken;
}
