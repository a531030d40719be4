/**
 * Kernels with a feature left out: changes to the sources that are made while a kernel is bundled, as seeded defects are, but to both kernels alike, so
 * that they still agree. Neither kernel holds a switch for them.
 */
import type { Edit } from '../../defects/defect.ts';

/** Where the feature is: a value of the configuration, the code of both kernels, or a kernel of its own, which is put in and not left out. */
export type Level = 'configuration' | 'code' | 'kernel';

export interface Feature {
  readonly name: string;
  /** One sentence: what a kernel does that differs by it. */
  readonly effect: string;
  readonly level: Level;
  /** What leaves it out, on both sides. */
  readonly edits: readonly Edit[];
  /** What leaves more of it out of the classic kernel, and would not do in the MCS kernel. */
  readonly classicEdits?: readonly Edit[];
  /** Operations that there are for it alone: programs do without them, too. */
  readonly operations: readonly string[];
  /** For a kernel of its own, its configuration. */
  readonly config?: string;
}

/** The sign says whether it is left out or put in: `-fastpath`, `+mcs`. */
export function signed({ name, level }: Pick<Feature, 'name' | 'level'>): string {
  return `${level === 'kernel' ? '+' : '-'}${name}`;
}
