/** Shipped systems, compiled for tests. */
import { loadKernels } from '../../refinement/step/kernels.ts';
import type { Kernels } from '../../refinement/step/kernels.ts';
import type { CompiledSystem } from '../../refinement/system/compile.ts';
import type { Assumption } from '../../refinement/system/format.ts';
import type { Setting } from '../../refinement/system/setting.ts';
import { openSystem, soundSystems } from '../../refinement/system/shipped.ts';

export const kernels: Kernels = await loadKernels('systems');
export const NAMES = soundSystems().map(({ name }) => name);

export function settingOf(name: string, pairs = false, without: readonly Assumption[] = []): Setting {
  return { system: openSystem(name), without, pairs };
}

export function compiled(name: string, without: readonly Assumption[] = []): CompiledSystem {
  return kernels.compiled(settingOf(name, false, without));
}

/** Address of what is called so in a system. */
export function addressIn({ world }: CompiledSystem, name: string): number {
  for (const [address, called] of world.objectNames) if (called === name) return address;
  throw new Error(`nothing is called ${name}`);
}
