/** All seeded defects, by subsystem. */
import { ADDRESS_SPACE_DEFECTS } from './address-spaces.ts';
import { CAPABILITY_DEFECTS } from './capabilities.ts';
import type { Defect } from './defect.ts';
import { SUBSYSTEMS } from './defect.ts';
import { DONATION_DEFECTS } from './donation.ts';
import { FASTPATH_DEFECTS } from './fastpath.ts';
import { LAZY_DEFECTS } from './lazy.ts';
import { LEAK_DEFECTS } from './leaks.ts';
import { MACHINE_DEFECTS } from './machine.ts';
import { MEMORY_DEFECTS } from './memory.ts';
import { MESSAGE_DEFECTS } from './messages.ts';
import { SECURITY_DEFECTS } from './security.ts';
import { SPEC_ADDRESS_SPACE_DEFECTS } from './specification-address-spaces.ts';
import { SPEC_DEFECTS } from './specification.ts';
import { TIME_EVIDENCE } from './specification-time.ts';
import { TEMPORAL_DEFECTS } from './temporal.ts';
import { THREAD_DEFECTS } from './threads.ts';
import { TIME_DEFECTS } from './time.ts';

const ALL = [
  ...CAPABILITY_DEFECTS,
  ...MEMORY_DEFECTS,
  ...THREAD_DEFECTS,
  ...MESSAGE_DEFECTS,
  ...FASTPATH_DEFECTS,
  ...MACHINE_DEFECTS,
  ...LAZY_DEFECTS,
  ...ADDRESS_SPACE_DEFECTS,
  ...SPEC_ADDRESS_SPACE_DEFECTS,
  ...SPEC_DEFECTS,
  ...SECURITY_DEFECTS,
  ...LEAK_DEFECTS,
  ...TIME_DEFECTS,
  ...DONATION_DEFECTS,
  ...TEMPORAL_DEFECTS,
  ...TIME_EVIDENCE,
];

/** In each subsystem those of the implementation come first. */
export const DEFECTS: readonly Defect[] = SUBSYSTEMS.flatMap((wanted) =>
  ALL.filter(({ subsystem }) => subsystem === wanted),
);

export function defectNamed(name: string): Defect | undefined {
  return DEFECTS.find((defect) => defect.name === name);
}
