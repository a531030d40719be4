/**
 * Proof by area of the kernel: theories are put together by their names, `Ipc_AI`, `ArchIpc_AI`, `Ipc_R`, ... being about what `Ipc_A` specifies.
 * What is proved of an area in theories of other names is not counted for it.
 */
import type { ModuleRow } from '../mined/rows.ts';

/** Session folder, and what its theories end in. */
const SUFFIXES = {
  'spec/abstract': 'A',
  'proof/invariant-abstract': 'AI',
  'proof/refine': 'R',
  'proof/crefine': 'C',
  'proof/access-control': 'AC',
  'proof/infoflow': 'IF',
} as const;

/** An area of `cost.md`'s kind, one theory of the abstract specification, as printed when the data was mined. */
export const SPECIFIED_AREAS = [
  'CSpace',
  'Ipc',
  'IpcCancel',
  'Retype',
  'Tcb',
  'TcbAcc',
  'VSpace',
  'Syscall',
  'Interrupt',
  'Schedule',
  'KHeap',
] as const;

export interface AreaSize {
  readonly area: string;
  /** Lines without blanks and comments, for RISC-V. */
  readonly specification: number;
  readonly proof: number;
}

/** @param theories base names, without `Arch` and without the session's ending */
export function areaSize(rows: readonly ModuleRow[], area: string, theories: readonly string[]): AreaSize {
  let specification = 0;
  let proof = 0;
  for (const { component, arch, path, sloc } of rows) {
    if (!(component in SUFFIXES) || (arch !== 'generic' && arch !== 'RISCV64')) continue;
    const suffix = SUFFIXES[component as keyof typeof SUFFIXES];
    const name = path.split('/').at(-1) ?? '';
    if (!theories.some((base) => name === `${base}_${suffix}.thy` || name === `Arch${base}_${suffix}.thy`)) continue;
    if (component === 'spec/abstract') specification += sloc;
    else proof += sloc;
  }
  return { area, specification, proof };
}

export function specifiedAreas(rows: readonly ModuleRow[]): readonly AreaSize[] {
  return SPECIFIED_AREAS.map((area) => areaSize(rows, area, [area]));
}
