/** The worlds that random programs start in are good ones, on both sides of what the invariants are about. */
import { describe, expect, it } from 'vitest';
import * as layout from '../../impl/memory/layout.ts';
import { INVARIANTS } from '../../properties/catalogue.ts';
import { worldCount, world } from '../../refinement/world/world.ts';
import { SMALL } from '../../spec/abi/config.ts';
import { bootState } from '../../spec/state/initial.ts';

const places = { idleThread: layout.IDLE_THREAD, irqNode: layout.KS_IRQ_NODE };
const cases = INVARIANTS.flatMap((invariant) =>
  invariant.kind === 'state' ? [[invariant.name, invariant] as const] : [],
);

describe.each(Array.from({ length: worldCount(SMALL) }, (_, variant) => variant))('world %i', (variant) => {
  const booted = bootState(SMALL, world(SMALL, places, variant).boot);

  it.each(cases)('%s holds after boot', (_, invariant) => {
    expect(invariant.violations(booted)).toEqual([]);
  });
});
