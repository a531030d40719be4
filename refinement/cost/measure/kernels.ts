/** The kernels of a study as files: each bundled with its features left out, in a folder that goes away with them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { distFolder } from '../../step/kernels.ts';
import type { Ablation } from '../ablation/ablation.ts';
import { ablatedSource } from '../ablation/ablation.ts';

/** The bundler; it knows where the project is by where it is itself, and so is not bundled with this. */
type Build = Pick<typeof import('../../build/build.mjs'), 'buildImpl' | 'buildModule' | 'sourceHash'>;

async function loadBuild(dist: string): Promise<Build> {
  return (await import(pathToFileURL(join(dist, '../refinement/build/build.mjs')).href)) as Build;
}

/** What decides, beside the kernels, what a cell holds. */
const HARNESS = [
  'properties',
  ...['campaign', 'program', 'relation', 'step', 'world', 'cost/ablation', 'cost/measure'].map(
    (part) => `refinement/${part}`,
  ),
];

/** Hash of its sources. */
export async function harnessHash(): Promise<string> {
  return (await loadBuild(distFolder())).sourceHash(HARNESS);
}

export interface BuiltKernel {
  readonly bundle: string;
  /** The module that drives both kernels. */
  readonly worker: string;
}

export interface KernelFactory {
  readonly build: (kernel: Ablation) => Promise<BuiltKernel>;
  readonly dispose: () => void;
}

export async function kernelFactory(): Promise<KernelFactory> {
  const dist = distFolder();
  const build = await loadBuild(dist);
  // Beside what was built, where modules find the libraries that they do not contain.
  const folder = mkdtempSync(join(dist, 'cost-'));
  let made = 0;
  return {
    build: async (kernel) => {
      const number = made++;
      const bundle = join(folder, `${number}.mjs`);
      const worker = join(folder, `${number}-worker.mjs`);
      const transform = (file: string, source: string): string => ablatedSource(kernel, file, source);
      await build.buildImpl({ config: kernel.config, outfile: bundle, transform });
      await build.buildModule({ entry: 'refinement/cost/measure/worker.ts', outfile: worker, transform });
      return { bundle, worker };
    },
    dispose: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
