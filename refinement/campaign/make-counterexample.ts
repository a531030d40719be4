/** From a failure of a random run to the counterexample that is kept. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FoundFailure, ShrinkReport } from './task.ts';
import { distFolder } from '../step/kernels.ts';
import type { Counterexample } from '../counterexample/format.ts';
import { SCHEMA, counterexampleId } from '../counterexample/format.ts';

/** Hashes of the sources that the running build was made from. */
export function builtSources(): Counterexample['sources'] {
  const { spec, impl } = JSON.parse(
    readFileSync(join(distFolder(), 'build.json'), 'utf8'),
  ) as Counterexample['sources'];
  return { spec, impl };
}

/** `shrunk` is null when there was no time to shrink. */
export function makeCounterexample(found: FoundFailure, shrunk: ShrinkReport | null, seed: number): Counterexample {
  const { testCase, failure, run } = shrunk?.from ?? found;
  const smallest = { ...testCase, program: shrunk?.program ?? testCase.program };
  const shown = shrunk?.failure ?? failure;
  return {
    schema: SCHEMA,
    id: counterexampleId(smallest, shown.property),
    config: testCase.config,
    world: testCase.world,
    setting: testCase.setting,
    property: shown.property,
    failureClass: shown.failureClass,
    what: shown.what,
    differences: shown.differences.map((difference) => ({ ...difference })),
    program: smallest.program,
    original: testCase.program,
    found: { seed, run },
    shrinking: { executions: shrunk?.executions ?? 0, certificate: shrunk?.certificate ?? null },
    sources: builtSources(),
  };
}
