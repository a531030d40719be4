/**
 * Capabilities: every bit of a packed one is determined by the abstract one, so the abstract one is packed and the words are compared.
 *
 * @source l4v proof/refine/X64/StateRelation.thy `cap_relation`; seL4 include/object/structures_64.bf
 */
import type { Cap, Mapping } from '../../spec/state/caps.ts';
import type { SlotRef } from '../../spec/state/refs.ts';
import type { Difference, Image } from './image.ts';
import { differ, hex, isWord, load, load64 } from './image.ts';

const FRAME_SIZES = { Small: 0, Large: 1, Huge: 2 } as const;
const VM_RIGHTS = { KernelOnly: 1, ReadOnly: 2, ReadWrite: 3 } as const;
const LEVELS = { PageTable: 0, PageDirectory: 1, PDPT: 2, PML4: 3 } as const;

/** A mapped address has 48 bits; its address space's identifier lies above them. */
function mappingWord(mapped: Mapping | null): bigint {
  return mapped === null ? 0n : (mapped.vaddr & 0xffff_ffff_ffffn) | (BigInt(mapped.asid) << 48n);
}

/** Type and type-specific bits of the capability's second word, without the high bits of the address. */
function packedMeta(L: Image['layout'], cap: Cap): number {
  switch (cap._tag) {
    case 'NullCap':
      return 0;
    case 'UntypedCap':
      return (L.CAP_UNTYPED << L.CAP_TYPE_SHIFT) | (cap.device ? 0x1_0000 : 0) | (cap.sizeBits << 17);
    case 'EndpointCap':
      return (L.CAP_ENDPOINT << L.CAP_TYPE_SHIFT) | (cap.rights << 16);
    case 'NotificationCap':
      return (L.CAP_NOTIFICATION << L.CAP_TYPE_SHIFT) | (cap.rights << 16);
    case 'ReplyCap':
      return (L.CAP_REPLY << L.CAP_TYPE_SHIFT) | (cap.master ? 0x1_0000 : 0) | (cap.canGrant ? 0x2_0000 : 0);
    case 'ReplyObjectCap':
      return (L.CAP_REPLY_OBJECT << L.CAP_TYPE_SHIFT) | (cap.canGrant ? 0x2_0000 : 0);
    case 'SchedContextCap':
      return (L.CAP_SCHED_CONTEXT << L.CAP_TYPE_SHIFT) | (cap.sizeBits << 17);
    case 'SchedControlCap':
      return L.CAP_SCHED_CONTROL << L.CAP_TYPE_SHIFT;
    case 'CNodeCap':
      return (L.CAP_CNODE << L.CAP_TYPE_SHIFT) | (cap.guardBits << 16) | (cap.radixBits << 22);
    case 'ThreadCap':
      return L.CAP_THREAD << L.CAP_TYPE_SHIFT;
    case 'DomainCap':
      return L.CAP_DOMAIN << L.CAP_TYPE_SHIFT;
    case 'IRQControlCap':
      return L.CAP_IRQ_CONTROL << L.CAP_TYPE_SHIFT;
    case 'IRQHandlerCap':
      return L.CAP_IRQ_HANDLER << L.CAP_TYPE_SHIFT;
    case 'Zombie':
      return (L.CAP_ZOMBIE << L.CAP_TYPE_SHIFT) | (cap.radixBits === null ? 0x1_0000 : cap.radixBits << 17);
    case 'FrameCap': {
      const device = cap.device ? 1 << 18 : 0;
      const mapped = cap.mapped === null ? 0 : 1 << 21;
      return (
        (L.CAP_FRAME << L.CAP_TYPE_SHIFT) |
        (FRAME_SIZES[cap.size] << 16) |
        device |
        (VM_RIGHTS[cap.rights] << 19) |
        mapped
      );
    }
    case 'PagingCap':
      return (L.CAP_PAGING << L.CAP_TYPE_SHIFT) | (LEVELS[cap.level] << 16) | (cap.mapped === null ? 0 : 1 << 18);
    case 'ASIDControlCap':
      return L.CAP_ASID_CONTROL << L.CAP_TYPE_SHIFT;
    case 'ASIDPoolCap':
      return L.CAP_ASID_POOL << L.CAP_TYPE_SHIFT;
    case 'IOPortCap':
      return L.CAP_IO_PORT << L.CAP_TYPE_SHIFT;
    case 'IOPortControlCap':
      return L.CAP_IO_PORT_CONTROL << L.CAP_TYPE_SHIFT;
    case 'IOSpaceCap':
      return L.CAP_IO_SPACE << L.CAP_TYPE_SHIFT;
  }
}

/** Whether the 64-bit word of the packed capability is what the abstract one says. */
function isPackedWord(cap: Cap, lo: number, hi: number): boolean {
  switch (cap._tag) {
    case 'UntypedCap':
      return hi * 0x1_0000_0000 + lo === cap.freeIndex;
    case 'EndpointCap':
    case 'NotificationCap':
      return isWord(cap.badge, lo, hi);
    case 'CNodeCap':
      return isWord(cap.guard, lo, hi);
    case 'IRQHandlerCap':
      return lo === cap.irq && hi === 0;
    case 'IOPortCap':
      return lo === cap.first + cap.last * 0x1_0000 && hi === 0;
    case 'Zombie':
      return lo === cap.count && hi === 0;
    case 'FrameCap':
    case 'PagingCap':
      return isWord(mappingWord(cap.mapped), lo, hi);
    case 'ASIDPoolCap':
      return lo === cap.base && hi === 0;
    default:
      return lo === 0 && hi === 0;
  }
}

/** The capability in a slot: type, object, and all that goes with the type. */
export function compareCap(m: Image, slot: SlotRef, cap: Cap, out: Difference[]): void {
  const { layout: L } = m;
  const ref = 'ref' in cap ? cap.ref : 0;
  const refHigh = Math.floor(ref / 0x1_0000_0000);
  const meta = load(m, slot + L.CTE_META);
  const same =
    meta === (packedMeta(L, cap) | refHigh) >>> 0 &&
    load(m, slot + L.CTE_PTR_LO) === ref >>> 0 &&
    isPackedWord(cap, load(m, slot + L.CTE_WORD_LO), load(m, slot + L.CTE_WORD_HI));
  if (!same) differ(out, `slot ${hex(slot)}`, 'capability', renderCap(cap), renderPackedCap(m, slot));
}

/** `UntypedCap ref=0x12000 sizeBits=13 freeIndex=0x200`. */
export function renderCap(cap: Cap): string {
  const fields = Object.entries(cap as unknown as Record<string, unknown>).filter(([name]) => name !== '_tag');
  return [cap._tag, ...fields.map(([name, value]) => `${name}=${renderValue(name, value)}`)].join(' ');
}

function renderValue(name: string, value: unknown): string {
  if (value === null) return 'none';
  if (typeof value === 'bigint') return hex(value);
  if (typeof value === 'number') return name === 'ref' || name === 'freeIndex' ? hex(value) : String(value);
  if (typeof value === 'object') return `${hex((value as Mapping).vaddr)} in ASID ${(value as Mapping).asid}`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The four words of a packed capability, with the name of its type. */
export function renderPackedCap(m: Image, slot: SlotRef): string {
  const { layout: L } = m;
  const meta = load(m, slot + L.CTE_META);
  const ref = (meta & 0xffff) * 0x1_0000_0000 + load(m, slot + L.CTE_PTR_LO);
  const word = load64(m, slot + L.CTE_WORD_LO);
  if (meta === 0 && ref === 0 && word === 0n) return 'NullCap';
  return `${typeName(L, meta >>> L.CAP_TYPE_SHIFT)} ref=${hex(ref)} bits=${hex((meta >>> 16) & 0x7ff)} word=${hex(word)}`;
}

function typeName(L: Image['layout'], type: number): string {
  switch (type) {
    case L.CAP_NULL:
      return 'NullCap';
    case L.CAP_FRAME:
      return 'FrameCap';
    case L.CAP_UNTYPED:
      return 'UntypedCap';
    case L.CAP_PAGING:
      return 'PagingCap';
    case L.CAP_ENDPOINT:
      return 'EndpointCap';
    case L.CAP_NOTIFICATION:
      return 'NotificationCap';
    case L.CAP_REPLY:
      return 'ReplyCap';
    case L.CAP_REPLY_OBJECT:
      return 'ReplyObjectCap';
    case L.CAP_SCHED_CONTEXT:
      return 'SchedContextCap';
    case L.CAP_SCHED_CONTROL:
      return 'SchedControlCap';
    case L.CAP_CNODE:
      return 'CNodeCap';
    case L.CAP_ASID_CONTROL:
      return 'ASIDControlCap';
    case L.CAP_THREAD:
      return 'ThreadCap';
    case L.CAP_ASID_POOL:
      return 'ASIDPoolCap';
    case L.CAP_IRQ_CONTROL:
      return 'IRQControlCap';
    case L.CAP_IRQ_HANDLER:
      return 'IRQHandlerCap';
    case L.CAP_ZOMBIE:
      return 'Zombie';
    case L.CAP_DOMAIN:
      return 'DomainCap';
    case L.CAP_IO_SPACE:
      return 'IOSpaceCap';
    case L.CAP_IO_PORT:
      return 'IOPortCap';
    case L.CAP_IO_PORT_CONTROL:
      return 'IOPortControlCap';
    default:
      return `type ${type}`;
  }
}
