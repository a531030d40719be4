/**
 * 64 bits that stand for an abstract state, as two halves. Every object, capability, node of the derivation tree, word of memory and ready queue adds its own, mixed
 * with its place; so a step changes them by what it changed.
 *
 * Where things can be interchanged, a state stands for all that differ from it by an interchange: the fingerprint is the least that any renaming of it has. The
 * state itself is left as it was reached, so nothing ever has to be named back. Which of the capabilities derived from one was derived first does not count then: the
 * components were given theirs one after the other.
 */
import type { KernelState } from '../../spec/state/kernel-state.ts';
import * as PMap from '../../spec/state/pmap.ts';

/** What an interchange makes of an address, of the identifier of an address space, and of a place in the table of ASID pools. */
export interface Renaming {
  readonly address: (address: number) => number;
  readonly asid: (asid: number) => number;
  readonly pool: (index: number) => number;
}

const NOTHING_RENAMED: Renaming = { address: (address) => address, asid: (asid) => asid, pool: (index) => index };

/** Both halves for every renaming, the first one being none: what the fingerprint of a following state is worked out from. */
export type Sums = Int32Array;

export interface Fingerprints {
  /** The halves of the state that was looked at last. */
  readonly lo: number;
  readonly hi: number;
  /** The sums of that one, to keep. */
  readonly sums: () => Sums;
  /** Looks at a state from scratch. */
  readonly of: (s: KernelState) => void;
  /** Looks at a state that follows another one. */
  readonly after: (sums: Sums, before: KernelState, after: KernelState) => void;
}

export function fingerprints(renamings: readonly Renaming[] = []): Fingerprints {
  const all = [renamings.length > 0 ? NOTHING_RENAMED : null, ...renamings].map((renaming) => new Sum(renaming));
  let lo = 0;
  let hi = 0;
  const choose = (): void => {
    lo = hi = 0xffff_ffff;
    for (const sum of all) {
      const [a, b] = [sum.sumLo >>> 0, sum.sumHi >>> 0];
      if (b < hi || (b === hi && a < lo)) [lo, hi] = [a, b];
    }
  };
  return {
    get lo() {
      return lo;
    },
    get hi() {
      return hi;
    },
    sums: () => Int32Array.from(all.flatMap(({ sumLo, sumHi }) => [sumLo, sumHi])),
    of: (s) => {
      for (const sum of all) sum.of(s);
      choose();
    },
    after: (sums, before, after) => {
      all.forEach((sum, n) => {
        sum.after(sums[2 * n] ?? 0, sums[2 * n + 1] ?? 0, before, after);
      });
      choose();
    },
  };
}

const HEAP = 0x1f123bb5;
const CAPS = 0x5f356495;
const CDT = 0x2c1b3c6d;
const MEMORY = 0x297a2d39;
const QUEUES = 0x3c6ef372;
const LOW = 0xffff_ffffn;
/** Remembering what a small value comes to takes longer than to work it out again. */
const WORTH_KEEPING = 4;

function mix(h: number): number {
  let x = h ^ (h >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return x ^ (x >>> 16);
}

type Halves = readonly [number, number];

function halvesOfText(text: string): Halves {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let at = 0; at < text.length; at++) {
    a = Math.imul(a ^ text.charCodeAt(at), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(at), 0x5bd1e995);
  }
  return [mix(a), mix(b)];
}

/** Of a state under one renaming. What values add is kept by value, since values never change. */
class Sum {
  sumLo = 0;
  sumHi = 0;
  /** The halves of the value that was looked at last. */
  #lo = 0;
  #hi = 0;
  readonly #texts = new Map<string, Halves>();
  readonly #known = new WeakMap<object, Halves>();
  readonly #renaming: Renaming | null;

  constructor(renaming: Renaming | null) {
    this.#renaming = renaming;
  }

  of(s: KernelState): void {
    this.sumLo = 0;
    this.sumHi = 0;
    const none = PMap.emptyMap<never>();
    this.#addAll({ ...s, heap: none, caps: none, cdt: none, memory: none, queues: none }, s);
    this.#addGlobals(s, 1);
  }

  after(lo: number, hi: number, before: KernelState, after: KernelState): void {
    this.sumLo = lo;
    this.sumHi = hi;
    this.#addAll(before, after);
    if (before.globals === after.globals) return;
    this.#addGlobals(before, -1);
    this.#addGlobals(after, 1);
  }

  #addAll(before: KernelState, after: KernelState): void {
    if (before.heap !== after.heap) this.#addValues(HEAP, 16, before.heap, after.heap);
    if (before.caps !== after.caps) this.#addValues(CAPS, 32, before.caps, after.caps);
    if (before.cdt !== after.cdt) this.#addValues(CDT, 32, before.cdt, after.cdt);
    if (before.queues !== after.queues) this.#addQueues(before.queues, after.queues);
    if (before.memory !== after.memory) this.#addMemory(before.memory, after.memory);
  }

  #addValues(kind: number, unit: number, before: PMap.PMap<object>, after: PMap.PMap<object>): void {
    PMap.diff(before, after, (key, was, is) => {
      if (was !== undefined) {
        this.#hashObject(was);
        this.#add(kind, this.#address(key * unit), -1);
      }
      if (is !== undefined) {
        this.#hashObject(is);
        this.#add(kind, this.#address(key * unit), 1);
      }
    });
  }

  /** An empty queue is as one that is not there. */
  #addQueues(before: KernelState['queues'], after: KernelState['queues']): void {
    PMap.diff(before, after, (key, was, is) => {
      if (was !== undefined && was.length > 0) {
        this.#hashObject(was);
        this.#add(QUEUES, key, -1);
      }
      if (is !== undefined && is.length > 0) {
        this.#hashObject(is);
        this.#add(QUEUES, key, 1);
      }
    });
  }

  /** A word that is not there is 0. */
  #addMemory(before: KernelState['memory'], after: KernelState['memory']): void {
    PMap.diff(before, after, (key, was = 0n, is = 0n) => {
      if (was !== 0n) {
        this.#hashWord(was);
        this.#add(MEMORY, this.#address(key * 8), -1);
      }
      if (is !== 0n) {
        this.#hashWord(is);
        this.#add(MEMORY, this.#address(key * 8), 1);
      }
    });
  }

  #addGlobals({ globals }: KernelState, sign: 1 | -1): void {
    this.#hashObject(globals);
    this.#add(0, 0, sign);
  }

  #add(kind: number, key: number, sign: 1 | -1): void {
    const place = mix(key ^ kind);
    this.sumLo = (this.sumLo + sign * mix(this.#lo ^ place)) | 0;
    this.sumHi = (this.sumHi + sign * mix(this.#hi ^ Math.imul(place, 0x9e3779b1))) | 0;
  }

  #address(address: number): number {
    return this.#renaming === null ? address : this.#renaming.address(address);
  }

  /** A number below 2^53. */
  #hashNumber(value: number): void {
    const low = value | 0;
    const high = Math.floor(value / 4294967296) | 0;
    this.#lo = mix(low ^ 0x68e31da4 ^ Math.imul(high, 0x1b873593));
    this.#hi = mix(Math.imul(low, 0xb5297a4d) ^ high ^ 0x7f4a7c15);
  }

  #hashWord(value: bigint): void {
    const low = Number(value & LOW);
    const high = Number((value >> 32n) & LOW);
    this.#lo = mix(low ^ 0x3243f6a8 ^ Math.imul(high, 0x27d4eb2f));
    this.#hi = mix(Math.imul(low, 0x165667b1) ^ high ^ 0x2545f491);
  }

  #hashText(text: string): void {
    let known = this.#texts.get(text);
    if (known === undefined) {
      known = halvesOfText(text);
      this.#texts.set(text, known);
    }
    [this.#lo, this.#hi] = known;
  }

  #hashValue(value: unknown): void {
    switch (typeof value) {
      case 'number':
        this.#hashNumber(this.#address(value));
        return;
      case 'bigint':
        this.#hashWord(value);
        return;
      case 'string':
        this.#hashText(value);
        return;
      case 'boolean':
        this.#lo = value ? 0x6a09e667 : 0x3c6ef37;
        this.#hi = value ? 0x510e527f : 0x1f83d9ab;
        return;
      case 'object':
        if (value !== null) {
          this.#hashObject(value);
          return;
        }
        break;
      default:
    }
    this.#lo = 0x5be0cd19;
    this.#hi = 0x428a2f98;
  }

  #hashObject(value: object): void {
    const before = this.#known.get(value);
    if (before !== undefined) {
      [this.#lo, this.#hi] = before;
      return;
    }
    const fields = Array.isArray(value) ? this.#hashList(value as readonly unknown[]) : this.#hashRecord(value);
    if (fields > WORTH_KEEPING) this.#known.set(value, [this.#lo, this.#hi]);
  }

  /** Returns how many items there are. */
  #hashList(list: readonly unknown[]): number {
    let a = 0x71374491;
    let b = 0xb5c0fbcf | 0;
    for (const item of list) {
      this.#hashValue(item);
      a = mix(Math.imul(a, 31) + this.#lo);
      b = mix(Math.imul(b, 37) + this.#hi);
    }
    this.#lo = a;
    this.#hi = b;
    return list.length;
  }

  #hashSet(items: readonly unknown[]): void {
    let [a, b] = [0, 0];
    for (const item of items) {
      this.#hashValue(item);
      a = (a + mix(this.#lo)) | 0;
      b = (b + mix(this.#hi)) | 0;
    }
    this.#lo = a;
    this.#hi = b;
  }

  /** Returns how many fields there are. */
  #hashRecord(record: object): number {
    let fields = 0;
    let a = 0x71374491;
    let b = 0xb5c0fbcf | 0;
    for (const key in record) {
      const item = (record as Readonly<Record<string, unknown>>)[key];
      // A field that is not there and one that says nothing are the same.
      if (item === undefined) continue;
      fields++;
      this.#hashField(key, item);
      const [itemLo, itemHi] = [this.#lo, this.#hi];
      this.#hashText(key);
      a = (a + mix(Math.imul(this.#lo, 31) ^ itemLo)) | 0;
      b = (b + mix(Math.imul(this.#hi, 37) ^ itemHi)) | 0;
    }
    this.#lo = a;
    this.#hi = b;
    return fields;
  }

  /** Most numbers that are renamed are addresses; these are not. */
  #hashField(key: string, item: unknown): void {
    if (this.#renaming === null) {
      this.#hashValue(item);
    } else if ((key === 'asid' || key === 'base') && typeof item === 'number') {
      this.#hashNumber(this.#renaming.asid(item));
    } else if (key === 'asidTable' && Array.isArray(item)) {
      const moved: unknown[] = [...(item as unknown[])];
      for (const [index, pool] of item.entries()) moved[this.#renaming.pool(index)] = pool;
      this.#hashList(moved);
    } else if (key === 'children' && Array.isArray(item)) {
      this.#hashSet(item as readonly unknown[]);
    } else {
      this.#hashValue(item);
    }
  }
}
