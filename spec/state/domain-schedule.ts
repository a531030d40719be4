import type { DomainEntry } from './kernel-state.ts';

/** The entry after the last one in use: the schedule starts over there. */
export function isEndMarker(entry: DomainEntry): boolean {
  return entry.domain === 0 && entry.duration === 0n;
}
