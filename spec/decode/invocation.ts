/**
 * What a system call on a capability asks for, once decoded: all that perform needs, all checks done.
 *
 * @source l4v spec/abstract/Invocations_A.thy
 */
import type { ObjectType } from '../abi/arch.ts';
import type {
  Cap,
  EndpointCap,
  FrameCap,
  IOPortCap,
  NotificationCap,
  PagingCap,
  ReplyCap,
  ReplyObjectCap,
  UntypedCap,
} from '../state/caps.ts';
import type { DomainEntry } from '../state/kernel-state.ts';
import type { Pte } from '../state/objects.ts';
import type { ObjRef, SlotRef, Word } from '../state/refs.ts';

export type CNodeInvocation =
  | { readonly _tag: 'Revoke'; readonly slot: SlotRef }
  | { readonly _tag: 'Delete'; readonly slot: SlotRef }
  | { readonly _tag: 'CancelBadgedSends'; readonly endpoint: EndpointCap }
  | { readonly _tag: 'Insert'; readonly cap: Cap; readonly source: SlotRef; readonly target: SlotRef }
  | { readonly _tag: 'Move'; readonly cap: Cap; readonly source: SlotRef; readonly target: SlotRef }
  | {
      readonly _tag: 'Rotate';
      readonly sourceCap: Cap;
      readonly pivotCap: Cap;
      readonly source: SlotRef;
      readonly pivot: SlotRef;
      readonly target: SlotRef;
    }
  | { readonly _tag: 'SaveCaller'; readonly target: SlotRef };

export type UntypedInvocation = {
  readonly _tag: 'Retype';
  /** Slot of the untyped capability. */
  readonly source: SlotRef;
  readonly untyped: UntypedCap;
  /** The untyped has no children: everything in it is free again and is cleared first. */
  readonly reset: boolean;
  readonly type: ObjectType;
  readonly userSize: number;
  readonly objectBits: number;
  readonly targets: readonly SlotRef[];
};

/** A capability to be put into a TCB slot, and the slot it comes from. */
export interface Installed {
  readonly cap: Cap;
  readonly source: SlotRef;
}

export type TcbInvocation =
  | { readonly _tag: 'ReadRegisters'; readonly target: ObjRef; readonly suspend: boolean; readonly count: number }
  | {
      readonly _tag: 'WriteRegisters';
      readonly target: ObjRef;
      readonly resume: boolean;
      readonly values: readonly Word[];
    }
  | {
      readonly _tag: 'CopyRegisters';
      readonly source: ObjRef;
      readonly target: ObjRef;
      readonly suspendSource: boolean;
      readonly resumeTarget: boolean;
      readonly frame: boolean;
      readonly integer: boolean;
    }
  | { readonly _tag: 'Suspend'; readonly target: ObjRef }
  | { readonly _tag: 'Resume'; readonly target: ObjRef }
  | {
      readonly _tag: 'ThreadControl';
      readonly target: ObjRef;
      /** Slot of the invoked capability. */
      readonly slot: SlotRef;
      readonly faultHandler?: Word;
      /** MCS: the capability that handles faults; null takes it away. */
      readonly faultHandlerCap?: Installed | null;
      /** MCS: the one that handles the budget's running out. */
      readonly timeoutHandlerCap?: Installed | null;
      readonly mcp?: number;
      readonly priority?: number;
      /** MCS: the scheduling context to run on; null for none. */
      readonly schedContext?: ObjRef | null;
      readonly cspaceRoot?: Installed;
      readonly vspaceRoot?: Installed;
      /** No `frame` means that the thread has no buffer any more. */
      readonly buffer?: { readonly address: Word; readonly frame: Installed | null };
    }
  | { readonly _tag: 'NotificationControl'; readonly target: ObjRef; readonly notification: ObjRef | null }
  | { readonly _tag: 'SetTLSBase'; readonly target: ObjRef; readonly base: Word }
  | { readonly _tag: 'SetFlags'; readonly target: ObjRef; readonly clear: number; readonly set: number };

/** A handler capability for `irq`, to be made from the one in `control`. */
export interface IrqControlInvocation {
  readonly irq: number;
  readonly control: SlotRef;
  readonly target: SlotRef;
}

export type IrqHandlerInvocation =
  | { readonly _tag: 'AckIRQ'; readonly irq: number }
  | { readonly _tag: 'SetIRQHandler'; readonly irq: number; readonly cap: NotificationCap; readonly source: SlotRef }
  | { readonly _tag: 'ClearIRQHandler'; readonly irq: number };

export type DomainInvocation =
  | { readonly _tag: 'SetDomain'; readonly thread: ObjRef; readonly domain: number }
  | { readonly _tag: 'ConfigureEntry'; readonly index: number; readonly entry: DomainEntry }
  | { readonly _tag: 'SetStart'; readonly index: number };

export type VSpaceInvocation =
  /** `cap` is the one in `slot` as it is afterwards; `table` and `index` say which entry is filled. */
  | {
      readonly _tag: 'MapTable';
      readonly slot: SlotRef;
      readonly cap: PagingCap;
      readonly table: ObjRef;
      readonly index: number;
      readonly attributes: number;
    }
  | { readonly _tag: 'UnmapTable'; readonly slot: SlotRef; readonly cap: PagingCap }
  /** No entry, `pte` null, when the page may not be used in any way. */
  | {
      readonly _tag: 'MapPage';
      readonly slot: SlotRef;
      readonly cap: FrameCap;
      readonly table: ObjRef;
      readonly index: number;
      readonly pte: Pte | null;
    }
  | { readonly _tag: 'UnmapPage'; readonly slot: SlotRef; readonly cap: FrameCap }
  | { readonly _tag: 'PageGetAddress'; readonly address: number }
  /** The untyped becomes a pool of the identifiers from `base` on. */
  | {
      readonly _tag: 'MakePool';
      readonly untyped: SlotRef;
      readonly cap: UntypedCap;
      readonly target: SlotRef;
      readonly base: number;
    }
  | { readonly _tag: 'AssignASID'; readonly asid: number; readonly slot: SlotRef; readonly cap: PagingCap };

export type IOPortInvocation =
  | { readonly _tag: 'IssuePorts'; readonly cap: IOPortCap; readonly control: SlotRef; readonly target: SlotRef }
  | { readonly _tag: 'PortIn'; readonly bits: number }
  | { readonly _tag: 'PortOut'; readonly port: number; readonly bits: number; readonly value: number };

/** MCS: parameters in ticks; a budget as long as its period is round robin. */
export interface SchedControlInvocation {
  readonly schedContext: ObjRef;
  readonly budget: Word;
  readonly period: Word;
  readonly refillMax: number;
  readonly badge: Word;
  readonly sporadic: boolean;
}

export type SchedContextInvocation =
  | { readonly _tag: 'BindTcb'; readonly schedContext: ObjRef; readonly thread: ObjRef }
  | { readonly _tag: 'BindNotification'; readonly schedContext: ObjRef; readonly notification: ObjRef }
  | {
      readonly _tag: 'UnbindTcb' | 'UnbindNotification' | 'Unbind' | 'Consumed' | 'YieldTo';
      readonly schedContext: ObjRef;
    };

export type Invocation =
  | { readonly _tag: 'InvokeUntyped'; readonly untyped: UntypedInvocation }
  | { readonly _tag: 'InvokeEndpoint'; readonly cap: EndpointCap }
  | { readonly _tag: 'InvokeNotification'; readonly cap: NotificationCap }
  | { readonly _tag: 'InvokeReply'; readonly cap: ReplyCap; readonly slot: SlotRef }
  | { readonly _tag: 'InvokeReplyObject'; readonly cap: ReplyObjectCap }
  | { readonly _tag: 'ConfigureSchedContext'; readonly control: SchedControlInvocation }
  | { readonly _tag: 'InvokeSchedContext'; readonly context: SchedContextInvocation }
  | { readonly _tag: 'InvokeTcb'; readonly tcb: TcbInvocation }
  | { readonly _tag: 'InvokeCNode'; readonly cnode: CNodeInvocation }
  | { readonly _tag: 'InvokeIRQControl'; readonly control: IrqControlInvocation }
  | { readonly _tag: 'InvokeIRQHandler'; readonly handler: IrqHandlerInvocation }
  | { readonly _tag: 'InvokeDomain'; readonly domain: DomainInvocation }
  | { readonly _tag: 'InvokeVSpace'; readonly vspace: VSpaceInvocation }
  | { readonly _tag: 'InvokeIOPort'; readonly ioPort: IOPortInvocation };

/** A system call on a capability, before decoding. */
export interface Request {
  readonly cap: Cap;
  readonly slot: SlotRef;
  readonly label: Word;
  readonly args: readonly Word[];
  readonly extraCaps: readonly { readonly slot: SlotRef; readonly cap: Cap }[];
}
