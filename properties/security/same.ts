/** Whether two states agree on one thing in them. Addresses are public: the same thing is at the same place in both. */
import type { Cap } from '../../spec/state/caps.ts';
import type { CdtNode } from '../../spec/state/kernel-state.ts';
import type { KernelObject, Tcb } from '../../spec/state/objects.ts';
import * as PMap from '../../spec/state/pmap.ts';

export function isSameList<T>(a: readonly T[], b: readonly T[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let n = 0; n < a.length; n++) if (a[n] !== b[n]) return false;
  return true;
}

/** Records of plain values and of such records. */
export function isSameRecord(a: object, b: object): boolean {
  if (a === b) return true;
  const fields = a as Readonly<Record<string, unknown>>;
  const others = b as Readonly<Record<string, unknown>>;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  for (const name of names) {
    const [one, other] = [fields[name], others[name]];
    if (one === other) continue;
    if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
    if (!isSameRecord(one, other)) return false;
  }
  return true;
}

/** The first field in which two threads differ; null if in none. */
export function tcbDifference(a: Tcb, b: Tcb): string | null {
  if (a === b) return null;
  if (!isSameList(a.context, b.context)) return 'registers';
  if (a.state !== b.state && !isSameRecord(a.state, b.state)) return 'state';
  if (a.fault !== b.fault && (a.fault === null || b.fault === null || !isSameRecord(a.fault, b.fault))) return 'fault';
  if (a.timeSlice !== b.timeSlice) return 'time slice';
  if (a.fpu !== b.fpu) return 'saved floating-point registers';
  if (a.boundNotification !== b.boundNotification) return 'bound notification';
  return a.priority === b.priority &&
    a.mcp === b.mcp &&
    a.domain === b.domain &&
    a.flags === b.flags &&
    a.faultHandler === b.faultHandler &&
    a.ipcBuffer === b.ipcBuffer
    ? null
    : 'configuration';
}

export function objectDifference(a: KernelObject | undefined, b: KernelObject | undefined): string | null {
  if (a === b) return null;
  if (a === undefined || b === undefined) return 'existence';
  if (a._tag === 'Tcb' && b._tag === 'Tcb') return tcbDifference(a, b);
  if (a._tag !== b._tag) return 'state';
  switch (a._tag) {
    case 'SendEP':
    case 'RecvEP':
      return 'queue' in b && isSameList<unknown>(a.queue, b.queue) ? null : 'queue';
    case 'PageTable':
    case 'ASIDPool':
      return 'entries' in b && isSameMap(a.entries, b.entries) ? null : 'entries';
    case 'Notification': {
      if (b._tag !== 'Notification') return 'state';
      if (a.boundTcb !== b.boundTcb) return 'bound thread';
      const [x, y] = [a.state, b.state];
      if (x._tag === 'WaitingNtfn' && y._tag === 'WaitingNtfn') return isSameList(x.queue, y.queue) ? null : 'queue';
      return isSameRecord(x, y) ? null : 'state';
    }
    default:
      return isSameRecord(a, b) ? null : 'contents';
  }
}

function isSameMap(a: PMap.PMap<unknown>, b: PMap.PMap<unknown>): boolean {
  let isSame = true;
  PMap.diff<unknown>(a, b, (_, was, is) => {
    const areRecords = typeof was === 'object' && typeof is === 'object' && was !== null && is !== null;
    if (was !== is && !(areRecords && isSameRecord(was, is))) isSame = false;
  });
  return isSame;
}

export function slotDifference(
  cap: Cap | undefined,
  other: Cap | undefined,
  node: CdtNode | undefined,
  otherNode: CdtNode | undefined,
): string | null {
  if (cap !== other && (cap === undefined || other === undefined || !isSameRecord(cap, other))) return 'capability';
  if (node === otherNode) return null;
  if (node === undefined || otherNode === undefined) return 'derivation';
  return node.parent === otherNode.parent &&
    node.original === otherNode.original &&
    isSameList(node.children, otherNode.children)
    ? null
    : 'derivation';
}
