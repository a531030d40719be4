/**
 * A persistent map from small non-negative integers: a radix-16 trie. An update copies one path and shares the rest, so the
 * difference of two versions is found by comparing references.
 *
 * Keys are below 2^32. The trie grows in height as larger keys come, so dense small keys stay cheap.
 */
type Node<V> = readonly (Node<V> | V | undefined)[];

export interface PMap<V> {
  /** Bits of key above the root's digit: 0 for one level, 4 for two and so on. */
  readonly shift: number;
  readonly root: Node<V>;
}

// Written out, and not frozen: the engine then keeps all nodes alike, as arrays without holes.
// biome-ignore format: packed
const EMPTY: Node<never> = [
  undefined, undefined, undefined, undefined, undefined, undefined, undefined, undefined,
  undefined, undefined, undefined, undefined, undefined, undefined, undefined, undefined,
];
const EMPTY_MAP: PMap<never> = { shift: 0, root: EMPTY };

export function emptyMap<V>(): PMap<V> {
  return EMPTY_MAP;
}

export function get<V>(map: PMap<V>, key: number): V | undefined {
  let shift = map.shift;
  if (shift < 28 && key >>> (shift + 4) !== 0) return undefined;
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
  let { shift, root } = map;
  while (shift < 28 && key >>> (shift + 4) !== 0) {
    if (value === undefined) return map;
    if (root !== EMPTY) {
      const up = EMPTY.slice() as (Node<V> | V | undefined)[];
      up[0] = root;
      root = up;
    }
    shift += 4;
  }
  const next = setIn(root, shift, key, value);
  return next === root && shift === map.shift ? map : { shift, root: next };
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
  visitNode(map.root, map.shift, 0, visit);
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
  if (before.root === after.root && before.shift === after.shift) return;
  const shift = Math.max(before.shift, after.shift);
  diffNode(raised(before, shift), raised(after, shift), shift, 0, visit);
}

function raised<V>(map: PMap<V>, shift: number): Node<V> {
  let { root } = map;
  for (let at = map.shift; at < shift; at += 4) {
    const up = EMPTY.slice() as (Node<V> | V | undefined)[];
    up[0] = root;
    root = up;
  }
  return root;
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
