/** How much sooner: the ratio of steps, on average over defects. */

export interface Detection {
  readonly name: string;
  /** Kernel steps until it was found; null if it was not. */
  readonly plain: number | null;
  readonly corres: number | null;
}

export interface Ratio {
  /** Geometric mean over the defects that one of the two found, of steps of the plain harness for each step of ours. */
  readonly mean: number;
  readonly foundByPlain: number;
  readonly foundByCorres: number;
  readonly foundByNeither: number;
}

/** @param most steps that one that was not found counts for: it would have needed more, whoever did not find it */
export function ratioOf(detections: readonly Detection[], most: number): Ratio {
  const found = detections.filter(({ plain, corres }) => plain !== null || corres !== null);
  // What is found before the first step is found by the first.
  const logs = found.map(({ plain, corres }) => Math.log(Math.max(1, plain ?? most) / Math.max(1, corres ?? most)));
  return {
    mean: found.length === 0 ? 1 : Math.exp(logs.reduce((sum, log) => sum + log, 0) / found.length),
    foundByPlain: detections.filter(({ plain }) => plain !== null).length,
    foundByCorres: detections.filter(({ corres }) => corres !== null).length,
    foundByNeither: detections.length - found.length,
  };
}

export function summaryOf(detections: readonly Detection[], most: number): string {
  const { mean, foundByPlain, foundByCorres, foundByNeither } = ratioOf(detections, most);
  return [
    `${detections.length} defects, at most ${most} steps each`,
    `found by the plain harness: ${foundByPlain}; by corres: ${foundByCorres}; by neither: ${foundByNeither}`,
    `steps to detection, plain over corres, geometric mean: ${mean.toFixed(1)} (one not found counts as ${most})`,
  ].join('\n');
}
