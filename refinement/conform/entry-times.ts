/** The times at which a kernel that reads a clock was entered: what the stamps of a recording leave open, and what was found. */

/** One kernel entry of a replay, in nanoseconds since the start of the script. */
export interface EntryTime {
  /** Index of the event that the replay was at. */
  readonly event: number;
  /** When the kernel read its clock, as the platform's durations have it. */
  readonly usual: number;
  /** It cannot have been before what went on before it, nor after the next stamp. */
  readonly earliest: number;
  readonly latest: number;
  readonly isInterrupt: boolean;
}

/** For some entries, by their number in the replay, how many nanoseconds after the usual time they were, or before. */
export type Shifts = ReadonlyMap<number, number>;

export interface EntryTimes {
  /** The time of the next entry. */
  next(entry: EntryTime): number;
  readonly entries: readonly EntryTime[];
}

export function entryTimes(shifts: Shifts): EntryTimes {
  const entries: EntryTime[] = [];
  return {
    entries,
    next: (entry) => {
      const { usual, earliest, latest } = entry;
      const shift = shifts.get(entries.push(entry) - 1) ?? 0;
      return Math.max(earliest, Math.min(usual + shift, latest));
    },
  };
}
