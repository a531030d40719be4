/** What the cells of each kernel come to, with its size. */
import { median } from 'simple-statistics';
import type { Ablation } from '../ablation/ablation.ts';
import type { Cell } from '../measure/cell.ts';
import type { Size } from '../size/count.ts';
import type { Saturation } from './saturation.ts';
import { curve, saturation } from './saturation.ts';
import type { Point } from '../statistics/fit.ts';

export interface KernelSizes {
  readonly spec: Size;
  readonly impl: Size;
}

/** Of one kernel under one seed. */
export interface KernelCost {
  readonly kernel: string;
  readonly seed: number;
  readonly programs: number;
  /** Operations that were generated, steps that were checked, and of these those that changed more than registers and messages. */
  readonly rows: number;
  readonly steps: number;
  readonly effective: number;
  /** Pairs of operation and result. */
  readonly pairs: Saturation;
  /** Fields of the abstract state that some step changed. */
  readonly fields: Saturation;
  /** Per step: 32-bit words compared, words looked at for changes, and questions to invariants. */
  readonly wordsCompared: number;
  readonly wordsScanned: number;
  readonly evaluations: number;
  /** Words compared and questions asked until the pairs were saturated; null if they were not. */
  readonly work: number | null;
  /** Pairs and fields seen by so many steps. */
  readonly curves: { readonly pairs: readonly Point[]; readonly fields: readonly Point[] };
  /** Microseconds of processor time per step; null where the system does not tell. */
  readonly cpu: number | null;
}

export interface KernelRow {
  readonly kernel: string;
  readonly features: readonly string[];
  readonly config: string;
  readonly sizes: KernelSizes;
  readonly seeds: readonly KernelCost[];
}

/** Figures of a kernel that are fitted and compared. */
export const COSTS = {
  work: 'words compared and invariants asked until 80 % of the (operation, result) pairs were seen',
  steps: 'steps until 80 % of the (operation, result) pairs were seen',
  plateau: '(operation, result) pairs that there seem to be',
  perStep: 'words compared and invariants asked in a step',
  fields: 'fields of the abstract state that were changed',
} as const;
export type CostName = keyof typeof COSTS;

export function costOf(cost: KernelCost, name: CostName): number | null {
  switch (name) {
    case 'work':
      return cost.work;
    case 'steps':
      return cost.pairs.steps;
    case 'plateau':
      return cost.pairs.chao;
    case 'perStep':
      return cost.wordsCompared + cost.evaluations;
    case 'fields':
      return cost.fields.seen;
  }
}

/** The middle of the seeds that have it; null if fewer than half of them do. */
export function middleCost({ seeds }: KernelRow, name: CostName): number | null {
  const known = seeds.flatMap((seed) => costOf(seed, name) ?? []);
  return known.length * 2 < seeds.length || known.length === 0 ? null : median(known);
}

export const statements = ({ sizes: { spec, impl } }: KernelRow): number => spec.statements + impl.statements;

export function kernelCost(cell: Cell): KernelCost {
  const { steps, evaluations, wordsCompared, wordsScanned, outcomes, fields, cpu } = cell;
  const pairs = saturation(
    outcomes.map(({ first }) => first),
    outcomes.map(({ times }) => times),
    steps,
  );
  const perStep = (wordsCompared + evaluations) / steps;
  return {
    kernel: cell.kernel,
    seed: cell.seed,
    programs: cell.programs,
    rows: cell.rows,
    steps,
    effective: cell.effective,
    pairs,
    fields: saturation(
      fields.map(({ first }) => first),
      fields.map(({ times }) => times),
      steps,
    ),
    wordsCompared: wordsCompared / steps,
    wordsScanned: wordsScanned / steps,
    evaluations: evaluations / steps,
    work: pairs.steps === null ? null : Math.round(pairs.steps * perStep),
    curves: {
      pairs: curve(
        outcomes.map(({ first }) => first),
        steps,
      ),
      fields: curve(
        fields.map(({ first }) => first),
        steps,
      ),
    },
    cpu: cpu.ms === null ? null : (cpu.ms * 1000) / steps,
  };
}

export function kernelRow({ name, features, config }: Ablation, sizes: KernelSizes, cells: readonly Cell[]): KernelRow {
  return {
    kernel: name,
    features: features.map((feature) => feature.name),
    config,
    sizes,
    seeds: cells.filter(({ kernel }) => kernel === name).map(kernelCost),
  };
}
