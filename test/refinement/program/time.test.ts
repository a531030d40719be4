/** Programs of the MCS kernel: when rows come, that leaving some out leaves a program, and that random ones get to where time is hard. */
import { beforeAll, describe, expect, it } from 'vitest';
import { clockOf, lastTime, latency } from '../../../refinement/program/clock.ts';
import { execute } from '../../../refinement/program/execute.ts';
import type { Program } from '../../../refinement/program/program.ts';
import { toKernelStep } from '../../../refinement/program/program.ts';
import { random } from '../../../refinement/program/random.ts';
import { drawProgram } from '../../../refinement/campaign/run.ts';
import type { Kernels } from '../../../refinement/step/kernels.ts';
import { loadKernels } from '../../../refinement/step/kernels.ts';
import type { Lockstep } from '../../../refinement/step/lockstep.ts';
import { makeLockstep } from '../../../refinement/step/lockstep.ts';
import { SMALL_MCS } from '../../../spec/abi/config.ts';
import type { KernelState } from '../../../spec/state/kernel-state.ts';
import { setMachine } from '../../../spec/state/kernel-state.ts';
import { bootState } from '../../../spec/state/initial.ts';
import { hardPlaces, visitStates } from '../../helpers/mcs-runs.ts';

let kernels: Kernels;
let lockstep: Lockstep;
beforeAll(async () => {
  kernels = await loadKernels('small-mcs');
  lockstep = makeLockstep(kernels.config, kernels.impl, { invariants: [], paths: false, fullEvery: 1000 });
});

describe('a row', () => {
  const LATENCY = latency(SMALL_MCS);
  const at = (time: bigint, deadline: bigint): KernelState =>
    setMachine(bootState(kernels.config, kernels.world(0).boot), { time, deadline });
  const row = (ticks: bigint, lookTicks = 0n): { op: string; ticks: bigint; lookTicks: bigint } => ({
    op: 'Yield',
    ticks,
    lookTicks,
  });

  it('comes so many ticks after the kernel was left', () => {
    expect(clockOf(row(5n, 2n), at(100n, 140n))).toEqual({ time: 105n, lookTicks: 2n, isOvertaken: false });
    expect(clockOf({ op: 'Yield' }, at(100n, 140n))).toEqual({ time: 100n, lookTicks: 0n, isOvertaken: false });
  });

  it('comes a little after the deadline, but not later than the timer', () => {
    expect(clockOf(row(40n + LATENCY), at(100n, 140n))).toMatchObject({ time: 140n + LATENCY, isOvertaken: false });
    expect(clockOf(row(41n + LATENCY), at(100n, 140n))).toMatchObject({ time: 140n + LATENCY, isOvertaken: true });
    expect(clockOf(row(LATENCY + 1n), at(100n, 60n))).toMatchObject({ time: 100n + LATENCY, isOvertaken: true });
  });

  it('that is a tick comes with the deadline', () => {
    const tick = (ticks: bigint, s: KernelState): unknown => clockOf({ op: 'Tick', ticks }, s);
    expect(tick(0n, at(100n, 140n))).toMatchObject({ time: 140n, isOvertaken: false });
    expect(tick(3n, at(100n, 60n))).toMatchObject({ time: 103n });
    expect(tick(1000n, at(100n, 140n))).toMatchObject({ time: 140n + LATENCY, isOvertaken: false });
  });

  it('comes before the end of time', () => {
    const end = lastTime(SMALL_MCS);
    expect(clockOf(row(5n, 5n), at(end - 3n, end + 100n))).toEqual({ time: end, lookTicks: 0n, isOvertaken: false });
  });

  it('that the timer overtakes is the interrupt of the timer', () => {
    const step = toKernelStep(callOf(row(10_000n)), at(100n, 140n));
    expect(step?.event).toEqual({ _tag: 'Interrupt', irq: SMALL_MCS.timerIrq });
    expect(step?.registers).toEqual([]);
  });

  it('is none where the kernel has no such system call', () => {
    expect(toKernelStep({ ...callOf(row(0n)), op: 'Reply', syscall: 'Reply' }, at(0n, 100n))).toBeNull();
  });

  function callOf({ ticks }: { readonly ticks: bigint }): Extract<Program[number], { readonly syscall: string }> {
    const nothing = { cap: 0n, label: 0n, words: [], caps: [], receive: null, irqCountdown: null, irq: null };
    return { op: 'Yield', syscall: 'Yield', ...nothing, ticks };
  }
});

it('some of the rows of a program are a program, and the same ones do the same again', () => {
  for (let run = 0; run < 24; run++) {
    const { program, world } = drawProgram(kernels, { seed: 7, rows: 120 }, run);
    const { boot } = kernels.world(world);
    const r = random(run);
    const some = program.filter(() => r.chance(0.6));
    expect(execute(lockstep, boot, some).failure).toBeNull();
    const first = lockstep.state;
    expect(execute(lockstep, boot, some).failure).toBeNull();
    expect(lockstep.state).toEqual(first);
  }
});

it('random programs get to where time is hard', () => {
  const times = new Map<string, number>();
  let steps = 0;
  visitStates(kernels, lockstep, 150, (s) => {
    steps++;
    for (const place of hardPlaces(s)) times.set(place, (times.get(place) ?? 0) + 1);
    return false;
  });
  const seldom = [...times].filter(([, count]) => count < steps / 2_000).map(([place]) => place);
  expect(seldom).toEqual([]);
  expect(times.size).toBe(12);
});
