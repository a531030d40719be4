/** How good the harness is, from what was measured: seeded defects over ten seeds, and the mutants of the implementation. */
import type { Invariant, StepProperty } from '../../properties/property.ts';
import type { Measurement } from '../defects/table.ts';
import { random } from '../program/random.ts';
import type { KillMatrix } from './matrix.ts';

/** A share in percent, and where it lies with a probability of 95 % (Wilson). */
export interface Share {
  readonly of: number;
  readonly count: number;
  readonly percent: number;
  readonly low: number;
  readonly high: number;
}

/** Kernel steps, and where the figure lies with a probability of 95 % (resampling the defects). */
export interface Steps {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface Adequacy {
  readonly schema: 'corres-adequacy/1';
  /** Hunts for a seeded defect that found it. */
  readonly hunts: Share;
  /** Defects found with every seed. */
  readonly defects: Share;
  readonly medianSteps: Steps;
  readonly p95Steps: Steps;
  readonly mutants: Share;
  /** By property: how many defects and mutants it was the first to notice, and the defects that only it notices. */
  readonly properties: readonly {
    readonly name: string;
    readonly defects: number;
    readonly mutants: number;
    readonly alone: readonly string[];
    /** Seeded defects that a test shows it to catch when it is the only property that is checked. */
    readonly evidence: readonly string[];
  }[];
}

const Z = 1.96;

export function share(count: number, of: number): Share {
  if (of === 0) return { of, count, percent: 0, low: 0, high: 100 };
  const p = count / of;
  const centre = (p + Z ** 2 / (2 * of)) / (1 + Z ** 2 / of);
  const half = (Z * Math.sqrt((p * (1 - p)) / of + Z ** 2 / (4 * of ** 2))) / (1 + Z ** 2 / of);
  return { of, count, percent: 100 * p, low: 100 * Math.max(0, centre - half), high: 100 * Math.min(1, centre + half) };
}

/** The value that a share `q` of the list lies below. */
export function quantile(list: readonly number[], q: number): number {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}

const RESAMPLES = 1_000;

/** Each list is of one defect: defects are drawn, not hunts, for the seeds of one defect are much alike. */
function stepsAt(lists: readonly (readonly number[])[], q: number): Steps {
  const r = random(1);
  const of = (drawn: readonly (readonly number[])[]): number => quantile(drawn.flat(), q);
  const values = Array.from({ length: RESAMPLES }, () => of(lists.map(() => lists[r.below(lists.length)] ?? [])));
  return { value: of(lists), low: quantile(values, 0.025), high: quantile(values, 0.975) };
}

export function adequacy(
  measured: readonly Measurement[],
  matrix: KillMatrix,
  catalogue: readonly (Invariant | StepProperty)[],
): Adequacy {
  const hunts = measured.flatMap(({ steps }) => steps);
  const lists = measured.map(({ steps }) => steps.map((taken) => taken ?? Infinity));
  const sum = (of: (kills: KillMatrix['functions'][number]) => number): number =>
    matrix.functions.reduce((total, kills) => total + of(kills), 0);
  return {
    schema: 'corres-adequacy/1',
    hunts: share(hunts.filter((taken) => taken !== null).length, hunts.length),
    defects: share(measured.filter(({ steps }) => !steps.includes(null)).length, measured.length),
    medianSteps: stepsAt(lists, 0.5),
    p95Steps: stepsAt(lists, 0.95),
    mutants: share(
      sum(({ killed }) => killed),
      sum(({ mutants }) => mutants),
    ),
    properties: catalogue.map(({ name, evidence }) => ({
      name,
      defects: measured.filter(({ caughtBy }) => (caughtBy[name] ?? 0) > 0).length,
      mutants: sum(({ by }) => by[name] ?? 0),
      alone: measured.filter(({ caughtBy }) => Object.keys(caughtBy).join() === name).map((one) => one.name),
      evidence,
    })),
  };
}
