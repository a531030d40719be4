/** The plain harness in a thread of its own, so that a defect in the specification, which is bundled with it, can be looked for. */
import { loadKernels } from '../step/kernels.ts';
import type { PlainHunt } from './commands.ts';
import { huntPlainly } from './commands.ts';

export interface PlainTask {
  readonly config: string;
  readonly bundle: string;
  readonly seed: number;
  readonly steps: number;
}

export default async function run({ config, bundle, seed, steps }: PlainTask): Promise<PlainHunt> {
  return huntPlainly(await loadKernels(config, bundle), seed, steps);
}
