/**
 * Finds the phase of the timer tick, which the recordings leave open: when the first tick came after the start of a script. Two phases
 * with the same ticks between the same recorded times give the same replay, so one replay decides for a whole interval of them.
 */
import type { Replayed, Timing } from './replay.ts';
import { TICK_NS } from './clock.ts';
import type { Platform } from './platform.ts';
import type { InferredTimes } from './time-search.ts';
import { searchTimes } from './time-search.ts';

export interface PhaseSearch {
  /** The replay that agrees, or the one that went furthest. */
  readonly replayed: Replayed;
  /** Replays needed. */
  readonly tried: number;
  /** The part of all phases that the replays decided about, 0 to 1. */
  readonly covered: number;
}

/** A hundred units of work are between two looks. */
const MOST_LOOKS = 20;

/** A genuine difference would otherwise be looked for with every phase of a long script. */
const MOST_REPLAYS = 500;

/**
 * Tries phases from late to early, so that a script shorter than a tick is first tried without any, and stops at the first that agrees.
 * A replay that fails rules out all phases with the same ticks up to there, and all phases if no tick could have mattered up to there.
 */
export function searchTiming(
  { durations, config }: Platform,
  replayWith: (timing: Timing) => Replayed,
): PhaseSearch & { readonly inferred: InferredTimes } {
  let tried = 0;
  const nsPerTick = 1000 / Number(config.ticksPerUs);
  const sliceNs = Number(config.bootTimeSliceUs) * 1000;
  for (let looks = 0; ; looks++) {
    const found =
      durations === null
        ? { ...searchPhase((firstTickNs) => replayWith({ firstTickNs, looks })), inferred: NOTHING_INFERRED }
        : { ...searchTimes(replayWith, { firstTickNs: TICK_NS, looks, nsPerTick, sliceNs }), covered: 1 };
    tried += found.tried;
    if (found.replayed.difference === null || !found.replayed.preempted || looks === MOST_LOOKS)
      return { ...found, tried };
  }
}

const NOTHING_INFERRED: InferredTimes = { entries: 0, mostNs: 0, usedNs: 0, tempo: 1 };

function searchPhase(replayWith: (firstTickNs: number) => Replayed): PhaseSearch {
  let furthest = replayWith(TICK_NS);
  let left = furthest.firstTick?.[0] ?? 0;
  let tried = 1;
  for (let last = furthest; last.difference !== null && left > 0 && tried < MOST_REPLAYS; tried++) {
    if (!last.phaseMatters) return { replayed: furthest, tried, covered: 1 };
    last = replayWith(left);
    left = last.firstTick?.[0] ?? 0;
    if (last.difference === null || progress(last) > progress(furthest)) furthest = last;
  }
  return { replayed: furthest, tried, covered: 1 - Math.max(left, 0) / TICK_NS };
}

function progress({ difference }: Replayed): number {
  return difference?.event ?? Infinity;
}
