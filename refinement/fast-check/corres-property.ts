/**
 * The check as a fast-check property, for anyone's tests:
 *
 *     fc.assert(corresProperty(), { numRuns: 100 });
 *
 * fast-check draws, shrinks, prints seed and path and replays by them as for any other property.
 */
import fc from 'fast-check';
import { CONFIGS } from '../../spec/abi/config.ts';
import { FULL_EVERY, checkedProperties, makeChecker } from '../campaign/checker.ts';
import { execute } from '../program/execute.ts';
import type { Program } from '../program/program.ts';
import { namesOf } from '../replay/names.ts';
import { record } from '../replay/record.ts';
import { renderRow } from '../replay/render-row.ts';
import type { Kernels } from '../step/kernels.ts';
import { configNamed, loadKernels } from '../step/kernels.ts';
import { Programs } from './programs.ts';

export interface CorresOptions {
  /** Name of the kernel configuration; default `small`. */
  readonly config?: string;
  /** Rows of a program at most; default 60. */
  readonly rows?: number;
  /** Names of the properties to check; default all. */
  readonly properties?: readonly string[];
  /** Other kernels than the project's own, as `loadKernels` gives them; `config` is theirs then. */
  readonly kernels?: Kernels;
}

/** A property is made without waiting, and a module can only be loaded by waiting: so all kernels are loaded when this one is. */
const KERNELS: ReadonlyMap<string, Kernels> = new Map(
  await Promise.all(Object.keys(CONFIGS).map(async (name) => [name, await loadKernels(name)] as const)),
);

function kernelsOf(config: string): Kernels {
  const found = KERNELS.get(configNamed(config).name);
  if (found === undefined) throw new Error(`the kernel of configuration ${config} is loaded`);
  return found;
}

/** Every program leaves both kernels in agreement and no property violated. The failing program is in the error, a line a step. */
export function corresProperty(options: CorresOptions = {}): fc.IProperty<[Program]> {
  const { config = 'small', rows = 60, properties = [], kernels = kernelsOf(config) } = options;
  const lockstep = makeChecker(kernels, { properties: checkedProperties(properties), fullEvery: FULL_EVERY });
  const world = kernels.world(0);
  return fc.property(new Programs(kernels, rows), (program) => {
    const { failure } = execute(lockstep, world.boot, program);
    if (failure === null) return;
    const names = namesOf(world, kernels.config);
    const listing = record(lockstep, world, program).rows.map(({ row, before, after }) => {
      names.learn(before);
      names.learn(after);
      return `  ${names.object(before.globals.currentThread)}: ${renderRow(row, names)}`;
    });
    throw new Error([`${failure.property}: ${names.text(failure.what)}`, ...listing].join('\n'));
  });
}
