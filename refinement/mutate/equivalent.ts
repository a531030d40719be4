/** Mutants that change nothing that anybody could notice: each looked at by a person, with the reason. */

export interface Equivalent {
  readonly file: string;
  readonly original: string;
  readonly replacement: string;
  /** Which one of those with the same texts in the file; the first if absent. */
  readonly nth?: number;
  readonly because: string;
}

export const EQUIVALENT: readonly Equivalent[] = [];
