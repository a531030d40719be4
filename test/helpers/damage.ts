/** Files as they come out of bad disks, other versions, other hands. */
import { random } from '../../refinement/program/random.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const STRANGE: readonly Json[] = [
  null,
  true,
  -1,
  0,
  1,
  3,
  0.5,
  1e9,
  1e15,
  1e308,
  2 ** 53,
  '',
  '0x0',
  '0xffffffffffffffff',
  '__proto__',
  'constructor',
  'small',
  '💥',
  [],
  {},
  [[]],
  { toString: 1 },
];

/** The JSON text with one or two things made wrong; now and then cut, or with a byte changed. */
export function damaged(text: string, seed: number): string {
  const r = random(seed);
  if (r.chance(0.1)) return text.slice(0, r.below(text.length));
  if (r.chance(0.1)) {
    const at = r.below(text.length);
    return text.slice(0, at) + String.fromCharCode(32 + r.below(95)) + text.slice(at + 1);
  }
  const json = JSON.parse(text) as Json;
  for (let n = r.below(2); n >= 0; n--) spoil(json);
  return JSON.stringify(json);

  function spoil(value: Json): void {
    if (value === null || typeof value !== 'object') return;
    const keys = Object.keys(value);
    if (keys.length === 0) return;
    const key = r.pick(keys);
    const inner = (value as Record<string, Json>)[key] ?? null;
    if (typeof inner === 'object' && r.chance(0.8)) spoil(inner);
    else if (r.chance(0.2)) Reflect.deleteProperty(value, key);
    else (value as Record<string, Json>)[key] = r.pick(STRANGE);
  }
}
