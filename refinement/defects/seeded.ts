/** Defects that show in systems: each is meant for one property, and only that one is asked. */
import { PAIR_PROPERTIES } from '../../properties/security/pairs.ts';
import type { Defect, Edit } from './defect.ts';
import { edit } from './defect.ts';

export interface Seeded {
  readonly name: string;
  readonly description: string;
  /** The property that is meant to notice. */
  readonly meant: string;
  readonly edits: readonly Edit[];
}

export function seeded({ name, description, meant, edits }: Seeded): Defect {
  const inImpl = edits.some(({ file }) => file.startsWith('impl/'));
  const inSpec = edits.some(({ file }) => file.startsWith('spec/'));
  return {
    name,
    subsystem: 'security',
    description,
    side: inImpl && inSpec ? 'both' : inImpl ? 'impl' : 'spec',
    edits,
    breaks: [meant],
    config: 'systems',
    inSystems: PAIR_PROPERTIES.some(({ name: of }) => of === meant) ? 'in pairs' : 'alone',
  };
}

/** A tick that comes while nobody runs is charged to nobody, in both kernels. */
export const IDLE_TICK_FREE: readonly Edit[] = [
  edit(
    'impl/kernel/scheduler.ts',
    'if (NUM_DOMAINS > 1) {',
    'if (NUM_DOMAINS > 1 && load(tcb + TCB_STATE) !== STATE_IDLE) {',
  ),
  edit(
    'spec/schedule/interrupt.ts',
    'if (t.config.domains === 1) return t;',
    "if (t.config.domains === 1 || state._tag === 'IdleThreadState') return t;",
  ),
];
