/**
 * `corres conform FILE...`: recordings of the real kernel against specification and implementation.
 *
 * Exit codes: 0 all that was compared agrees, 1 something differs, 2 a file cannot be used (an InputError, thrown), 3 nothing was compared.
 */
import { join } from 'node:path';
import type { ImplKernel } from '../step/impl-kernel.ts';
import { loadImpl } from '../step/impl-kernel.ts';
import { kernelFile } from '../step/kernels.ts';
import type { LoadImpl, ScriptResult } from './conform.ts';
import { conformScript } from './conform.ts';
import type { Side } from './kernel-under-test.ts';
import { platformOf } from './platform.ts';
import type { OnEntry } from './spec-under-test.ts';
import type { TraceScript } from './trace.ts';
import { readTrace } from './trace.ts';

export interface ConformOptions {
  readonly sides: readonly Side[];
  /** Only scripts whose name contains this. */
  readonly script?: string;
  /** Folder with one implementation bundle for each configuration; the project's own if not given. */
  readonly implFolder?: string;
  /** Called after each script and side. */
  readonly onScript?: (file: string, result: ScriptResult) => void;
  /** Sees the specification's kernel entries. */
  readonly onEntry?: OnEntry;
}

export interface ConformResult {
  readonly schema: 'corres-conform/1';
  readonly outcome: 'agrees' | 'differs' | 'nothing-compared';
  readonly sides: readonly Side[];
  readonly scriptFilter: string | null;
  readonly files: readonly FileResult[];
}

export interface FileResult {
  readonly file: string;
  /** Platform and recorded kernel configuration, as `x86_64 nomcs`. */
  readonly configurations: readonly string[];
  /** Scripts in the file, and those of them that the filter let through. */
  readonly scripts: number;
  readonly selected: number;
  readonly totals: readonly SideTotal[];
  readonly results: readonly ScriptResult[];
}

export interface SideTotal {
  readonly side: Side;
  readonly operations: number;
  readonly compared: number;
  readonly leftOut: number;
  readonly scriptsLeftOut: number;
  readonly scriptsDiffering: number;
  /** Of a kernel that programs its timer: interrupts of it, and entries whose times are not as usual but inferred. */
  readonly timerInterrupts: number;
  readonly timesInferred: number;
  /** Words of the recorded program's own, taken from the recording when they first showed. */
  readonly wordsTaken: number;
  readonly assertionsHolding: number;
  readonly assertionsLeftOut: number;
}

/** Reads all files before any is compared, so that an InputError comes at once. */
export async function runConform(files: readonly string[], options: ConformOptions): Promise<ConformResult> {
  const { sides, script: filter = null, onScript, onEntry } = options;
  const read = files.map((file) => ({ file, scripts: readTrace(file) }));
  for (const { scripts } of read) scripts.forEach(platformOf);
  const load = bundleLoader(options.implFolder);
  const results: FileResult[] = [];
  for (const { file, scripts } of read) {
    const selected = scripts.filter(({ script }) => filter === null || script.includes(filter));
    const ofFile: ScriptResult[] = [];
    for (const script of selected) {
      for (const side of sides) {
        const result = await conformScript(script, side, load, onEntry);
        ofFile.push(result);
        onScript?.(file, result);
      }
    }
    results.push(fileResult(file, scripts, selected, sides, ofFile));
  }
  return { schema: 'corres-conform/1', outcome: outcomeOf(results), sides, scriptFilter: filter, files: results };
}

export function conformExitCode({ outcome }: ConformResult): 0 | 1 | 3 {
  switch (outcome) {
    case 'agrees':
      return 0;
    case 'differs':
      return 1;
    case 'nothing-compared':
      return 3;
  }
}

function bundleLoader(folder: string | undefined): LoadImpl {
  const loaded = new Map<string, Promise<ImplKernel>>();
  return ({ impl }) => {
    const kernel = loaded.get(impl) ?? loadImpl(folder === undefined ? kernelFile(impl) : join(folder, `${impl}.mjs`));
    loaded.set(impl, kernel);
    return kernel;
  };
}

function fileResult(
  file: string,
  scripts: readonly TraceScript[],
  selected: readonly TraceScript[],
  sides: readonly Side[],
  results: readonly ScriptResult[],
): FileResult {
  const configurations = [...new Set(scripts.map((script) => `${platformOf(script).name} ${script.config}`))];
  const totals = sides.map((side) => sideTotal(side, results));
  return { file, configurations, scripts: scripts.length, selected: selected.length, totals, results };
}

function sideTotal(side: Side, results: readonly ScriptResult[]): SideTotal {
  const mine = results.filter((result) => result.side === side);
  const sum = (of: (result: ScriptResult) => number): number => mine.reduce((total, result) => total + of(result), 0);
  return {
    side,
    operations: sum(({ operations }) => operations),
    compared: sum(({ compared }) => compared),
    leftOut: sum(({ leftOut }) => leftOut?.operations ?? 0),
    scriptsLeftOut: mine.filter(({ leftOut }) => leftOut !== null).length,
    scriptsDiffering: mine.filter(({ difference }) => difference !== null).length,
    timerInterrupts: sum(({ ticks, firstTick }) => (firstTick === null ? ticks : 0)),
    timesInferred: sum(({ inferred: { entries, tempo } }) => entries + (tempo === 1 ? 0 : 1)),
    wordsTaken: sum(({ taken }) => taken),
    assertionsHolding: sum(({ assertions }) => assertions.hold),
    assertionsLeftOut: sum(({ assertions }) => assertions.leftOut),
  };
}

function outcomeOf(files: readonly FileResult[]): ConformResult['outcome'] {
  const totals = files.flatMap((file) => file.totals);
  if (totals.some(({ scriptsDiffering }) => scriptsDiffering > 0)) return 'differs';
  return totals.some(({ compared }) => compared > 0) ? 'agrees' : 'nothing-compared';
}
