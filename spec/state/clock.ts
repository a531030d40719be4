/**
 * MCS: reading the timer.
 *
 * @source l4v branch rt spec/abstract/KHeap_A.thy `update_time_stamp`; seL4 src/kernel/thread.c `updateTimestamp`
 */
import { specAssert } from '../prelude.ts';
import type { KernelState } from './kernel-state.ts';
import { getSchedContext, setGlobals, setMachine } from './kernel-state.ts';
import { isConfigured, isRefillSufficient, maxReleaseTime, minBudget } from './refills.ts';
import { setTime } from './sched-context.ts';

/** What has passed since the last reading is used, by whoever runs; and of the domain's slice. */
export function updateTimeStamp(s: KernelState): KernelState {
  const { time, domainTime, machine } = s.globals;
  const passed = machine.time - time.now;
  specAssert(passed >= 0n && machine.time < maxReleaseTime(s.config), 'time goes on, and is not at its end');
  if (passed === 0n && !isDomainOver(s, 0n)) return s;
  const read = setTime(s, { now: machine.time, consumed: time.consumed + passed });
  if (s.config.domains === 1) return read;
  return setGlobals(read, { domainTime: isDomainOver(s, passed) ? 0n : domainTime - passed });
}

function isDomainOver({ config, globals }: KernelState, passed: bigint): boolean {
  return config.domains > 1 && passed + minBudget(config) >= globals.domainTime;
}

export function isCurDomainExpired({ config, globals }: KernelState): boolean {
  return config.domains > 1 && globals.domainTime === 0n;
}

/** Whether a long operation must stop for want of time, after another look at the timer. */
export function timeRunsOut(s: KernelState): { readonly state: KernelState; readonly over: boolean } {
  const { time, lookTicks } = s.globals.machine;
  const state = updateTimeStamp(lookTicks === 0n ? s : setMachine(s, { time: time + lookTicks }));
  const { schedContext, consumed } = state.globals.time;
  const context = schedContext === null ? null : getSchedContext(state, schedContext);
  const hasBudget = context !== null && isConfigured(context) && isRefillSufficient(state.config, context, consumed);
  return { state, over: !hasBudget || isCurDomainExpired(state) };
}
