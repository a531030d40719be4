/** Sizes of the kernels of a study, and of the properties on them. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../input-error.ts';
import type { Ablation } from '../ablation/ablation.ts';
import { ablatedSource } from '../ablation/ablation.ts';
import type { Closure } from '../size/closure.ts';
import { totalSize } from '../size/closure.ts';
import type { Compiler, Size } from '../size/count.ts';
import { kernelClosures, loadCompiler } from '../size/kernel-size.ts';
import { propertySize } from '../size/property-size.ts';
import type { Source } from '../size/source.ts';

export interface Measured {
  readonly spec: Size;
  readonly impl: Size;
  readonly closures: readonly [spec: Closure, impl: Closure];
  readonly propertySize: (name: string) => Size | null;
}

export interface Ruler {
  readonly measure: (kernel: Ablation) => Measured;
}

/** @param root folder of the project, or of another revision of it */
export async function ruler(root: string): Promise<Ruler> {
  const ts = await loadCompiler();
  const files = readdirSync(join(root, 'properties'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `properties/${file}`)
    .sort();
  const parsed = new Map<string, Source>();
  return { measure: (kernel) => measure(ts, root, files, kernel, parsed) };
}

function measure(
  ts: Compiler,
  root: string,
  files: readonly string[],
  kernel: Ablation,
  parsed: Map<string, Source>,
): Measured {
  const read = (file: string): string | undefined => {
    const path = join(root, file);
    return existsSync(path) ? ablatedSource(kernel, file, readFileSync(path, 'utf8')) : undefined;
  };
  const { program, reach, spec, impl } = kernelClosures(ts, {
    config: kernel.config,
    variant: kernel.variant,
    read,
    parsed,
  });
  return {
    spec: totalSize(spec.values()),
    impl: totalSize(impl.values()),
    closures: [spec, impl],
    propertySize: (name) => propertySize({ program, reach, files }, name),
  };
}

/**
 * Of the kernel of a configuration as it stands, without edits: what another revision can be asked for, too. Null where the sources have no entries of these
 * names, as those of very early revisions.
 */
export async function plainSize(root: string, config: string): Promise<Measured | null> {
  const rule = await ruler(root);
  const variant = config.includes('mcs') ? 'mcs' : 'classic';
  try {
    return rule.measure({ name: config, features: [], config, variant, edits: [] });
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}
