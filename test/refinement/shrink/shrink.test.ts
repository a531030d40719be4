/** Shrinking: every candidate is smaller, the result cannot lose a row, and what was tried to show it is counted. */
import { describe, expect, it } from 'vitest';
import { FULL_EVERY, makeChecker } from '../../../refinement/campaign/checker.ts';
import { newTally, randomRun } from '../../../refinement/campaign/run.ts';
import { execute } from '../../../refinement/program/execute.ts';
import type { Program, Row } from '../../../refinement/program/program.ts';
import { candidates } from '../../../refinement/shrink/candidates.ts';
import { isSameFailure, keyOf, shrink } from '../../../refinement/shrink/shrink.ts';
import type { Failure } from '../../../refinement/step/lockstep.ts';
import { loadKernels } from '../../../refinement/step/kernels.ts';
import { buildDefective, defectNamed } from '../../helpers/defective.ts';

const FAILURE: Failure = {
  failureClass: 'difference',
  property: 'refinement',
  what: 'made up',
  differences: [],
  step: 1,
  fullPass: false,
};

const tick = (word: number): Row => ({ op: 'Tick', word: BigInt(word) });

/** Fails when the ticks named are all there, in this order. */
const needs =
  (...words: readonly number[]) =>
  (program: Program): { readonly failure: Failure | null; readonly failedRow: number | null } => {
    let found = 0;
    for (const [index, row] of program.entries()) {
      if ('word' in row && row.word === BigInt(words[found] ?? -1)) found++;
      if (found === words.length) return { failure: FAILURE, failedRow: index };
    }
    return { failure: null, failedRow: null };
  };

describe('shrink', () => {
  it('finds the two rows that matter among a hundred, and shows that neither can go', () => {
    const program = Array.from({ length: 100 }, (_, word) => tick(word));
    const shrunk = shrink(program, FAILURE, needs(17, 80));
    expect(shrunk.program).toEqual([tick(17), tick(80)]);
    expect(shrunk.certificate).toEqual({ rows: 2, singleDeletionsTried: 2 });
    expect(shrunk.executions).toBeLessThan(200);
  });

  it('leaves no more time between the rows than the failure needs', () => {
    const program = Array.from({ length: 40 }, (_, word): Row => ({ ...tick(word), ticks: 5n, lookTicks: 8n }));
    // Fails in the second row, if 37 ticks have passed and 2 pass within it.
    const run = (rows: Program): { readonly failure: Failure | null; readonly failedRow: number | null } => {
      let passed = 0n;
      for (const [index, row] of rows.entries()) {
        passed += row.ticks ?? 0n;
        if (index > 0 && passed >= 37n && (row.lookTicks ?? 0n) >= 2n) return { failure: FAILURE, failedRow: index };
      }
      return { failure: null, failedRow: null };
    };
    const shrunk = shrink(program, FAILURE, run);
    const sum = (field: 'ticks' | 'lookTicks'): bigint =>
      shrunk.program.reduce((total, row) => total + (row[field] ?? 0n), 0n);
    expect(sum('ticks')).toBeLessThanOrEqual(40n);
    expect(sum('lookTicks')).toBe(2n);
    expect(shrunk.program.every((row) => !('word' in row) || row.word === 0n)).toBe(true);
    expect(run(shrunk.program).failure).toBe(FAILURE);
  });

  it('gives no certificate when it is stopped', () => {
    const program = Array.from({ length: 100 }, (_, word) => tick(word));
    const shrunk = shrink(program, FAILURE, needs(17, 80), { maxExecutions: 3 });
    expect(shrunk.executions).toBe(3);
    expect(shrunk.certificate).toBeNull();
    expect(needs(17, 80)(shrunk.program).failure).toBe(FAILURE);
  });

  it('does not take another failure for the one it shrinks', () => {
    expect(isSameFailure(FAILURE, { ...FAILURE, property: 'valid_mdb' })).toBe(false);
    expect(isSameFailure(FAILURE, { ...FAILURE, failureClass: 'hang' })).toBe(false);
    expect(isSameFailure(FAILURE, { ...FAILURE, what: 'elsewhere' })).toBe(true);
    expect(isSameFailure(FAILURE, null)).toBe(false);
  });

  it('shrinks what a seeded defect shows to a program in which every row is needed', async () => {
    const kernels = await loadKernels('small', await buildDefective(defectNamed('badge-twice')));
    const lockstep = makeChecker(kernels, { properties: null, fullEvery: FULL_EVERY });
    let run = 0;
    let found = randomRun(kernels, lockstep, { seed: 1, rows: 200 }, run, newTally());
    while (found.failure === null && run < 2000)
      found = randomRun(kernels, lockstep, { seed: 1, rows: 200 }, ++run, newTally());
    if (found.failure === null) throw new Error('the defect is found');
    const { failure } = found;
    const { boot } = kernels.world(found.world);
    const shrunk = shrink(found.program, failure, (program) => execute(lockstep, boot, program));
    expect(shrunk.certificate?.rows).toBe(shrunk.program.length);
    expect(isSameFailure(failure, execute(lockstep, boot, shrunk.program).failure)).toBe(true);
    for (let at = 0; at < shrunk.program.length; at++) {
      expect(isSameFailure(failure, execute(lockstep, boot, shrunk.program.toSpliced(at, 1)).failure)).toBe(false);
    }
  });
});

describe('candidates', () => {
  const size = (program: Program): readonly number[] => [program.length, ...program.map((row) => keyOf([row]).length)];

  it('are all different from the program, and none has more rows', () => {
    const program: Program = [
      {
        op: 'CNode_Mint',
        syscall: 'Send',
        cap: 2n,
        label: 21n,
        words: [30n, 64n, 22n, 64n, 15n, 7n],
        caps: [2n],
        receive: [2n, 40n, 64n],
        irqCountdown: 3,
        irq: null,
      },
      {
        op: 'ReplyRecv',
        syscall: 'ReplyRecv',
        cap: 23n,
        label: 5n,
        words: [1n, 2n],
        caps: [22n],
        receive: null,
        irqCountdown: null,
        irq: null,
      },
      {
        op: 'NBSendRecv',
        syscall: 'NBSendRecv',
        cap: 23n,
        label: 0n,
        words: [],
        caps: [],
        receive: null,
        irqCountdown: null,
        irq: null,
        reply: 41n,
        sendDest: 22n,
        ticks: 100n,
        lookTicks: 6n,
      },
      tick(3),
    ];
    const all = [...candidates(program, 0)];
    expect(all.length).toBeGreaterThan(30);
    for (const { program: smaller } of all) {
      expect(keyOf(smaller)).not.toBe(keyOf(program));
      expect(size(smaller)[0]).toBeLessThanOrEqual(program.length);
    }
    expect(all.filter(({ isSingleDeletion }) => isSingleDeletion)).toHaveLength(program.length);
  });

  it('come round to all passes wherever they begin', () => {
    const program = [tick(1), tick(2), tick(3)];
    const keys = (from: number): readonly string[] =>
      [...candidates(program, from)].map((one) => keyOf(one.program)).sort();
    expect(keys(3)).toEqual(keys(0));
  });
});
