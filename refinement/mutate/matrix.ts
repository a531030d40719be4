/** The kill matrix as it is kept: which property noticed the mutants of which function. */
import { functionAt } from './functions.ts';
import type { MutateResult } from './mutate.ts';

export interface FunctionKills {
  readonly file: string;
  readonly name: string;
  /** Mutants that are reached and are not equivalent. */
  readonly mutants: number;
  readonly killed: number;
  /** By the property that noticed first. */
  readonly by: Readonly<Record<string, number>>;
}

export interface KillMatrix {
  readonly schema: 'corres-kill-matrix/2';
  readonly parts: MutateResult['parts'];
  readonly seed: number;
  readonly score: number;
  readonly functions: readonly FunctionKills[];
}

/** @param source the text of a file */
export function killMatrix(
  { parts, seed, score, mutants }: MutateResult,
  source: (file: string) => string,
): KillMatrix {
  const lines = new Map<string, readonly string[]>();
  const functions = new Map<
    string,
    { file: string; name: string; mutants: number; killed: number; by: Record<string, number> }
  >();
  for (const { file, line, status, property } of mutants) {
    if (status !== 'killed' && status !== 'survived') continue;
    const text = lines.get(file) ?? source(file).split('\n');
    lines.set(file, text);
    const name = functionAt(text, line);
    const key = `${file} ${name}`;
    const found = functions.get(key) ?? { file, name, mutants: 0, killed: 0, by: {} };
    functions.set(key, found);
    found.mutants++;
    if (property === null) continue;
    found.killed++;
    found.by[property] = (found.by[property] ?? 0) + 1;
  }
  return {
    schema: 'corres-kill-matrix/2',
    parts,
    seed,
    score: Math.round(score * 10) / 10,
    functions: [...functions.values()],
  };
}

/** How far a mutant was looked for before it counted as a survivor. */
export function budgetOf({ parts }: Pick<KillMatrix, 'parts'>): string {
  return parts.map(({ config, steps }) => `${steps} steps on ${config}`).join(', ');
}
