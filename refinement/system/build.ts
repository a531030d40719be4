/** What a system's world is put together from: memory with labels, named objects, and capabilities in named slots. */
import type { Label } from '../../properties/security/authority.ts';
import { MAX_LABELS } from '../../properties/security/authority.ts';
import type { KernelConfig } from '../../spec/abi/config.ts';
import type { BootCap, BootObject } from '../../spec/state/boot.ts';
import type { Cap } from '../../spec/state/caps.ts';
import { InputError } from '../input-error.ts';
import type { KernelPlaces } from '../world/world.ts';
import { ROOT_RADIX } from '../world/world.ts';
import type { System } from './format.ts';

export interface Builder {
  readonly system: System;
  readonly config: KernelConfig;
  readonly places: KernelPlaces;
  /** Refuses the system. `what` begins with the path to the place in the file. */
  fail(what: string): never;
  /** By label. */
  readonly names: string[];
  labelNamed(name: string): Label;
  /** Takes 2^bits bytes of memory for a label. */
  place(bits: number, label: Label): number;
  readonly labelOf: (address: number) => Label;
  readonly objects: BootObject[];
  readonly objectNames: Map<number, string>;
  /** Adds an object, and returns its address. */
  made(object: BootObject, name: string): number;
  /** In the order of the derivation list. */
  readonly caps: BootCap[];
  put(slot: number, cap: Cap, parent: number | null, original: boolean, isOrphan?: boolean): void;
  /** Slots of CNodes by what is in them: the same number for the same name everywhere. */
  readonly slots: Record<string, number>;
  slotNamed(name: string): number;
}

/** The first things in memory belong to nobody. */
const KERNEL = 'kernel';

/** @param own names of the slots that are numbered from 1; others follow from `first` on */
export function makeBuilder(
  system: System,
  config: KernelConfig,
  places: KernelPlaces,
  own: readonly string[],
  first: number,
): Builder {
  const { ramBase, ramSize } = config;
  const names = [KERNEL];
  const granules = new Uint8Array(ramSize / 16);
  const objects: BootObject[] = [];
  const objectNames = new Map<number, string>([[places.idleThread, 'idle']]);
  const caps: BootCap[] = [];
  const slots: Record<string, number> = Object.fromEntries(own.map((name, n) => [name, n + 1]));
  let next = ramBase + config.kernelSize;
  let nextSlot = first;
  const fail = (what: string): never => {
    throw new InputError(`system ${system.name}: ${what}`);
  };
  const nameOfSlot = (slot: number): string => {
    const number = (slot % (2 ** ROOT_RADIX * 32)) / 32;
    return Object.keys(slots).find((name) => slots[name] === number) ?? '';
  };
  return {
    system,
    config,
    places,
    fail,
    names,
    labelNamed: (name) => {
      const known = names.indexOf(name);
      if (known >= 0) return known;
      if (names.length >= MAX_LABELS) fail(`has more than ${MAX_LABELS} labels`);
      return names.push(name) - 1;
    },
    place: (bits, label) => {
      const at = Math.ceil(next / 2 ** bits) * 2 ** bits;
      next = at + 2 ** bits;
      if (next > ramBase + ramSize) fail(`does not fit the memory of ${config.name}`);
      granules.fill(label, (at - ramBase) / 16, (next - ramBase) / 16);
      return at;
    },
    labelOf: (address) =>
      address >= ramBase && address < ramBase + ramSize ? (granules[(address - ramBase) >>> 4] ?? 0) : 0,
    objects,
    objectNames,
    made: (object, name) => {
      objects.push(object);
      objectNames.set(object.address, name);
      return object.address;
    },
    caps,
    put: (slot, cap, parent, original, isOrphan = false) => {
      if (caps.some((other) => other.slot === slot))
        fail(`a component has two capabilities called '${nameOfSlot(slot)}'`);
      caps.push({ slot, cap, parent, original, ...(isOrphan ? { isOrphan } : {}) });
    },
    slots,
    slotNamed: (name) => {
      slots[name] ??= nextSlot++;
      if (nextSlot > 2 ** ROOT_RADIX) fail('has more capabilities than fit a CNode');
      return slots[name];
    },
  };
}

export const rootCNodeCap = (ref: number): Cap => ({
  _tag: 'CNodeCap',
  ref,
  radixBits: ROOT_RADIX,
  guard: 0n,
  guardBits: 64 - ROOT_RADIX,
});

/** Address of a page by its number. */
export function page({ frameBits }: KernelConfig, n: number): bigint {
  return BigInt(n * 2 ** frameBits.Small);
}
