import { describe, expect, it } from 'vitest';
import { classRows } from '../../../refinement/cost/analysis/detection.ts';
import { plateau, saturation } from '../../../refinement/cost/analysis/saturation.ts';
import type { Point } from '../../../refinement/cost/statistics/fit.ts';
import { fit, leaveOneOutError } from '../../../refinement/cost/statistics/fit.ts';
import { bootstrap, shareInterval } from '../../../refinement/cost/statistics/interval.ts';
import { rankCorrelation } from '../../../refinement/cost/statistics/rank.ts';

const XS = [1, 2, 3, 5, 8, 13];

describe('fits', () => {
  it.each([
    ['linear', (x: number) => 2 + 3 * x, [2, 3]],
    ['quadratic', (x: number) => 2 + 3 * x + 0.5 * x * x, [2, 3, 0.5]],
    ['power', (x: number) => 2 * x ** 1.5, [2, 1.5]],
  ] as const)('a %s one finds what the points were made of', (form, of, coefficients) => {
    const points = XS.map((x): Point => [x, of(x)]);
    const found = fit(form, points);
    found?.coefficients.forEach((value, at) => {
      expect(value).toBeCloseTo(coefficients[at] ?? NaN, 6);
    });
    expect(found?.r2).toBeCloseTo(1, 9);
    expect(leaveOneOutError(form, points)).toBeCloseTo(0, 6);
  });

  it('say nothing where there is nothing to say', () => {
    expect(fit('linear', [[1, 1]])).toBeNull();
    expect(
      fit('quadratic', [
        [1, 1],
        [2, 2],
        [2, 3],
      ]),
    ).toBeNull();
    expect(
      fit('power', [
        [1, 1],
        [2, 0],
      ]),
    ).toBeNull();
  });

  it('of a line are further off for others when they are parabolas', () => {
    const noisy = XS.map((x, n): Point => [x, 3 * x + (n % 2 === 0 ? 2 : -2)]);
    expect(leaveOneOutError('linear', noisy)).toBeLessThan(leaveOneOutError('quadratic', noisy) ?? 0);
  });
});

describe('intervals', () => {
  const mean = (sample: readonly number[]): number => sample.reduce((a, b) => a + b, 0) / sample.length;

  it('depend on the seed alone, and hold the figure', () => {
    const found = bootstrap(XS, mean, 7);
    expect(found).toEqual(bootstrap(XS, mean, 7));
    expect(found).not.toEqual(bootstrap(XS, mean, 8));
    expect(found?.low).toBeLessThan(mean(XS));
    expect(found?.high).toBeGreaterThan(mean(XS));
  });

  it('are none where there is too little', () => {
    expect(bootstrap([1], mean, 1)).toBeNull();
    expect(bootstrap(XS, () => null, 1)).toBeNull();
    expect(shareInterval(0, 0)).toBeNull();
  });

  it("of a share are Wilson's", () => {
    const { low, high } = shareInterval(8, 10) ?? { low: NaN, high: NaN };
    expect([low.toFixed(4), high.toFixed(4)]).toEqual(['0.4902', '0.9433']);
  });
});

describe('rank correlation', () => {
  it('sees order alone, and shares the ranks of equals', () => {
    const rising = XS.map((x): Point => [x, Math.exp(x)]);
    expect(rankCorrelation(rising, 1)?.rho).toBeCloseTo(1, 9);
    expect(
      rankCorrelation(
        rising.map(([x, y]): Point => [-x, y]),
        1,
      )?.rho,
    ).toBeCloseTo(-1, 9);
    const tied: readonly Point[] = [
      [1, 1],
      [1, 2],
      [2, 2],
      [3, 3],
    ];
    expect(rankCorrelation(tied, 1)?.rho).toBeCloseTo(0.8333, 4);
    expect(rankCorrelation(tied.slice(0, 2), 1)).toBeNull();
  });
});

describe('saturation', () => {
  it('estimates what was not seen by what was seen once and twice', () => {
    // Ten things, four of them once and one twice: 10 + 4 * 3 / (2 * 2).
    const times = [1, 1, 1, 1, 2, 5, 6, 7, 8, 9];
    const firsts = times.map((_, n) => (n + 1) * 100);
    expect(saturation(firsts, times, 1_000)).toMatchObject({ seen: 10, chao: 13, steps: null });
  });

  it('says when most had been seen', () => {
    const times = Array.from({ length: 20 }, () => 50);
    const firsts = times.map((_, n) => (n + 1) * 10);
    const found = saturation(firsts, times, 4_000);
    expect(found).toMatchObject({ seen: 20, chao: 20, steps: 160 });
    expect(found.fitted).toBeGreaterThan(19);
    expect(found.fitted).toBeLessThan(22);
  });
});

it('a plateau is no less than what was seen', () => {
  // Reached by the lazy kernel in a study; without a bound the curve that fits best ends at 1,421.7.
  const points: readonly Point[] = [
    [200, 953],
    [400, 1147],
    [800, 1258],
    [1430, 1321],
    [2891, 1358],
    [5780, 1387],
    [11_415, 1407],
    [18_237, 1425],
  ];
  expect(plateau(points)).toBeGreaterThanOrEqual(1425);
});

it('defects that really happened are counted with each class that should object to them, and those that the model lacks with none', () => {
  const corpus = [
    { id: 'A', breaks: ['refinement', 'integrity'], defects: ['one', 'two'] },
    { id: 'B', breaks: ['refinement'], defects: ['three'] },
    { id: 'C', breaks: ['availability'] },
  ];
  const measured = ['one', 'two', 'three', 'other'].map((name, at) => ({
    name,
    caughtBy: {},
    steps: [10 ** at, 10 ** at, at === 2 ? null : 10 ** at],
    minimal: null,
  }));
  const rows = classRows(corpus, measured, 1);
  expect(
    rows.map(({ class: name, happened, defects, runs, found, median }) => [
      name,
      happened,
      defects,
      runs,
      found,
      median,
    ]),
  ).toEqual([
    ['all', 2, 3, 9, 8, 10],
    ['integrity', 1, 2, 6, 6, 5.5],
    ['refinement', 2, 3, 9, 8, 10],
  ]);
});
