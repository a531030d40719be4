/** Where programs run other than in the plain worlds: in a system, alone or in pairs. Plain data, which a counterexample carries whole. */
import { isPartitioned } from './compile.ts';
import type { Assumption, System } from './format.ts';

/** The configuration of kernels that systems run on. */
export const SYSTEMS_CONFIG = 'systems';

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

/** A configuration's name, and where on it if not in its plain worlds. */
export function placeName(config: string, setting: Setting | undefined): string {
  return setting === undefined ? config : `${config}, ${settingName(setting)}`;
}

/** Alone, unless an assumption is lifted that only pairs are about; and in pairs if its partitions are what confidentiality is about. */
export function settingsOf(system: System, without: readonly Assumption[] = []): readonly Setting[] {
  const alone = without.length === 0 ? [{ system, without, pairs: false }] : [];
  return isPartitioned(system) ? [...alone, { system, without, pairs: true }] : alone;
}
