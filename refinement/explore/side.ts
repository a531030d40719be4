/** What a search makes its steps on: the specification by itself, or both kernels side by side. */
import { SpecAssertion } from '../../spec/prelude.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { describe } from '../step/enter.ts';
import type { KernelStep } from '../step/kernel-step.ts';
import type { Failure, Lockstep } from '../step/lockstep.ts';
import type { SavedMemory } from '../step/memory-travel.ts';
import { stepSpec } from '../step/spec-step.ts';

export interface Side {
  /** The state that everything begins in, or what is wrong with it. */
  readonly boot: () => KernelState | Failure;
  /** What the state that was reached last is taken up with again, besides itself. */
  readonly saved: () => SavedMemory;
  readonly take: (from: KernelState, memory: SavedMemory, step: KernelStep) => KernelState | Failure;
  /** What is asked of a state only once. `reached` is the one that was reached last; `draw` is as good as random, and the same for the same state. */
  readonly judge: (reached: KernelState, draw: number) => Failure | null;
}

export const isFailure = (result: KernelState | Failure): result is Failure => 'failureClass' in result;

const NO_MEMORY = new Uint32Array();

/** What the specification's states are asked. */
export interface SpecQuestions {
  /** Of a whole state. */
  readonly ofState: (s: KernelState) => Failure | null;
  /** Of what a step changed. */
  readonly ofStep: (before: KernelState, after: KernelState) => Failure | null;
}

/** The specification by itself: what it asserts, what changed at every transition, and the whole state at one in `wholeEvery` of the states. */
export function specSide(boot: () => KernelState, { ofState, ofStep }: SpecQuestions, wholeEvery: number): Side {
  return {
    boot: () => {
      const s = boot();
      return ofState(s) ?? s;
    },
    saved: () => NO_MEMORY,
    take: (from, _, step) => {
      try {
        const after = stepSpec(from, step);
        return ofStep(from, after) ?? after;
      } catch (error) {
        if (!(error instanceof SpecAssertion)) throw error;
        const what = describe(error);
        return { failureClass: 'spec-assertion', property: 'no_fail', what, differences: [], step: 0, fullPass: false };
      }
    },
    judge: (reached, draw) => (draw % wholeEvery === 0 ? ofState(reached) : null),
  };
}

/**
 * Both sides, compared and asked as `check` does at every transition, and the whole state at one in `wholeEvery` of the states.
 *
 * @param lockstep one that makes no passes over the whole state by itself
 */
export function bothSides(lockstep: Lockstep, boot: () => Failure | null, wholeEvery: number): Side {
  return {
    boot: () => {
      const failure = boot();
      lockstep.travel();
      return failure ?? lockstep.state;
    },
    saved: lockstep.saved,
    take: (from, memory, step) => {
      lockstep.resume(from, memory);
      return lockstep.step(step) ?? lockstep.state;
    },
    judge: (_, draw) => (draw % wholeEvery === 0 ? lockstep.checkAll() : null),
  };
}
