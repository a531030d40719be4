/** The work that all subjects share: the world, and what random programs do in it, recorded so that each kernel can do it alone. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bootState } from '../../spec/state/initial.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { generateRow, taste } from '../program/generate.ts';
import type { Row } from '../program/program.ts';
import { toKernelStep } from '../program/program.ts';
import { hash, random } from '../program/random.ts';
import type { KernelStep } from '../step/kernel-step.ts';
import type { Kernels } from '../step/kernels.ts';
import { kernelFile } from '../step/kernels.ts';
import { stepSpec } from '../step/spec-step.ts';

/** The folder of the project, from the bundle in `dist/`. */
export const ROOT = join(import.meta.dirname, '..');
/** Steps of one run: a new world and a new taste for every program. */
export const RUN_STEPS = 200;
export const SEED = 1;
const TICK: Row = { op: 'Tick', word: 0n };

export type Entry = typeof import('../../impl/kernel/entry.ts');

/** A kernel as the functions its bundle exports, without the harness around them. */
export async function kernelModule(configName: string): Promise<Entry> {
  return (await import(pathToFileURL(kernelFile(configName)).href)) as Entry;
}

/** A step as it was made, and the state it was made for. */
export interface Recorded {
  readonly before: KernelState;
  readonly step: KernelStep;
}

/** The steps of `runs` programs, by the specification alone, up to where nobody is left to run. */
export function record(kernels: Kernels, runs: number): readonly (readonly Recorded[])[] {
  const booted = bootState(kernels.config, kernels.world(0).boot);
  return Array.from({ length: runs }, (_, run) => {
    const r = random(hash(SEED, run));
    const style = taste(r, kernels.config);
    const steps: Recorded[] = [];
    let before = booted;
    while (steps.length < RUN_STEPS && before.globals.currentThread !== before.globals.idleThread) {
      const step = toKernelStep(generateRow(r, style, before) ?? TICK, before);
      if (step === null) break;
      steps.push({ before, step });
      before = stepSpec(before, step);
    }
    return steps;
  });
}
