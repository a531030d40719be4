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
/** How long programs are, as shares of the most rows: most channels need few rows and many beginnings, some need many rows. */
const LENGTHS = [1 / 3, 1 / 2, 1];

export function executePair(
  pair: Pair,
  program: Program,
  { limitMs = PROGRAM_MS, onRow }: { readonly limitMs?: number; readonly onRow?: (row: Row) => void } = {},
): Execution {
  let at = 0;
  const run = (): Execution => {
    pair.boot();
    for (; at < program.length; at++) {
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
  /** Pairs that ended early, by failing a property that nobody asked for. */
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

export interface PairSource {
  readonly seed: number;
  /** Rows of a program, at most. */
  readonly rows: number;
  /** Milliseconds that a program may take; `PROGRAM_MS` if not given. */
  readonly limitMs?: number | undefined;
  /** Names of the properties whose failures count, null for all: what fails another one ends its pair, and no more. */
  readonly properties: readonly string[] | null;
}

/** One pair after the other until there are `count` or one fails. */
export function randomPairs(
  pair: Pair,
  system: CompiledSystem,
  { seed, rows, limitMs = PROGRAM_MS, properties }: PairSource,
  firstRun: number,
  count: number,
  tally: PairTally,
): { readonly runs: number; readonly last: PairRun } {
  let done = 0;
  let program: Row[] = [];
  const runOne = (): PairRun => {
    const r = random(hash(seed, firstRun + done));
    const length = Math.ceil(rows * r.pick(LENGTHS));
    const style = pairStyle(r, system, !system.without.includes('domain-sep'));
    program = [];
    pair.boot();
    let isSecretive = false;
    let failure: Failure | null = null;
    while (program.length < length && failure === null) {
      const row = drawPairRow(r, style, system, pair);
      program.push(row);
      const before = pair.active;
      failure = pair.step(row);
      tally.steps++;
      if (pair.active !== before) tally.switches++;
      if (pair.isSecretKept) {
        isSecretive = true;
        tally.differing++;
      }
      tally.bytes += pair.bytes;
      tally.unreadable += pair.unreadable;
    }
    if (isSecretive) tally.secretive++;
    return { program, failure, failedRow: failure && program.length - 1 };
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
    if (last.failure !== null && properties?.includes(last.failure.property) === false) {
      tally.ended++;
      last = { program, failure: null, failedRow: null };
    }
    if (last.failure !== null || done >= count) return { runs: done, last };
  }
}
