/** What a property is. The catalogue, the README table and the command line's listing are generated from these fields. */
import type { KernelState } from '../spec/state/kernel-state.ts';
import type { KernelObject } from '../spec/state/objects.ts';
import type { ObjRef, SlotRef } from '../spec/state/refs.ts';

export interface Violation {
  /** The entity, as `slot 0x10400` or `thread 0x12000`. */
  readonly where: string;
  /** Why it violates, with the values. */
  readonly because: string;
}

/** What a step changed on either side: the entities that local checks look at again. */
export interface Dirty {
  readonly objects: readonly ObjRef[];
  readonly slots: readonly SlotRef[];
  /** Index domain * priorities + priority. */
  readonly queues: readonly number[];
}

/** What a step may change that local checks look at: an object of a kind, or any slot or queue. */
export type Entity = KernelObject['_tag'] | 'slot' | 'queue';

export interface Counterpart {
  readonly theory: string;
  readonly constant: string;
  /** How ours differs; empty when it does not. */
  readonly difference: string;
}

/** Of a kernel and of what runs on it: which kernel, either scheduler, a fastpath, a system whose parts have labels, pairs of runs. */
export type Feature = 'classic' | 'mcs' | 'benno' | 'lazy' | 'fastpath' | 'labels' | 'pairs';

interface PropertyBase {
  /** Exactly as in l4v where there is one. */
  readonly name: string;
  /** One sentence about every reachable state, step or run. */
  readonly statement: string;
  readonly l4v: Counterpart | null;
  /** Name of the seeded defects that show it can fail. */
  readonly evidence: readonly string[];
  /** What a kernel must have for the property to be about it; absent if it is about all. */
  readonly requires?: readonly Feature[];
}

/** About one abstract state. */
export interface StateInvariant extends PropertyBase {
  readonly kind: 'state';
  readonly scope: 'local' | 'global';
  readonly violations: (s: KernelState) => readonly Violation[];
  /** The same, looking only at changed entities; for scope local. */
  readonly localViolations?: (s: KernelState, dirty: Dirty) => readonly Violation[];
  /** What `localViolations` looks at: where a step changed none of it, it need not be asked. Absent if it looks at something always. */
  readonly about?: readonly Entity[];
  /** How many times the interesting case occurs in this state: 0 over a whole run makes the property vacuous. */
  readonly exercised: (s: KernelState) => number;
}

/** A capability table entry of the implementation that is not empty. */
export interface Cte {
  readonly slot: SlotRef;
  readonly type: number;
  /** Type-dependent bits: `meta` without the high address. */
  readonly meta: number;
  readonly ptr: number;
  readonly wordLo: number;
  readonly wordHi: number;
  readonly next: SlotRef;
  readonly prev: SlotRef;
  readonly revocable: boolean;
  readonly firstBadged: boolean;
}

/** The implementation's memory, read only. */
export interface ImplMemory {
  readonly words: Uint32Array;
  readonly layout: typeof import('../impl/memory/layout.ts');
  /** All entries that are not empty, where they were read beforehand: see `readForPass`. */
  readonly ctes?: readonly Cte[];
}

/** About one memory image of the implementation; `s` is the abstract state it is compared with and tells which objects there are. */
export interface DesignInvariant extends PropertyBase {
  readonly kind: 'design';
  readonly scope: 'local' | 'global';
  readonly violations: (memory: ImplMemory, s: KernelState) => readonly Violation[];
  readonly localViolations?: (memory: ImplMemory, s: KernelState, dirty: Dirty) => readonly Violation[];
  readonly about?: readonly Entity[];
  readonly exercised: (memory: ImplMemory, s: KernelState) => number;
}

export type Invariant = StateInvariant | DesignInvariant;

/** About a step, not a state. It is checked by the harness that runs both kernels; here it is described. */
export interface StepProperty extends PropertyBase {
  readonly kind: 'step';
  /** What may decide about a step. Each must come up, or the property is not exercised in full. */
  readonly cases?: readonly string[];
}
