/** How much work it takes to notice a defect, by the part of the kernel that it is in: from the seeded defects, and from mutants. */
import { median, quantile } from 'simple-statistics';
import type { Defect, Subsystem } from '../../defects/defect.ts';
import { SUBSYSTEMS } from '../../defects/defect.ts';
import type { Measurement } from '../../defects/table.ts';
import type { KillMatrix } from '../../mutate/matrix.ts';
import { hash } from '../../program/random.ts';
import type { Interval } from '../statistics/interval.ts';
import { bootstrap, shareInterval } from '../statistics/interval.ts';

export interface DetectionRow {
  /** A part of the kernel, or `all`. */
  readonly part: Subsystem | 'all';
  readonly side: 'impl' | 'spec' | 'both' | 'any';
  readonly defects: number;
  /** Runs that looked for one, and those that found it. */
  readonly runs: number;
  readonly found: number;
  /** Kernel steps until it was found: of the runs that did, by defect in the middle of its seeds, and of these the quarters. */
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
  readonly p90: number;
  /** Of the median, over defects drawn anew. */
  readonly interval: Interval | null;
  /** Share of the runs that found it within `SOON` steps. */
  readonly soon: number;
  readonly soonInterval: Interval | null;
  /** Programs that were run to make the first one small, in the middle. */
  readonly shrinking: number | null;
}

export const SOON = 1_000;

export function detectionRows(
  defects: readonly Defect[],
  measured: readonly Measurement[],
  seed: number,
): readonly DetectionRow[] {
  const known = defects.flatMap((defect) => {
    const found = measured.find(({ name }) => name === defect.name);
    return found === undefined ? [] : [{ defect, found }];
  });
  const parts = ['all', ...SUBSYSTEMS] as const;
  return parts.flatMap((part, at) => {
    const mine = known.filter(({ defect }) => part === 'all' || defect.subsystem === part);
    const sides = [...new Set(mine.map(({ defect }) => defect.side))].sort();
    return (['any', ...sides] as const).flatMap((side, of) => {
      const chosen = mine.filter(({ defect }) => side === 'any' || defect.side === side).map(({ found }) => found);
      return row(part, side, chosen, hash(seed, at, of)) ?? [];
    });
  });
}

function row(
  part: DetectionRow['part'],
  side: DetectionRow['side'],
  measured: readonly Measurement[],
  seed: number,
): DetectionRow | null {
  const runs = measured.flatMap(({ steps }) => steps);
  const found = runs.filter((step) => step !== null);
  const middles = measured.flatMap(({ steps }) => {
    const taken = steps.filter((step) => step !== null);
    return taken.length === 0 ? [] : [median(taken)];
  });
  if (middles.length === 0) return null;
  const soon = found.filter((step) => step <= SOON).length;
  const shrinking = measured.flatMap(({ minimal }) => minimal?.executions ?? []);
  return {
    part,
    side,
    defects: measured.length,
    runs: runs.length,
    found: found.length,
    p25: quantile([...middles], 0.25),
    median: median([...middles]),
    p75: quantile([...middles], 0.75),
    p90: quantile([...middles], 0.9),
    interval: bootstrap(middles, (sample) => median([...sample]), seed),
    soon: soon / runs.length,
    soonInterval: shareInterval(soon, runs.length),
    shrinking: shrinking.length === 0 ? null : median(shrinking),
  };
}

/** A defect that really happened, as the corpus lists it. */
export interface RealDefect {
  readonly id: string;
  /** Classes of property that should object. */
  readonly breaks: readonly string[];
  /** Seeded defects that repeat it; none where the model cannot have it. */
  readonly defects?: readonly string[];
}

export interface ClassRow extends Omit<DetectionRow, 'part' | 'side'> {
  /** A class of property, or `all`. */
  readonly class: string;
  /** Defects that really happened, and that a property of this class should object to; several seeded ones may repeat one of them. */
  readonly happened: number;
}

/** The defects that really happened, by the class of property that should object. */
export function classRows(
  corpus: readonly RealDefect[],
  measured: readonly Measurement[],
  seed: number,
): readonly ClassRow[] {
  const repeated = corpus.filter(({ defects = [] }) => defects.length > 0);
  const classes = ['all', ...[...new Set(repeated.flatMap(({ breaks }) => breaks))].sort()];
  return classes.flatMap((name, at) => {
    const mine = repeated.filter(({ breaks }) => name === 'all' || breaks.includes(name));
    const names = new Set(mine.flatMap(({ defects = [] }) => defects));
    const found = row(
      'all',
      'any',
      measured.filter((one) => names.has(one.name)),
      hash(seed, at),
    );
    if (found === null) return [];
    const { part: _, side: __, ...figures } = found;
    return [{ class: name, happened: mine.length, ...figures }];
  });
}

export interface MutantRow {
  readonly file: string;
  readonly mutants: number;
  readonly killed: number;
  readonly interval: Interval | null;
}

/** Mutants of the implementation by file: how many are noticed within the budget that the matrix was made with. */
export function mutantRows({ functions }: KillMatrix): readonly MutantRow[] {
  const files = [...new Set(functions.map(({ file }) => file))].sort();
  return files.map((file) => {
    const mine = functions.filter((one) => one.file === file);
    const mutants = mine.reduce((sum, one) => sum + one.mutants, 0);
    const killed = mine.reduce((sum, one) => sum + one.killed, 0);
    return { file, mutants, killed, interval: shareInterval(killed, mutants) };
  });
}
