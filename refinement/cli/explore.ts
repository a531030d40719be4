/** `corres explore`: everything that can happen in a small system. */
import { setImmediate } from 'node:timers/promises';
import type { Command } from '@commander-js/extra-typings';
import { CATALOGUE, INVARIANTS, NO_FAIL } from '../../properties/catalogue.ts';
import type { Feature, StateInvariant } from '../../properties/property.ts';
import { TEMPORAL_CHECKS } from '../../properties/temporal/checks.ts';
import { bootState } from '../../spec/state/initial.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { FULL_EVERY, checkedProperties, featuresOf, isAbout, makeChecker } from '../campaign/checker.ts';
import { builtSources } from '../campaign/make-counterexample.ts';
import type { Counterexample } from '../counterexample/format.ts';
import { SCHEMA, counterexampleId } from '../counterexample/format.ts';
import { save, storeAt } from '../counterexample/store.ts';
import type { Action } from '../explore/alphabet.ts';
import { alphabetOf } from '../explore/alphabet.ts';
import { buffersOf } from '../explore/fingerprint.ts';
import type { Driver, Progress, SearchResult } from '../explore/search.ts';
import { lockstepDriver, search, specDriver } from '../explore/search.ts';
import { openExploration } from '../explore/shipped.ts';
import { InputError } from '../input-error.ts';
import type { Failure } from '../step/lockstep.ts';
import type { Kernels } from '../step/kernels.ts';
import { loadKernels } from '../step/kernels.ts';
import type { Setting } from '../system/setting.ts';
import { SYSTEMS_CONFIG } from './check.ts';
import { INTERRUPTED, onInterrupt } from './interrupt.ts';
import { collect, duration, positive } from './options.ts';

/** A property that was asked for by name was never exercised. */
const VACUOUS = 3;
const SHOW_EVERY_MS = 1000;

export function addExplore(program: Command): void {
  program
    .command('explore')
    .description('everything that can happen in a small system, and the shortest way to what goes wrong')
    .argument('<exploration>', 'name of a shipped exploration, or a YAML or JSON file')
    .option('--depth <number>', 'events from the beginning, at most', positive)
    .option('--states <number>', 'stop when so many different states were found', positive)
    .option('--time <duration>', 'stop after this time', duration)
    .option('--property <name>', 'check only this property; may be repeated', collect, [])
    .option('--spec', 'the specification alone, with its invariants at every state')
    .option('--json', 'the result as JSON, schema corres-explored/1')
    .addHelpText(
      'after',
      '\nExit codes: 0 all was seen, or all within the bounds, and nothing is violated; 1 violated; 2 wrong usage or input; 3 a property that was asked for never saw its case; 130 interrupted.',
    )
    .action(async (nameOrFile, options) => {
      const { exploration, shown } = openExploration(nameOrFile);
      const properties = checkedProperties(options.property);
      const kernels = await loadKernels(SYSTEMS_CONFIG);
      const setting: Setting = { system: exploration.system, without: [], pairs: false };
      const { world } = kernels.compiled(setting);
      const actions = alphabetOf(exploration.events, kernels.config, world, shown);
      const isSpecAlone = options.spec === true;
      const asked = askedOf(featuresOf(kernels, setting), isSpecAlone, properties);
      const exercised = new Set<string>();
      const driver = (isSpecAlone ? onSpec : onBoth)(kernels, setting, asked, exercised);
      const interrupt = onInterrupt();
      const started = performance.now();
      const { depth = Infinity, states = Infinity, time = Infinity } = options;
      const limits = {
        depth,
        states,
        isOver: (): boolean => interrupt.isInterrupted() || performance.now() - started > time,
      };
      const result = await watched(
        search(driver, { actions, buffers: buffersOf(world.boot, kernels.config) }, limits),
        started,
      );
      const seconds = (performance.now() - started) / 1000;
      const kept = result.failure === null ? null : keep(setting, result.failure);
      for (const name of result.generated > 0 ? ['refinement', 'no_fail'] : []) exercised.add(name);
      const unseen = asked.filter((name) => !exercised.has(name));
      const shownAs = { name: exploration.name, actions, result, unseen };
      process.stdout.write(options.json === true ? asJson(shownAs) : asText(shownAs, seconds, isSpecAlone, kept));
      process.exitCode = interrupt.isInterrupted()
        ? INTERRUPTED
        : result.failure !== null
          ? 1
          : properties !== null && unseen.length > 0
            ? VACUOUS
            : 0;
    });
}

/** What a search asks: nothing of pairs of runs, nor of whole runs, which it has not got. */
function askedOf(
  features: readonly Feature[],
  isSpecAlone: boolean,
  properties: readonly string[] | null,
): readonly string[] {
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

type MakeDriver = (kernels: Kernels, setting: Setting, properties: readonly string[], exercised: Set<string>) => Driver;

const onBoth: MakeDriver = (kernels, setting, properties, exercised) => {
  const onExercised = (name: string, times: number): void => {
    if (times > 0) exercised.add(name);
  };
  const lockstep = makeChecker(kernels, { properties, fullEvery: FULL_EVERY }, { onExercised });
  return lockstepDriver(lockstep, () => lockstep.boot(kernels.compiled(setting).world.boot));
};

const onSpec: MakeDriver = (kernels, setting, properties, exercised) => {
  const asked = INVARIANTS.filter(
    (one): one is StateInvariant => one.kind === 'state' && properties.includes(one.name),
  );
  const violated = (s: KernelState): Failure | null => {
    for (const invariant of asked) {
      const { name, violations } = invariant;
      const [broken] = violations(s);
      if (!exercised.has(name) && invariant.exercised(s) > 0) exercised.add(name);
      if (broken === undefined) continue;
      const what = `${broken.where}: ${broken.because}`;
      return { failureClass: 'invariant', property: name, what, differences: [], step: 0, fullPass: false };
    }
    return null;
  };
  return specDriver(() => bootState(kernels.config, kernels.compiled(setting).world.boot), violated);
};

/** Runs the search, says how far it is, and lets a signal through. */
async function watched(running: Generator<Progress, SearchResult, undefined>, started: number): Promise<SearchResult> {
  let shown = started;
  for (;;) {
    const { done, value } = running.next();
    if (done === true) return value;
    const now = performance.now();
    if (now - shown < SHOW_EVERY_MS) continue;
    shown = now;
    const { distinct, generated, depth, queue } = value;
    const rate = Math.round((generated * 1000) / (now - started));
    process.stderr.write(
      `depth ${depth}  ${count(distinct)} states  ${count(generated)} transitions  ${count(queue)} to go  ${count(rate)} transitions/s\n`,
    );
    await setImmediate();
  }
}

interface Kept extends Counterexample {
  readonly path: string;
  /** What the pass over the whole state finds may have been there some events before. */
  readonly isShortest: boolean;
}

function keep(setting: Setting, found: NonNullable<SearchResult['failure']>): Kept {
  const { failure, program } = found;
  const testCase = { config: SYSTEMS_CONFIG, world: 0, setting, program };
  const counterexample: Counterexample = {
    schema: SCHEMA,
    id: counterexampleId(testCase, failure.property),
    ...testCase,
    property: failure.property,
    failureClass: failure.failureClass,
    what: failure.what,
    differences: failure.differences.map((difference) => ({ ...difference })),
    original: null,
    found: null,
    shrinking: { executions: 0, certificate: null },
    sources: builtSources(),
  };
  return { ...counterexample, path: save(storeAt('.corres'), counterexample), isShortest: !failure.fullPass };
}

const count = (number: number): string => number.toLocaleString('en');

const BOUNDS = { depth: 'the depth', states: 'the number of states', time: 'time' } as const;

interface Shown {
  readonly name: string;
  readonly actions: readonly Action[];
  readonly result: SearchResult;
  /** Properties that never saw what they are about. */
  readonly unseen: readonly string[];
}

function asText(
  { name, actions, result, unseen }: Shown,
  seconds: number,
  isSpecAlone: boolean,
  kept: Kept | null,
): string {
  const { distinct, generated, depth, queue, bound, ends, outDegree, collision, bytesPerState } = result;
  const width = Math.max(...actions.map((action) => action.name.length));
  const rows = actions.map((action, at) => {
    const { taken = 0, first = 0 } = result.actions[at] ?? {};
    return `  ${action.name.padEnd(width)}  ${count(taken).padStart(10)} times  ${count(first).padStart(9)} new states${taken === 0 ? '  never possible' : ''}`;
  });
  const verdict =
    kept !== null
      ? `Violated: ${kept.property} after ${kept.program.length} events${kept.isShortest ? ', and after fewer nothing is' : `; found by the pass over the whole state at every ${FULL_EVERY}th transition, so that fewer may do`}: ${kept.what}\n  ${kept.path}\n  npx corres replay ${kept.id}`
      : bound === null
        ? `Everything that can happen in ${name} was seen, and nothing is violated`
        : `Nothing is violated in what was seen of ${name}; bounded by ${BOUNDS[bound]}, ${count(queue)} states to go`;
  return `${[
    ...rows,
    '',
    verdict,
    `${count(distinct)} states, ${count(generated)} transitions, depth ${depth}, ${count(ends)} without a way on; ${outDegree.min} to ${outDegree.max} states follow one, ${outDegree.mean.toFixed(2)} on average`,
    `${seconds.toFixed(1)} s, ${count(Math.round(generated / seconds))} transitions/s; ${isSpecAlone ? 'the specification alone, its invariants at every state' : `both sides, what changed at every transition, the whole state at every ${FULL_EVERY}th`}`,
    ...(unseen.length > 0 ? [`nothing can be said of what never occurred: ${unseen.join(', ')}`] : []),
    `states by 64 bits of each, ${bytesPerState.toFixed(1)} bytes a state; two different ones taken for one: probability below ${collision.toExponential(1)}`,
  ].join('\n')}\n`;
}

function asJson({ name, actions, result, unseen }: Shown): string {
  const { failure, ...rest } = result;
  const shown = {
    schema: 'corres-explored/1',
    exploration: name,
    ...rest,
    isExhaustive: rest.bound === null && failure === null,
    neverExercised: unseen,
    actions: actions.map((action, at) => ({ name: action.name, ...result.actions[at] })),
    violated:
      failure === null
        ? null
        : { property: failure.failure.property, what: failure.failure.what, events: failure.program.length },
  };
  return `${JSON.stringify(shown, null, 2)}\n`;
}
