/** What features cost by themselves and together: a pair interacts when both together do not cost what each does by itself, added up. */
import type { CostName, KernelRow } from './kernels.ts';
import { costOf, statements } from './kernels.ts';

/** Of one cost, over the seeds. */
export interface Effect {
  /** Mean over the seeds that have it; null if none has. */
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly seeds: number;
  /** Whether all seeds agree on which way it goes. */
  readonly isClear: boolean;
}

export interface FeatureEffect {
  readonly kernel: string;
  /** Statements of both kernels, more or fewer than the classic kernel has. */
  readonly statements: number;
  readonly effects: Readonly<Record<CostName, Effect>>;
}

/** Both and neither, less each by itself. */
export interface Interaction {
  readonly kernel: string;
  readonly features: readonly [string, string];
  readonly statements: number;
  readonly effects: Readonly<Record<CostName, Effect>>;
}

const BASE = 'classic';
const NAMES = ['work', 'steps', 'plateau', 'perStep', 'fields'] as const satisfies readonly CostName[];

export function featureEffects(rows: readonly KernelRow[]): readonly FeatureEffect[] {
  const base = rows.find(({ kernel }) => kernel === BASE);
  if (base === undefined) return [];
  return rows
    .filter(({ features }) => features.length === 1)
    .map((row) => ({
      kernel: row.kernel,
      statements: statements(row) - statements(base),
      effects: effects(NAMES, (name, seed) => minus(at(row, seed, name), at(base, seed, name)), base),
    }));
}

export function interactions(rows: readonly KernelRow[]): readonly Interaction[] {
  const base = rows.find(({ kernel }) => kernel === BASE);
  if (base === undefined) return [];
  const alone = (feature: string | undefined): KernelRow | undefined =>
    rows.find(({ features }) => features.length === 1 && features[0] === feature);
  return rows.flatMap((both): readonly Interaction[] => {
    const [a, b] = both.features;
    const [withA, withB] = [alone(a), alone(b)];
    if (both.features.length !== 2 || a === undefined || b === undefined || !withA || !withB) return [];
    return [
      {
        kernel: both.kernel,
        features: [a, b],
        statements: statements(both) + statements(base) - statements(withA) - statements(withB),
        effects: effects(
          NAMES,
          (name, seed) =>
            minus(
              minus(at(both, seed, name), at(withA, seed, name)),
              minus(at(withB, seed, name), at(base, seed, name)),
            ),
          base,
        ),
      },
    ];
  });
}

function at({ seeds }: KernelRow, seed: number, name: CostName): number | null {
  const cost = seeds.find((one) => one.seed === seed);
  return cost === undefined ? null : costOf(cost, name);
}

const minus = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a - b);

function effects(
  names: readonly CostName[],
  of: (name: CostName, seed: number) => number | null,
  { seeds }: KernelRow,
): Readonly<Record<CostName, Effect>> {
  return Object.fromEntries(
    names.map((name) => [name, effect(seeds.flatMap(({ seed }) => of(name, seed) ?? []))]),
  ) as Record<CostName, Effect>;
}

/** One seed agrees with itself, which says nothing. */
function effect(values: readonly number[]): Effect {
  if (values.length === 0) return { mean: null, low: null, high: null, seeds: 0, isClear: false };
  const low = Math.min(...values);
  const high = Math.max(...values);
  return {
    mean: values.reduce((a, b) => a + b, 0) / values.length,
    low,
    high,
    seeds: values.length,
    isClear: values.length > 1 && (low > 0 || high < 0),
  };
}
