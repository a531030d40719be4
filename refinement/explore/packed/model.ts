/** A model: what a state consists of, what can happen, and what must hold. */
import type { Schema } from './schema.ts';
import type { Step } from './step.ts';
import type { Cond, Num } from './term.ts';

/** Something that can happen, once for every choice of its parameters. Which of the things that can happen does, is open. */
export interface Rule<Name extends string> {
  readonly name: string;
  /** How many values each parameter has, from 0. */
  readonly parameters: readonly number[];
  readonly body: (step: Step<Name>, ...parameters: readonly Num[]) => void;
}

export interface Invariant<Name extends string> {
  /** The sentence that must be true. */
  readonly statement: string;
  /** Reads, and does not write. */
  readonly holds: (step: Step<Name>) => Cond;
}

export interface Model<Name extends string = string> {
  readonly name: string;
  readonly fields: Schema<Name>;
  readonly rules: readonly Rule<Name>[];
  readonly invariants: readonly Invariant<Name>[];
}
