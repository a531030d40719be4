/** Times of kernel entries are looked for between the stamps around them, and only where they can explain something. */
import { describe, expect, it } from 'vitest';
import type { EntryTime } from '../../refinement/conform/entry-times.ts';
import type { Replayed, Timing } from '../../refinement/conform/replay.ts';
import { searchTimes } from '../../refinement/conform/time-search.ts';

const CLOCKWORK = { firstTickNs: 2e6, looks: 0, nsPerTick: 1, sliceNs: 5e6 };

/** Entries of a made-up script, a microsecond apart: each may be 100 ns earlier and 800 ns later than it usually is. */
const ENTRIES: readonly EntryTime[] = Array.from({ length: 10 }, (_, event) => {
  const usual = 1_000 * (event + 1);
  return { event, usual, earliest: usual - 100, latest: usual + 800, isInterrupt: event % 2 === 0 };
});

/** A replay that finds a difference behind the first entry that is not at a time that `agrees`. */
function replayOf(agrees: (entry: number, ns: number, timing: Timing) => boolean, field = 'running thread', ticks = 3) {
  return (timing: Timing): Replayed => {
    let event: number | null = null;
    for (const [index, entry] of ENTRIES.entries()) {
      const ns = timing.times?.next(entry) ?? entry.usual;
      if (agrees(index, ns, timing)) continue;
      event = index + 1;
      break;
    }
    return {
      operations: 11,
      compared: event ?? 11,
      leftOut: null,
      difference: event === null ? null : { event, operation: 'an operation', field, expected: 'A', found: 'B' },
      taken: 0,
      assertions: { hold: 0, leftOut: 0 },
      ticks,
      phaseMatters: false,
      firstTick: null,
      preempted: false,
      staleUses: 0,
    };
  };
}

describe('searchTimes', () => {
  it('leaves the usual times where they agree', () => {
    const { replayed, tried, inferred } = searchTimes(
      replayOf(() => true),
      CLOCKWORK,
    );
    expect(replayed.difference).toBeNull();
    expect([tried, inferred]).toEqual([1, { entries: 0, mostNs: 0, usedNs: 0, tempo: 1 }]);
  });

  it('moves the entries that were at other times, each as little as it can', () => {
    const { replayed, inferred } = searchTimes(
      replayOf((entry, ns) => (entry === 3 ? ns >= 4_030 : entry !== 7 || ns < 7_950)),
      CLOCKWORK,
    );
    expect(replayed.difference).toBeNull();
    expect(inferred).toEqual({ entries: 2, mostNs: 80, usedNs: 0, tempo: 1 });
  });

  it('never moves an entry past the stamps around it', () => {
    const seen: number[] = [];
    const { replayed } = searchTimes(
      replayOf((entry, ns) => {
        if (entry === 5) seen.push(ns);
        return entry !== 5;
      }),
      CLOCKWORK,
    );
    expect(replayed.difference).toMatchObject({ event: 6 });
    expect(Math.min(...seen)).toBe(5_900);
    expect(Math.max(...seen)).toBe(6_800);
  });

  it("finds how old root's slice is", () => {
    const { replayed, inferred } = searchTimes(
      replayOf((entry, _ns, { usedNs = 0 }) => entry !== 4 || (usedNs > 2.6e6 && usedNs < 3.3e6)),
      CLOCKWORK,
    );
    expect(replayed.difference).toBeNull();
    expect(inferred).toEqual({ entries: 0, mostNs: 0, usedNs: 3e6, tempo: 1 });
  });

  it('finds that the kernel is slower in the whole script', () => {
    const { replayed, inferred } = searchTimes(
      replayOf((entry, _ns, { tempo = 1 }) => entry !== 4 || tempo > 1.05),
      CLOCKWORK,
    );
    expect(replayed.difference).toBeNull();
    expect(inferred).toEqual({ entries: 0, mostNs: 0, usedNs: 0, tempo: 1.1 });
  });

  it('finds how far into a slow tick the script starts', () => {
    const { replayed, inferred } = searchTimes(
      replayOf((entry, _ns, { usedNs = 0 }) => entry !== 4 || usedNs === 40),
      { ...CLOCKWORK, nsPerTick: 100 },
    );
    expect(replayed.difference).toBeNull();
    expect(inferred).toEqual({ entries: 0, mostNs: 0, usedNs: 40, tempo: 1 });
  });

  it('does not look for times when only something else can be wrong', () => {
    const replay = replayOf((entry) => entry !== 5, 'err', 0);
    expect(searchTimes(replay, CLOCKWORK)).toMatchObject({ tried: 1, replayed: { difference: { field: 'err' } } });
  });

  it('gives up on a genuine difference', () => {
    const { replayed, tried } = searchTimes(
      replayOf((entry) => entry !== 9),
      CLOCKWORK,
    );
    expect(replayed.difference).toMatchObject({ event: 10 });
    expect(tried).toBeLessThan(450);
  });
});
