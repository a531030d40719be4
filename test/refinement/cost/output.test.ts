import { parquetReadObjects } from 'hyparquet';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { draw, symbols } from '../../../refinement/cost/output/plot.ts';
import { foretoldPlot, lemmaPlot } from '../../../refinement/cost/output/plots-of-proofs.ts';
import { asCsv, asParquet, jsonSchema } from '../../../refinement/cost/output/formats.ts';
import { escaped } from '../../../refinement/cost/output/report.ts';
import { number, table, text, truth } from '../../../refinement/cost/output/table.ts';
import { countedTables } from '../../../refinement/cost/output/tables.ts';
import { proofStudy } from '../../../refinement/cost/proofs/study.ts';
import type { CostStudy } from '../../../refinement/cost/study.ts';

interface Row {
  readonly name: string;
  readonly value: number | null;
  readonly isTrue: boolean;
}
const TABLE = table<Row>(
  'things',
  'a thing',
  [
    { name: 'a, "b"', value: 1 / 3, isTrue: true },
    { name: 'c\nd', value: null, isTrue: false },
    { name: 'e', value: 12_345, isTrue: true },
  ],
  [
    text('name', 'what it is called', (row) => row.name),
    number('value', 'what it is worth', (row) => row.value),
    truth('is_true', 'whether it is so', (row) => row.isTrue),
  ],
);

describe('tables', () => {
  it('come back from CSV as they went', () => {
    expect(parse(asCsv(TABLE), { columns: true })).toEqual([
      { name: 'a, "b"', value: '0.333333333', is_true: 'true' },
      { name: 'c\nd', value: '', is_true: 'false' },
      { name: 'e', value: '12345', is_true: 'true' },
    ]);
  });

  it('come back from Parquet as they went', async () => {
    const bytes = await asParquet(TABLE);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    expect(await parquetReadObjects({ file })).toEqual([
      { name: 'a, "b"', value: 0.333333333, is_true: true },
      { name: 'c\nd', value: null, is_true: false },
      { name: 'e', value: 12345, is_true: true },
    ]);
  });

  it('have the schema that is published; `vitest run test/refinement/cost --update` writes it', async () => {
    const nothing: CostStudy = {
      schema: 'corres-cost/1',
      plan: { kernels: [], seeds: [], steps: 0, rows: 0, fullEvery: 0, properties: null },
      sources: { spec: '', impl: '' },
      kernels: [],
      branches: [],
      classes: [],
      properties: [],
      growth: [],
      effects: [],
      interactions: [],
      detection: [],
      mutants: [],
      areas: { rows: [], correlations: [] },
      exhaustion: null,
      failures: [],
    };
    await expect(jsonSchema(countedTables(nothing))).toMatchFileSnapshot('../../../refinement/cost/schema.json');
  });
});

describe('plots', () => {
  it('say every figure to whoever points at it, and nothing by colour alone', async () => {
    const study = proofStudy();
    const plots = await draw([lemmaPlot(study), foretoldPlot(study)]);
    expect(plots.map(({ name }) => name)).toEqual(['lemmas', 'foretold']);
    for (const { svg } of plots) {
      expect(svg).toMatch(/^<svg/);
      expect(svg).not.toMatch(/href=|<script|<image/);
      expect([...svg.matchAll(/(?:fill|stroke)="([^"]+)"/g)].map(([, colour]) => colour)).toEqual(
        expect.not.arrayContaining([expect.stringMatching(/^#(?!000|fff)/)]),
      );
    }
    expect(plots[0]?.svg).toContain('Refine, quadratic: 0.615');
    expect(plots[1]?.svg).toContain('stroke-dasharray="8 4"');
    expect(await draw([lemmaPlot(study)])).toEqual(plots.slice(0, 1));
  });

  it('have a legend for their symbols', async () => {
    const plotter = await import('@observablehq/plot');
    expect(symbols(plotter, ['a', 'b', 'a']).scale).toEqual({ domain: ['a', 'b'], range: ['circle', 'plus'] });
  });
});

it('what is said on the page is no markup', () => {
  expect(escaped('a < b & "c"')).toBe('a &lt; b &amp; &quot;c&quot;');
});
