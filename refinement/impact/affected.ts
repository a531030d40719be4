/**
 * Without running anything: which properties look at the changed functions, by who noticed the mutants of these, and what a change of this size
 * cost in the proofs of seL4.
 */
import type { ChangedFile } from './change.ts';
import { functionAt } from '../mutate/functions.ts';
import type { KillMatrix } from '../mutate/matrix.ts';
import { commits } from '../cost/mined/load.ts';
import type { ProofEstimate } from '../cost/proofs/estimate.ts';
import { estimateProof } from '../cost/proofs/estimate.ts';

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
  return {
    schema: 'corres-affected/1',
    functions,
    changedLines,
    proof: estimateProof(commits(), changedLines),
  };
}
