/** The world that random programs start in is a good one, on both sides of what the invariants are about. */
import { expect, it } from 'vitest';
import * as layout from '../../impl/memory/layout.ts';
import { INVARIANTS } from '../../properties/catalogue.ts';
import { world } from '../../refinement/world/world.ts';
import { SMALL } from '../../spec/abi/config.ts';
import { bootState } from '../../spec/state/initial.ts';

const booted = bootState(SMALL, world(SMALL, { idleThread: layout.IDLE_THREAD, irqNode: layout.KS_IRQ_NODE }).boot);
const cases = INVARIANTS.flatMap((invariant) =>
  invariant.kind === 'state' ? [[invariant.name, invariant] as const] : [],
);

it.each(cases)('%s holds after boot', (_, invariant) => {
  expect(invariant.violations(booted)).toEqual([]);
});
