/** The kernel that differs from the classic one by some features. */
import type { Edit } from '../../defects/defect.ts';
import { defectiveSource, edit } from '../../defects/defect.ts';
import type { Variant } from '../size/closure.ts';
import { CLASSIC_EDITS, KERNELS, PAIRED, SINGLE } from './catalogue.ts';
import type { Feature } from './feature.ts';
import { signed } from './feature.ts';

export interface Ablation {
  /** `classic`, or the features it differs by: `-fastpath -domains`, `+mcs -fastpath`, `-5 features`. */
  readonly name: string;
  readonly features: readonly Feature[];
  readonly config: string;
  readonly variant: Variant;
  readonly edits: readonly Edit[];
}

const CLASSIC = 'small';

/** Null where there is no such kernel: of two that are put in, and of lazy scheduling, which has no fastpath to be left out. */
export function ablation(features: readonly Feature[]): Ablation | null {
  const put = features.filter(({ level }) => level === 'kernel');
  const isLazy = put.some(({ name }) => name === 'lazy');
  if (put.length > 1 || (isLazy && features.some(({ name }) => name === 'fastpath'))) return null;
  const config = put[0]?.config ?? CLASSIC;
  const variant = config === 'small-mcs' ? 'mcs' : 'classic';
  const operations = features.flatMap((feature) => feature.operations);
  return {
    name: nameOf(put, features),
    features,
    config,
    variant,
    edits: [
      ...(variant === 'classic' ? CLASSIC_EDITS : []),
      ...features.flatMap(({ edits, classicEdits = [] }) =>
        variant === 'classic' ? [...edits, ...classicEdits] : edits,
      ),
      ...(operations.length > 0 ? [leftOut(operations)] : []),
    ],
  };
}

/** Of more than two only how many: the ladder has one of each number. */
function nameOf(put: readonly Feature[], features: readonly Feature[]): string {
  if (features.length === 0) return 'classic';
  if (features.length > 2) return `-${features.length} features`;
  return [...put, ...features.filter((one) => !put.includes(one))].map(signed).join(' ');
}

/** Programs that have nothing of what there is for the features alone. */
function leftOut(operations: readonly string[]): Edit {
  return edit(
    'refinement/program/operations.ts',
    '(operation.only ?? variant) === variant &&',
    `!${JSON.stringify(operations)}.includes(operation.name) && (operation.only ?? variant) === variant &&`,
  );
}

/** The source of one file of the ablated kernel. Throws if an edit does not fit. */
export function ablatedSource({ name, edits }: Ablation, file: string, source: string): string {
  return defectiveSource({ name, edits }, file, source);
}

/** The classic kernel, each feature by itself, then more and more of what can be left out, and each pair of those that pairs are measured of. */
export function ablations(pairs: boolean): readonly Ablation[] {
  const singles = [...PAIRED, ...KERNELS, ...SINGLE].map((feature) => [feature]);
  const removable = [...PAIRED, ...SINGLE];
  // The first of these steps is a single feature, and the second a pair.
  const ladder = removable.map((_, at) => removable.slice(0, at + 1)).slice(pairs ? 2 : 1);
  const paired = pairs ? pairsOf([...PAIRED, ...KERNELS]) : [];
  return [[], ...singles, ...ladder, ...paired].flatMap((features) => ablation(features) ?? []);
}

export function pairsOf<T>(of: readonly T[]): readonly (readonly [T, T])[] {
  return of.flatMap((a, at) => of.slice(at + 1).map((b) => [a, b] as const));
}
