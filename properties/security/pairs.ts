/** The security properties of pairs of runs. `refinement/pair/` makes the runs and says which of these does not hold. */
import type { StepProperty } from '../property.ts';

export const NONLEAKAGE: StepProperty = {
  name: 'nonleakage',
  kind: 'step',
  statement:
    'Two runs that look the same to a partition go on looking the same to it, unless a partition that may tell it something acts differently in them.',
  l4v: {
    theory: 'proof/infoflow/Noninterference.thy',
    constant: 'Nonleakage_gen, confidentiality_u',
    difference:
      'checked of pairs of runs, with the specification and with memory as laid out; on x86-64, for which it is not proved; a partition that may be told something by the one whose time ends is not held to the switch of domains',
  },
  evidence: ['foreign-queue-consulted'],
  requires: ['pairs'],
};

export const SCHEDULER_TELLS_NOTHING: StepProperty = {
  name: 'sched_not_global_channel',
  kind: 'step',
  statement: 'Which domain runs, and how long it still does, is the same in both runs, whatever differs between them.',
  l4v: {
    theory: 'proof/infoflow/Noninterference.thy',
    constant: 'schedNotGlobalChannel',
    difference: 'ticks are given from outside, to both runs alike',
  },
  evidence: ['domain-time-by-thread'],
  requires: ['pairs'],
};

export const PAIR_PROPERTIES: readonly StepProperty[] = [NONLEAKAGE, SCHEDULER_TELLS_NOTHING];
