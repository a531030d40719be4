/**
 * A boot description: objects, capabilities and threads as plain data, from which `initial.ts` builds the first state.
 * Boot itself is assumed, not checked, in the seL4 proofs; here it is data, and the state it gives is checked like any other.
 */
import type { Cap, FrameSize, PagingLevel } from './caps.ts';
import type { ObjRef, SlotRef, Word } from './refs.ts';

export type BootObject =
  | { readonly type: 'CNode'; readonly address: ObjRef; readonly radixBits: number }
  | {
      readonly type: 'Tcb' | 'Endpoint' | 'Notification' | 'Reply' | 'ASIDPool' | PagingLevel;
      readonly address: ObjRef;
    }
  /** Configured at boot when `refillMax` is not 0. Budget and period in ticks; a period of 0 is round robin. */
  | {
      readonly type: 'SchedContext';
      readonly address: ObjRef;
      readonly sizeBits: number;
      readonly budget: Word;
      readonly period: Word;
      readonly refillMax: number;
      /** Constant bandwidth if absent. */
      readonly sporadic?: boolean;
    }
  | { readonly type: 'Frame'; readonly address: ObjRef; readonly size: FrameSize; readonly device: boolean };

export interface BootCap {
  readonly slot: SlotRef;
  readonly cap: Cap;
  /** Slot of the capability it counts as derived from; it stands earlier in the list. */
  readonly parent: SlotRef | null;
  readonly original: boolean;
  /** Without a parent because that was deleted: in the derivation list it follows the one before it all the same. No if absent. */
  readonly isOrphan?: boolean;
}

export interface BootThread {
  readonly tcb: ObjRef;
  readonly state: 'Running' | 'Inactive';
  readonly priority: number;
  readonly mcp: number;
  readonly domain: number;
  readonly ipcBuffer: Word;
  readonly faultHandler: Word;
  /** MCS: the scheduling context bound to the thread. */
  readonly schedContext?: ObjRef;
}

export interface BootDescription {
  readonly currentThread: ObjRef;
  readonly idleThread: ObjRef;
  /** MCS: what the idle thread runs on. */
  readonly idleSchedContext?: ObjRef;
  /** MCS: what the timer reads when the kernel is left first; 0 if absent. */
  readonly time?: Word;
  /** Address of IRQ node 0. */
  readonly irqNode: SlotRef;
  readonly objects: readonly BootObject[];
  /**
   * In the order of the derivation list: a capability directly followed by everything derived from it, the most recently derived
   * first (pre-order). Original capabilities are also first-badged.
   */
  readonly caps: readonly BootCap[];
  /** Running threads other than the current one are appended to their ready queues in this order. */
  readonly threads: readonly BootThread[];
  /** MCS: threads, inactive in the list of threads, that wait to receive from an endpoint and offer a reply object, each alone. */
  readonly receivers?: readonly {
    readonly tcb: ObjRef;
    readonly endpoint: ObjRef;
    readonly reply: ObjRef;
    /** What the thread is bound to, and the scheduling context that it lends. */
    readonly lent?: { readonly notification: ObjRef; readonly schedContext: ObjRef };
  }[];
  /** MCS: threads that wait for a notification, each alone, and the scheduling context that it lends. */
  readonly waiters?: readonly {
    readonly tcb: ObjRef;
    readonly notification: ObjRef;
    readonly schedContext: ObjRef;
  }[];
  /** Entries from index 0; the rest of the schedule is end markers. */
  readonly domainSchedule: readonly { readonly domain: number; readonly duration: Word }[];
}
