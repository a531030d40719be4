/**
 * Domains take turns by a schedule.
 *
 * @source l4v spec/abstract/Schedule_A.thy `next_domain`
 */
import { specAssert } from '../prelude.ts';
import { switchFpuOwner } from '../perform/fpu.ts';
import { isEndMarker } from '../state/domain-schedule.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { setGlobals } from '../state/kernel-state.ts';

/** What one domain left in the machine is taken away before another one runs. */
export function prepareNextDomain(s: KernelState): KernelState {
  return switchFpuOwner(s, null);
}

export function nextDomain(s: KernelState): KernelState {
  const { domainIndex, domainStart, domainSchedule } = s.globals;
  const following = domainSchedule[domainIndex + 1];
  const index = following === undefined || isEndMarker(following) ? domainStart : domainIndex + 1;
  const entry = domainSchedule[index];
  specAssert(entry !== undefined, 'the start of the domain schedule is an entry of it');
  return setGlobals(s, {
    domainIndex: index,
    workUnits: 0,
    currentDomain: entry.domain,
    domainTime: entry.duration,
  });
}
