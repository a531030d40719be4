/**
 * MCS: scheduling contexts as values.
 *
 * @source l4v branch rt spec/abstract/Structures_A.thy `default_sched_context`
 */
import type { SchedContext } from './objects.ts';

/** Bound to nobody, and without time. */
export function newSchedContext(sizeBits: number): SchedContext {
  return {
    _tag: 'SchedContext',
    sizeBits,
    tcb: null,
    notification: null,
    yieldFrom: null,
    replies: [],
    period: 0n,
    budget: 0n,
    refillMax: 0,
    refills: [],
    consumed: 0n,
    badge: 0n,
    sporadic: false,
  };
}
