/** Everything there is, as if a step had changed it all. */
import type { Dirty, Entity } from '../../properties/property.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { object } from '../../spec/state/kernel-state.ts';
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

/** Of what changed, what a local look says that it is not about: it must have nothing to say there, or it would be missed. */
export function allBut(about: readonly Entity[], s: KernelState, { objects, slots, queues }: Dirty): Dirty {
  const isOther = (ref: number): boolean => {
    const value = object(s, ref);
    return value === undefined || !about.includes(value._tag);
  };
  return {
    objects: objects.filter(isOther),
    slots: about.includes('slot') ? [] : slots,
    queues: about.includes('queue') ? [] : queues,
  };
}
