/** Runs a program and keeps every state it went through; states share what did not change, so that costs little. */
import type { KernelState } from '../../spec/state/kernel-state.ts';
import type { Execution } from '../program/execute.ts';
import { execute } from '../program/execute.ts';
import { answerToRow } from '../program/answer.ts';
import { outcomeOf } from '../program/outcome.ts';
import type { Program, Row } from '../program/program.ts';
import { toKernelStep } from '../program/program.ts';
import type { Lockstep } from '../step/lockstep.ts';
import type { World } from '../world/world.ts';

export interface RecordedRow {
  readonly row: Row;
  readonly before: KernelState;
  /** The state before, when the row could not be carried out or the specification gave up in it. */
  readonly after: KernelState;
  readonly outcome: string;
}

export interface Recording extends Execution {
  /** One per row up to the failing one. */
  readonly rows: readonly RecordedRow[];
}

export function record(lockstep: Lockstep, world: World, program: Program): Recording {
  const rows: RecordedRow[] = [];
  let at = 0;
  const skipTo = (row: Row, before: KernelState): void => {
    for (; program[at] !== row && at < program.length; at++) {
      const passed = program[at];
      if (passed) rows.push({ row: passed, before, after: before, outcome: 'passed over: the idle thread runs' });
    }
  };
  const done = execute(lockstep, world.boot, program, {
    onRow: (row, before, after) => {
      skipTo(row, before);
      rows.push({ row, before, after, outcome: outcomeOf(before, row, after, answerToRow(before, row, after)) });
      at++;
    },
  });
  const failing = done.failedRow === null ? undefined : program[done.failedRow];
  if (failing) {
    const last = rows.at(-1)?.after ?? lockstep.state;
    skipTo(failing, last);
    const before = rows.at(-1)?.after ?? last;
    const after = lockstep.state;
    const isCarriedOut = after !== before && toKernelStep(failing, before) !== null;
    rows.push({
      row: failing,
      before,
      after,
      outcome: isCarriedOut ? outcomeOf(before, failing, after, answerToRow(before, failing, after)) : 'not completed',
    });
  }
  return { ...done, rows };
}
