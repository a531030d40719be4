/** What the benchmark measures, and how one process measures it. */

/** One thing whose speed is measured, in a process of its own. */
export interface Subject {
  readonly name: string;
  /** What one unit is. */
  readonly unit: string;
  /** In what circumstances: a figure without them says nothing. */
  readonly configuration: string;
  /** How many times as long it is measured as other subjects: the more code there is, the longer the compiler takes to settle. 1 if not given. */
  readonly longer?: number;
  /** How the engine is started, where that is not as usual. */
  readonly flags?: readonly string[];
  /** Makes everything ready; what it returns does the same work at every call and says how many units that was. */
  readonly prepare: () => Promise<() => number | Promise<number>>;
}

/** Processor time of this process in nanoseconds: work of the compiler and of the collector, on whichever thread, is counted. */
function cpuNanoseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/**
 * Nanoseconds per unit, one figure for each repetition of the work. Goes on for so many seconds of processor time; the first half is for the
 * compiler to settle and is not counted.
 */
export async function measure(subject: Subject, seconds: number): Promise<readonly number[]> {
  const work = await subject.prepare();
  const start = cpuNanoseconds();
  const duration = seconds * (subject.longer ?? 1) * 1e9;
  const end = start + duration;
  const settled = start + duration / 2;
  const figures: number[] = [];
  for (let before = start; before < end || figures.length === 0; ) {
    const units = await work();
    const after = cpuNanoseconds();
    if (before > settled) figures.push((after - before) / units);
    before = after;
  }
  return figures;
}
