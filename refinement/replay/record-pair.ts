/** A pair of runs, with every state that both went through. */
import type { KernelState } from '../../spec/state/kernel-state.ts';
import type { Pair } from '../pair/pair-step.ts';
import { executePair } from '../pair/run.ts';
import { answerToRow } from '../program/answer.ts';
import { outcomeOf } from '../program/outcome.ts';
import type { Program, Row } from '../program/program.ts';
import { INTERRUPTS, toKernelStep } from '../program/program.ts';
import type { RecordedRow, Recording } from './record.ts';

export interface RecordedPairRow extends RecordedRow {
  /** The second run's part; null where it did nothing. */
  readonly second: RecordedRow | null;
  /** Whether the two did the same thing. */
  readonly isAlike: boolean;
}

export interface PairRecording extends Recording {
  readonly rows: readonly RecordedPairRow[];
}

export function recordPair(pair: Pair, program: Program): PairRecording {
  const rows: RecordedPairRow[] = [];
  pair.boot();
  let before = pair.states;
  const take = (row: Row): void => {
    const after = pair.states;
    const isAlike = row.other === undefined || INTERRUPTS.includes(row.op);
    const other = isAlike ? row : row.other;
    const first = recorded(row, before[0], after[0]);
    rows.push({ ...first, isAlike, second: other === null ? null : recorded(other, before[1], after[1]) });
    before = after;
  };
  const done = executePair(pair, program, { onRow: take });
  return { ...done, rows };
}

function recorded(row: Row, before: KernelState, after: KernelState): RecordedRow {
  const outcome =
    toKernelStep(row, before) === null
      ? 'passed over: the idle thread runs'
      : outcomeOf(before, row, after, answerToRow(before, row, after));
  return { row, before, after, outcome };
}

export function isPairRow(row: RecordedRow): row is RecordedPairRow {
  return 'second' in row;
}
