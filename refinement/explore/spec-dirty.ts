/** What a step of the specification changed, and what that has to do with: the entities that local invariants look at again. */
import type { Dirty } from '../../properties/property.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import type { KernelObject } from '../../spec/state/objects.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { ObjRef } from '../../spec/state/refs.ts';

export function specDirty(before: KernelState, after: KernelState): Dirty {
  const objects = new Set<number>();
  const slots = new Set<number>();
  const queues = new Set<number>();
  const { priorities } = after.config;
  /** What an object names, it is to agree with; also what it named before. */
  const addNamed = (value: KernelObject | undefined): void => {
    if (value === undefined) return;
    for (const ref of namedBy(value)) objects.add(ref);
    if (value._tag === 'Tcb') queues.add(value.domain * priorities + value.priority);
  };
  PMap.diff(before.heap, after.heap, (key, was, is) => {
    objects.add(key * 16);
    addNamed(was);
    addNamed(is);
  });
  PMap.diff(before.caps, after.caps, (key) => {
    slots.add(key * 32);
  });
  PMap.diff(before.cdt, after.cdt, (key, was, is) => {
    slots.add(key * 32);
    for (const node of [was, is]) {
      for (const child of node?.children ?? []) slots.add(child);
      if (node !== undefined && node.parent !== null) slots.add(node.parent);
    }
  });
  PMap.diff(before.queues, after.queues, (key, was, is) => {
    queues.add(key);
    for (const thread of [...(was ?? []), ...(is ?? [])]) objects.add(thread);
  });
  if (before.globals.irqStates !== after.globals.irqStates) {
    PMap.forEach(after.caps, (cap, key) => {
      if (cap._tag === 'IRQHandlerCap') slots.add(key * 32);
    });
  }
  return { objects: [...objects], slots: [...slots], queues: [...queues] };
}

/** The threads that wait at an object or are bound to it, and the object that a thread waits at. */
function namedBy(value: KernelObject): readonly ObjRef[] {
  switch (value._tag) {
    case 'SendEP':
    case 'RecvEP':
      return value.queue;
    case 'Notification':
      return [
        ...(value.state._tag === 'WaitingNtfn' ? value.state.queue : []),
        ...(value.boundTcb === null ? [] : [value.boundTcb]),
      ];
    case 'Tcb': {
      const { state, boundNotification } = value;
      return [
        ...('endpoint' in state ? [state.endpoint] : []),
        ...('notification' in state ? [state.notification] : []),
        ...(boundNotification === null ? [] : [boundNotification]),
      ];
    }
    default:
      return [];
  }
}
