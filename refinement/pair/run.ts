/** Runs pairs: a program of rows, or random ones. */
import { PROGRAM_MS, hang } from '../program/execute.ts';
import type { Execution } from '../program/execute.ts';
import type { Program, Row } from '../program/program.ts';
import { hash, random } from '../program/random.ts';
import type { Failure } from '../step/lockstep.ts';
import { TimeUp, watched } from '../step/watchdog.ts';
import type { CompiledSystem } from '../system/compile.ts';
import { drawPairRow, pairStyle } from './draw.ts';
import type { Pair } from './pair-step.ts';

/** Rows of a random program, at most: enough for every partition to run a dozen times. */
export const PAIR_ROWS = 120;

export function executePair(
  pair: Pair,
  program: Program,
  { limitMs = PROGRAM_MS, onRow }: { readonly limitMs?: number; readonly onRow?: (row: Row) => void } = {},
): Execution {
  let at = 0;
  const run = (): Execution => {
    pair.boot();
    for (; at < program.length && !pair.isOver; at++) {
      const row = program[at];
      if (row === undefined) continue;
      const failure = pair.step(row);
      onRow?.(row);
      if (failure) return { failure, failedRow: at, steps: at + 1 };
    }
    return { failure: null, failedRow: null, steps: at };
  };
  try {
    return watched(limitMs, run);
  } catch (error) {
    if (!(error instanceof TimeUp)) throw error;
    return { failure: hang(at, limitMs), failedRow: at, steps: at };
  }
}

export interface PairRun {
  readonly program: readonly Row[];
  readonly failure: Failure | null;
  readonly failedRow: number | null;
}

export interface PairTally {
  /** Paired steps. */
  steps: number;
  pairs: number;
  /** Pairs in which somebody kept something from somebody else. */
  secretive: number;
  /** Pairs that ended early: a side and its specification went different ways. */
  ended: number;
  /** Steps made while something differed. */
  differing: number;
  /** Bytes of partitions' memory, and those of them that the partition that ran could not read, added up over steps. */
  bytes: number;
  unreadable: number;
  /** Steps in which a domain gave way to another. */
  switches: number;
}

export function newPairTally(): PairTally {
  return { steps: 0, pairs: 0, secretive: 0, ended: 0, differing: 0, bytes: 0, unreadable: 0, switches: 0 };
}

/** One pair after the other until there are `count` or one fails. */
export function randomPairs(
  pair: Pair,
  system: CompiledSystem,
  seed: number,
  firstRun: number,
  count: number,
  rows: number,
  tally: PairTally,
  limitMs = PROGRAM_MS,
): { readonly runs: number; readonly last: PairRun } {
  let done = 0;
  let program: Row[] = [];
  const runOne = (): PairRun => {
    const r = random(hash(seed, firstRun + done));
    const style = pairStyle(r, system, !system.without.includes('domain-sep'));
    program = [];
    pair.boot();
    let isSecretive = false;
    while (program.length < rows && !pair.isOver) {
      const row = drawPairRow(r, style, system, pair);
      program.push(row);
      const before = pair.active;
      const failure = pair.step(row);
      tally.steps++;
      if (pair.active !== before) tally.switches++;
      if (pair.isSecretKept) {
        isSecretive = true;
        tally.differing++;
      }
      tally.bytes += pair.bytes;
      tally.unreadable += pair.unreadable;
      if (failure) return { program, failure, failedRow: program.length - 1 };
    }
    if (isSecretive) tally.secretive++;
    if (pair.isOver) tally.ended++;
    return { program, failure: null, failedRow: null };
  };
  for (;;) {
    let last: PairRun;
    try {
      last = watched(limitMs, runOne);
    } catch (error) {
      if (!(error instanceof TimeUp)) throw error;
      last = { program, failure: hang(program.length, limitMs), failedRow: program.length - 1 };
    }
    done++;
    tally.pairs++;
    if (last.failure !== null || done >= count) return { runs: done, last };
  }
}
