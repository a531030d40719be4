import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFECTS } from '../../refinement/defects/catalogue.ts';
import type { Measurement } from '../../refinement/defects/table.ts';
import { renderDefects } from '../../refinement/defects/table.ts';

const read = (name: string): string =>
  readFileSync(new URL(`../../refinement/defects/${name}`, import.meta.url), 'utf8');

describe('the page about the seeded defects', () => {
  const measurements = JSON.parse(read('measured.json')) as readonly Measurement[];

  it('is the catalogue and the measurements as they stand', () => {
    expect(read('README.md')).toBe(renderDefects(DEFECTS, measurements));
  });

  it('has every defect measured, and found as expected', () => {
    expect(measurements.map(({ name }) => name)).toEqual(DEFECTS.map(({ name }) => name));
    for (const { name, breaks } of DEFECTS) {
      const caughtBy = measurements.find((measurement) => measurement.name === name)?.caughtBy ?? {};
      expect(breaks).toEqual(expect.arrayContaining(Object.keys(caughtBy)));
    }
  });
});
