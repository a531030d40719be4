/** Every invariant of the MCS kernel holds of a good state, and fails on one that is broken on purpose, clause by clause. */
import { describe, expect, it } from 'vitest';
import * as smallLayout from '../../impl/memory/layout.ts';
import { INVARIANTS } from '../../properties/catalogue.ts';
import type { DesignInvariant, StateInvariant } from '../../properties/property.ts';
import { isAbout } from '../../refinement/campaign/checker.ts';
import { loadKernels, placesOf } from '../../refinement/step/kernels.ts';
import { allBut, everything } from '../helpers/dirty.ts';
import { imageOf } from '../helpers/image.ts';
import { MCS_BREAKS } from '../helpers/mcs-breaks.ts';
import { MCS_IMAGE_BREAKS } from '../helpers/mcs-image-breaks.ts';
import { mcsSlots, mcsState } from '../helpers/mcs-states.ts';

const { impl } = await loadKernels('small-mcs');
const good = mcsState(placesOf(impl));
const about = INVARIANTS.filter((invariant) => isAbout(invariant, ['mcs', 'benno']));
const STATE = about.filter((invariant): invariant is StateInvariant => invariant.kind === 'state');
const DESIGN = about.filter((invariant): invariant is DesignInvariant => invariant.kind === 'design');
const changed = everything(good, [mcsSlots.empty]);
const isOwn = ({ requires }: (typeof INVARIANTS)[number]): boolean => requires?.includes('mcs') === true;

describe('invariants of a state', () => {
  it.each(STATE.map((invariant) => [invariant.name, invariant] as const))('%s holds', (_, invariant) => {
    expect(invariant.violations(good)).toEqual([]);
    expect(invariant.localViolations?.(good, changed) ?? []).toEqual([]);
    if (isOwn(invariant)) expect(invariant.exercised(good)).toBeGreaterThan(0);
  });

  const cases = STATE.flatMap((invariant) =>
    (MCS_BREAKS[invariant.name] ?? []).map((entry) => [invariant.name, entry.clause, invariant, entry] as const),
  );
  it.each(cases)('%s fails: %s', (_name, _clause, invariant, entry) => {
    const bad = entry.edit(good);
    expect(invariant.violations(bad)).not.toEqual([]);
    const all = everything(bad, [mcsSlots.empty]);
    if (invariant.localViolations !== undefined && entry.fullOnly !== true)
      expect(invariant.localViolations(bad, all)).not.toEqual([]);
    if (invariant.about !== undefined)
      expect(invariant.localViolations?.(bad, allBut(invariant.about, bad, all))).toEqual([]);
  });
});

describe('invariants of a memory image', () => {
  it('layouts of both kernels have the same places, but for the end of the globals', () => {
    const differing = Object.keys(smallLayout).filter(
      (name) => (smallLayout as Record<string, unknown>)[name] !== (impl.layout as Record<string, unknown>)[name],
    );
    expect(differing.toSorted()).toEqual(['KERNEL_END', 'TCB_SLOT_BUFFER']);
  });

  it.each(DESIGN.map((invariant) => [invariant.name, invariant] as const))('%s holds', (_, invariant) => {
    const memory = imageOf(good, impl.layout);
    expect(invariant.violations(memory, good)).toEqual([]);
    expect(invariant.localViolations?.(memory, good, changed) ?? []).toEqual([]);
    if (isOwn(invariant)) expect(invariant.exercised(memory, good)).toBeGreaterThan(0);
  });

  const cases = DESIGN.flatMap((invariant) =>
    (MCS_IMAGE_BREAKS[invariant.name] ?? []).map((entry) => [invariant.name, entry.clause, invariant, entry] as const),
  );
  it.each(cases)('%s fails: %s', (_name, _clause, invariant, entry) => {
    const memory = imageOf(good, impl.layout);
    const s = entry.edit(memory, good) ?? good;
    expect(invariant.violations(memory, s)).not.toEqual([]);
    const all = everything(s, [mcsSlots.empty]);
    if (invariant.localViolations !== undefined && entry.fullOnly !== true)
      expect(invariant.localViolations(memory, s, all)).not.toEqual([]);
    if (invariant.about !== undefined)
      expect(invariant.localViolations?.(memory, s, allBut(invariant.about, s, all))).toEqual([]);
  });
});

it('every invariant of the MCS kernel alone has a breaking test, and breaks are of invariants', () => {
  const broken = [...Object.keys(MCS_BREAKS), ...Object.keys(MCS_IMAGE_BREAKS)];
  expect(
    about
      .filter(isOwn)
      .filter(({ name }) => !broken.includes(name))
      .map(({ name }) => name),
  ).toEqual([]);
  expect(broken.filter((name) => !about.some((invariant) => invariant.name === name))).toEqual([]);
});
