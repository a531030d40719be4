/** A way through the states of a model, made again from the actions. */
import type { CompiledModel } from './generate.ts';
import type { ReadableState } from './schema.ts';
import { readState } from './schema.ts';

export interface TraceStep {
  /** What led here: `Send(1)`; null for the first state. */
  readonly action: string | null;
  readonly state: ReadableState;
}

/** Throws an Error if one of the actions cannot be taken where it should be: two states were taken for one then. */
export function retrace(compiled: CompiledModel, path: readonly number[]): readonly TraceStep[] {
  const { layout, actions, states, successors, taken } = compiled;
  const size = layout.words;
  states.set(layout.initial);
  const trace: TraceStep[] = [{ action: null, state: readState(layout, states) }];
  for (const action of path) {
    const at = taken.subarray(0, compiled.expand(1)).indexOf(action);
    if (at < 0) throw new Error(`${String(actions[action])} cannot happen where the log has it`);
    states.set(successors.subarray(at * size, (at + 1) * size));
    trace.push({ action: actions[action] ?? null, state: readState(layout, states) });
  }
  return trace;
}
