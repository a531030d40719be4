/** What the running thread can name: the capabilities in its CSpace by kind, and who else could run. */
import { powerOf2 } from '../../spec/abi/words.ts';
import { lookupIpcBuffer } from '../../spec/lookup/ipc-buffer.ts';
import type { Cap, CNodeCap } from '../../spec/state/caps.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { TCB_CALLER, TCB_CTABLE, getCap, slotAt, slotKey } from '../../spec/state/kernel-state.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { Target } from './operations.ts';
import type { Random } from './random.ts';
import { hash } from './random.ts';

/** A capability that the running thread has, by the path to its slot. */
export interface Named {
  /** The pointer's bits as far as the CNode, then the index in it, then how many bits are left over. */
  readonly path: bigint;
  readonly index: number;
  readonly bitsLeft: number;
  readonly slot: number;
  readonly cap: Cap;
}

export interface Surroundings {
  readonly byTarget: Readonly<Record<Target, readonly Named[]>>;
  /** Leads to one of the objects that this program dwells on, one in four. */
  readonly isFavourite: (cap: Cap) => boolean;
  readonly hasCaller: boolean;
  /** The running thread has an IPC buffer that it may write to. */
  readonly hasBuffer: boolean;
  /** How many threads other than the running one could run. */
  readonly othersReady: number;
}

/** The pointer that names it; 0 for none. Made only for what is picked, which is little of all that is looked at. */
export function cptrOf(named: Named | undefined): bigint {
  return named === undefined ? 0n : (named.path | BigInt(named.index)) << BigInt(named.bitsLeft);
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
    case 'ReplyObjectCap':
      return 'reply';
    case 'SchedControlCap':
      return 'schedControl';
    case 'SchedContextCap':
      return 'schedContext';
    case 'IRQControlCap':
      return 'irqControl';
    case 'IRQHandlerCap':
      return 'irqHandler';
    case 'DomainCap':
      return 'domain';
    case 'PagingCap':
      return PAGING_TARGETS[cap.level];
    case 'ASIDControlCap':
      return 'asidControl';
    case 'ASIDPoolCap':
      return 'asidPool';
    case 'IOPortControlCap':
      return 'ioPortControl';
    case 'IOPortCap':
      return 'ioPort';
    default:
      return 'none';
  }
}

const PAGING_TARGETS = {
  PageTable: 'pageTable',
  PageDirectory: 'pageDirectory',
  PDPT: 'pdpt',
  PML4: 'vspace',
} as const;

/** Two levels are looked at, and at most this many slots of a level. */
export const SLOTS_SEEN = 64;

type ByTarget = Readonly<Record<Target, readonly Named[]>>;

/** What a thread can name changes only with its root or with some capability, so most rows find it as the row before left it. */
interface Seen {
  caps: KernelState['caps'];
  root: Cap;
  byTarget: ByTarget;
}
const seen = new Map<number, Seen>();

function namedBy(s: KernelState, thread: number): ByTarget {
  const root = getCap(s, slotAt(thread, TCB_CTABLE));
  const known = seen.get(thread);
  if (known?.caps === s.caps && known.root === root) return known.byTarget;
  const byTarget = lookAround(s, root);
  seen.set(thread, { caps: s.caps, root, byTarget });
  return byTarget;
}

function lookAround(s: KernelState, root: Cap): ByTarget {
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
    pageTable: [],
    pageDirectory: [],
    pdpt: [],
    vspace: [],
    asidControl: [],
    asidPool: [],
    ioPortControl: [],
    ioPort: [],
    schedControl: [],
    schedContext: [],
    any: [],
    none: [],
  };
  const visit = (cnode: CNodeCap, prefix: bigint, bits: number, isInner: boolean): void => {
    const left = bits - cnode.guardBits - cnode.radixBits;
    if (left < 0) return;
    const base = ((prefix << BigInt(cnode.guardBits)) | cnode.guard) << BigInt(cnode.radixBits);
    const count = Math.min(powerOf2(cnode.radixBits), SLOTS_SEEN);
    for (let index = 0; index < count; index++) {
      const slot = slotAt(cnode.ref, index);
      const cap = PMap.get(s.caps, slotKey(slot));
      if (cap === undefined) continue;
      if (cap._tag === 'CNodeCap' && left > 0 && !isInner) visit(cap, base | BigInt(index), left, true);
      if (cap._tag === 'CNodeCap' && left > 0) continue;
      const named = { path: base, index, bitsLeft: left, slot, cap };
      const target = targetOf(cap);
      byTarget[target].push(named);
      // On RISC-V every table can be a root.
      if (target === 'pageTable' && s.config.arch.vspaceRoot === 'PageTable') byTarget.vspace.push(named);
      byTarget.any.push(named);
    }
  };
  if (root._tag === 'CNodeCap') visit(root, 0n, s.config.wordBits, false);
  return byTarget;
}

export function surroundings(s: KernelState, focus: number): Surroundings {
  const thread = s.globals.currentThread;
  return {
    byTarget: namedBy(s, thread),
    isFavourite: (cap) => 'ref' in cap && hash(focus, cap.ref) % 4 === 0,
    hasCaller: getCap(s, slotAt(thread, TCB_CALLER))._tag === 'ReplyCap',
    hasBuffer: lookupIpcBuffer(s, true, thread) !== null,
    othersReady: readyCount(s),
  };
}

/** Threads in ready queues of the domain whose turn it is, the others may never have one; and those that only wait for their budget to come. */
export function readyCount(s: KernelState): number {
  const { priorities } = s.config;
  let count = s.globals.time.releaseQueue.length;
  for (let priority = 0; priority < priorities; priority++) {
    count += PMap.get(s.queues, s.globals.currentDomain * priorities + priority)?.length ?? 0;
  }
  return count;
}

/** One of the capabilities of a kind, often one of those that the program dwells on. */
export function pickNamed(r: Random, around: Surroundings, target: Target): Named | undefined {
  const candidates = around.byTarget[target];
  if (r.chance(0.4)) {
    const favourites = candidates.filter(({ cap }) => around.isFavourite(cap));
    if (favourites.length > 0) return r.pick(favourites);
  }
  return candidates.length === 0 ? undefined : r.pick(candidates);
}
