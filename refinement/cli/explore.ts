/** `corres explore`: everything that can happen in a small system. */
import { setImmediate } from 'node:timers/promises';
import type { Command } from '@commander-js/extra-typings';
import { CATALOGUE, INVARIANTS } from '../../properties/catalogue.ts';
import type { StateInvariant } from '../../properties/property.ts';
import { bootState } from '../../spec/state/initial.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { featuresOf, isAbout, makeChecker } from '../campaign/checker.ts';
import { builtSources } from '../campaign/make-counterexample.ts';
import type { Counterexample } from '../counterexample/format.ts';
import { SCHEMA, counterexampleId } from '../counterexample/format.ts';
import { save, storeAt } from '../counterexample/store.ts';
import type { Action } from '../explore/alphabet.ts';
import { alphabetOf } from '../explore/alphabet.ts';
import { buffersOf } from '../explore/fingerprint.ts';
import type { Driver, Progress, SearchResult } from '../explore/search.ts';
import { lockstepDriver, search, specDriver } from '../explore/search.ts';
import { explorationNames, openExploration } from '../explore/shipped.ts';
import { InputError } from '../input-error.ts';
import type { Failure } from '../step/lockstep.ts';
import type { Kernels } from '../step/kernels.ts';
import { loadKernels } from '../step/kernels.ts';
import type { Setting } from '../system/setting.ts';
import { SYSTEMS_CONFIG } from './check.ts';
import { INTERRUPTED, onInterrupt } from './interrupt.ts';
import { collect, duration, positive } from './options.ts';

/** Transitions between two passes over the whole state. */
const FULL_EVERY = 64;
const SHOW_EVERY_MS = 1000;

export function addExplore(program: Command): void {
  program
    .command('explore')
    .description('everything that can happen in a small system, and the shortest way to what goes wrong')
    .argument('<exploration>', `${explorationNames().join(', ')}, or a YAML or JSON file`)
    .option('--depth <number>', 'events from the beginning, at most', positive)
    .option('--states <number>', 'stop when so many different states were found', positive)
    .option('--time <duration>', 'stop after this time', duration)
    .option('--property <name>', 'check only this property; may be repeated', collect, [])
    .option('--spec', 'the specification alone, with its invariants at every state')
    .option('--json', 'the result as JSON, schema corres-explored/1')
    .addHelpText(
      'after',
      '\nExit codes: 0 all was seen, or all within the bounds, and nothing is violated; 1 violated; 2 wrong usage or input; 130 interrupted.',
    )
    .action(async (nameOrFile, options) => {
      const { exploration, shown } = openExploration(nameOrFile);
      for (const name of options.property)
        if (!CATALOGUE.some((property) => property.name === name)) throw new InputError(`unknown property '${name}'`);
      const kernels = await loadKernels(SYSTEMS_CONFIG);
      const setting: Setting = { system: exploration.system, without: [], pairs: false };
      const { world } = kernels.compiled(setting);
      const actions = alphabetOf(exploration.events, kernels.config, world, shown);
      const properties = options.property.length > 0 ? options.property : null;
      const driver =
        options.spec === true ? onSpec(kernels, setting, properties) : onBoth(kernels, setting, properties);
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
      process.stdout.write(
        options.json === true
          ? asJson(exploration.name, actions, result)
          : asText(exploration.name, actions, result, seconds, options.spec === true, kept),
      );
      process.exitCode = interrupt.isInterrupted() ? INTERRUPTED : result.failure === null ? 0 : 1;
    });
}

function onBoth(kernels: Kernels, setting: Setting, properties: readonly string[] | null): Driver {
  const lockstep = makeChecker(kernels, { properties, fullEvery: FULL_EVERY });
  return lockstepDriver(lockstep, () => lockstep.boot(kernels.compiled(setting).world.boot));
}

function onSpec(kernels: Kernels, setting: Setting, properties: readonly string[] | null): Driver {
  const features = featuresOf(kernels);
  const asked = INVARIANTS.filter(
    (one): one is StateInvariant =>
      one.kind === 'state' && isAbout(one, features) && (properties === null || properties.includes(one.name)),
  );
  const violated = (s: KernelState): Failure | null => {
    for (const { name, violations } of asked) {
      const [broken] = violations(s);
      if (broken === undefined) continue;
      const what = `${broken.where}: ${broken.because}`;
      return { failureClass: 'invariant', property: name, what, differences: [], step: 0, fullPass: true };
    }
    return null;
  };
  return specDriver(() => bootState(kernels.config, kernels.compiled(setting).world.boot), violated);
}

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

function keep(
  setting: Setting,
  found: NonNullable<SearchResult['failure']>,
): Counterexample & { readonly path: string } {
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
  return { ...counterexample, path: save(storeAt('.corres'), counterexample) };
}

const count = (number: number): string => number.toLocaleString('en');

const BOUNDS = { depth: 'the depth', states: 'the number of states', time: 'time' } as const;

function asText(
  name: string,
  actions: readonly Action[],
  result: SearchResult,
  seconds: number,
  isSpecAlone: boolean,
  kept: (Counterexample & { readonly path: string }) | null,
): string {
  const { distinct, generated, depth, queue, bound, ends, outDegree, collision, bytesPerState } = result;
  const width = Math.max(...actions.map((action) => action.name.length));
  const rows = actions.map((action, at) => {
    const { taken = 0, first = 0 } = result.actions[at] ?? {};
    return `  ${action.name.padEnd(width)}  ${count(taken).padStart(10)} times  ${count(first).padStart(9)} new states${taken === 0 ? '  never possible' : ''}`;
  });
  const verdict =
    kept !== null
      ? `Violated: ${kept.property} after ${kept.program.length} events, and after fewer nothing is: ${kept.what}\n  ${kept.path}\n  npx corres replay ${kept.id}`
      : bound === null
        ? `Everything that can happen in ${name} was seen, and nothing is violated`
        : `Nothing is violated in what was seen of ${name}; bounded by ${BOUNDS[bound]}, ${count(queue)} states to go`;
  return `${[
    ...rows,
    '',
    verdict,
    `${count(distinct)} states, ${count(generated)} transitions, depth ${depth}, ${count(ends)} without a way on; ${outDegree.min} to ${outDegree.max} states follow one, ${outDegree.mean.toFixed(2)} on average`,
    `${seconds.toFixed(1)} s, ${count(Math.round(generated / seconds))} transitions/s; ${isSpecAlone ? 'the specification alone, its invariants at every state' : `both sides, what changed at every transition, the whole state at every ${FULL_EVERY}th`}`,
    `states by 64 bits of each, ${bytesPerState.toFixed(1)} bytes a state; two different ones taken for one: probability below ${collision.toExponential(1)}`,
  ].join('\n')}\n`;
}

function asJson(name: string, actions: readonly Action[], result: SearchResult): string {
  const { failure, ...rest } = result;
  const shown = {
    schema: 'corres-explored/1',
    exploration: name,
    ...rest,
    isExhaustive: rest.bound === null && failure === null,
    actions: actions.map((action, at) => ({ name: action.name, ...result.actions[at] })),
    violated:
      failure === null
        ? null
        : { property: failure.failure.property, what: failure.failure.what, events: failure.program.length },
  };
  return `${JSON.stringify(shown, null, 2)}\n`;
}
