/**
 * Finds times of kernel entries for a kernel that reads a clock. A recording has stamps of when operations were issued and when they returned.
 * Mostly what a platform usually takes explains it; where it does not, an entry was at another time between the stamps around it.
 */
import type { EntryTime, Shifts } from './entry-times.ts';
import { entryTimes } from './entry-times.ts';
import type { Replayed, Timing } from './replay.ts';

export interface TimeSearch {
  /** The replay that agrees, or the one that went furthest. */
  readonly replayed: Replayed;
  readonly tried: number;
  readonly inferred: InferredTimes;
}

/** How many entries were not at their usual times, and by how much at most. */
export interface InferredTimes {
  readonly entries: number;
  readonly mostNs: number;
}

interface Attempt {
  readonly replayed: Replayed;
  readonly entries: readonly EntryTime[];
  readonly shifts: Shifts;
}

/** A genuine difference would otherwise be looked for with every time of a long script. */
const MOST_REPLAYS = 400;
/** Part of the replays left that one shift's consequences may use up. */
const SHARE = 1 / 4;
/** Entries before a difference that are looked at. */
const WINDOW = 24;
const SMALL_SHIFTS = [40, 80, 120, 200, 400];
/** Where a platform's clock ticks slowly: how far the script's start is into a tick. */
const PHASES = 5;

export function searchTimes(
  replayWith: (timing: Timing) => Replayed,
  { firstTickNs, looks, nsPerTick }: { firstTickNs: number; looks: number; nsPerTick: number },
): TimeSearch {
  let tried = 0;
  const attempt = (usedNs: number, shifts: Shifts): Attempt => {
    const times = entryTimes(shifts);
    tried++;
    const replayed = replayWith({ firstTickNs, looks, usedNs, times });
    return { replayed, entries: times.entries, shifts };
  };
  let best = attempt(0, NONE);
  let bestPhase = 0;
  for (let phase = 1; phase < PHASES && nsPerTick > 1 && isTimely(best.replayed); phase++) {
    const usedNs = (phase * nsPerTick) / PHASES;
    const next = attempt(usedNs, NONE);
    if (progress(next) > progress(best)) [best, bestPhase] = [next, usedNs];
  }
  let furthest = best;
  /** Depth first: a time that lets the replay get further is kept, unless nothing leads on from there that is found soon. */
  const solve = (from: Attempt, last: number): Attempt | null => {
    if (from.replayed.difference === null) return from;
    if (!isTimely(from.replayed)) return null;
    for (const [entry, shift] of candidates(from)) {
      if (tried >= last) return null;
      const next = attempt(bestPhase, new Map([...from.shifts, [entry, (from.shifts.get(entry) ?? 0) + shift]]));
      if (progress(next) <= progress(from)) continue;
      if (progress(next) > progress(furthest)) furthest = next;
      const solved = solve(next, tried + (last - tried) * SHARE);
      if (solved !== null) return solved;
    }
    return null;
  };
  const { replayed, shifts } = solve(best, MOST_REPLAYS) ?? furthest;
  const sizes = [...shifts.values()].map(Math.abs);
  return { replayed, tried, inferred: { entries: shifts.size, mostNs: Math.max(0, ...sizes) } };
}

const NONE: Shifts = new Map();

/** A difference that another time could explain: without an interrupt of the timer only words that hold times depend on it. */
function isTimely({ difference, ticks }: Replayed): boolean {
  return difference !== null && (ticks > 0 || /^mrs\[|^assertion/.test(difference.field));
}

function progress({ replayed: { difference, compared } }: Attempt): number {
  return difference === null ? Infinity : (difference.event ?? compared + 1e9);
}

/** Shifts of the entries before the difference: small ones first, then to other places between the stamps around the entry. */
function candidates({ entries, shifts }: Attempt): readonly (readonly [entry: number, shift: number])[] {
  const found: { entry: number; shift: number; rank: number }[] = [];
  const first = Math.max(0, entries.length - WINDOW);
  entries.slice(first).forEach(({ usual, earliest, latest }, index) => {
    const entry = first + index;
    const age = entries.length - entry;
    const at = usual + (shifts.get(entry) ?? 0);
    const end = Number.isFinite(latest) ? latest : usual;
    const wide = [0.25, 0.5, 0.75, 1].map((part) => earliest + (end - earliest) * part);
    const places = new Set([...SMALL_SHIFTS.flatMap((by) => [at - by, at + by]), earliest, ...wide]);
    for (const place of places) {
      const shift = Math.max(earliest, Math.min(place, end)) - at;
      if (Math.abs(shift) < 1) continue;
      found.push({ entry, shift, rank: age * 10 + 20 * Math.log2(Math.abs(shift)) });
    }
  });
  return found.sort((a, b) => a.rank - b.rank).map(({ entry, shift }) => [entry, shift] as const);
}
