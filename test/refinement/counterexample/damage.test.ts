/** Whatever a counterexample file holds, it is either refused by name or run: nothing else may come of it. */
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { FULL_EVERY, makeChecker } from '../../../refinement/campaign/checker.ts';
import { decodeCounterexample, testCaseOf } from '../../../refinement/counterexample/format.ts';
import { InputError } from '../../../refinement/input-error.ts';
import { record } from '../../../refinement/replay/record.ts';
import { renderExplanation } from '../../../refinement/replay/render.ts';
import type { Kernels } from '../../../refinement/step/kernels.ts';
import { loadKernels } from '../../../refinement/step/kernels.ts';
import { damaged } from '../../helpers/damage.ts';

const REGRESSIONS = resolve(import.meta.dirname, '../../regressions');

it('damaged in 400 ways', { timeout: 120_000 }, async () => {
  const texts = readdirSync(REGRESSIONS)
    .filter((name) => name.endsWith('.json'))
    .map((name) => readFileSync(join(REGRESSIONS, name), 'utf8'));
  const ends = { refused: 0, ran: 0 };
  const loaded = new Map<string, Promise<Kernels>>();
  for (let seed = 0; seed < 400; seed++) {
    const text = damaged(texts[seed % texts.length] ?? '', seed);
    try {
      const counterexample = decodeCounterexample(text, 'damaged.json');
      const { config } = counterexample;
      const loading = loaded.get(config) ?? loadKernels(config);
      loaded.set(config, loading);
      const kernels = await loading;
      const lockstep = makeChecker(kernels, { properties: null, fullEvery: FULL_EVERY });
      const recording = record(lockstep, kernels.world(counterexample.world), testCaseOf(counterexample).program);
      expect(renderExplanation(counterexample, kernels, recording), `seed ${seed}`).toContain(counterexample.id);
      ends.ran++;
    } catch (error) {
      if (!(error instanceof InputError)) throw new Error(`seed ${seed}: ${text.slice(0, 2000)}`, { cause: error });
      expect(error.message, `seed ${seed}`).not.toBe('');
      ends.refused++;
    }
  }
  expect(ends.refused).toBeGreaterThan(100);
  expect(ends.ran).toBeGreaterThan(20);
});
