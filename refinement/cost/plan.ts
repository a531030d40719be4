/** Which kernels a study is of. */
import { checkedProperties } from '../campaign/checker.ts';
import { InputError } from '../input-error.ts';
import type { Ablation } from './ablation/ablation.ts';
import { ablation, ablations, pairsOf } from './ablation/ablation.ts';
import { FEATURES, KERNELS, featureNamed } from './ablation/catalogue.ts';
import type { Feature } from './ablation/feature.ts';

export interface Asked {
  /** Names of features; none for all. */
  readonly features: readonly string[];
  /** Configurations: small, small-mcs, small-lazy; none for all. */
  readonly configs: readonly string[];
  readonly properties: readonly string[];
  /** Whether pairs of the main features are measured, too, where no feature is named. */
  readonly pairs: boolean;
}

/** Configurations that kernels of a study have, and what makes them. */
const CONFIGS: ReadonlyMap<string, readonly Feature[]> = new Map([
  ['small', []],
  ...KERNELS.map((kernel): [string, readonly Feature[]] => [kernel.config ?? '', [kernel]]),
]);

/**
 * The classic kernel always comes first: everything is measured against it. Named features are left out each by itself, and each two of them together.
 *
 * @throws InputError for a name that is none
 */
export function plannedKernels({ features, configs, pairs }: Asked): readonly Ablation[] {
  const named = features.map((name) => {
    const found = featureNamed(name);
    if (found === undefined)
      throw new InputError(`unknown feature '${name}'; there are: ${FEATURES.map((one) => one.name).join(', ')}`);
    return found;
  });
  for (const config of configs)
    if (!CONFIGS.has(config))
      throw new InputError(`no study is of configuration '${config}'; there are: ${[...CONFIGS.keys()].join(', ')}`);
  const all =
    named.length === 0
      ? ablations(pairs)
      : [[], ...named.map((one) => [one]), ...pairsOf(named)].flatMap((one) => ablation(one) ?? []);
  if (configs.length === 0) return all;
  const chosen = all.filter(({ config }) => configs.includes(config));
  // A configuration that no named feature is about is there by itself.
  const plain = configs.flatMap((config) => ablation(CONFIGS.get(config) ?? []) ?? []);
  return [...plain.filter(({ name }) => chosen.every((one) => one.name !== name)), ...chosen];
}

export const plannedProperties = ({ properties }: Asked): readonly string[] | null => checkedProperties(properties);
