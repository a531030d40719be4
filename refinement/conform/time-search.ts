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

export interface InferredTimes {
  /** How many entries were not at their usual times, and by how much at most. */
  readonly entries: number;
  readonly mostNs: number;
  /** How long before the script root's slice had begun. */
  readonly usedNs: number;
  /** How much longer than usual the kernel takes in the whole script, as a factor. */
  readonly tempo: number;
}

interface Clockwork {
  readonly firstTickNs: number;
  readonly looks: number;
  /** Of the kernel's clock. */
  readonly nsPerTick: number;
  /** Of root. */
  readonly sliceNs: number;
}

interface Attempt {
  readonly replayed: Replayed;
  readonly entries: readonly EntryTime[];
  readonly shifts: Shifts;
  readonly start: Start;
}

/** What is the same in a whole script. */
type Start = Pick<InferredTimes, 'usedNs' | 'tempo'>;

/** A genuine difference would otherwise be looked for with every time of a long script. */
const MOST_REPLAYS = 250;
/** Part of the replays left that one shift's consequences may use up. */
const SHARE = 1 / 3;
/** Entries before a difference that are looked at. */
const WINDOW = 24;
const SMALL_SHIFTS = [40, 80, 120, 200, 400];
/** Parts of the time between the stamps. */
const PARTS = [0.25, 0.5, 0.75, 1];
/** An entry that the recording gives more time is one that took long. */
const LONG_NS = 3_000;
/** The kernel at other speeds. */
const TEMPI = [0.9, 1.1, 0.8, 1.2];
/** How far the start of a script is into a tick, where a platform's clock ticks slowly, and into root's slice. */
const TICK_PHASES = 5;
const SLICE_PHASES = 10;

export function searchTimes(
  replayWith: (timing: Timing) => Replayed,
  { firstTickNs, looks, nsPerTick, sliceNs }: Clockwork,
): TimeSearch {
  let tried = 0;
  const attempt = (start: Start, shifts: Shifts = NONE): Attempt => {
    const times = entryTimes(shifts);
    tried++;
    return { replayed: replayWith({ firstTickNs, looks, ...start, times }), entries: times.entries, shifts, start };
  };
  /** Depth first: a time that lets the replay get further is kept, unless nothing leads on from there that is found soon. */
  const solve = (from: Attempt, last: number): Attempt => {
    let best = from;
    if (!isTimely(from.replayed)) return from;
    for (const [entry, shift] of candidates(from)) {
      if (tried >= last) break;
      const shifts = new Map([...from.shifts, [entry, (from.shifts.get(entry) ?? 0) + shift]]);
      const next = attempt(from.start, shifts);
      if (progress(next) <= progress(from)) continue;
      const solved = solve(next, tried + (last - tried) * SHARE);
      if (progress(solved) > progress(best)) best = solved;
      if (solved.replayed.difference === null) break;
    }
    return best;
  };
  /** The one that gets furthest, for as long as the difference is one that they could explain. */
  const furthest = (from: Attempt, starts: readonly Start[]): Attempt => {
    let best = from;
    for (const start of starts) {
      if (!isTimely(best.replayed)) break;
      const next = attempt(start);
      if (progress(next) > progress(best)) best = next;
    }
    return best;
  };
  const phases = (count: number, step: number): Start[] =>
    Array.from({ length: count - 1 }, (_, phase) => ({ usedNs: (phase + 1) * step, tempo: 1 }));
  const usual = attempt({ usedNs: 0, tempo: 1 });
  const inTick = nsPerTick > 1 ? furthest(usual, phases(TICK_PHASES, nsPerTick / TICK_PHASES)) : usual;
  let found = solve(inTick, MOST_REPLAYS);
  const others = [TEMPI.map((tempo) => ({ ...inTick.start, tempo })), phases(SLICE_PHASES, sliceNs / SLICE_PHASES)];
  for (const starts of others) {
    if (!isTimely(found.replayed)) break;
    const other = furthest(inTick, starts);
    const solved = other === inTick ? other : solve(other, tried + MOST_REPLAYS * SHARE);
    if (progress(solved) > progress(found)) found = solved;
  }
  const { replayed, shifts, start } = found;
  const sizes = [...shifts.values()].map(Math.abs);
  return { replayed, tried, inferred: { entries: shifts.size, mostNs: Math.max(0, ...sizes), ...start } };
}

const NONE: Shifts = new Map();

/** A difference that another time could explain: without an interrupt of the timer only words that hold times depend on it. */
function isTimely({ difference, ticks }: Replayed): boolean {
  return difference !== null && (ticks > 0 || /^mrs\[|^assertion/.test(difference.field));
}

function progress({ replayed: { difference, compared } }: Attempt): number {
  return difference === null ? Infinity : (difference.event ?? compared + 1e9);
}

/**
 * Shifts of the entries before the difference. Late entries and small shifts come first, but before these the entries by system call that were
 * given much time until the next stamp: there the kernel printed something, or did something else that takes long.
 */
function candidates({ entries, shifts }: Attempt): readonly (readonly [entry: number, shift: number])[] {
  const found: { entry: number; shift: number; rank: number }[] = [];
  const first = Math.max(0, entries.length - WINDOW);
  entries.slice(first).forEach(({ usual, earliest, latest, isInterrupt }, index) => {
    const entry = first + index;
    const age = entries.length - entry;
    const at = usual + (shifts.get(entry) ?? 0);
    const end = Number.isFinite(latest) ? latest : usual;
    const tookLong = !isInterrupt && end - usual > LONG_NS;
    const wide = PARTS.map((part) => earliest + (end - earliest) * part);
    const places = [...SMALL_SHIFTS.flatMap((by) => [at - by, at + by]), earliest, ...wide];
    const placesBetween = places.map((place) => Math.max(earliest, Math.min(place, end)));
    for (const place of new Set(placesBetween)) {
      const shift = place - at;
      const size = Math.abs(shift);
      if (size < 1) continue;
      const isEarly = tookLong && size > LONG_NS / 2;
      found.push({ entry, shift, rank: age * 10 + (isEarly ? 0 : 20 * Math.log2(size)) });
    }
  });
  return found.sort((a, b) => a.rank - b.rank).map(({ entry, shift }) => [entry, shift] as const);
}
