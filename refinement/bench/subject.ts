/** What the benchmark measures, and how one process measures it. */

/** One thing whose speed is measured, in a process of its own. */
export interface Subject {
  readonly name: string;
  /** What one unit is. */
  readonly unit: string;
  /** In what circumstances: a figure without them says nothing. */
  readonly configuration: string;
  /** Makes everything ready; what it returns does the same work at every call and says how many units that was. */
  readonly prepare: () => Promise<() => number>;
}

/** Processor time of this process in nanoseconds: work of the compiler and of the collector, on whichever thread, is counted. */
function cpuNanoseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/**
 * Nanoseconds per unit, one figure for each repetition of the work. The first half of the time is for the compiler to settle and is not
 * counted.
 */
export async function measure(subject: Subject, seconds: number): Promise<readonly number[]> {
  const work = await subject.prepare();
  const start = performance.now();
  const elapsed = (): number => (performance.now() - start) / 1000;
  const figures: number[] = [];
  do {
    const settled = elapsed() > seconds / 2;
    const before = cpuNanoseconds();
    const units = work();
    const figure = (cpuNanoseconds() - before) / units;
    if (settled) figures.push(figure);
  } while (elapsed() < seconds || figures.length === 0);
  return figures;
}
