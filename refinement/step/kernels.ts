/** Both kernels of a configuration, and where random programs start on them. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KernelConfig } from '../../spec/abi/config.ts';
import { CONFIGS } from '../../spec/abi/config.ts';
import { InputError } from '../input-error.ts';
import type { SystemRules } from '../../properties/security/checks.ts';
import { leastPolicy } from '../../properties/security/edges.ts';
import { closed } from '../../properties/security/policy.ts';
import { rulesOf } from '../../properties/security/subject.ts';
import type { BootDescription } from '../../spec/state/boot.ts';
import { bootState } from '../../spec/state/initial.ts';
import type { CompiledSystem } from '../system/compile.ts';
import { compileSystem } from '../system/compile.ts';
import type { Setting } from '../system/setting.ts';
import type { KernelPlaces, World } from '../world/world.ts';
import { world } from '../world/world.ts';
import type { ImplKernel } from './impl-kernel.ts';
import { loadImpl } from './impl-kernel.ts';

/** Where the implementation has what boot does not place. */
export function placesOf({ layout: L, config }: ImplKernel): KernelPlaces {
  const places = { idleThread: L.IDLE_THREAD, irqNode: L.KS_IRQ_NODE };
  return config.MCS ? { ...places, idleSchedContext: L.IDLE_SCHED_CONTEXT } : places;
}

export interface Kernels {
  readonly config: KernelConfig;
  readonly impl: ImplKernel;
  /** Another instance of it, to compare its fastpath with; null where it has none, or memory is too large to copy at every step. */
  readonly slow: ImplKernel | null;
  /** The bundle of the implementation: further instances are loaded from it. */
  readonly path: string;
  readonly world: (number: number) => World;
  /** The world of a test case: its system's, if it has one. */
  readonly worldOf: (where: { readonly world: number; readonly setting?: Setting | undefined }) => World;
  readonly compiled: (setting: Setting) => CompiledSystem;
  /** What the checks of a booted system go by; null for worlds without labels. */
  readonly rulesOf: (boot: BootDescription) => SystemRules | null;
}

/** The folder of the built files: beside this one when this is bundled, else the project's. */
export function distFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  for (const folder of [here, join(here, '..'), join(here, '../../dist')]) {
    if (existsSync(join(folder, 'impl')) && existsSync(join(folder, 'build.json'))) return folder;
  }
  return here;
}

/** A kernel of the project as it runs fastest; where it was changed just now and that was not built, as it is. */
export function kernelFile(configName: string): string {
  const [fast = '', plain = ''] = ['fast', 'impl'].map((kind) => join(distFolder(), kind, `${configName}.mjs`));
  return existsSync(fast) ? fast : plain;
}

export function configNamed(name: string): KernelConfig {
  const config = Object.hasOwn(CONFIGS, name) ? CONFIGS[name] : undefined;
  if (config === undefined) {
    throw new InputError(`unknown configuration '${name}'; there are: ${Object.keys(CONFIGS).join(', ')}`);
  }
  return config;
}

const COPIED_BYTES = 2 ** 20;

/** `bundle`: another build of the implementation than the project's own. */
export async function loadKernels(configName: string, bundle?: string): Promise<Kernels> {
  const config = configNamed(configName);
  const path = bundle ?? kernelFile(configName);
  const impl = await loadImpl(path);
  if (impl.configName !== configName)
    throw new InputError(`${path}: is a kernel for ${impl.configName}, not ${configName}`);
  const slow = impl.config.FASTPATH && impl.ramSize <= COPIED_BYTES ? await loadImpl(path) : null;
  const places = placesOf(impl);
  const worlds: World[] = [];
  const systems = new Map<string, CompiledSystem>();
  const rules = new Map<BootDescription, SystemRules>();
  const compiled = ({ system, without }: Setting): CompiledSystem => {
    const key = JSON.stringify([system, without]);
    let known = systems.get(key);
    if (known === undefined) {
      known = compileSystem(system, config, places, without);
      systems.set(key, known);
      const { labelling, policy, world: made } = known;
      const least = closed(leastPolicy(bootState(config, known.world.boot), labelling), labelling);
      const highestPriorities = labelling.names.map((_, label) =>
        Math.max(
          0,
          ...made.boot.threads
            .filter(({ tcb }) => labelling.labelOf(tcb) === label)
            .map(({ priority, mcp }) => Math.max(priority, mcp)),
        ),
      );
      rules.set(known.world.boot, { ...rulesOf(labelling, policy), least, highestPriorities });
    }
    return known;
  };
  const plain = (number: number): World => (worlds[number] ??= world(config, places, number));
  return {
    config,
    impl,
    slow,
    path,
    world: plain,
    compiled,
    worldOf: ({ world: number, setting }) => (setting === undefined ? plain(number) : compiled(setting).world),
    rulesOf: (boot) => rules.get(boot) ?? null,
  };
}
