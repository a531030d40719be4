/**
 * A persistent map from small non-negative integers: a radix-16 trie. An update copies one path and shares the rest, so the
 * difference of two versions is found by comparing references.
 *
 * Keys are below 2^32. The trie is no higher than it must be to tell them apart: what all of them begin with is kept beside it.
 */
type Node<V> = readonly (Node<V> | V | undefined)[];

export interface PMap<V> {
  /** Bits of key above the root's digit: 0 for one level, 4 for two and so on. */
  readonly shift: number;
  /** What all keys begin with: the bits above the root's digit. */
  readonly prefix: number;
  readonly root: Node<V>;
}

// Written out, and not frozen: the engine then keeps all nodes alike, as arrays without holes.
// biome-ignore format: packed
const EMPTY: Node<never> = [
  undefined, undefined, undefined, undefined, undefined, undefined, undefined, undefined,
  undefined, undefined, undefined, undefined, undefined, undefined, undefined, undefined,
];
const EMPTY_MAP: PMap<never> = { shift: 0, prefix: 0, root: EMPTY };

/** The bits of a key above the digit at `shift`. */
function above(key: number, shift: number): number {
  return shift === 28 ? 0 : key >>> (shift + 4);
}

export function emptyMap<V>(): PMap<V> {
  return EMPTY_MAP;
}

export function get<V>(map: PMap<V>, key: number): V | undefined {
  let shift = map.shift;
  if (above(key, shift) !== map.prefix) return undefined;
  let node: Node<V> = map.root;
  while (shift > 0) {
    const next = node[(key >>> shift) & 15];
    if (next === undefined) return undefined;
    node = next as Node<V>;
    shift -= 4;
  }
  return node[key & 15] as V | undefined;
}

/** `map` with `key` holding `value`; `undefined` takes the key out. The same map when nothing changes. */
export function set<V>(map: PMap<V>, key: number, value: V | undefined): PMap<V> {
  if (above(key, map.shift) === map.prefix) {
    const next = setIn(map.root, map.shift, key, value);
    return next === map.root ? map : { shift: map.shift, prefix: map.prefix, root: next };
  }
  if (value === undefined) return map;
  if (map.root === EMPTY) return { shift: 0, prefix: above(key, 0), root: setIn(EMPTY as Node<V>, 0, key, value) };
  const { shift, prefix, root } = raised(map, (higher) => above(key, higher.shift) === higher.prefix);
  return { shift, prefix, root: setIn(root, shift, key, value) };
}

/** The same map with a higher root, until that is enough. */
function raised<V>(map: PMap<V>, isEnough: (map: PMap<V>) => boolean): PMap<V> {
  let higher = map;
  while (!isEnough(higher)) {
    const { shift, prefix } = higher;
    const root = EMPTY.slice() as (Node<V> | V | undefined)[];
    root[prefix & 15] = higher.root;
    higher = { shift: shift + 4, prefix: prefix >>> 4, root };
  }
  return higher;
}

/** The first key that the map may have. */
function firstKey<V>({ shift, prefix }: PMap<V>): number {
  return shift === 28 ? 0 : (prefix << (shift + 4)) >>> 0;
}

function setIn<V>(node: Node<V>, shift: number, key: number, value: V | undefined): Node<V> {
  const digit = (key >>> shift) & 15;
  const before = node[digit];
  const after =
    shift === 0
      ? value
      : before === undefined && value === undefined
        ? undefined
        : setIn((before ?? EMPTY) as Node<V>, shift - 4, key, value);
  if (after === before) return node;
  const copy = node.slice();
  copy[digit] = after;
  return copy;
}

export function forEach<V>(map: PMap<V>, visit: (value: V, key: number) => void): void {
  visitNode(map.root, map.shift, firstKey(map), visit);
}

function visitNode<V>(node: Node<V>, shift: number, base: number, visit: (value: V, key: number) => void): void {
  for (let digit = 0; digit < 16; digit++) {
    const child = node[digit];
    if (child === undefined) continue;
    const key = base + ((digit << shift) >>> 0);
    if (shift === 0) visit(child as V, key);
    else visitNode(child as Node<V>, shift - 4, key, visit);
  }
}

/** Calls `visit` for every key whose value is not the same reference (or the same primitive) in both maps. */
export function diff<V>(
  before: PMap<V>,
  after: PMap<V>,
  visit: (key: number, was: V | undefined, is: V | undefined) => void,
): void {
  if (before.root === after.root && before.shift === after.shift && before.prefix === after.prefix) return;
  const a = raised(before, ({ shift, prefix }) => shift >= after.shift && above(firstKey(after), shift) === prefix);
  const b = raised(after, ({ shift }) => shift === a.shift);
  diffNode(a.root, b.root, a.shift, firstKey(a), visit);
}

function diffNode<V>(
  a: Node<V>,
  b: Node<V>,
  shift: number,
  base: number,
  visit: (key: number, was: V | undefined, is: V | undefined) => void,
): void {
  for (let digit = 0; digit < 16; digit++) {
    const was = a[digit];
    const is = b[digit];
    if (was === is) continue;
    const key = base + ((digit << shift) >>> 0);
    if (shift === 0) visit(key, was as V | undefined, is as V | undefined);
    else diffNode((was ?? EMPTY) as Node<V>, (is ?? EMPTY) as Node<V>, shift - 4, key, visit);
  }
}
