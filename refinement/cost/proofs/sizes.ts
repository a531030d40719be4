/** How large the proofs are, by part and architecture, and how many lines of them there are to a line of specification. */
import type { ModuleRow } from '../mined/rows.ts';

export const ARCHITECTURES = ['RISCV64', 'ARM', 'AARCH64', 'X64'] as const;
export type ProofArchitecture = (typeof ARCHITECTURES)[number];

export const PROOFS = [
  'proof/invariant-abstract',
  'proof/refine',
  'proof/crefine',
  'proof/access-control',
  'proof/infoflow',
] as const;
export const SPECIFICATION = 'spec/abstract';

export interface ComponentSize {
  readonly component: string;
  readonly arch: ProofArchitecture;
  readonly lines: number;
  /** Lines that are neither blank nor comment. */
  readonly sloc: number;
  readonly lemmas: number;
}

/** What all architectures share counts for each. */
export function componentSizes(rows: readonly ModuleRow[]): readonly ComponentSize[] {
  return [SPECIFICATION, ...PROOFS].flatMap((component) =>
    ARCHITECTURES.map((arch): ComponentSize => {
      const files = rows.filter((row) => row.component === component && (row.arch === 'generic' || row.arch === arch));
      const sum = (of: (row: ModuleRow) => number): number => files.reduce((total, row) => total + of(row), 0);
      return {
        component,
        arch,
        lines: sum((row) => row.lines_raw),
        sloc: sum((row) => row.sloc),
        lemmas: sum((row) => row.lemmas),
      };
    }),
  );
}

/** Lines of proof to a line of abstract specification without blanks and comments; of the proofs that run on the architecture, which is asked of RISC-V. */
export function proofRatio(sizes: readonly ComponentSize[]): number {
  const of = (component: string): ComponentSize | undefined =>
    sizes.find((size) => size.component === component && size.arch === 'RISCV64');
  const proofs = PROOFS.reduce((total, component) => total + (of(component)?.lines ?? 0), 0);
  return proofs / (of(SPECIFICATION)?.sloc ?? NaN);
}
