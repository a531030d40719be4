/** All short sequences of updates, against a plain Map. */
import { describe, expect, it } from 'vitest';
import type { PMap } from '../../../spec/state/pmap.ts';
import { diff, emptyMap, forEach, get, set } from '../../../spec/state/pmap.ts';

/** Both sides of every change of height, two that begin alike, and the largest key. */
const KEYS = [0, 15, 16, 256, 273, 0xffff_ffff] as const;
const VALUES = ['a', 'b', undefined] as const;
const UPDATES = KEYS.flatMap((key) => VALUES.map((value) => [key, value] as const));
const LENGTH = 3;

interface Both {
  readonly map: PMap<string>;
  readonly model: ReadonlyMap<number, string>;
}

function update({ map, model }: Both, key: number, value: string | undefined): Both {
  const next = new Map(model);
  if (value === undefined) next.delete(key);
  else next.set(key, value);
  return { map: set(map, key, value), model: next };
}

/** Calls `visit` with the state before and after the last update of every sequence; returns how many sequences there are. */
function everySequence(visit: (before: Both, after: Both, key: number, value: string | undefined) => void): number {
  let count = 0;
  const go = (before: Both, left: number): void => {
    for (const [key, value] of UPDATES) {
      const after = update(before, key, value);
      count++;
      visit(before, after, key, value);
      if (left > 1) go(after, left - 1);
    }
  };
  go({ map: emptyMap(), model: new Map() }, LENGTH);
  return count;
}

const entries = (map: PMap<string>): [number, string][] => {
  const found: [number, string][] = [];
  forEach(map, (value, key) => found.push([key, value]));
  return found;
};

const sorted = (model: ReadonlyMap<number, string>): [number, string][] => [...model].sort(([a], [b]) => a - b);

describe('a persistent map', () => {
  it('holds what a Map holds, and is visited in the order of its keys', () => {
    let wrong = 0;
    const sequences = everySequence((_, { map, model }) => {
      for (const key of KEYS) if (get(map, key) !== model.get(key)) wrong++;
      if (JSON.stringify(entries(map)) !== JSON.stringify(sorted(model))) wrong++;
    });
    expect(wrong).toBe(0);
    expect(sequences).toBe(18 + 18 ** 2 + 18 ** 3);
  });

  it('leaves the map it was made from as it was', () => {
    let wrong = 0;
    everySequence((before) => {
      if (JSON.stringify(entries(before.map)) !== JSON.stringify(sorted(before.model))) wrong++;
    });
    expect(wrong).toBe(0);
  });

  it('is the same reference when an update changes nothing', () => {
    let same = 0;
    let wrong = 0;
    everySequence((before, after, key, value) => {
      if (before.model.get(key) !== value) return;
      same++;
      if (after.map !== before.map) wrong++;
    });
    expect(wrong).toBe(0);
    expect(same).toBeGreaterThan(1000);
  });

  it('differs from the one before in the updated key, from the empty one in all, and from one elsewhere in what that has, too', () => {
    let wrong = 0;
    const far = 0x1234_5678;
    const elsewhere = set(emptyMap<string>(), far, 'far');
    const empty = emptyMap<string>();
    everySequence((before, { map, model }, key, value) => {
      const changed: unknown[] = [];
      diff(before.map, map, (at, was, is) => changed.push([at, was, is]));
      const was = before.model.get(key);
      const expected = was === value ? [] : [[key, was, value]];
      if (JSON.stringify(changed) !== JSON.stringify(expected)) wrong++;
      const all: unknown[] = [];
      diff(map, empty, (at, held) => all.push([at, held]));
      if (JSON.stringify(all) !== JSON.stringify(sorted(model))) wrong++;
      const both: unknown[] = [];
      diff(elsewhere, map, (at, held, is) => both.push([at, held ?? is]));
      if (JSON.stringify(both) !== JSON.stringify(sorted(new Map([...model, [far, 'far']])))) wrong++;
    });
    expect(wrong).toBe(0);
  });

  it('knows nothing of keys beyond its height, or that begin otherwise', () => {
    const map = set(emptyMap<string>(), 3, 'a');
    expect(get(map, 3 + 16)).toBeUndefined();
    expect(get(set(map, 16, 'b'), 3 + 256)).toBeUndefined();
    expect(get(set(map, 300, 'b'), 17)).toBeUndefined();
    expect(get(set(emptyMap<string>(), 0x1003, 'a'), 3)).toBeUndefined();
  });
});
