/** The work that all subjects share: the world, and what random programs do in it, recorded so that each kernel can do it alone. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { KernelConfig } from '../../spec/abi/config.ts';
import { CONFIGS } from '../../spec/abi/config.ts';
import { callKernel } from '../../spec/api/kernel.ts';
import { bootState } from '../../spec/state/initial.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { generateRow, taste } from '../program/generate.ts';
import { toKernelStep } from '../program/program.ts';
import { hash, random } from '../program/random.ts';
import type { ImplKernel } from '../step/impl-kernel.ts';
import { loadImpl } from '../step/impl-kernel.ts';
import type { KernelStep } from '../step/kernel-step.ts';
import { userStep } from '../step/lockstep.ts';
import type { World } from '../world/world.ts';
import { world } from '../world/world.ts';

/** The folder of the project, from the bundle in `dist/`. */
export const ROOT = join(import.meta.dirname, '..');
/** Steps of one run: a new world and a new taste for every program. */
export const RUN_STEPS = 200;
const SEED = 1;

export type Entry = typeof import('../../impl/kernel/entry.ts');

/** A kernel as the functions its bundle exports, without the harness around them. */
export async function kernelModule(configName: string): Promise<Entry> {
  return (await import(pathToFileURL(join(ROOT, `dist/impl/${configName}.mjs`)).href)) as Entry;
}

export interface Setting {
  readonly config: KernelConfig;
  readonly impl: ImplKernel;
  readonly world: World;
}

export async function setting(configName: string): Promise<Setting> {
  const config = CONFIGS[configName];
  if (config === undefined) throw new Error(`no configuration is called ${configName}`);
  const impl = await loadImpl(join(ROOT, `dist/impl/${configName}.mjs`));
  const places = { idleThread: impl.layout.IDLE_THREAD, irqNode: impl.layout.KS_IRQ_NODE };
  return { config, impl, world: world(config, places) };
}

/** Draws the rows of one program; `state` is the state that the next row is for. */
export function generator(run: number): (state: KernelState) => KernelStep | null {
  const r = random(hash(SEED, run));
  const t = taste(r);
  return (state) => toKernelStep(generateRow(r, t, state) ?? { op: 'Tick', word: 0n }, state);
}

/** A step as it was made, and the state it was made for. */
export interface Recorded {
  readonly before: KernelState;
  readonly step: KernelStep;
}

/** The steps of `runs` programs, by the specification alone. */
export function record({ config, world: { boot } }: Setting, runs: number): readonly (readonly Recorded[])[] {
  const booted = bootState(config, boot);
  return Array.from({ length: runs }, (_, run) => {
    const next = generator(run);
    const steps: Recorded[] = [];
    let before = booted;
    for (let n = 0; n < RUN_STEPS; n++) {
      const step = next(before);
      if (step === null) continue;
      steps.push({ before, step });
      before = specStep(before, step);
    }
    return steps;
  });
}

/** What the specification does of one step. */
export function specStep(before: KernelState, step: KernelStep): KernelState {
  return callKernel(userStep(before, before.globals.currentThread, step), step.event);
}
