/** All seeded defects, by subsystem. */
import { CAPABILITY_DEFECTS } from './capabilities.ts';
import type { Defect } from './defect.ts';
import { MEMORY_DEFECTS } from './memory.ts';
import { MESSAGE_DEFECTS } from './messages.ts';
import { THREAD_DEFECTS } from './threads.ts';

export const DEFECTS: readonly Defect[] = [
  ...CAPABILITY_DEFECTS,
  ...MEMORY_DEFECTS,
  ...THREAD_DEFECTS,
  ...MESSAGE_DEFECTS,
];

export function defectNamed(name: string): Defect | undefined {
  return DEFECTS.find((defect) => defect.name === name);
}
