/** Which seeded defects take longest to be found: they are looked for in `test/long`. */
import { readFileSync } from 'node:fs';
import type { Measurement } from '../../refinement/defects/table.ts';
import { median } from '../../refinement/defects/table.ts';

/** Steps, by their median. */
const SLOW_STEPS = 5_000;
const MEASURED = JSON.parse(
  readFileSync(new URL('../../refinement/defects/measured.json', import.meta.url), 'utf8'),
) as readonly Measurement[];
const SLOW = new Set(MEASURED.filter(({ steps }) => (median(steps) ?? 0) > SLOW_STEPS).map(({ name }) => name));

export const isSlow = (name: string): boolean => SLOW.has(name);
