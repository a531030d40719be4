/**
 * How performing may end: with a new state, or preempted, keeping what was done.
 *
 * @source l4v spec/abstract/Exceptions_A.thy `p_monad`, `preemption_point`; seL4 src/model/preemption.c
 */
import type { Either } from '../prelude.ts';
import { left, right } from '../prelude.ts';
import type { KernelState, Machine } from '../state/kernel-state.ts';
import { copyMachine, setGlobals } from '../state/kernel-state.ts';
import type { Word } from '../state/refs.ts';
import { statePoints } from '../state/variant.ts';

/** An interrupt came in the middle of a long operation, or time ran out. Nobody sees it: the system call is issued again. */
export interface Preempted {
  readonly _tag: 'Preempted';
  readonly state: KernelState;
}

export type Preemptible = Either<Preempted, KernelState>;

/** The new state and the words for the caller. */
export interface Answer {
  readonly state: KernelState;
  readonly words: readonly Word[];
}

/**
 * Counts a unit of work; after a full batch of them asks the hardware whether an interrupt waits.
 * When an interrupt comes, and which one, is an input (`irqArrival`), not a choice.
 */
export function preemptionPoint(s: KernelState): Preemptible {
  const workUnits = s.globals.workUnits + 1;
  if (workUnits < s.config.maxWorkUnits) return right(setGlobals(s, { workUnits }));
  const looked = statePoints(s.config).timeRunsOut(s);
  const polled = pollInterrupt(looked.state.globals.machine);
  const state = setGlobals(looked.state, { workUnits: 0, machine: polled });
  return polled.pendingIrq === null && !looked.over ? right(state) : left({ _tag: 'Preempted', state });
}

/** One look at the interrupt controller. */
function pollInterrupt(machine: Machine): Machine {
  const { irqArrival } = machine;
  if (irqArrival === null) return machine;
  const { countdown, irq } = irqArrival;
  return countdown === 0
    ? copyMachine(machine, { pendingIrq: irq, irqArrival: null })
    : copyMachine(machine, { irqArrival: { countdown: countdown - 1, irq } });
}
