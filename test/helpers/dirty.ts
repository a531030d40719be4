/** Everything there is, as if a step had changed it all. */
import type { Dirty } from '../../properties/property.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import * as PMap from '../../spec/state/pmap.ts';

export function everything(s: KernelState, emptySlots: readonly number[]): Dirty {
  const objects: number[] = [];
  const slots = new Set<number>(emptySlots);
  PMap.forEach(s.heap, (_, key) => objects.push(key * 16));
  PMap.forEach(s.caps, (_, key) => slots.add(key * 32));
  PMap.forEach(s.cdt, (_, key) => slots.add(key * 32));
  const queues = Array.from({ length: s.config.domains * s.config.priorities }, (_, key) => key);
  return { objects, slots: [...slots], queues };
}
