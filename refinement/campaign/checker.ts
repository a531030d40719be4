/** Which properties a run checks, and the lockstep that checks them. */
import { CATALOGUE, INVARIANTS } from '../../properties/catalogue.ts';
import {
  FASTPATH_CALL_TAKEN,
  FASTPATH_EQUALS_SLOW_PATH,
  FASTPATH_REPLY_RECV_TAKEN,
  FASTPATH_SIGNAL_TAKEN,
} from '../../properties/fastpath.ts';
import type { Feature } from '../../properties/property.ts';
import { InputError } from '../input-error.ts';
import { SECURITY_CHECKS } from '../../properties/security/checks.ts';
import { TEMPORAL_CHECKS } from '../../properties/temporal/checks.ts';
import type { Kernels } from '../step/kernels.ts';
import type { Lockstep, LockstepOptions } from '../step/lockstep.ts';
import { makeLockstep } from '../step/lockstep.ts';
import type { Setting } from '../system/setting.ts';

export interface Checks {
  /** Names of the properties; null for all. */
  readonly properties: readonly string[] | null;
  /** Steps between two passes over the whole state. */
  readonly fullEvery: number;
}

export const FULL_EVERY = 64;

/** Checks that all names are those of properties. */
export function checkedProperties(names: readonly string[]): readonly string[] | null {
  for (const name of names) {
    if (!CATALOGUE.some((property) => property.name === name)) {
      throw new InputError(`unknown property '${name}'; 'corres list properties' names them`);
    }
  }
  return names.length === 0 ? null : names;
}

/** All names of properties that a run with these checks reports on. */
export function selectedNames({ properties }: Checks): readonly string[] {
  return properties ?? CATALOGUE.map(({ name }) => name);
}

/** @param setting where the programs ran */
export function featuresOf({ config, impl }: Kernels, setting?: Setting): readonly Feature[] {
  if (setting?.pairs === true) return ['pairs'];
  const features: Feature[] = [config.variant, config.scheduler];
  if (impl.config.FASTPATH) features.push('fastpath');
  return setting === undefined ? features : [...features, 'labels'];
}

/** Whether a property says anything of a kernel with these features. */
export function isAbout(
  { requires = [] }: { readonly requires?: readonly Feature[] },
  features: readonly Feature[],
): boolean {
  return requires.every((feature) => features.includes(feature));
}

export function makeChecker(
  kernels: Kernels,
  { properties, fullEvery }: Checks,
  watch: Pick<LockstepOptions, 'onExercised' | 'onDecided'> = {},
): Lockstep {
  const { config, impl, slow } = kernels;
  const features = featuresOf(kernels);
  const wanted = (name: string): boolean => properties === null || properties.includes(name);
  return makeLockstep(config, impl, {
    invariants: INVARIANTS.filter((invariant) => wanted(invariant.name) && isAbout(invariant, features)),
    compare: wanted('refinement'),
    refusals: wanted('decode_inv_inv'),
    paths: [FASTPATH_CALL_TAKEN, FASTPATH_REPLY_RECV_TAKEN, FASTPATH_SIGNAL_TAKEN, FASTPATH_EQUALS_SLOW_PATH].some(
      ({ name }) => wanted(name),
    ),
    security: { checks: SECURITY_CHECKS.filter(({ name }) => wanted(name)), rulesOf: kernels.rulesOf },
    temporal: TEMPORAL_CHECKS.filter((check) => wanted(check.name) && isAbout(check, [...features, 'labels'])),
    ...(slow ? { slow } : {}),
    fullEvery,
    ...watch,
  });
}
