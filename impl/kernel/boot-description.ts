/** The boot description as this side reads it: plain data, of the same shape as the specification's, declared again. */
type FrameSize = 'Small' | 'Large' | 'Huge';
type Level = 'PageTable' | 'PageDirectory' | 'PDPT' | 'PML4';
interface Mapping {
  readonly asid: number;
  readonly vaddr: bigint;
}

export type BootCapability =
  | {
      readonly _tag:
        | 'NullCap'
        | 'Zombie'
        | 'SchedControlCap'
        | 'DomainCap'
        | 'IRQControlCap'
        | 'ASIDControlCap'
        | 'IOPortControlCap'
        | 'IOSpaceCap';
    }
  | {
      readonly _tag: 'UntypedCap';
      readonly device: boolean;
      readonly ref: number;
      readonly sizeBits: number;
      readonly freeIndex: number;
    }
  | {
      readonly _tag: 'EndpointCap' | 'NotificationCap';
      readonly ref: number;
      readonly badge: bigint;
      readonly rights: number;
    }
  | { readonly _tag: 'ReplyObjectCap'; readonly ref: number; readonly canGrant: boolean }
  | { readonly _tag: 'SchedContextCap'; readonly ref: number; readonly sizeBits: number }
  | { readonly _tag: 'ReplyCap'; readonly ref: number; readonly master: boolean; readonly canGrant: boolean }
  | {
      readonly _tag: 'CNodeCap';
      readonly ref: number;
      readonly radixBits: number;
      readonly guard: bigint;
      readonly guardBits: number;
    }
  | { readonly _tag: 'ThreadCap'; readonly ref: number }
  | { readonly _tag: 'IRQHandlerCap'; readonly irq: number }
  | { readonly _tag: 'IOPortCap'; readonly first: number; readonly last: number }
  | {
      readonly _tag: 'FrameCap';
      readonly ref: number;
      readonly size: FrameSize;
      readonly device: boolean;
      readonly rights: 'KernelOnly' | 'ReadOnly' | 'ReadWrite';
      readonly mapped: Mapping | null;
    }
  | { readonly _tag: 'PagingCap'; readonly level: Level; readonly ref: number; readonly mapped: Mapping | null }
  | { readonly _tag: 'ASIDPoolCap'; readonly ref: number; readonly base: number };

export interface BootDescription {
  readonly currentThread: number;
  readonly idleThread: number;
  readonly idleSchedContext?: number;
  readonly time?: bigint;
  readonly irqNode: number;
  readonly objects: readonly {
    readonly type: string;
    readonly address: number;
    readonly budget?: bigint;
    readonly period?: bigint;
    readonly refillMax?: number;
    readonly sporadic?: boolean;
  }[];
  /** In pre-order of the derivation trees. */
  readonly caps: readonly {
    readonly slot: number;
    readonly cap: BootCapability;
    readonly parent: number | null;
    readonly original: boolean;
    readonly isOrphan?: boolean;
  }[];
  readonly threads: readonly {
    readonly tcb: number;
    readonly state: 'Running' | 'Inactive';
    readonly priority: number;
    readonly mcp: number;
    readonly domain: number;
    readonly ipcBuffer: bigint;
    readonly faultHandler: bigint;
    /** MCS: the scheduling context bound to the thread. */
    readonly schedContext?: number;
  }[];
  /** MCS: threads that wait, each alone. */
  readonly receivers?: readonly {
    readonly tcb: number;
    readonly endpoint: number;
    readonly reply: number;
    readonly lent?: { readonly notification: number; readonly schedContext: number };
  }[];
  readonly waiters?: readonly { readonly tcb: number; readonly notification: number; readonly schedContext: number }[];
  readonly domainSchedule: readonly { readonly domain: number; readonly duration: bigint }[];
}
