/** A study of what checking costs, as one value: everything that is shown is rendered from it. Schema `corres-cost/1`, in `schema.json`. */
import type { Defect } from '../defects/defect.ts';
import type { Measurement } from '../defects/table.ts';
import type { KillMatrix } from '../mutate/matrix.ts';
import { hash } from '../program/random.ts';
import type { AreaStudy } from './analysis/areas.ts';
import { areaStudy } from './analysis/areas.ts';
import type { ClassRow, DetectionRow, MutantRow, RealDefect } from './analysis/detection.ts';
import { classRows, detectionRows, mutantRows } from './analysis/detection.ts';
import type { Exhaustion } from './analysis/exhaustion.ts';
import { exhaustion } from './analysis/exhaustion.ts';
import type { Growth } from './analysis/growth.ts';
import { growth } from './analysis/growth.ts';
import type { FeatureEffect, Interaction } from './analysis/interaction.ts';
import { featureEffects, interactions } from './analysis/interaction.ts';
import type { CostName, KernelRow } from './analysis/kernels.ts';
import { COSTS, kernelRow } from './analysis/kernels.ts';
import type { PropertyRow } from './analysis/properties.ts';
import { propertyRows } from './analysis/properties.ts';
import { plateau } from './analysis/saturation.ts';
import type { Exhausted } from './exhaust/exhaust.ts';
import type { BranchCurve } from './measure/branch-curve.ts';
import type { Cell } from './measure/cell.ts';
import type { StudyPlan } from './measure/run.ts';
import type { Ruler } from './measure/sizes.ts';
import { modules } from './mined/load.ts';

export interface CostStudy {
  readonly schema: 'corres-cost/1';
  /** What it was asked for. */
  readonly plan: {
    readonly kernels: readonly string[];
    readonly seeds: readonly number[];
    readonly steps: number;
    readonly rows: number;
    readonly fullEvery: number;
    readonly properties: readonly string[] | null;
  };
  /** Hashes of the sources. */
  readonly sources: { readonly spec: string; readonly impl: string };
  readonly kernels: readonly KernelRow[];
  readonly properties: readonly PropertyRow[];
  readonly growth: readonly Growth[];
  readonly effects: readonly FeatureEffect[];
  readonly interactions: readonly Interaction[];
  readonly detection: readonly DetectionRow[];
  readonly classes: readonly ClassRow[];
  readonly mutants: readonly MutantRow[];
  readonly areas: AreaStudy;
  /** Of the kernels that differ by no feature alone; `fitted` is how many branches random programs seem to reach, null where no curve fits. */
  readonly branches: readonly (BranchCurve & { readonly fitted: number | null })[];
  /** Null when it was not asked for. */
  readonly exhaustion: Exhaustion | null;
  /** Cells in which the kernels did not agree: then the figures are of less than was asked for. */
  readonly failures: readonly {
    readonly kernel: string;
    readonly seed: number;
    readonly property: string;
    readonly what: string;
  }[];
}

export interface StudyData {
  readonly plan: StudyPlan;
  readonly cells: readonly Cell[];
  readonly ruler: Ruler;
  readonly sources: CostStudy['sources'];
  readonly defects: readonly Defect[];
  readonly measured: readonly Measurement[];
  readonly matrix: KillMatrix;
  readonly corpus: readonly RealDefect[];
  readonly branches: readonly BranchCurve[];
  readonly exhausted: readonly Exhausted[] | null;
  /** Of the resampling. */
  readonly seed: number;
}

/** Nothing is left out of these. */
export const PLAIN_KERNELS = ['classic', '+mcs', '+lazy'];

export function costStudy({
  plan,
  cells,
  ruler,
  sources,
  defects,
  measured,
  matrix,
  corpus,
  branches,
  exhausted,
  seed,
}: StudyData): CostStudy {
  const sized = plan.kernels.map((kernel) => ({ kernel, size: ruler.measure(kernel) }));
  const kernels = sized.map(({ kernel, size: { spec, impl } }) => kernelRow(kernel, { spec, impl }, cells));
  // A kernel whose sides do not agree was not measured to the end.
  const whole = kernels.filter(({ kernel }) => cells.every((cell) => cell.kernel !== kernel || cell.failure === null));
  const { closures } = (sized.find(({ kernel }) => kernel.name === 'classic') ?? sized[0])?.size ?? { closures: [] };
  const base = sized.some(({ kernel }) => kernel.name === 'classic') ? 'classic' : sized[0]?.kernel.name;
  return {
    schema: 'corres-cost/1',
    plan: {
      kernels: plan.kernels.map(({ name }) => name),
      seeds: plan.seeds,
      steps: plan.steps,
      rows: plan.rows,
      fullEvery: plan.fullEvery,
      properties: plan.properties,
    },
    sources,
    kernels,
    properties: sized
      .filter(({ kernel }) => PLAIN_KERNELS.includes(kernel.name) || sized.length === 1)
      .flatMap(({ kernel, size }) => propertyRows(kernel.name, cells, size.propertySize, measured))
      .filter(({ property }) => plan.properties === null || plan.properties.includes(property)),
    growth: (['classic', 'all'] as const).flatMap((of, kind) =>
      (Object.keys(COSTS) as CostName[]).flatMap((cost, at) => growth(whole, cost, of, hash(seed, 1, at, kind)) ?? []),
    ),
    effects: featureEffects(whole),
    interactions: interactions(whole),
    detection: detectionRows(defects, measured, hash(seed, 2)),
    classes: classRows(corpus, measured, hash(seed, 4)),
    mutants: mutantRows(matrix),
    areas: areaStudy(
      { modules: modules(), closures, cells: cells.filter(({ kernel }) => kernel === base), defects, measured },
      hash(seed, 3),
    ),
    branches: branches.map((one) => ({ ...one, fitted: plateau(one.points) })),
    exhaustion: exhausted === null ? null : exhaustion(exhausted),
    failures: cells.flatMap(({ kernel, seed: of, failure }) =>
      failure === null ? [] : [{ kernel, seed: of, property: failure.property, what: failure.what }],
    ),
  };
}
