import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../../properties/catalogue.ts';
import { affected } from '../../../refinement/impact/affected.ts';
import type { ChangedFile } from '../../../refinement/impact/change.ts';
import { adequacy, quantile, share } from '../../../refinement/mutate/adequacy.ts';
import { functionAt } from '../../../refinement/mutate/functions.ts';
import type { KillMatrix } from '../../../refinement/mutate/matrix.ts';
import { killMatrix } from '../../../refinement/mutate/matrix.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const MATRIX = JSON.parse(readFileSync(join(ROOT, 'refinement/mutate/matrix.json'), 'utf8')) as KillMatrix;

const SOURCE = ['const A = 1;', '', 'export function f(): void {', '  g();', '}', '', 'function g(): void {', '}'];

describe('the kill matrix', () => {
  it('is by function', () => {
    expect([1, 4, 5, 7].map((line) => functionAt(SOURCE, line))).toEqual(['A', 'f', 'f', 'g']);
    const mutant = { id: '0', file: 'impl/kernel/a.ts', line: 4, mutator: '', original: '', replacement: '', nth: 0 };
    const result = { config: 'small', operation: null, steps: 1, ms: 1, because: null };
    const { functions } = killMatrix(
      {
        schema: 'corres-mutate/2',
        parts: [{ config: 'small', steps: 1 }],
        seed: 1,
        isComplete: true,
        score: 50,
        mutants: [
          { ...mutant, ...result, status: 'killed', property: 'refinement' },
          { ...mutant, ...result, status: 'survived', property: null },
          { ...mutant, ...result, status: 'equivalent', property: null },
          { ...mutant, ...result, status: 'not reached', property: null },
        ],
      },
      () => SOURCE.join('\n'),
    );
    expect(functions).toEqual([{ file: 'impl/kernel/a.ts', name: 'f', mutants: 2, killed: 1, by: { refinement: 1 } }]);
  });

  it('that is kept knows functions that there are', () => {
    for (const { file, name, mutants, killed } of MATRIX.functions) {
      const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
      expect(
        lines.some((_, index) => functionAt(lines, index + 1) === name),
        `${file} ${name}`,
      ).toBe(true);
      expect(killed).toBeLessThanOrEqual(mutants);
    }
  });
});

describe('what a change affects', () => {
  const change: ChangedFile = { file: 'impl/kernel/a.ts', kind: 'changed', lines: [4], places: [4, 7], removed: 1 };
  const matrix: KillMatrix = {
    ...MATRIX,
    functions: [{ file: 'impl/kernel/a.ts', name: 'f', mutants: 3, killed: 2, by: { refinement: 2 } }],
  };

  it('is read off the matrix; what that does not know is said to be unknown', () => {
    const { functions, changedLines, proof } = affected([change], matrix, () => SOURCE.join('\n'));
    expect(functions).toEqual([
      { file: 'impl/kernel/a.ts', name: 'f', kills: { mutants: 3, killed: 2, by: { refinement: 2 } } },
      { file: 'impl/kernel/a.ts', name: 'g', kills: null },
    ]);
    expect(changedLines).toBe(2);
    expect(proof.p10).toBeLessThan(proof.median);
    expect(proof.median).toBeLessThan(proof.p90);
  });

  it('is nothing outside the kernels', () => {
    const { functions, changedLines } = affected([{ ...change, file: 'refinement/a.ts' }], matrix, () => '');
    expect([functions, changedLines]).toEqual([[], 0]);
  });
});

describe('adequacy', () => {
  it('gives shares with the interval that they are in', () => {
    const { percent, low, high } = share(90, 100);
    expect(percent).toBe(90);
    expect(low).toBeCloseTo(82.6, 0);
    expect(high).toBeCloseTo(94.5, 0);
    expect(share(0, 0)).toMatchObject({ low: 0, high: 100 });
    expect(quantile([3, 1, 2, 4], 0.5)).toBe(3);
  });

  it('counts who notices first, who alone, and what was not found', () => {
    const measured = [
      { name: 'a', caughtBy: { refinement: 2 }, steps: [10, 20], minimal: null },
      { name: 'b', caughtBy: { refinement: 1, valid_tcb: 1 }, steps: [30, null], minimal: null },
    ];
    const result = adequacy(measured, MATRIX, CATALOGUE);
    expect(result.hunts).toMatchObject({ count: 3, of: 4 });
    expect(result.defects).toMatchObject({ count: 1, of: 2 });
    expect(result.properties.find(({ name }) => name === 'refinement')).toMatchObject({ defects: 2, alone: ['a'] });
    expect(result.properties.find(({ name }) => name === 'valid_tcb')).toMatchObject({ defects: 1, alone: [] });
    expect(result.properties.every(({ evidence }) => evidence.length > 0)).toBe(true);
  });
});
