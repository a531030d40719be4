/** What defects of the MCS kernel have in common. */
import { TEMPORAL_CHECKS } from '../../properties/temporal/checks.ts';
import type { Defect } from './defect.ts';

type Seed = Pick<Defect, 'name' | 'description' | 'edits'> & Partial<Pick<Defect, 'resembles' | 'breaks'>>;

/** Any of them may be the first to notice: properties of whole runs look before the two sides are compared. */
export const BREAKS = [
  'refinement',
  'no_fail',
  'fastpath_equals_slow_path',
  'fastpath_signal_taken',
  ...TEMPORAL_CHECKS.map(({ name }) => name),
];

export const mcsDefects = (subsystem: 'scheduler' | 'reply', seeds: readonly Seed[]): readonly Defect[] =>
  seeds.map((seed) => ({ subsystem, side: 'impl', config: 'small-mcs', breaks: BREAKS, ...seed }));
