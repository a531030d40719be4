/**
 * Capabilities as data.
 *
 * @source l4v spec/abstract/Structures_A.thy `cap`, spec/abstract/X64/Arch_Structs_A.thy `arch_cap`
 */
import type { PagingLevel } from '../abi/arch.ts';
import type { ObjRef, Word } from './refs.ts';

/** Set of rights as bits: what `seL4_CapRights_t` carries. */
export type Rights = number;
export const ALLOW_WRITE = 1;
export const ALLOW_READ = 2;
export const ALLOW_GRANT = 4;
export const ALLOW_GRANT_REPLY = 8;
export const ALL_RIGHTS = 15;

export type VmRights = 'KernelOnly' | 'ReadOnly' | 'ReadWrite';
export type FrameSize = 'Small' | 'Large' | 'Huge';
export type { PagingLevel };
/** Address-space identifier and virtual address a frame or paging structure is mapped at. */
export interface Mapping {
  readonly asid: number;
  readonly vaddr: Word;
}

export type NullCap = { readonly _tag: 'NullCap' };
/** `freeIndex` is in bytes from `ref`: everything below it may be in use. */
export type UntypedCap = {
  readonly _tag: 'UntypedCap';
  readonly device: boolean;
  readonly ref: ObjRef;
  readonly sizeBits: number;
  readonly freeIndex: number;
};
export type EndpointCap = {
  readonly _tag: 'EndpointCap';
  readonly ref: ObjRef;
  readonly badge: Word;
  readonly rights: Rights;
};
/** Rights are within write and read. */
export type NotificationCap = {
  readonly _tag: 'NotificationCap';
  readonly ref: ObjRef;
  readonly badge: Word;
  readonly rights: Rights;
};
/** The right to answer the thread `ref`, which waits for a reply. The master stays in that thread's own slot and is never invoked. */
export type ReplyCap = {
  readonly _tag: 'ReplyCap';
  readonly ref: ObjRef;
  readonly master: boolean;
  readonly canGrant: boolean;
};
/** MCS: a reply object, through which a caller is answered. */
export type ReplyObjectCap = { readonly _tag: 'ReplyObjectCap'; readonly ref: ObjRef; readonly canGrant: boolean };
export type CNodeCap = {
  readonly _tag: 'CNodeCap';
  readonly ref: ObjRef;
  readonly radixBits: number;
  readonly guard: Word;
  readonly guardBits: number;
};
export type ThreadCap = { readonly _tag: 'ThreadCap'; readonly ref: ObjRef };
/** MCS: time to run, of a size as an object. */
export type SchedContextCap = { readonly _tag: 'SchedContextCap'; readonly ref: ObjRef; readonly sizeBits: number };
/** MCS: the right to give scheduling contexts their time. */
export type SchedControlCap = { readonly _tag: 'SchedControlCap' };
export type DomainCap = { readonly _tag: 'DomainCap' };
export type IRQControlCap = { readonly _tag: 'IRQControlCap' };
export type IRQHandlerCap = { readonly _tag: 'IRQHandlerCap'; readonly irq: number };
/** What is left of a CNode or TCB being deleted: `count` slots from `ref` may still hold capabilities. `radixBits` is null for a TCB. */
export type Zombie = {
  readonly _tag: 'Zombie';
  readonly ref: ObjRef;
  readonly radixBits: number | null;
  readonly count: number;
};
export type FrameCap = {
  readonly _tag: 'FrameCap';
  readonly ref: ObjRef;
  readonly size: FrameSize;
  readonly device: boolean;
  readonly rights: VmRights;
  readonly mapped: Mapping | null;
};
/** A page table of any level; the root of an address space is `mapped` when it has an ASID. */
export type PagingCap = {
  readonly _tag: 'PagingCap';
  readonly level: PagingLevel;
  readonly ref: ObjRef;
  readonly mapped: Mapping | null;
};
export type ASIDControlCap = { readonly _tag: 'ASIDControlCap' };
export type ASIDPoolCap = { readonly _tag: 'ASIDPoolCap'; readonly ref: ObjRef; readonly base: number };
/** The ports from the first to the last. */
export type IOPortCap = { readonly _tag: 'IOPortCap'; readonly first: number; readonly last: number };
export type IOPortControlCap = { readonly _tag: 'IOPortControlCap' };
export type IOSpaceCap = { readonly _tag: 'IOSpaceCap' };

export type Cap =
  | NullCap
  | UntypedCap
  | EndpointCap
  | NotificationCap
  | ReplyCap
  | ReplyObjectCap
  | CNodeCap
  | ThreadCap
  | SchedContextCap
  | SchedControlCap
  | DomainCap
  | IRQControlCap
  | IRQHandlerCap
  | Zombie
  | FrameCap
  | PagingCap
  | ASIDControlCap
  | ASIDPoolCap
  | IOPortCap
  | IOPortControlCap
  | IOSpaceCap;

export const NULL_CAP: NullCap = { _tag: 'NullCap' };

/** The same frame, with other rights or mapped elsewhere. */
export function frameCap({ ref, size, device }: FrameCap, rights: VmRights, mapped: Mapping | null): FrameCap {
  return { _tag: 'FrameCap', ref, size, device, rights, mapped };
}

/** The same memory, with another part of it in use. */
export function withFreeIndex({ device, ref, sizeBits }: UntypedCap, freeIndex: number): UntypedCap {
  return { _tag: 'UntypedCap', device, ref, sizeBits, freeIndex };
}
