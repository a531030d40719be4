/** Which fields of the abstract state a step changed: of objects and capabilities by their kind, and of the globals. */
import type { KernelState } from '../../../spec/state/kernel-state.ts';
import * as PMap from '../../../spec/state/pmap.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Calls back with names such as `Tcb.state`, `EndpointCap` for one that came or changed, `globals.currentThread`. */
export function changedFields(before: KernelState, after: KernelState, seen: (name: string) => void): void {
  PMap.diff(before.heap, after.heap, (_, was, is) => {
    if (is === undefined) return;
    if (was?._tag !== is._tag) seen(is._tag);
    else changed(is._tag, was as unknown as Fields, is as unknown as Fields, seen);
  });
  PMap.diff(before.caps, after.caps, (_, was, is) => {
    if (is === undefined) return;
    if (was?._tag !== is._tag) seen(is._tag);
    else changed(is._tag, was, is, seen);
  });
  PMap.diff(before.cdt, after.cdt, () => {
    seen('derivation');
  });
  PMap.diff(before.queues, after.queues, () => {
    seen('ready queue');
  });
  if (before.globals === after.globals) return;
  changed('globals', before.globals as unknown as Fields, after.globals as unknown as Fields, seen);
  const { time: wasTime, machine: was } = before.globals;
  const { time: isTime, machine: is } = after.globals;
  changed('time', wasTime as unknown as Fields, isTime as unknown as Fields, seen);
  changed('machine', was as unknown as Fields, is as unknown as Fields, seen);
}

function changed(kind: string, was: Fields, is: Fields, seen: (name: string) => void): void {
  if (was === is) return;
  for (const key of Object.keys(is)) if (was[key] !== is[key]) seen(`${kind}.${key}`);
}
