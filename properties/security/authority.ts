/**
 * Kinds of authority, labels, and which authority a capability or an object gives. A set of labels, and a set of authorities, is a bit mask.
 *
 * @source l4v proof/access-control/Types.thy `auth`, `PAS`; Access.thy `cap_auth_conferred`, `state_objs_to_policy`
 */
import type { Cap } from '../../spec/state/caps.ts';
import { ALLOW_GRANT, ALLOW_GRANT_REPLY, ALLOW_READ, ALLOW_WRITE } from '../../spec/state/caps.ts';
import type { PagePte, Tcb } from '../../spec/state/objects.ts';

/** In the order of their bits. */
export const AUTHORITIES = [
  'Control',
  'Receive',
  'SyncSend',
  'Notify',
  'Reset',
  'Grant',
  'Call',
  'Reply',
  'Write',
  'Read',
  'DeleteDerived',
  'ASIDPoolMapsASID',
] as const;
export type Authority = (typeof AUTHORITIES)[number];

export const CONTROL = 1 << 0;
export const RECEIVE = 1 << 1;
export const SYNC_SEND = 1 << 2;
export const NOTIFY = 1 << 3;
export const RESET = 1 << 4;
export const GRANT = 1 << 5;
export const CALL = 1 << 6;
export const REPLY = 1 << 7;
export const WRITE = 1 << 8;
export const READ = 1 << 9;
export const DELETE_DERIVED = 1 << 10;
export const ASID_POOL_MAPS_ASID = 1 << 11;
export const EVERY_AUTHORITY = (1 << AUTHORITIES.length) - 1;

export function authorityNames(mask: number): readonly Authority[] {
  return AUTHORITIES.filter((_, bit) => (mask & (1 << bit)) !== 0);
}

/** Number of a label, below `MAX_LABELS`: sets of labels are 32-bit masks. */
export type Label = number;
export const MAX_LABELS = 30;

/** Who everything belongs to. It never changes: memory keeps its label whatever is made in it. */
export interface Labelling {
  readonly names: readonly string[];
  /** Label of the object or slot at a physical address. */
  readonly labelOf: (address: number) => Label;
  /** By interrupt. */
  readonly irqLabels: readonly Label[];
  /** Labels that have threads. */
  readonly active: number;
  /** By domain, the labels whose threads may be in it. */
  readonly domainLabels: readonly number[];
  /** The label that only keeps copies of shared capabilities; null for none. */
  readonly silc: Label | null;
}

/** What holding a capability gives over the label of its object. @source l4v Access.thy `cap_auth_conferred` */
export function authorityOf(cap: Cap): number {
  switch (cap._tag) {
    case 'EndpointCap':
      if ((cap.rights & ALLOW_GRANT) !== 0) return EVERY_AUTHORITY;
      return (
        RESET |
        ((cap.rights & ALLOW_READ) !== 0 ? RECEIVE : 0) |
        ((cap.rights & ALLOW_WRITE) !== 0 ? SYNC_SEND : 0) |
        ((cap.rights & ALLOW_WRITE) !== 0 && (cap.rights & ALLOW_GRANT_REPLY) !== 0 ? CALL : 0)
      );
    case 'NotificationCap':
      return RESET | ((cap.rights & ALLOW_READ) !== 0 ? RECEIVE : 0) | ((cap.rights & ALLOW_WRITE) !== 0 ? NOTIFY : 0);
    case 'ReplyCap':
      return cap.master || cap.canGrant ? EVERY_AUTHORITY : REPLY;
    case 'FrameCap':
      return authorityOfRights(cap.rights);
    case 'UntypedCap':
    case 'CNodeCap':
    case 'ThreadCap':
    case 'Zombie':
    case 'PagingCap':
    case 'ASIDPoolCap':
      return CONTROL;
    default:
      return 0;
  }
}

export function authorityOfRights(rights: PagePte['rights']): number {
  return rights === 'KernelOnly' ? 0 : rights === 'ReadOnly' ? READ : READ | WRITE;
}

/** A capability that may be derived across labels without the one controlling the other. @source l4v Access.thy `is_transferable` */
export function isTransferable(cap: Cap): boolean {
  return cap._tag === 'NullCap' || (cap._tag === 'ReplyCap' && !cap.master);
}

/** What a waiting thread has over the label of what it waits on. @source l4v Access.thy `tcb_st_to_auth`, `tcb_bound_notification` */
export function authorityOfState({ state }: Tcb): { readonly ref: number; readonly authority: number } | null {
  switch (state._tag) {
    case 'BlockedOnNotification':
      return { ref: state.notification, authority: RECEIVE };
    case 'BlockedOnSend':
      return {
        ref: state.endpoint,
        authority: SYNC_SEND | (state.canGrant ? GRANT | CALL : 0) | (state.canGrantReply ? CALL : 0),
      };
    case 'BlockedOnReceive':
      return { ref: state.endpoint, authority: RECEIVE | (state.canGrant ? GRANT : 0) };
    default:
      return null;
  }
}

export const has = (labels: number, label: Label): boolean => ((labels >>> label) & 1) === 1;

export function lowest(labels: number): Label {
  return 31 - Math.clz32(labels & -labels);
}
