/** The worlds that random programs start in are good ones, on both sides of what the invariants are about. */
import { describe, expect, it } from 'vitest';
import { INVARIANTS } from '../../properties/catalogue.ts';
import { featuresOf, isAbout } from '../../refinement/campaign/checker.ts';
import { loadKernels } from '../../refinement/step/kernels.ts';
import { worldCount } from '../../refinement/world/world.ts';
import { bootState } from '../../spec/state/initial.ts';

describe.each(await Promise.all(['small', 'small-mcs'].map((name) => loadKernels(name))))('$config.name', (kernels) => {
  const cases = INVARIANTS.flatMap((invariant) =>
    invariant.kind === 'state' && isAbout(invariant, featuresOf(kernels)) ? [[invariant.name, invariant] as const] : [],
  );

  describe.each(Array.from({ length: worldCount(kernels.config) }, (_, variant) => variant))('world %i', (variant) => {
    const booted = bootState(kernels.config, kernels.world(variant).boot);

    it.each(cases)('%s holds after boot', (_, invariant) => {
      expect(invariant.violations(booted)).toEqual([]);
    });
  });
});
