/**
 * Without running anything: which properties look at the changed functions, by who noticed the mutants of these, and what a change of this size
 * cost in the proofs of seL4.
 */
import type { ChangedFile } from './change.ts';
import { functionAt } from '../mutate/functions.ts';
import type { KillMatrix } from '../mutate/matrix.ts';

export interface AffectedFunction {
  readonly file: string;
  readonly name: string;
  /** Null for one that the kill matrix does not know: it is new, has no mutants, or is not of the implementation. */
  readonly kills: {
    readonly mutants: number;
    readonly killed: number;
    readonly by: Readonly<Record<string, number>>;
  } | null;
}

export interface Affected {
  readonly schema: 'corres-affected/1';
  readonly functions: readonly AffectedFunction[];
  /** Lines added and removed in the kernels. */
  readonly changedLines: number;
  readonly proof: ProofEstimate;
}

export interface ProofEstimate {
  /** Lines of proof that changed, by tenths and quarters of what happened with so many lines. */
  readonly p10: number;
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
  readonly p90: number;
  readonly basis: string;
}

/**
 * Lines of proof changed for a line of specification changed, over the commits of l4v that changed both.
 *
 * @source l4v at 5209acf9e: 356 commits of kind `normal` with changes to specification and proof, `git log --numstat`, whitespace ignored
 */
const PROOF_PER_LINE = { p10: 0.64, p25: 1.5, median: 5.19, p75: 23.91, p90: 84.93 } as const;
const BASIS =
  '356 commits of l4v that changed specification and proof together; their size explains a fifth of the variance, and most repairs come in other commits';

/** @param source text of a file of the changed tree */
export function affected(
  changes: readonly ChangedFile[],
  matrix: KillMatrix,
  source: (file: string) => string,
): Affected {
  const kernel = changes.filter(({ file }) => /^(spec|impl)\//.test(file));
  const functions = kernel.flatMap(({ file, kind, places }): readonly AffectedFunction[] => {
    if (kind === 'removed') return [{ file, name: 'the whole file', kills: null }];
    const text = source(file).split('\n');
    return [...new Set(places.map((line) => functionAt(text, line)))].map((name) => {
      const known = matrix.functions.find((candidate) => candidate.file === file && candidate.name === name);
      return { file, name, kills: known ? { mutants: known.mutants, killed: known.killed, by: known.by } : null };
    });
  });
  const changedLines = kernel.reduce((sum, { lines, removed }) => sum + lines.length + removed, 0);
  const { p10, p25, median, p75, p90 } = PROOF_PER_LINE;
  const of = (ratio: number): number => Math.round(ratio * changedLines);
  return {
    schema: 'corres-affected/1',
    functions,
    changedLines,
    proof: { p10: of(p10), p25: of(p25), median: of(median), p75: of(p75), p90: of(p90), basis: BASIS },
  };
}
