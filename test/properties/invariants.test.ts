/** Every invariant holds of a good state and fails on one that is broken on purpose, clause by clause. */
import { describe, expect, it } from 'vitest';
import * as layout from '../../impl/memory/layout.ts';
import { CATALOGUE, INVARIANTS } from '../../properties/catalogue.ts';
import type { DesignInvariant, StateInvariant } from '../../properties/property.ts';
import { isAbout } from '../../refinement/campaign/checker.ts';
import { BREAKS } from '../helpers/breaks.ts';
import { allBut, everything } from '../helpers/dirty.ts';
import { imageOf } from '../helpers/image.ts';
import { IMAGE_BREAKS } from '../helpers/image-breaks.ts';
import { IDLE, IRQ_NODE, slots, variedState } from '../helpers/states.ts';

/** Those of the MCS kernel alone have a test of their own. */
const CLASSIC = INVARIANTS.filter((invariant) => isAbout(invariant, ['classic', 'benno']));
const STATE = CLASSIC.filter((invariant): invariant is StateInvariant => invariant.kind === 'state');
const DESIGN = CLASSIC.filter((invariant): invariant is DesignInvariant => invariant.kind === 'design');

describe('invariants of a state', () => {
  const good = variedState();

  it.each(STATE.map((invariant) => [invariant.name, invariant] as const))(
    '%s holds and is exercised',
    (_, invariant) => {
      expect(invariant.violations(good)).toEqual([]);
      expect(invariant.localViolations?.(good, everything(good, [slots.empty])) ?? []).toEqual([]);
      expect(invariant.exercised(good)).toBeGreaterThan(0);
    },
  );

  const cases = STATE.flatMap((invariant) =>
    (BREAKS[invariant.name] ?? []).map((entry) => [invariant.name, entry.clause, invariant, entry] as const),
  );
  it.each(cases)('%s fails: %s', (_name, _clause, invariant, entry) => {
    const bad = entry.edit(good);
    const found = invariant.violations(bad);
    expect(found).not.toEqual([]);
    for (const { where, because } of found) expect(where.length * because.length).toBeGreaterThan(0);
    const all = everything(bad, [slots.empty]);
    if (invariant.localViolations !== undefined && entry.fullOnly !== true) {
      expect(invariant.localViolations(bad, all)).not.toEqual([]);
    }
    if (invariant.about !== undefined)
      expect(invariant.localViolations?.(bad, allBut(invariant.about, bad, all))).toEqual([]);
  });
});

describe('invariants of a memory image', () => {
  const good = variedState();

  it('has the addresses of the layout in its states', () => {
    expect([IRQ_NODE, IDLE]).toEqual([layout.KS_IRQ_NODE, layout.IDLE_THREAD]);
  });

  it.each(DESIGN.map((invariant) => [invariant.name, invariant] as const))(
    '%s holds and is exercised',
    (_, invariant) => {
      const memory = imageOf(good);
      expect(invariant.violations(memory, good)).toEqual([]);
      expect(invariant.localViolations?.(memory, good, everything(good, [slots.empty])) ?? []).toEqual([]);
      expect(invariant.exercised(memory, good)).toBeGreaterThan(0);
    },
  );

  const cases = DESIGN.flatMap((invariant) =>
    (IMAGE_BREAKS[invariant.name] ?? []).map((entry) => [invariant.name, entry.clause, invariant, entry] as const),
  );
  it.each(cases)('%s fails: %s', (_name, _clause, invariant, entry) => {
    const memory = imageOf(good);
    const s = entry.edit(memory, good) ?? good;
    expect(invariant.violations(memory, s)).not.toEqual([]);
    const all = everything(s, [slots.empty]);
    if (invariant.localViolations !== undefined && entry.fullOnly !== true) {
      expect(invariant.localViolations(memory, s, all)).not.toEqual([]);
    }
    if (invariant.about !== undefined)
      expect(invariant.localViolations?.(memory, s, allBut(invariant.about, s, all))).toEqual([]);
  });
});

describe('the catalogue', () => {
  it('has a breaking test for every invariant, and no other', () => {
    const broken = [...Object.keys(BREAKS), ...Object.keys(IMAGE_BREAKS)];
    expect(broken.toSorted()).toEqual(CLASSIC.map(({ name }) => name).toSorted());
    for (const entries of [...Object.values(BREAKS), ...Object.values(IMAGE_BREAKS)]) expect(entries).not.toEqual([]);
  });

  it('names each property once, in one sentence', () => {
    const names = CATALOGUE.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { statement } of CATALOGUE) expect(statement).toMatch(/^[A-Z].*\.$/);
  });

  it('gives every local invariant a local form', () => {
    for (const invariant of INVARIANTS)
      expect(invariant.localViolations !== undefined).toBe(invariant.scope === 'local');
  });
});
