/** A kernel compared with itself, for a million steps of each configuration on each side: the matrix shows nothing. */
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { DEFAULT_STEPS, ROWS } from '../../refinement/cli/check.ts';
import { impact } from '../../refinement/impact/impact.ts';
import { makeTrees } from '../../refinement/impact/tree.ts';

const STEPS = 1_000_000;
/** Kernel steps that a program has on average, at least. */
const STEPS_OF_RUN = 165;
const SEED = 1_000_003;

it.each(Object.keys(DEFAULT_STEPS))('%s: base against itself', async (config) => {
  const project = resolve(import.meta.dirname, '../..');
  const trees = await makeTrees({ project, base: 'HEAD', patches: [], checkTypes: false });
  try {
    const result = await impact({
      trees: { ...trees, changed: trees.base },
      seed: SEED,
      rows: ROWS,
      runs: { [config]: STEPS / STEPS_OF_RUN },
      specOnly: false,
      reproduce: '',
      interrupt: { isInterrupted: () => false, happened: new Promise(() => undefined) },
      onCell: () => undefined,
      say: console.log,
    });
    expect(result.base.steps).toBeGreaterThanOrEqual(STEPS);
    expect(result.changed.stepsOf).toEqual(result.base.stepsOf);
    expect(result).toMatchObject({ verdict: 'nothing breaks', exitCode: 0, broken: [], behaviour: [] });
    const statuses = new Set(result.matrix.map(({ status }) => status));
    expect([...statuses].filter((status) => status !== 'held' && status !== 'vacuous')).toEqual([]);
  } finally {
    trees.dispose();
  }
});
