/** How one number grows with another: as a line, a parabola or a power. */
import { PolynomialRegression } from 'ml-regression-polynomial';
import { linearRegression, linearRegressionLine, rSquared } from 'simple-statistics';

export type Point = readonly [x: number, y: number];
export type Form = 'linear' | 'quadratic' | 'power';
export const FORMS: readonly Form[] = ['linear', 'quadratic', 'power'];

export interface Fit {
  readonly form: Form;
  /** Constant first: a + b x, a + b x + c x²; for a power a and b of a·x^b. */
  readonly coefficients: readonly number[];
  /** Share of the variance of y that it explains; for a power, of the variance of log y. */
  readonly r2: number;
  readonly at: (x: number) => number;
}

const SMALLEST: Readonly<Record<Form, number>> = { linear: 2, quadratic: 3, power: 2 };

/**
 * Least squares; for a power, of the logarithms.
 *
 * @returns null where there are too few points, they have all one x, or a power is asked of something that is not above 0
 */
export function fit(form: Form, points: readonly Point[]): Fit | null {
  if (new Set(points.map(([x]) => x)).size < SMALLEST[form]) return null;
  switch (form) {
    case 'linear': {
      const { m, b } = linearRegression(mutable(points));
      return made(form, [b, m], points, linearRegressionLine({ m, b }));
    }
    case 'quadratic': {
      const regression = new PolynomialRegression(
        points.map(([x]) => x),
        points.map(([, y]) => y),
        2,
      );
      return made(form, regression.coefficients, points, (x) => regression.predict(x));
    }
    case 'power': {
      if (points.some(([x, y]) => x <= 0 || y <= 0)) return null;
      const logarithms = points.map(([x, y]): [number, number] => [Math.log(x), Math.log(y)]);
      const { m, b } = linearRegression(logarithms);
      const a = Math.exp(b);
      return {
        form,
        coefficients: [a, m],
        r2: rSquared(logarithms, linearRegressionLine({ m, b })),
        at: (x) => a * x ** m,
      };
    }
  }
}

function made(form: Form, coefficients: readonly number[], points: readonly Point[], at: (x: number) => number): Fit {
  return { form, coefficients, r2: rSquared(mutable(points), at), at };
}

const mutable = (points: readonly Point[]): [number, number][] => points.map(([x, y]) => [x, y]);

/**
 * How far a form is off for a point that it was not fitted to: each point left out in turn, root of the mean square, in units of y. A form with
 * more to adjust always explains more of the points that it was fitted to; this says whether it knows anything of others.
 */
export function leaveOneOutError(form: Form, points: readonly Point[]): number | null {
  let sum = 0;
  for (const [at, [x, y]] of points.entries()) {
    const rest = fit(
      form,
      points.filter((_, other) => other !== at),
    );
    if (rest === null) return null;
    sum += (rest.at(x) - y) ** 2;
  }
  return points.length === 0 ? null : Math.sqrt(sum / points.length);
}
