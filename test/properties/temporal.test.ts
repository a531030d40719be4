/** Every property of whole runs holds of steps that are as they should be, and objects to those that are not, one by one. */
import { describe, expect, it } from 'vitest';
import { Usage } from '../../properties/temporal/check.ts';
import { TEMPORAL_CHECKS } from '../../properties/temporal/checks.ts';
import { loadKernels, placesOf } from '../../refinement/step/kernels.ts';
import type { Event } from '../../spec/api/event.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import type { Edit } from '../helpers/states.ts';
import { edits, withGlobals, withTcb } from '../helpers/states.ts';
import * as mcs from '../helpers/mcs-states.ts';

const { impl } = await loadKernels('small-mcs');
const good = mcs.mcsState(placesOf(impl));
const TICK: Event = { _tag: 'Interrupt', irq: null };
const { A, P, WAITER, CLIENT, SC_A, SC_B, SC_P, SC_LENT, NOW } = mcs;

const at = (time: bigint): Edit =>
  edits(mcs.withTime({ now: time, consumed: 10n + time - NOW }), mcs.withMachine({ time }));
/** A is the only one that could run, on a budget of 24 in 100 that came when the period began. */
const alone: Edit = edits(
  mcs.withContext(SC_A, { period: 100n, budget: 24n, refills: [mcs.refill(NOW, 24n)] }),
  mcs.withTime({ releaseQueue: [], consumed: 0n }),
  mcs.withMachine({ deadline: NOW + 24n }),
);
const idle = (s: KernelState): KernelState => withGlobals({ currentThread: s.globals.idleThread })(s);
const runsA: Edit = withGlobals({ currentThread: A });

/** What the property says of steps between the states, which nobody is asked to do anything in. */
function watched(name: string, ...states: readonly KernelState[]): readonly string[] {
  const check = TEMPORAL_CHECKS.find((one) => one.name === name);
  const [booted, ...rest] = states;
  if (check === undefined || booted === undefined) throw new Error(name);
  const look = check.start(booted);
  let before = booted;
  return rest.flatMap((after) => {
    const found = look({ before, entered: before, event: TICK, after }, () => undefined);
    before = after;
    return found.map(({ where, because }) => `${where}: ${because}`);
  });
}

/** By property, runs that it allows, and that it does not. */
const RUNS: Readonly<Record<string, { readonly allowed: readonly Edit[][]; readonly refused: readonly Edit[][] }>> = {
  refills_conserved: {
    allowed: [[mcs.withContext(SC_P, { refills: [mcs.refill(1_050n, 12n), mcs.refill(1_060n, 12n)] })]],
    refused: [
      [mcs.withContext(SC_P, { refills: [mcs.refill(1_050n, 23n)] })],
      [mcs.withContext(SC_B, { refills: [mcs.refill(980n, 20n), mcs.refill(1_150n, 17n)] })],
    ],
  },
  charges_match_runs: {
    allowed: [
      [at(NOW + 5n)],
      [edits(at(NOW + 5n), mcs.withTime({ consumed: 0n }), mcs.withContext(SC_A, { consumed: 15n }))],
    ],
    refused: [
      [mcs.withMachine({ time: NOW + 5n })],
      [edits(at(NOW + 5n), mcs.withContext(SC_B, { consumed: 5n }))],
      [edits(at(NOW + 5n), mcs.withTime({ consumed: 0n }), mcs.withContext(SC_A, { consumed: 14n }))],
    ],
  },
  budget_in_window: {
    allowed: [
      [alone, edits(at(NOW + 24n), idle), edits(at(NOW + 100n), runsA), edits(at(NOW + 124n), idle)],
      [alone, edits(at(NOW + 12n), idle), edits(at(NOW + 50n), runsA), edits(at(NOW + 62n), idle)],
    ],
    refused: [
      [alone, edits(at(NOW + 24n), idle), edits(at(NOW + 98n), runsA)],
      [
        alone,
        edits(at(NOW + 12n), idle),
        edits(at(NOW + 50n), runsA, mcs.withMachine({ deadline: NOW + 70n })),
        at(NOW + 70n),
      ],
    ],
  },
  reservation_honoured: {
    allowed: [[alone, at(NOW + 24n), edits(at(NOW + 100n), mcs.withMachine({ deadline: NOW + 200n })), at(NOW + 200n)]],
    refused: [
      [
        alone,
        edits(at(NOW), idle, mcs.withTime({ releaseQueue: [A] }), mcs.withMachine({ deadline: NOW + 600n })),
        edits(at(NOW + 400n), idle),
      ],
    ],
  },
  passive_runs_on_lent_time: {
    allowed: [
      [
        edits(
          withTcb(WAITER, { schedContext: SC_LENT, state: { _tag: 'Running' } }),
          mcs.withContext(SC_LENT, { tcb: WAITER }),
        ),
      ],
    ],
    refused: [
      [
        edits(
          withTcb(WAITER, { schedContext: SC_P }),
          withTcb(P, { schedContext: null }),
          mcs.withContext(SC_P, { tcb: WAITER }),
        ),
      ],
      [withTcb(WAITER, { schedContext: SC_LENT })].map((edit) => edits(edit, withTcb(CLIENT, { schedContext: SC_A }))),
      [withTcb(A, { schedContext: null })],
    ],
  },
  released_in_time: {
    allowed: [[edits(at(1_050n), mcs.withTime({ releaseQueue: [mcs.Q] }))], [at(1_049n)]],
    refused: [[at(1_050n)], [mcs.withTime({ releaseQueue: [mcs.Q] })]],
  },
  timer_no_later_than_due: {
    allowed: [[mcs.withMachine({ deadline: 1_029n })]],
    refused: [[mcs.withMachine({ deadline: 1_051n })], [mcs.withMachine({ deadline: 1_031n })]],
  },
};

const through = (run: readonly Edit[]): readonly KernelState[] => {
  let s = good;
  return [good, ...run.map((edit) => (s = edit(s)))];
};

describe.each(Object.entries(RUNS))('%s', (name, { allowed, refused }) => {
  it.each(allowed.map((run, n) => [n, run] as const))('allows run %i', (_, run) => {
    expect(watched(name, ...through(run))).toEqual([]);
  });

  it.each(refused.map((run, n) => [n, run] as const))('objects to run %i', (_, run) => {
    expect(watched(name, ...through(run))).not.toEqual([]);
  });
});

it('none stumbles over a context without a budget, as a kernel gone wrong makes them', () => {
  const without = edits(alone, runsA, mcs.withContext(SC_A, { period: 100n, budget: 0n }));
  for (const { name } of TEMPORAL_CHECKS)
    expect(() => watched(name, without(good), at(NOW + 30n)(without(good)))).not.toThrow();
});

it('those that are held by their seeded defects alone read system calls, or systems', () => {
  const others = TEMPORAL_CHECKS.map(({ name }) => name).filter((name) => RUNS[name] === undefined);
  expect(others).toEqual(['lent_time_comes_back', 'queue_depth_bounded']);
});

describe('what was used', () => {
  it('is what lies in the window, of runs that join where they touch', () => {
    const usage = new Usage();
    usage.add({ from: 10n, to: 20n });
    usage.add({ from: 20n, to: 25n });
    usage.add({ from: 30n, to: 30n });
    usage.add({ from: 40n, to: 50n });
    expect(usage.within(0n, 100n)).toBe(25n);
    expect(usage.within(15n, 45n)).toBe(15n);
    expect(usage.within(25n, 40n)).toBe(0n);
    usage.forgetBefore(26n);
    expect(usage.within(0n, 100n)).toBe(10n);
  });
});
