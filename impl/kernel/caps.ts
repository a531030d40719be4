/**
 * Packed capabilities. A capability at work is four words in the scratch array `C`, at one of the places `CAP_A` to `CAP_D`;
 * one at rest is in a capability table entry.
 *
 * @source seL4 include/object/structures_64.bf; src/object/objecttype.c `sameRegionAs`, `sameObjectAs`, `maskCapRights`, `updateCapData`
 */
// biome-ignore format: packed
import {
  ASID_POOL_BITS, ENDPOINT_BITS, HUGE_PAGE_BITS, LARGE_PAGE_BITS, NOTIFICATION_BITS, PAGE_BITS, PAGE_TABLE_BITS, SLOT_BITS, TCB_BITS, WORD_BITS, REPLY_BITS,
} from '#impl-config';
import { RIGHT_GRANT, RIGHT_READ, RIGHT_WRITE } from '../abi.ts';
import { W, index, load } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  CAP_ASID_CONTROL, CAP_ASID_POOL, CAP_CNODE, CAP_DOMAIN, CAP_ENDPOINT, CAP_FRAME, CAP_IO_PORT, CAP_IO_PORT_CONTROL, CAP_IO_SPACE, CAP_IRQ_CONTROL,
  CAP_IRQ_HANDLER, CAP_NOTIFICATION, CAP_NULL, CAP_PAGING, CAP_REPLY, CAP_THREAD, CAP_UNTYPED, CAP_ZOMBIE, CAP_REPLY_OBJECT, CAP_SCHED_CONTEXT, CAP_SCHED_CONTROL,
} from '../memory/layout.ts';

/** Places of four words each: address low, meta, word low, word high. */
export const C = new Uint32Array(16);
export const CAP_A = 0;
export const CAP_B = 4;
export const CAP_C = 8;
export const CAP_D = 12;

const TWO_32 = 4294967296;

export function loadCap(at: number, slot: number): void {
  const i = index(slot);
  C[at] = W[i]!;
  C[at + 1] = W[i + 1]!;
  C[at + 2] = W[i + 2]!;
  C[at + 3] = W[i + 3]!;
}

/** Writes the capability and leaves the entry's MDB node alone. */
export function storeCap(slot: number, at: number): void {
  const i = index(slot);
  W[i] = C[at]!;
  W[i + 1] = C[at + 1]!;
  W[i + 2] = C[at + 2]!;
  W[i + 3] = C[at + 3]!;
}

export function setNull(at: number): void {
  C[at] = 0;
  C[at + 1] = 0;
  C[at + 2] = 0;
  C[at + 3] = 0;
}

/** `meta` holds the type-specific bits 16 to 26. */
export function makeCap(at: number, type: number, address: number, meta: number, wordLo: number, wordHi: number): void {
  C[at] = address >>> 0;
  C[at + 1] = (type << 27) | meta | (address < TWO_32 ? 0 : Math.floor(address / TWO_32));
  C[at + 2] = wordLo;
  C[at + 3] = wordHi;
}

export function typeAt(at: number): number {
  return C[at + 1]! >>> 27;
}

export function addressAt(at: number): number {
  return C[at]! + (C[at + 1]! & 0xffff) * TWO_32;
}

export function capType(slot: number): number {
  return W[index(slot) + 1]! >>> 27;
}

/** Address of an object that the kernel keeps something in: it lies in RAM, so the high half is 0. */
export function capAddress(slot: number): number {
  return load(slot);
}

/** Address of the memory that an untyped or frame capability is to: a device's may lie anywhere. */
export function memoryAddress(slot: number): number {
  const i = index(slot);
  return W[i]! + (W[i + 1]! & 0xffff) * TWO_32;
}

/** Type-specific bits: `(meta >>> shift) & mask`. */
export function capField(slot: number, shift: number, mask: number): number {
  return (W[index(slot) + 1]! >>> shift) & mask;
}

export function fieldAt(at: number, shift: number, mask: number): number {
  return (C[at + 1]! >>> shift) & mask;
}

export function wordAt(at: number): number {
  return C[at + 2]! + C[at + 3]! * TWO_32;
}

export function setWordAt(at: number, value: number): void {
  C[at + 2] = value >>> 0;
  C[at + 3] = Math.floor(value / TWO_32);
}

export function frameBits(size: number): number {
  return size === 0 ? PAGE_BITS : size === 1 ? LARGE_PAGE_BITS : HUGE_PAGE_BITS;
}

const POWERS = Float64Array.from({ length: 64 }, (_, bits) => 2 ** bits);

/** From a table: the engine computes a power by a call, and sizes are above what a shift can do. */
export function powerOf2(bits: number): number {
  return POWERS[bits]!;
}

/** Bytes of memory the capability stands for; 0 when it stands for none. */
function capBytes(at: number): number {
  switch (typeAt(at)) {
    case CAP_UNTYPED:
      return powerOf2(fieldAt(at, 17, 63));
    case CAP_ENDPOINT:
      return 2 ** ENDPOINT_BITS;
    case CAP_NOTIFICATION:
      return 2 ** NOTIFICATION_BITS;
    case CAP_REPLY_OBJECT:
      return 2 ** REPLY_BITS;
    case CAP_SCHED_CONTEXT:
      return 2 ** fieldAt(at, 17, 63);
    case CAP_CNODE:
      return powerOf2(fieldAt(at, 22, 31) + SLOT_BITS);
    case CAP_THREAD:
      return 2 ** TCB_BITS;
    case CAP_ZOMBIE:
      return fieldAt(at, 16, 1) === 1 ? 2 ** TCB_BITS : powerOf2(fieldAt(at, 17, 63) + SLOT_BITS);
    case CAP_FRAME:
      return powerOf2(frameBits(fieldAt(at, 16, 3)));
    case CAP_PAGING:
      return 2 ** PAGE_TABLE_BITS;
    case CAP_ASID_POOL:
      return 2 ** ASID_POOL_BITS;
    default:
      return 0;
  }
}

/** Whether the second capability lies within what the first stands for. */
export function sameRegionAs(a: number, b: number): boolean {
  const type = typeAt(a);
  if (type === CAP_UNTYPED) {
    const bytes = capBytes(b);
    if (bytes === 0) return false;
    const start = addressAt(a);
    const inner = addressAt(b);
    return inner >= start && inner + bytes <= start + capBytes(a);
  }
  if (type === CAP_IRQ_CONTROL) return typeAt(b) === CAP_IRQ_CONTROL || typeAt(b) === CAP_IRQ_HANDLER;
  if (type === CAP_IO_PORT_CONTROL) return typeAt(b) === CAP_IO_PORT_CONTROL || typeAt(b) === CAP_IO_PORT;
  return sameObjectAs(a, b);
}

function sameAddress(a: number, b: number): boolean {
  return C[a] === C[b] && ((C[a + 1]! ^ C[b + 1]!) & 0xffff) === 0;
}

export function sameObjectAs(a: number, b: number): boolean {
  const type = typeAt(a);
  if (type !== typeAt(b)) return false;
  switch (type) {
    case CAP_ENDPOINT:
    case CAP_NOTIFICATION:
    case CAP_REPLY:
    case CAP_REPLY_OBJECT:
    case CAP_SCHED_CONTEXT:
    case CAP_THREAD:
    case CAP_ASID_POOL:
      return sameAddress(a, b);
    case CAP_CNODE:
      return sameAddress(a, b) && fieldAt(a, 22, 31) === fieldAt(b, 22, 31);
    case CAP_FRAME:
    case CAP_PAGING:
      return sameAddress(a, b) && fieldAt(a, 16, 3) === fieldAt(b, 16, 3);
    case CAP_IRQ_HANDLER:
    case CAP_IO_PORT:
      return C[a + 2] === C[b + 2];
    case CAP_SCHED_CONTROL:
    case CAP_DOMAIN:
    case CAP_ASID_CONTROL:
    case CAP_IO_PORT_CONTROL:
    case CAP_IO_SPACE:
      return true;
    default:
      return false;
  }
}

/** Takes away the rights that are not in the mask; types without rights stay as they are. */
export function maskCapRights(at: number, rights: number): void {
  const meta = C[at + 1]!;
  switch (typeAt(at)) {
    case CAP_ENDPOINT:
      C[at + 1] = (meta & ~(15 << 16)) | (meta & ((rights & 15) << 16));
      break;
    case CAP_NOTIFICATION:
      C[at + 1] = (meta & ~(3 << 16)) | (meta & ((rights & 3) << 16));
      break;
    case CAP_REPLY:
    case CAP_REPLY_OBJECT:
      if ((rights & RIGHT_GRANT) === 0) C[at + 1] = meta & ~(1 << 17);
      break;
    case CAP_FRAME:
      C[at + 1] = (meta & ~(3 << 19)) | (maskVmRights((meta >>> 19) & 3, rights) << 19);
      break;
    default:
  }
}

/** 1 kernel only, 2 read only, 3 read and write. Write without read is no access. */
export function maskVmRights(has: number, rights: number): number {
  if ((rights & RIGHT_READ) === 0 || has === 1) return 1;
  return has === 3 && (rights & RIGHT_WRITE) !== 0 ? 3 : 2;
}

/** Sets badge or guard; the capability becomes null when that is not allowed. */
export function updateCapData(at: number, preserve: boolean, lo: number, hi: number): void {
  switch (typeAt(at)) {
    case CAP_ENDPOINT:
    case CAP_NOTIFICATION:
      if (preserve || C[at + 2] !== 0 || C[at + 3] !== 0) {
        setNull(at);
      } else {
        C[at + 2] = lo;
        C[at + 3] = hi;
      }
      break;
    case CAP_CNODE: {
      const guardBits = lo & 63;
      if (guardBits + fieldAt(at, 22, 31) > WORD_BITS) {
        setNull(at);
        break;
      }
      const guardLo = (lo >>> 6) | (hi << 26);
      const guardHi = hi >>> 6;
      C[at + 1] = (C[at + 1]! & ~(63 << 16)) | (guardBits << 16);
      C[at + 2] = guardBits >= 32 ? guardLo : guardLo & (2 ** guardBits - 1);
      C[at + 3] = guardBits > 32 ? guardHi & (2 ** (guardBits - 32) - 1) : 0;
      break;
    }
    default:
  }
}

export function isNullAt(at: number): boolean {
  return typeAt(at) === CAP_NULL;
}
