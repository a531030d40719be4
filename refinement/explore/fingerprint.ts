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
export type Sums = readonly number[];

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
    sums: () => all.flatMap(({ sumLo, sumHi }) => [sumLo, sumHi]),
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

const GLOBALS = 0x165667b1;
const HEAP = 0x1f123bb5;
const CAPS = 0x5f356495;
const CDT = 0x2c1b3c6d;
const MEMORY = 0x297a2d39;
const QUEUES = 0x3c6ef372;
const LENGTH = 0x51ed270b;
const LOW = 0xffff_ffffn;

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

/**
 * Of a state under one renaming: the sum of what every number, word, text and truth value in it adds, each mixed with its place. A place is 64 bits as well:
 * the way to it from the state down. So what is the same before and after is not looked at, down to single fields.
 */
class Sum {
  sumLo = 0;
  sumHi = 0;
  readonly #texts = new Map<string, Halves>();
  readonly #renaming: Renaming | null;

  constructor(renaming: Renaming | null) {
    this.#renaming = renaming;
  }

  of(s: KernelState): void {
    this.sumLo = 0;
    this.sumHi = 0;
    const none = PMap.emptyMap<never>();
    this.#changeMaps({ ...s, heap: none, caps: none, cdt: none, memory: none, queues: none }, s);
    this.#change(GLOBALS, ~GLOBALS, undefined, s.globals);
  }

  after(lo: number, hi: number, before: KernelState, after: KernelState): void {
    this.sumLo = lo;
    this.sumHi = hi;
    this.#changeMaps(before, after);
    this.#change(GLOBALS, ~GLOBALS, before.globals, after.globals);
  }

  #changeMaps(before: KernelState, after: KernelState): void {
    if (before.heap !== after.heap) this.#changeMap(HEAP, 16, before.heap, after.heap, itself);
    if (before.caps !== after.caps) this.#changeMap(CAPS, 32, before.caps, after.caps, itself);
    if (before.cdt !== after.cdt) this.#changeMap(CDT, 32, before.cdt, after.cdt, itself);
    if (before.queues !== after.queues) this.#changeMap(QUEUES, 0, before.queues, after.queues, ifNotEmpty);
    if (before.memory !== after.memory) this.#changeMap(MEMORY, 8, before.memory, after.memory, ifNotZero);
  }

  /** @param unit bytes from one key to the next; 0 where keys are no addresses */
  #changeMap<V>(kind: number, unit: number, before: PMap.PMap<V>, after: PMap.PMap<V>, told: (v?: V) => unknown): void {
    PMap.diff(before, after, (key, was, is) => {
      const place = unit === 0 ? key : this.#address(key * unit);
      this.#change(mix(place ^ kind), mix(Math.imul(place, 0x9e3779b1) ^ ~kind), told(was), told(is));
    });
  }

  /** At one place there was one value, and there is another one; undefined is nothing. */
  #change(placeLo: number, placeHi: number, was: unknown, is: unknown): void {
    if (was === is) return;
    if (Array.isArray(was) && Array.isArray(is)) {
      this.#changeList(placeLo, placeHi, was, is);
    } else if (isRecord(was) && isRecord(is)) {
      this.#changeRecord(placeLo, placeHi, was, is);
    } else {
      if (was !== undefined) this.#add(placeLo, placeHi, was, -1);
      if (is !== undefined) this.#add(placeLo, placeHi, is, 1);
    }
  }

  #changeList(placeLo: number, placeHi: number, was: readonly unknown[], is: readonly unknown[]): void {
    if (was.length !== is.length) {
      this.#addNumber(placeLo ^ LENGTH, placeHi ^ LENGTH, was.length, -1);
      this.#addNumber(placeLo ^ LENGTH, placeHi ^ LENGTH, is.length, 1);
    }
    for (let n = Math.max(was.length, is.length) - 1; n >= 0; n--)
      if (was[n] !== is[n]) this.#change(within(placeLo, n), within(placeHi, ~n), was[n], is[n]);
  }

  /** A field that is not there and one that says nothing are the same. */
  #changeRecord(placeLo: number, placeHi: number, was: Fields, is: Fields): void {
    for (const key in is) if (was[key] !== is[key]) this.#changeField(placeLo, placeHi, key, was[key], is[key]);
    for (const key in was) if (!(key in is)) this.#changeField(placeLo, placeHi, key, was[key], undefined);
  }

  #changeField(placeLo: number, placeHi: number, key: string, was: unknown, is: unknown): void {
    const [a, b] = this.#halvesOf(key);
    const [lo, hi] = [mix(placeLo ^ a), mix(placeHi ^ b)];
    if (this.#renaming === null) this.#change(lo, hi, was, is);
    else this.#changeRenamed(lo, hi, key, was, is, this.#renaming);
  }

  /** Most numbers that are renamed are addresses; these are not. */
  #changeRenamed(lo: number, hi: number, key: string, was: unknown, is: unknown, { asid, pool }: Renaming): void {
    const told = (value: unknown): unknown => {
      if ((key === 'asid' || key === 'base') && typeof value === 'number') return `${key} ${asid(value)}`;
      if (key === 'asidTable' && Array.isArray(value)) return moved(value, pool);
      return value;
    };
    if (key === 'children') {
      for (const child of (was ?? []) as readonly unknown[]) this.#add(lo, hi, child, -1);
      for (const child of (is ?? []) as readonly unknown[]) this.#add(lo, hi, child, 1);
    } else {
      this.#change(lo, hi, told(was), told(is));
    }
  }

  #add(placeLo: number, placeHi: number, value: unknown, sign: 1 | -1): void {
    switch (typeof value) {
      case 'number':
        this.#addNumber(placeLo, placeHi, this.#address(value), sign);
        break;
      case 'bigint': {
        const [low, high] = [Number(value & LOW), Number((value >> 32n) & LOW)];
        const [lo, hi] = [
          low ^ 0x3243f6a8 ^ Math.imul(high, 0x27d4eb2f),
          Math.imul(low, 0x165667b1) ^ high ^ 0x2545f491,
        ];
        this.#addHalves(placeLo ^ lo, placeHi ^ hi, sign);
        break;
      }
      case 'string': {
        const [lo, hi] = this.#halvesOf(value);
        this.#addHalves(placeLo ^ lo, placeHi ^ hi, sign);
        break;
      }
      case 'boolean':
        this.#addNumber(~placeLo, ~placeHi, Number(value), sign);
        break;
      default:
        if (Array.isArray(value)) {
          this.#addNumber(placeLo ^ LENGTH, placeHi ^ LENGTH, 0, sign);
          if (sign === 1) this.#changeList(placeLo, placeHi, [], value);
          else this.#changeList(placeLo, placeHi, value, []);
        } else if (isRecord(value)) {
          if (sign === 1) this.#changeRecord(placeLo, placeHi, {}, value);
          else this.#changeRecord(placeLo, placeHi, value, {});
        } else {
          this.#addHalves(placeLo ^ 0x5be0cd19, placeHi ^ 0x428a2f98, sign);
        }
    }
  }

  /** A number below 2^53. */
  #addNumber(placeLo: number, placeHi: number, value: number, sign: 1 | -1): void {
    const [low, high] = [value | 0, Math.floor(value / 2 ** 32) | 0];
    const [lo, hi] = [low ^ 0x68e31da4 ^ Math.imul(high, 0x1b873593), Math.imul(low, 0xb5297a4d) ^ high ^ 0x7f4a7c15];
    this.#addHalves(placeLo ^ lo, placeHi ^ hi, sign);
  }

  #addHalves(lo: number, hi: number, sign: 1 | -1): void {
    this.sumLo = (this.sumLo + sign * mix(lo)) | 0;
    this.sumHi = (this.sumHi + sign * mix(hi)) | 0;
  }

  #address(address: number): number {
    return this.#renaming === null ? address : this.#renaming.address(address);
  }

  #halvesOf(text: string): Halves {
    let known = this.#texts.get(text);
    if (known === undefined) {
      known = halvesOfText(text);
      this.#texts.set(text, known);
    }
    return known;
  }
}

type Fields = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const within = (place: number, n: number): number => mix((place + Math.imul(n, 0x9e3779b1)) ^ n);

const itself = (value: unknown): unknown => value;
/** An empty queue is as one that is not there. */
const ifNotEmpty = (queue?: readonly unknown[]): unknown => (queue?.length === 0 ? undefined : queue);
/** A word that is not there is 0. */
const ifNotZero = (word?: bigint): unknown => (word === 0n ? undefined : word);

function moved(list: readonly unknown[], to: (index: number) => number): readonly unknown[] {
  const result: unknown[] = [...list];
  for (const [index, item] of list.entries()) result[to(index)] = item;
  return result;
}
