/** What checking did, in numbers that are the same on any machine. */
export interface Work {
  /** Passes over the whole state, not counting the one at boot: how often that is made depends on the number of threads. */
  passes: number;
  /** How often an invariant was asked, of a whole state or of what changed. */
  evaluations: number;
  /** 32-bit words of objects, slots and queues of the implementation that were compared with the specification. */
  wordsCompared: number;
  /** 32-bit words that were looked at for changes. */
  wordsScanned: number;
}

/** What was done since. */
export function workSince(now: Work, then: Work): Work {
  return {
    passes: now.passes - then.passes,
    evaluations: now.evaluations - then.evaluations,
    wordsCompared: now.wordsCompared - then.wordsCompared,
    wordsScanned: now.wordsScanned - then.wordsScanned,
  };
}

export function addWork(sum: Work, more: Work): void {
  sum.passes += more.passes;
  sum.evaluations += more.evaluations;
  sum.wordsCompared += more.wordsCompared;
  sum.wordsScanned += more.wordsScanned;
}

export function noWork(): Work {
  return { passes: 0, evaluations: 0, wordsCompared: 0, wordsScanned: 0 };
}
