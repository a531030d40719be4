import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DEFECTS } from '../../../refinement/defects/catalogue.ts';
import type { Measurement } from '../../../refinement/defects/table.ts';
import { root } from '../../../refinement/build/build.mjs';
import type { KillMatrix } from '../../../refinement/mutate/matrix.ts';
import type { RealDefect } from '../../../refinement/cost/analysis/detection.ts';
import { ablations } from '../../../refinement/cost/ablation/ablation.ts';
import { exhaust } from '../../../refinement/cost/exhaust/exhaust.ts';
import { branchCurves } from '../../../refinement/cost/measure/branch-curve.ts';
import { choices } from '../../../refinement/cost/exhaust/groups.ts';
import type { Cell } from '../../../refinement/cost/measure/cell.ts';
import { counted } from '../../../refinement/cost/measure/cell.ts';
import type { RunOptions, StudyPlan } from '../../../refinement/cost/measure/run.ts';
import { runPlan } from '../../../refinement/cost/measure/run.ts';
import { ruler } from '../../../refinement/cost/measure/sizes.ts';
import { cellStore } from '../../../refinement/cost/measure/store.ts';
import { asCsv } from '../../../refinement/cost/output/formats.ts';
import { countedTables } from '../../../refinement/cost/output/tables.ts';
import { plannedKernels } from '../../../refinement/cost/plan.ts';
import { costStudy } from '../../../refinement/cost/study.ts';
import { loadKernels } from '../../../refinement/step/kernels.ts';

const folder = mkdtempSync(join(tmpdir(), 'corres-cost-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Two features, by themselves and together. */
const PLAN: StudyPlan = {
  kernels: plannedKernels({ features: ['domains', 'address-spaces'], configs: [], properties: [], pairs: false }),
  seeds: [1, 2],
  rows: 60,
  steps: 300,
  properties: null,
  fullEvery: 64,
};
const OPTIONS: RunOptions = { workers: 1, store: null, isInterrupted: () => false, onCell: () => undefined };
const alone = runPlan(PLAN, OPTIONS);
const figures = (cells: readonly Cell[] | null): unknown => cells?.map(counted);

describe('the cells of a study', { timeout: 120_000 }, () => {
  it('are the same on one worker and on two', async () => {
    const cells = await alone;
    expect(cells).toHaveLength(8);
    expect(cells?.every(({ steps, failure }) => steps >= 300 && failure === null)).toBe(true);
    expect(figures(await runPlan(PLAN, { ...OPTIONS, workers: 2 }))).toEqual(figures(cells));
  });

  it('are the same when the study was interrupted and went on', async () => {
    const out = join(folder, 'interrupted');
    let done = 0;
    const interrupted = await runPlan(PLAN, {
      ...OPTIONS,
      store: cellStore(out, PLAN.steps, false),
      isInterrupted: () => done >= 3,
      onCell: () => done++,
    });
    expect(interrupted).toBeNull();
    let known = 0;
    const resumed = await runPlan(PLAN, {
      ...OPTIONS,
      store: cellStore(out, PLAN.steps, true),
      onCell: (_, at, all, isKnown) => (known += isKnown ? 1 : 0),
    });
    expect(known).toBe(3);
    expect(figures(resumed)).toEqual(figures(await alone));
  });

  it('of a kernel without a feature have none of its operations', async () => {
    const cells = (await alone) ?? [];
    const operations = (kernel: string): readonly string[] =>
      (cells.find((cell) => cell.kernel === kernel)?.outcomes ?? []).map(({ operation }) => operation);
    expect(operations('classic').some((name) => name.startsWith('Page'))).toBe(true);
    expect(operations('-address-spaces').some((name) => name.startsWith('Page'))).toBe(false);
    expect(operations('-address-spaces').some((name) => name.startsWith('Domain'))).toBe(true);
  });
});

describe('a folder with cells', () => {
  it('is not mixed up with that of another study, and says what is broken in it', () => {
    const out = join(folder, 'other');
    cellStore(out, { steps: 1 }, false);
    expect(() => cellStore(out, { steps: 1 }, false)).toThrow('holds a study already; --resume goes on with it');
    expect(() => cellStore(out, { steps: 2 }, true)).toThrow('was asked something else');
    writeFileSync(join(out, 'cells', '_fastpath.1.json'), '{"kernel": "-fastpath"');
    expect(() => cellStore(out, { steps: 1 }, true).read('-fastpath', 1)).toThrow(
      '_fastpath.1.json: is no cell of a study',
    );
    writeFileSync(join(out, 'cells', '_fastpath.1.json'), '{"kernel": "-fastpath"}');
    expect(() => cellStore(out, { steps: 1 }, true).read('-fastpath', 1)).toThrow('is no cell of a study: config');
    expect(cellStore(out, { steps: 1 }, true).read('-domains', 1)).toBeNull();
  });
});

describe('kernels without a feature', { timeout: 240_000 }, () => {
  // All of them, and longer, in `test/long`.
  it('agree on both sides', async () => {
    const all = ablations(false);
    const most = Math.max(...all.map(({ features }) => features.length));
    const kernels = all.filter(({ features: { length } }) => length === 1 || length === most);
    const cells = await runPlan({ ...PLAN, kernels, seeds: [3], rows: 200, steps: 1_000 }, { ...OPTIONS, workers: 2 });
    expect(cells?.length).toBeGreaterThanOrEqual(10);
    expect(cells?.filter(({ failure }) => failure !== null)).toEqual([]);
  });
});

describe('a small study', { timeout: 120_000 }, () => {
  it('comes to the figures that are kept; after a change to a kernel or a generator, `vitest run test/refinement/cost --update`', async () => {
    const cells = await alone;
    if (cells === null) throw new Error('nobody interrupted it');
    const json = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'));
    const kernels = await loadKernels('systems');
    const study = costStudy({
      plan: PLAN,
      cells,
      ruler: await ruler(root),
      sources: { spec: '', impl: '' },
      defects: DEFECTS,
      measured: json('refinement/defects/measured.json') as readonly Measurement[],
      matrix: json('refinement/mutate/matrix.json') as KillMatrix,
      corpus: json('test/corpus/corpus.json') as readonly RealDefect[],
      branches: await branchCurves('small', { seed: 1, rows: 60, steps: 600, fullEvery: 64 }),
      exhausted: await Promise.all(
        choices(['messages', 'signals', 'bound-notifications']).map((features) => exhaust(kernels, features, 10_000)),
      ),
      seed: 1,
    });
    const shown = countedTables(study).filter(({ name }) => SHOWN.includes(name));
    expect(shown).toHaveLength(SHOWN.length);
    const text = shown.map((table) => `${table.name}\n${asCsv(table)}`).join('\n');
    await expect(text).toMatchFileSnapshot('small-study.txt');
  });
});

/** Those that change with the kernels and programs; the others come from what is kept elsewhere. */
const SHOWN = [
  'kernels',
  'costs',
  'branches',
  'effects',
  'interactions',
  'exhausted',
  'multipliers',
  'multiplier_pairs',
];
