/**
 * How many wait to send, in systems whose servers run above their clients: what the advice to give them such priorities promises. A property of either
 * kernel, and of systems, in which it is known who serves whom.
 *
 * @source Gernot Heiser, "How to (and how not to) use seL4 IPC"
 */
import { ALLOW_READ, ALLOW_WRITE } from '../../spec/state/caps.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { TCB_CTABLE, getCap, object, slotAt } from '../../spec/state/kernel-state.ts';
import type { ObjRef } from '../../spec/state/refs.ts';
import { atObject } from '../invariants/check.ts';
import { tcbAt } from '../invariants/runs.ts';
import { containerIn, surveyOf } from '../invariants/survey.ts';
import type { Violation } from '../property.ts';
import { propertyPoints } from '../variant.ts';
import type { TemporalCheck } from './check.ts';

/** Who receives from an endpoint and who sends to it, by the capabilities in their CSpaces. */
interface Served {
  readonly endpoint: ObjRef;
  readonly servers: readonly ObjRef[];
  readonly clients: readonly ObjRef[];
  /** No server has been there for some of those who wait now. */
  isExcused: boolean;
}

function threadsByCSpace(s: KernelState): ReadonlyMap<ObjRef, readonly ObjRef[]> {
  const found = new Map<ObjRef, ObjRef[]>();
  for (const { ref, object: value } of surveyOf(s).objects) {
    const root = value._tag === 'Tcb' ? getCap(s, slotAt(ref, TCB_CTABLE)) : undefined;
    if (root?._tag === 'CNodeCap') found.set(root.ref, [...(found.get(root.ref) ?? []), ref]);
  }
  return found;
}

/** Endpoints with a server above every client, in one domain, and nobody who is both. */
function servedIn(s: KernelState): readonly Served[] {
  const all = surveyOf(s);
  const threads = threadsByCSpace(s);
  const sides = new Map<ObjRef, { readonly servers: Set<ObjRef>; readonly clients: Set<ObjRef> }>();
  for (const { slot, cap } of all.held) {
    if (cap._tag !== 'EndpointCap') continue;
    const users = threads.get(containerIn(all, s, slot)?.ref ?? -1) ?? [];
    const side = sides.get(cap.ref) ?? { servers: new Set(), clients: new Set() };
    sides.set(cap.ref, side);
    for (const user of users) {
      if ((cap.rights & ALLOW_READ) !== 0) side.servers.add(user);
      if ((cap.rights & ALLOW_WRITE) !== 0) side.clients.add(user);
    }
  }
  return [...sides].flatMap(([endpoint, { servers, clients }]): Served[] => {
    if (servers.size === 0 || clients.size === 0 || [...clients].some((client) => servers.has(client))) return [];
    const found = { endpoint, servers: [...servers], clients: [...clients], isExcused: false };
    return hasServerAbove(s, found, () => true) ? [found] : [];
  });
}

/** Whether one of the servers that are there is above all clients, and of their domain. */
function hasServerAbove(s: KernelState, { servers, clients }: Served, isThere: (server: ObjRef) => boolean): boolean {
  return servers.some((server) => {
    const tcb = tcbAt(s, server);
    if (tcb === undefined || !isThere(server)) return false;
    return clients.every((client) => {
      const other = tcbAt(s, client);
      return other === undefined || (other.priority < tcb.priority && other.domain === tcb.domain);
    });
  });
}

export const QUEUE_DEPTH: TemporalCheck = {
  name: 'queue_depth_bounded',
  kind: 'step',
  statement:
    'As long as a server is there that runs above its clients, and of their domain, at most one of them waits to send to it.',
  l4v: null,
  evidence: ['least-priority-first'],
  requires: ['labels'],
  cases: ['nobody waits', 'one waits'],
  start: (booted) => {
    const served = servedIn(booted);
    return ({ after }, onCase) => {
      const out: Violation[] = [];
      for (const one of served) {
        const endpoint = object(after, one.endpoint);
        const waiting = endpoint?._tag === 'SendEP' ? endpoint.queue : [];
        const isThere = hasServerAbove(after, one, (server) => {
          const tcb = tcbAt(after, server);
          if (tcb === undefined) return false;
          const isWaiting = tcb.state._tag === 'BlockedOnReceive' && tcb.state.endpoint === one.endpoint;
          return isWaiting || propertyPoints(after).mayRun(after, server, tcb);
        });
        // Others may have been given the capability meanwhile.
        const isForeign = waiting.some((thread) => !one.clients.includes(thread));
        one.isExcused = !isThere || isForeign || (one.isExcused && waiting.length > 0);
        if (one.isExcused) continue;
        onCase(waiting.length === 0 ? 'nobody waits' : 'one waits');
        if (waiting.length > 1)
          out.push({
            where: atObject(one.endpoint),
            because: `${waiting.length} wait to send to a server that runs above them`,
          });
      }
      return out;
    };
  },
};
