/** MCS: the kernel's accounts against what was really used: nothing is lost, and everybody pays for what he used and nothing else. */
import type { KernelState } from '../../spec/state/kernel-state.ts';
import type { SchedContext } from '../../spec/state/objects.ts';
import type { ObjRef, Word } from '../../spec/state/refs.ts';
import { atContext } from '../invariants/check.ts';
import { contextAt, isActive, tcbAt } from '../invariants/runs.ts';
import type { Violation } from '../property.ts';
import type { TemporalCheck, TimeStep } from './check.ts';
import { changedObjects, runOf } from './check.ts';
import { configuredIn, invokedBy } from './invoked.ts';

function sumOf({ refills }: SchedContext): Word {
  return refills.reduce((sum, { amount }) => sum + amount, 0n);
}

export const REFILLS_CONSERVED: TemporalCheck = {
  name: 'refills_conserved',
  kind: 'step',
  statement:
    'Charging, waking up and giving back change when the parts of a budget come and how it is divided, and not how much it is.',
  l4v: {
    theory: 'proof/invariant-abstract/DetSchedInvs_AI.thy (rt)',
    constant: 'refills_sum',
    difference: 'from step to step, whatever the budget is said to be',
  },
  evidence: ['waking-loses-refills'],
  requires: ['mcs'],
  start: () => (step, onCase) => {
    const out: Violation[] = [];
    const configured = configuredIn(step);
    for (const { ref, was, is } of changedObjects(step)) {
      if (was?._tag !== 'SchedContext' || is?._tag !== 'SchedContext' || !isActive(was) || !isActive(is)) continue;
      if (ref === configured || was.refills === is.refills) continue;
      onCase(is.refills.length === was.refills.length ? 'moved' : 'divided otherwise');
      if (sumOf(was) !== sumOf(is))
        out.push({
          where: atContext(ref),
          because: `its refills were ${sumOf(was)} ticks together, and are ${sumOf(is)}`,
        });
    }
    return out;
  },
};

/** What the kernel has noted that somebody used, charged or not. */
function noted({ globals: { time } }: KernelState, ref: ObjRef, { consumed }: SchedContext): Word {
  return consumed + (ref === time.schedContext ? time.consumed : 0n);
}

/** Whether somebody was told in this step what the context used, from when on it is counted anew. */
function isTold(step: TimeStep, ref: ObjRef): boolean {
  const { before, after } = step;
  const invoked = invokedBy(step);
  const isAsked =
    invoked?.cap._tag === 'SchedContextCap' &&
    invoked.cap.ref === ref &&
    (invoked.label === 'SchedContextConsumed' || invoked.label === 'SchedContextYieldTo');
  if (isAsked || contextAt(before, ref)?.yieldFrom != null) return true;
  return [before, after].some((s) => {
    const thread = contextAt(s, ref)?.tcb ?? null;
    return thread !== null && tcbAt(s, thread)?.fault?._tag === 'Timeout';
  });
}

export const CHARGES_MATCH_RUNS: TemporalCheck = {
  name: 'charges_match_runs',
  kind: 'step',
  statement:
    'A scheduling context is charged for the time for which it ran, to the tick, also if its thread is deleted meanwhile, and no other one is charged for it.',
  l4v: null,
  evidence: ['next-context-pays'],
  requires: ['mcs'],
  start: () => (step, onCase) => {
    const { before, after } = step;
    const out: Violation[] = [];
    const run = runOf(step);
    const { idleSchedContext } = after.globals.time;
    const touched: ObjRef[] = [];
    for (const { ref, is } of changedObjects(step)) if (is?._tag === 'SchedContext') touched.push(ref);
    for (const ref of [run?.context, before.globals.time.schedContext, after.globals.time.schedContext])
      if (ref !== undefined && ref !== null && !touched.includes(ref)) touched.push(ref);
    for (const ref of touched) {
      const was = contextAt(before, ref);
      const is = contextAt(after, ref);
      if (was === undefined || is === undefined || ref === idleSchedContext) continue;
      const used = run !== null && run.context === ref ? run.to - run.from : 0n;
      // Nobody pays for a context that is gone.
      if (!isActive(is)) {
        if (used > 0n) onCase('deleted while it ran');
        continue;
      }
      const charged = noted(after, ref, is) - noted(before, ref, was);
      if (used > 0n) onCase(is.tcb === was.tcb ? 'charged' : 'charged though its thread has it no more');
      if (charged === used) continue;
      // What was used since the last charge is not in the answer.
      const pending = ref === before.globals.time.schedContext ? before.globals.time.consumed : 0n;
      const isCountedAnew = isTold(step, ref) && noted(after, ref, is) <= pending + used;
      if (isCountedAnew) onCase('told');
      else out.push({ where: atContext(ref), because: `used ${used} ticks, and was charged for ${charged}` });
    }
    return out;
  },
};
