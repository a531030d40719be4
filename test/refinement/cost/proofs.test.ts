import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTable } from '../../../refinement/cost/mined/csv.ts';
import { commits, lemmas, modules, printedFits } from '../../../refinement/cost/mined/load.ts';
import { commitRow } from '../../../refinement/cost/mined/rows.ts';
import { specifiedAreas } from '../../../refinement/cost/proofs/areas.ts';
import { changeByYear, changeTogether } from '../../../refinement/cost/proofs/churn.ts';
import { backTest, estimateProof, merits } from '../../../refinement/cost/proofs/estimate.ts';
import { sessionFits } from '../../../refinement/cost/proofs/lemmas.ts';
import { compareWithPrinted } from '../../../refinement/cost/proofs/printed.ts';
import { componentSizes, proofRatio } from '../../../refinement/cost/proofs/sizes.ts';

describe('the fits of proof size against statement size', () => {
  const fits = sessionFits(lemmas());
  const compared = compareWithPrinted(printedFits(), fits);
  const differing = compared.filter(({ because }) => because !== null);

  it('are those that were printed, to the digit, or the difference is explained', () => {
    expect(differing.filter(({ because }) => because === 'unexplained')).toEqual([]);
    expect(compared.length - differing.length).toBe(60);
    expect([...new Set(differing.map(({ figure }) => figure))]).toEqual([
      'binned exponent',
      'binned R2',
      'median proof',
      'all',
    ]);
  });

  it('say that a parabola explains twice what a line does of the refinement proof', () => {
    const refine = fits.find(({ group }) => group === 'RISCV64 Refine');
    expect([refine?.quadratic.r2.toFixed(3), refine?.linear.r2.toFixed(3)]).toEqual(['0.615', '0.294']);
  });

  it('would be seen to differ', () => {
    const [first, ...rest] = printedFits();
    if (first === undefined) throw new Error('there are printed fits');
    const wrong = compareWithPrinted([{ ...first, quad_R2: 0.5 }, ...rest], fits);
    expect(wrong.filter(({ because }) => because === 'unexplained')).toMatchObject([
      { figure: 'quadratic R2', printed: '0.5', again: '0.109' },
    ]);
  });
});

describe('sizes and changes', () => {
  it('are those that were printed', () => {
    const sizes = componentSizes(modules());
    expect(
      sizes.filter(({ arch }) => arch === 'RISCV64').map(({ lines, sloc, lemmas: n }) => [lines, sloc, n]),
    ).toEqual(
      // biome-ignore format: a table
      [[9737, 6243, 30], [70895, 59289, 5858], [87973, 77951, 5524], [66470, 59950, 2988], [19123, 15820, 1303], [42822, 36964, 2846]],
    );
    expect(proofRatio(sizes).toFixed(1)).toBe('46.0');
    expect(specifiedAreas(modules()).map(({ specification, proof }) => [specification, proof])).toEqual(
      // biome-ignore format: a table
      [[664, 13783], [451, 18655], [305, 5778], [160, 17221], [266, 10242], [39, 7845], [196, 4615], [224, 7625], [104, 2526], [145, 3208], [259, 4110]],
    );
  });

  it('agree with the printed table of years and what is said of commits', () => {
    const years = changeByYear(commits());
    expect(years.map(({ specification, proof }) => (proof / specification).toFixed(1))).toEqual(
      // biome-ignore format: a row
      ['2.5', '4.8', '3.7', '7.2', '7.5', '24.5', '21.7', '117.8', '4.1', '103.1', '13.4', '77.0', '10.3'],
    );
    const { specificationOnly, proofOnly, both, perCommit, perMonth } = changeTogether(commits());
    expect([specificationOnly, proofOnly, both]).toEqual([933, 2524, 356]);
    expect([perCommit.coefficients[1]?.toFixed(2), perCommit.r2.toFixed(2), perMonth.r2.toFixed(2)]).toEqual(
      // biome-ignore format: a row
      ['0.57', '0.20', '0.07'],
    );
  });
});

describe('the estimate of what a change costs', () => {
  it('is of the model that would have foretold best, and that is off by a factor of four', () => {
    const found = merits(backTest(commits()));
    expect(found.map(({ model, commits: n, factor }) => [model, n, factor.toFixed(1)])).toEqual([
      ['ratio', 320, '4.2'],
      ['power', 320, '4.0'],
      ['constant', 320, '5.7'],
    ]);
    expect(estimateProof(commits(), 100)).toMatchObject({ model: 'power', p10: 26, median: 299, p90: 3068 });
  });

  it('foretells a year from those before it alone', () => {
    const before = commits().filter(({ author_date: date }) => date < '2021');
    const foretold = backTest(commits()).filter(({ year }) => year <= 2020);
    expect(backTest(before)).toEqual(foretold);
    expect(foretold).toHaveLength(15);
  });
});

describe('a table', () => {
  const folder = mkdtempSync(join(tmpdir(), 'corres-cost-'));
  const file = (text: string): string => {
    const path = join(folder, 'bad.csv');
    writeFileSync(path, text);
    return path;
  };

  it('that does not fit is refused with its place', () => {
    const header = 'author_date,commit_date,kind,spec_add,spec_del,proof_add,proof_del,churn_lib';
    const good = '2020-01-01,2020-01-01,normal,1,2,3,4,5';
    expect(() => readTable(file(`${header}\n${good}\n2020-01-01,2020-01-01,normal,1,2,x,4,5`), commitRow)).toThrow(
      "bad.csv line 3: column proof_add has 'x', which does not belong there",
    );
    expect(() => readTable(file('a,b\n1,2'), commitRow)).toThrow('bad.csv line 2: column author_date is missing');
    expect(() => readTable(file('a,b\n1'), commitRow)).toThrow('bad.csv: is no table');
    expect(() => readTable(join(folder, 'none.csv'), commitRow)).toThrow('cannot be read');
    rmSync(folder, { recursive: true });
  });
});
