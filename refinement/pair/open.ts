/** Pairs run on kernels of their own: whoever compares a kernel step by step relies on nobody else to write to its memory. */
import type { ImplKernel } from '../step/impl-kernel.ts';
import { loadImpl } from '../step/impl-kernel.ts';
import type { Kernels } from '../step/kernels.ts';
import type { Setting } from '../system/setting.ts';
import type { Pair } from './pair-step.ts';
import { makePair } from './pair-step.ts';

type Both = readonly [ImplKernel, ImplKernel];

/** Both instances serve all systems: a pair boots by writing all of their memory. */
const loaded = new WeakMap<Kernels, Promise<Both>>();

export async function openPair(kernels: Kernels, setting: Setting): Promise<Pair> {
  const { path } = kernels;
  const both = loaded.get(kernels) ?? Promise.all([loadImpl(path), loadImpl(path)]);
  loaded.set(kernels, both);
  return makePair(kernels.compiled(setting), await both);
}
