/** What each property costs on a kernel: its size, how often it is asked, how long until there is anything to ask, and what it finds. */
import { median } from 'simple-statistics';
import { CATALOGUE } from '../../../properties/catalogue.ts';
import type { Measurement } from '../../defects/table.ts';
import type { Cell } from '../measure/cell.ts';
import type { Size } from '../size/count.ts';

export interface PropertyRow {
  readonly property: string;
  readonly kind: string;
  readonly kernel: string;
  /** Of the predicate and all that it leads to; null where the harness checks it. */
  readonly size: Size | null;
  /** How often its interesting case came up in a thousand steps; null for a property of every step. */
  readonly exercised: number | null;
  /** Steps until it first did, in the middle of the seeds; null if it never did in half of them. */
  readonly firstExercised: number | null;
  /** Of one look at a whole state. Time, not counted. */
  readonly microseconds: number | null;
  /** Seeded defects that it was the first to notice in most of their runs, and the steps that these took, in the middle. */
  readonly defects: number;
  readonly detection: number | null;
}

/** Their interesting case is any step. */
const EVERY_STEP = new Set(['refinement', 'no_fail']);

export function propertyRows(
  kernel: string,
  cells: readonly Cell[],
  sizeOf: (property: string) => Size | null,
  measured: readonly Measurement[],
): readonly PropertyRow[] {
  const mine = cells.filter((cell) => cell.kernel === kernel);
  const steps = mine.reduce((sum, cell) => sum + cell.steps, 0);
  return CATALOGUE.flatMap(({ name, kind }): readonly PropertyRow[] => {
    const seen = mine.flatMap(({ exercised }) => exercised.filter((one) => one.name === name));
    const timed = mine.flatMap(({ cpu }) => cpu.evaluations.filter((one) => one.property === name));
    const isEvery = EVERY_STEP.has(name);
    // It is not about this kernel, or about systems that no cell runs.
    if (!isEvery && seen.length === 0 && timed.length === 0) return [];
    const found = measured.filter(({ caughtBy }) => mostly(caughtBy) === name);
    const taken = found.flatMap((one) => one.steps.filter((step) => step !== null));
    const samples = timed.reduce((sum, one) => sum + one.samples, 0);
    return [
      {
        property: name,
        kind,
        kernel,
        size: sizeOf(name),
        exercised: isEvery ? null : (seen.reduce((sum, { times }) => sum + times, 0) * 1000) / steps,
        firstExercised: isEvery || seen.length * 2 < mine.length ? null : median(seen.map(({ first }) => first)),
        microseconds:
          samples === 0 ? null : timed.reduce((sum, one) => sum + one.microseconds * one.samples, 0) / samples,
        defects: found.length,
        detection: taken.length === 0 ? null : median(taken),
      },
    ];
  });
}

function mostly(caughtBy: Readonly<Record<string, number>>): string | null {
  return Object.entries(caughtBy).sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}
