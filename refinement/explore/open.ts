/** From an exploration as it is written to what is searched: in this process, in a worker, or in a test. */
import { SYSTEMS_CONFIG } from '../system/setting.ts';
import { CATALOGUE, INVARIANTS, NO_FAIL } from '../../properties/catalogue.ts';
import type { Feature, StateInvariant, Violation } from '../../properties/property.ts';
import { TEMPORAL_CHECKS } from '../../properties/temporal/checks.ts';
import { bootState } from '../../spec/state/initial.ts';
import { featuresOf, isAbout, makeChecker } from '../campaign/checker.ts';
import { InputError } from '../input-error.ts';
import type { Failure } from '../step/lockstep.ts';
import type { Kernels } from '../step/kernels.ts';
import { loadKernels } from '../step/kernels.ts';
import type { Setting } from '../system/setting.ts';
import { alphabetOf } from './alphabet.ts';
import type { Searched } from './expander.ts';
import { fingerprints } from './fingerprint.ts';
import type { LivenessQuestion } from './format.ts';
import { decodeExploration } from './format.ts';
import { labelsOf } from './liveness.ts';
import type { Side, SpecQuestions } from './side.ts';
import { bothSides, specSide } from './side.ts';
import { specDirty } from './spec-dirty.ts';
import { symmetryOf } from './symmetry.ts';

/** Everything that a search depends on, as plain data. */
export interface SearchSpec {
  /** The exploration, YAML or JSON. */
  readonly text: string;
  /** Names its file in errors. */
  readonly shown: string;
  readonly isSpecAlone: boolean;
  /** Null for all that can be asked. */
  readonly properties: readonly string[] | null;
  /** One state in so many is looked at whole; 1 means each. */
  readonly wholeEvery: number;
  /** Without it, states that differ by an interchange count apart. */
  readonly symmetry: boolean;
  /** Another build of the implementation than the project's own. */
  readonly bundle?: string;
}

export interface Opened extends Searched {
  readonly setting: Setting;
  /** Names of the properties that are asked. */
  readonly asked: readonly string[];
  readonly kernels: Kernels;
  readonly liveness: readonly LivenessQuestion[];
  readonly name: string;
}

export async function openSearch(spec: SearchSpec): Promise<Opened> {
  const exploration = decodeExploration(spec.text, spec.shown);
  const kernels = await loadKernels(SYSTEMS_CONFIG, spec.bundle);
  const setting: Setting = { system: exploration.system, without: [], pairs: false };
  const { world } = kernels.compiled(setting);
  const actions = alphabetOf(exploration.events, kernels.config, world, spec.shown);
  const renamings = spec.symmetry ? symmetryOf(exploration, world, kernels.config, actions, spec.shown) : [];
  const asked = askedOf(featuresOf(kernels, setting), spec);
  const exercised = new Set<string>();
  const side = (spec.isSpecAlone ? onSpec : onBoth)(kernels, setting, asked, exercised, spec.wholeEvery);
  return {
    side,
    actions,
    fingerprints: fingerprints(renamings),
    labelsOf: labelsOf(exploration.liveness ?? [], world, spec.shown),
    exercised,
    setting,
    asked,
    kernels,
    liveness: exploration.liveness ?? [],
    name: exploration.name,
  };
}

/** What a search asks: nothing of pairs of runs, nor of whole runs, which it has not got. */
function askedOf(features: readonly Feature[], { isSpecAlone, properties }: SearchSpec): readonly string[] {
  const ofRuns: readonly string[] = TEMPORAL_CHECKS.map(({ name }) => name);
  const possible = CATALOGUE.filter(
    (one) =>
      isAbout(one, features) &&
      !ofRuns.includes(one.name) &&
      (!isSpecAlone || one.kind === 'state' || one.name === NO_FAIL.name),
  ).map(({ name }) => name);
  for (const name of properties ?? [])
    if (!possible.includes(name)) throw new InputError(`'${name}' is not asked in a search like this one`);
  return properties ?? possible;
}

type MakeSide = (
  kernels: Kernels,
  setting: Setting,
  properties: readonly string[],
  exercised: Set<string>,
  wholeEvery: number,
) => Side;

const onBoth: MakeSide = (kernels, setting, properties, exercised, wholeEvery) => {
  const onExercised = (name: string, times: number): void => {
    if (times > 0) exercised.add(name);
  };
  const lockstep = makeChecker(kernels, { properties, fullEvery: Infinity }, { onExercised });
  return bothSides(lockstep, () => lockstep.boot(kernels.compiled(setting).world.boot), wholeEvery);
};

const onSpec: MakeSide = (kernels, setting, properties, exercised, wholeEvery) => {
  const asked = INVARIANTS.filter(
    (one): one is StateInvariant => one.kind === 'state' && properties.includes(one.name),
  );
  const failure = (property: string, violations: readonly Violation[], fullPass: boolean): Failure | null => {
    const [broken] = violations;
    if (broken === undefined) return null;
    const what = `${broken.where}: ${broken.because}`;
    return { failureClass: 'invariant', property, what, differences: [], step: 0, fullPass };
  };
  const questions: SpecQuestions = {
    ofState: (s) => {
      for (const invariant of asked) {
        const { name } = invariant;
        if (!exercised.has(name) && invariant.exercised(s) > 0) exercised.add(name);
        const found = failure(name, invariant.violations(s), true);
        if (found !== null) return found;
      }
      return null;
    },
    ofStep: (before, after) => {
      if (asked.length === 0) return null;
      const dirty = specDirty(before, after);
      for (const { name, localViolations } of asked) {
        const found = failure(name, localViolations?.(after, dirty) ?? [], false);
        if (found !== null) return found;
      }
      return null;
    },
  };
  return specSide(() => bootState(kernels.config, kernels.compiled(setting).world.boot), questions, wholeEvery);
};
