/** What the running thread can name: the capabilities in its CSpace by kind, and who else could run. */
import type { Cap, CNodeCap } from '../../spec/state/caps.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { TCB_CALLER, TCB_CTABLE, getCap, slotAt, slotKey } from '../../spec/state/kernel-state.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { Target } from './operations.ts';

export interface Named {
  readonly cptr: bigint;
  readonly slot: number;
  readonly cap: Cap;
}

export interface Surroundings {
  readonly byTarget: Readonly<Record<Target, readonly Named[]>>;
  readonly hasCaller: boolean;
  /** Somebody other than the running thread could run. */
  readonly othersReady: boolean;
}

function targetOf(cap: Cap): Target {
  switch (cap._tag) {
    case 'EndpointCap':
      return 'endpoint';
    case 'NotificationCap':
      return 'notification';
    case 'CNodeCap':
      return 'cnode';
    case 'ThreadCap':
      return 'tcb';
    case 'UntypedCap':
      return 'untyped';
    case 'FrameCap':
      return 'frame';
    case 'ReplyCap':
      return 'reply';
    case 'IRQControlCap':
      return 'irqControl';
    case 'IRQHandlerCap':
      return 'irqHandler';
    case 'DomainCap':
      return 'domain';
    default:
      return 'none';
  }
}

/** Two levels are looked at, and at most this many slots of a level. */
const SLOTS_SEEN = 64;

export function surroundings(s: KernelState): Surroundings {
  const byTarget: Record<Target, Named[]> = {
    endpoint: [],
    notification: [],
    cnode: [],
    tcb: [],
    untyped: [],
    frame: [],
    reply: [],
    irqControl: [],
    irqHandler: [],
    domain: [],
    any: [],
    none: [],
  };
  const thread = s.globals.currentThread;
  const visit = (cnode: CNodeCap, prefix: bigint, bits: number, isInner: boolean): void => {
    const left = bits - cnode.guardBits - cnode.radixBits;
    if (left < 0) return;
    const base = ((prefix << BigInt(cnode.guardBits)) | cnode.guard) << BigInt(cnode.radixBits);
    const count = Math.min(2 ** cnode.radixBits, SLOTS_SEEN);
    for (let index = 0; index < count; index++) {
      const slot = slotAt(cnode.ref, index);
      const cap = PMap.get(s.caps, slotKey(slot));
      if (cap === undefined) continue;
      const path = base | BigInt(index);
      if (cap._tag === 'CNodeCap' && left > 0 && !isInner) visit(cap, path, left, true);
      if (cap._tag === 'CNodeCap' && left > 0) continue;
      const named = { cptr: path << BigInt(left), slot, cap };
      byTarget[targetOf(cap)].push(named);
      byTarget.any.push(named);
    }
  };
  const root = getCap(s, slotAt(thread, TCB_CTABLE));
  if (root._tag === 'CNodeCap') visit(root, 0n, s.config.wordBits, false);
  return {
    byTarget,
    hasCaller: getCap(s, slotAt(thread, TCB_CALLER))._tag !== 'NullCap',
    othersReady: someQueued(s),
  };
}

function someQueued(s: KernelState): boolean {
  let some = false;
  PMap.forEach(s.queues, (queue) => {
    some ||= queue.length > 0;
  });
  return some;
}
