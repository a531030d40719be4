/** Holds recordings of the real kernel against both sides. */
import type { KernelConfig } from '../../spec/abi/config.ts';
import type { KernelUnderTest } from './kernel-under-test.ts';
import type { Mismatch, Replayed } from './replay.ts';
import { replay } from './replay.ts';
import { readTrace } from './trace.ts';
import type { TraceScript } from './trace.ts';

export interface ScriptResult {
  readonly script: string;
  readonly side: 'spec' | 'impl';
  readonly compared: number;
  readonly leftOut: Replayed['leftOut'];
  readonly mismatch: Mismatch | null;
  /** Timer ticks in the script, and how many of the tried phases of the tick agree with the recording; 0 tried when none falls in it. */
  readonly ticks: number;
  readonly phasesTried: number;
  readonly phasesAgreeing: number;
}

export interface FileResult {
  readonly file: string;
  readonly scripts: readonly ScriptResult[];
}

export type MakeKernel = (script: TraceScript) => KernelUnderTest;

const TICK_NS = 2_000_000;
const PHASES = 40;

/**
 * Replays one script. The phase of the timer tick was not recorded: if the script agrees without any tick in its first period that is
 * it, otherwise every phase on a grid is tried and must be the same for the whole script.
 */
export function conformScript(script: TraceScript, config: KernelConfig, make: MakeKernel): ScriptResult {
  const kernel = make(script);
  const first = replay(script, kernel, config, TICK_NS);
  const base = { script: script.script, side: kernel.name };
  const lastNs = script.events.at(-1)?.ns ?? 0;
  if (first.mismatch === null || lastNs < TICK_NS) {
    return { ...base, ...first, phasesTried: lastNs < TICK_NS ? 0 : 1, phasesAgreeing: first.mismatch ? 0 : 1 };
  }
  let agreeing = 0;
  let best = first;
  for (let n = 1; n < PHASES; n++) {
    const tried = replay(script, make(script), config, (n * TICK_NS) / PHASES);
    if (tried.mismatch === null) {
      if (agreeing === 0) best = tried;
      agreeing++;
    } else if (agreeing === 0 && tried.compared > best.compared) {
      best = tried;
    }
  }
  return { ...base, ...best, phasesTried: PHASES, phasesAgreeing: agreeing };
}

export function conformFile(path: string, config: KernelConfig, sides: readonly MakeKernel[]): FileResult {
  const scripts = readTrace(path);
  return { file: path, scripts: scripts.flatMap((script) => sides.map((make) => conformScript(script, config, make))) };
}
