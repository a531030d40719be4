/**
 * Domains take turns by a schedule.
 *
 * @source l4v spec/abstract/Schedule_A.thy `next_domain`
 */
import { specAssert } from '../prelude.ts';
import type { DomainEntry, KernelState } from '../state/kernel-state.ts';
import { setGlobals } from '../state/kernel-state.ts';

/** The entry after the last one in use: the schedule starts over there. */
export function isEndMarker(entry: DomainEntry): boolean {
  return entry.domain === 0 && entry.duration === 0n;
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
