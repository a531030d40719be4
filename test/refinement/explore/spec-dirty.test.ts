/** What breaks an invariant is seen by looking at what changed. */
import { expect, it } from 'vitest';
import { INVARIANTS } from '../../../properties/catalogue.ts';
import type { StateInvariant } from '../../../properties/property.ts';
import { specDirty } from '../../../refinement/explore/spec-dirty.ts';
import { BREAKS } from '../../helpers/breaks.ts';
import { variedState } from '../../helpers/states.ts';

const good = variedState();
const cases = INVARIANTS.filter((one): one is StateInvariant => one.kind === 'state').flatMap((invariant) =>
  (BREAKS[invariant.name] ?? [])
    .filter(({ fullOnly }) => fullOnly !== true && invariant.localViolations !== undefined)
    .map((entry) => [invariant.name, entry.clause, invariant, entry] as const),
);

it('has many ways to break them', () => {
  expect(cases.length).toBeGreaterThan(100);
});

it.each(cases)('%s fails: %s', (_name, _clause, { localViolations }, { edit }) => {
  const bad = edit(good);
  expect(localViolations?.(bad, specDirty(good, bad))).not.toEqual([]);
});
