/** Every kernel with features left out that a study measures agrees on both sides. */
import { expect, it } from 'vitest';
import { ablations } from '../../refinement/cost/ablation/ablation.ts';
import { runPlan } from '../../refinement/cost/measure/run.ts';

it('kernels without one feature, without two and without many agree on both sides', async () => {
  const plan = { kernels: ablations(true), seeds: [3], rows: 200, steps: 20_000, properties: null, fullEvery: 64 };
  const options = { workers: 2, store: null, isInterrupted: () => false, onCell: () => undefined };
  const cells = await runPlan(plan, options);
  expect(cells?.length).toBeGreaterThanOrEqual(45);
  expect(cells?.filter(({ failure }) => failure !== null)).toEqual([]);
});
