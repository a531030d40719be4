/** Where programs run other than in the plain worlds: in a system, alone or in pairs. Plain data, which a counterexample carries whole. */
import type { Assumption, System } from './format.ts';

export interface Setting {
  readonly system: System;
  /** Assumptions that are lifted. */
  readonly without: readonly Assumption[];
  /** Two runs side by side, which differ in what a partition may not learn. */
  readonly pairs: boolean;
}

/** `compositor`, `compositor in pairs`, `compositor in pairs without silc`. */
export function settingName({ system, without, pairs }: Setting): string {
  return `${system.name}${pairs ? ' in pairs' : ''}${without.length > 0 ? ` without ${without.join(' and ')}` : ''}`;
}
