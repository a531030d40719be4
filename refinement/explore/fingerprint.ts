/**
 * 64 bits that stand for an abstract state, as two halves. Every object, capability, node of the derivation tree, word of memory and ready queue adds its own, mixed
 * with its place; so a step changes them by what it changed.
 *
 * A thread's registers and IPC buffer count only while somebody may still read them: whoever runs writes what it needs there first, which is what programs
 * do.
 */
import type { KernelConfig } from '../../spec/abi/config.ts';
import type { BootDescription } from '../../spec/state/boot.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { TCB_BUFFER, slotAt } from '../../spec/state/kernel-state.ts';
import type { KernelObject } from '../../spec/state/objects.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { ObjRef } from '../../spec/state/refs.ts';

/** The two halves that were worked out last. */
export let lo = 0;
export let hi = 0;

const HEAP = 0x1f123bb5;
const CAPS = 0x5f356495;
const CDT = 0x2c1b3c6d;
const MEMORY = 0x297a2d39;
const QUEUES = 0x3c6ef372;

function mix(h: number): number {
  let x = h ^ (h >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/** A number below 2^53, in both its halves. */
function hashNumber(value: number): void {
  const low = value | 0;
  const high = Math.floor(value / 4294967296) | 0;
  lo = mix(low ^ 0x68e31da4 ^ Math.imul(high, 0x1b873593));
  hi = mix(Math.imul(low, 0xb5297a4d) ^ high ^ 0x7f4a7c15);
}

function hashText(text: string): void {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let at = 0; at < text.length; at++) {
    a = Math.imul(a ^ text.charCodeAt(at), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(at), 0x5bd1e995);
  }
  lo = mix(a);
  hi = mix(b);
}

const texts = new Map<string, readonly [number, number]>();

function hashName(text: string): void {
  let known = texts.get(text);
  if (known === undefined) {
    hashText(text);
    known = [lo, hi];
    texts.set(text, known);
  }
  [lo, hi] = known;
}

const LOW = 0xffff_ffffn;

function hashValue(value: unknown): void {
  switch (typeof value) {
    case 'number':
      hashNumber(value);
      return;
    case 'bigint': {
      const low = Number(value & LOW);
      const high = Number((value >> 32n) & LOW);
      lo = mix(low ^ 0x3243f6a8 ^ Math.imul(high, 0x27d4eb2f));
      hi = mix(Math.imul(low, 0x165667b1) ^ high ^ 0x2545f491);
      return;
    }
    case 'string':
      hashName(value);
      return;
    case 'boolean':
      lo = value ? 0x6a09e667 : 0x3c6ef37;
      hi = value ? 0x510e527f : 0x1f83d9ab;
      return;
    case 'object':
      if (value !== null) {
        hashObject(value);
        return;
      }
      break;
    default:
  }
  lo = 0x5be0cd19;
  hi = 0x428a2f98;
}

const known = new WeakMap<object, readonly [number, number]>();

/** Values never change, so that each is looked at once. */
function hashObject(value: object): void {
  const before = known.get(value);
  if (before !== undefined) {
    [lo, hi] = before;
    return;
  }
  let a = 0x71374491;
  let b = 0xb5c0fbcf | 0;
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) {
      hashValue(item);
      a = mix(Math.imul(a, 31) + lo);
      b = mix(Math.imul(b, 37) + hi);
    }
  } else {
    for (const [key, item] of Object.entries(value)) {
      // A field that is not there and one that says nothing are the same.
      if (item === undefined) continue;
      hashValue(item);
      const [itemLo, itemHi] = [lo, hi];
      hashName(key);
      a = (a + mix(Math.imul(lo, 31) ^ itemLo)) | 0;
      b = (b + mix(Math.imul(hi, 37) ^ itemHi)) | 0;
    }
  }
  lo = a;
  hi = b;
  known.set(value, [a, b]);
}

/** By thread, the words of memory that are its IPC buffer: the key of the first, and how many. */
export type Buffers = ReadonlyMap<ObjRef, { readonly first: number; readonly words: number }>;

const threads = new WeakMap<object, readonly [number, number]>();

/** As long as a thread waits, nobody writes to its buffer: so it is looked at once, as the thread is. */
function hashHeld(object: KernelObject, ref: ObjRef, s: KernelState, buffers: Buffers): void {
  if (object._tag !== 'Tcb') {
    hashObject(object);
    return;
  }
  const before = threads.get(object);
  if (before !== undefined) {
    [lo, hi] = before;
    return;
  }
  const { context, ...rest } = object;
  const sends = object.fault !== null || object.state._tag === 'BlockedOnSend';
  hashObject(sends ? { ...rest, context } : rest);
  if (sends || object.state._tag === 'BlockedOnReceive') {
    let [a, b] = [lo, hi];
    const { first = 0, words = 0 } = buffers.get(ref) ?? {};
    for (let key = first; key < first + words; key++) {
      hashValue(PMap.get(s.memory, key) ?? 0n);
      a = mix(Math.imul(a, 31) + lo);
      b = mix(Math.imul(b, 37) + hi);
    }
    [lo, hi] = [a, b];
  }
  threads.set(object, [lo, hi]);
}

let sumLo = 0;
let sumHi = 0;

function add(kind: number, key: number, sign: 1 | -1): void {
  const place = mix(key ^ kind);
  sumLo = (sumLo + sign * mix(lo ^ place)) | 0;
  sumHi = (sumHi + sign * mix(hi ^ Math.imul(place, 0x9e3779b1))) | 0;
}

function addChanges<V>(kind: number, before: PMap.PMap<V>, after: PMap.PMap<V>, hash: (value: V) => void): void {
  PMap.diff(before, after, (key, was, is) => {
    if (was !== undefined) {
      hash(was);
      add(kind, key, -1);
    }
    if (is !== undefined) {
      hash(is);
      add(kind, key, 1);
    }
  });
}

/** An empty queue is as one that is not there. */
function addQueues(before: KernelState['queues'], after: KernelState['queues']): void {
  PMap.diff(before, after, (key, was, is) => {
    if (was !== undefined && was.length > 0) {
      hashObject(was);
      add(QUEUES, key, -1);
    }
    if (is !== undefined && is.length > 0) {
      hashObject(is);
      add(QUEUES, key, 1);
    }
  });
}

function addGlobals({ globals }: KernelState, sign: 1 | -1): void {
  hashObject(globals);
  add(0, 0, sign);
}

function addHeap(before: KernelState, after: KernelState, from: KernelState['heap'], buffers: Buffers): void {
  PMap.diff(from, after.heap, (key, was, is) => {
    if (was !== undefined) {
      hashHeld(was, key * 16, before, buffers);
      add(HEAP, key, -1);
    }
    if (is !== undefined) {
      hashHeld(is, key * 16, after, buffers);
      add(HEAP, key, 1);
    }
  });
}

function addMemory(before: KernelState['memory'], after: KernelState['memory'], buffers: Buffers): void {
  const ranges = [...buffers.values()];
  PMap.diff(before, after, (key, was, is) => {
    if (ranges.some(({ first, words }) => key >= first && key < first + words)) return;
    // A word that is not there is 0.
    for (const [word, sign] of [
      [was ?? 0n, -1],
      [is ?? 0n, 1],
    ] as const) {
      if (word === 0n) continue;
      hashValue(word);
      add(MEMORY, key, sign);
    }
  });
}

/** Of a state from scratch. */
export function fingerprint(s: KernelState, buffers: Buffers): void {
  sumLo = 0;
  sumHi = 0;
  const none = PMap.emptyMap<never>();
  addHeap(s, s, none, buffers);
  addChanges(CAPS, none as KernelState['caps'], s.caps, hashObject);
  addChanges(CDT, none as KernelState['cdt'], s.cdt, hashObject);
  addMemory(none, s.memory, buffers);
  addQueues(none, s.queues);
  addGlobals(s, 1);
  lo = sumLo >>> 0;
  hi = sumHi >>> 0;
}

/** Of a state after another one, of which the halves are given. */
export function fingerprintAfter(
  beforeLo: number,
  beforeHi: number,
  before: KernelState,
  after: KernelState,
  buffers: Buffers,
): void {
  sumLo = beforeLo | 0;
  sumHi = beforeHi | 0;
  addHeap(before, after, before.heap, buffers);
  addChanges(CAPS, before.caps, after.caps, hashObject);
  addChanges(CDT, before.cdt, after.cdt, hashObject);
  addMemory(before.memory, after.memory, buffers);
  addQueues(before.queues, after.queues);
  if (before.globals !== after.globals) {
    addGlobals(before, -1);
    addGlobals(after, 1);
  }
  lo = sumLo >>> 0;
  hi = sumHi >>> 0;
}

/** The buffers that the threads of a system are booted with. */
export function buffersOf(boot: BootDescription, { frameBits, ipcBufferBits }: KernelConfig): Buffers {
  const frames = new Map(boot.caps.map(({ slot, cap }) => [slot, cap]));
  const found = boot.threads.flatMap(({ tcb, ipcBuffer }) => {
    const frame = frames.get(slotAt(tcb, TCB_BUFFER));
    if (frame?._tag !== 'FrameCap') return [];
    const offset = Number(ipcBuffer % BigInt(2 ** frameBits[frame.size]));
    return [[tcb, { first: (frame.ref + offset) / 8, words: 2 ** ipcBufferBits / 8 }] as const];
  });
  return new Map(found);
}
