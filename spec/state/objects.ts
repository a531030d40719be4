/**
 * Kernel objects as data. Capabilities are not inside them: every slot of the system is in `KernelState.caps`, under its address.
 *
 * @source l4v spec/abstract/Structures_A.thy `kernel_object`, `tcb`, `thread_state`, `endpoint`, `notification`
 */
import type { LookupFailure } from '../abi/failure.ts';
import type { FrameSize, PagingLevel, VmRights } from './caps.ts';
import type { PMap } from './pmap.ts';
import type { ObjRef, Word } from './refs.ts';

export type { LookupFailure };

export type Fault =
  | {
      readonly _tag: 'CapFault';
      readonly cptr: Word;
      readonly inReceivePhase: boolean;
      readonly failure: LookupFailure;
    }
  | { readonly _tag: 'UnknownSyscallException'; readonly number: Word }
  | { readonly _tag: 'UserException'; readonly number: Word; readonly code: number }
  | { readonly _tag: 'VMFault'; readonly address: Word; readonly fsr: number; readonly instruction: boolean }
  /** MCS: the thread's budget ran out. The badge is that of the scheduling context that it ran on. */
  | { readonly _tag: 'Timeout'; readonly badge: Word };

export type ThreadState =
  | { readonly _tag: 'Inactive' }
  | { readonly _tag: 'Running' }
  | { readonly _tag: 'Restart' }
  | { readonly _tag: 'IdleThreadState' }
  | {
      readonly _tag: 'BlockedOnReceive';
      readonly endpoint: ObjRef;
      readonly canGrant: boolean;
      /** MCS: the reply object offered, through which a caller can be answered. */
      readonly reply?: ObjRef;
    }
  | {
      readonly _tag: 'BlockedOnSend';
      readonly endpoint: ObjRef;
      readonly badge: Word;
      readonly canGrant: boolean;
      readonly canGrantReply: boolean;
      readonly isCall: boolean;
    }
  /** MCS: `reply` is the reply object that the answer comes through. */
  | { readonly _tag: 'BlockedOnReply'; readonly reply?: ObjRef }
  | { readonly _tag: 'BlockedOnNotification'; readonly notification: ObjRef };

/** One 64-bit word per register of the configuration, in the order of `KernelConfig.registers`. */
export type UserContext = readonly Word[];

export interface Tcb {
  readonly _tag: 'Tcb';
  readonly state: ThreadState;
  readonly fault: Fault | null;
  /** CPtr of the fault handler's endpoint in the thread's own CSpace; looked up when a fault happens. */
  readonly faultHandler: Word;
  /** Virtual address of the IPC buffer. */
  readonly ipcBuffer: Word;
  readonly boundNotification: ObjRef | null;
  readonly domain: number;
  readonly priority: number;
  readonly mcp: number;
  /** Timer ticks left of the time slice. */
  readonly timeSlice: number;
  /** Bit 0: FPU disabled. */
  readonly flags: number;
  readonly context: UserContext;
  /** What the floating-point registers hold while another thread owns the unit: opaque, as one word. */
  readonly fpu: Word;
  /** MCS: the scheduling context bound to the thread; without one it does not run. */
  readonly schedContext: ObjRef | null;
  /** MCS: the scheduling context that the thread yielded to, until that is over. */
  readonly yieldTo: ObjRef | null;
}

export type ReadonlyNonEmpty<T> = readonly [T, ...T[]];

export type Endpoint =
  | { readonly _tag: 'IdleEP' }
  | { readonly _tag: 'SendEP'; readonly queue: ReadonlyNonEmpty<ObjRef> }
  | { readonly _tag: 'RecvEP'; readonly queue: ReadonlyNonEmpty<ObjRef> };

export interface Notification {
  readonly _tag: 'Notification';
  readonly state:
    | { readonly _tag: 'IdleNtfn' }
    | { readonly _tag: 'WaitingNtfn'; readonly queue: ReadonlyNonEmpty<ObjRef> }
    | { readonly _tag: 'ActiveNtfn'; readonly badge: Word };
  readonly boundTcb: ObjRef | null;
  /** MCS: the scheduling context that a receiver without one is lent. */
  readonly schedContext: ObjRef | null;
}

/** MCS: who waits for an answer through it, or offers it while waiting to receive. */
export interface Reply {
  readonly _tag: 'Reply';
  readonly tcb: ObjRef | null;
  /** The scheduling context that comes back through it: of the reply object at the head of a call stack, null for the others. */
  readonly schedContext: ObjRef | null;
}

/** MCS: time that may be used from a moment on. Ticks of the timer. */
export interface Refill {
  readonly time: Word;
  readonly amount: Word;
}

/**
 * MCS: time to run, given as a budget in every period. All times are ticks of the timer, exact 64-bit words.
 *
 * @source l4v branch rt spec/abstract/Structures_A.thy `sched_context`
 */
export interface SchedContext {
  readonly _tag: 'SchedContext';
  readonly sizeBits: number;
  readonly tcb: ObjRef | null;
  readonly notification: ObjRef | null;
  /** The thread that yielded to it, until that is over. */
  readonly yieldFrom: ObjRef | null;
  /** Reply objects of the call stack that it went down, the last call first. */
  readonly replies: readonly ObjRef[];
  /** 0 is round robin: the budget is a time slice. */
  readonly period: Word;
  /** 0 before it is configured. */
  readonly budget: Word;
  /** Refills that there may be; 0 before it is configured. */
  readonly refillMax: number;
  /** The earliest first. Round robin has two: what is left of the slice, and what is used. */
  readonly refills: readonly Refill[];
  /** Used since somebody last asked. */
  readonly consumed: Word;
  readonly badge: Word;
  /** Sporadic server; otherwise constant bandwidth. */
  readonly sporadic: boolean;
}

/** A table of 2^radixBits slots. Also an IRQ node, of one slot: `radixBits` is 0. */
export interface CNode {
  readonly _tag: 'CNode';
  readonly radixBits: number;
}
/** Memory that users may be given: its words are in `KernelState.memory`. A device frame has none. */
export interface DataPage {
  readonly _tag: 'DataPage';
  readonly size: FrameSize;
  readonly device: boolean;
}
/** What an entry of a paging structure says; one that says nothing is absent. */
export interface PagePte {
  readonly _tag: 'PagePTE';
  readonly ref: ObjRef;
  readonly size: FrameSize;
  readonly rights: VmRights;
  /** Bits of the architecture's own, as the user gave them. */
  readonly attributes: number;
}

export type Pte = { readonly _tag: 'PageTablePTE'; readonly ref: ObjRef; readonly attributes: number } | PagePte;

/** A paging structure of any level. */
export interface PageTable {
  readonly _tag: 'PageTable';
  readonly level: PagingLevel;
  /** By index; the half of a root that is the kernel's is not among them. */
  readonly entries: PMap<Pte>;
  /** The kernel's half is in it: it is a root, or can be one. */
  readonly kernelMappings: boolean;
}

/** Roots of address spaces by the low bits of their identifiers. */
export interface ASIDPool {
  readonly _tag: 'ASIDPool';
  readonly entries: PMap<ObjRef>;
}

export type KernelObject =
  | Tcb
  | Endpoint
  | Notification
  | Reply
  | SchedContext
  | CNode
  | DataPage
  | PageTable
  | ASIDPool;
