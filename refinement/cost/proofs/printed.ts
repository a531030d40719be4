/** The fits as they were printed when the data was mined, against those done again from the data. */
import type { FitRow } from '../mined/rows.ts';
import type { SessionFit } from './lemmas.ts';

export interface Compared {
  readonly group: string;
  readonly figure: string;
  readonly printed: string;
  readonly again: string;
  /** Why they differ; null where they do not. */
  readonly because: string | null;
}

/** The reasons there are for a figure to differ. Whatever has none of them is a mistake of ours or of the printed table. */
export const KNOWN_DIFFERENCES = {
  binned:
    'how groups of equal size were cut where several lemmas have the same size was not written down; of a hundred ways tried none gives all the printed figures',
  median: 'between two whole numbers, of which one was printed',
  absent: 'the lemmas of this architecture are not among the data, so the fit cannot be done again',
} as const;

/** Significant digits of a coefficient, and digits behind the point of a share, as printed. */
const SIGNIFICANT = 4;
const DIGITS = 3;

export function compareWithPrinted(printed: readonly FitRow[], again: readonly SessionFit[]): readonly Compared[] {
  return printed.flatMap((row) => {
    const ours = again.find(({ group }) => group === row.group);
    if (ours === undefined)
      return [{ group: row.group, figure: 'all', printed: '', again: '', because: KNOWN_DIFFERENCES.absent }];
    return figuresOf(row, ours).map(([figure, was, is]): Compared => {
      const same = was === is;
      return { group: row.group, figure, printed: was, again: is, because: same ? null : reasonFor(figure) };
    });
  });
}

function reasonFor(figure: string): string {
  if (figure.startsWith('binned')) return KNOWN_DIFFERENCES.binned;
  if (figure.startsWith('median')) return KNOWN_DIFFERENCES.median;
  return 'unexplained';
}

/** Each figure twice, in the same digits. */
function figuresOf(row: FitRow, ours: SessionFit): readonly (readonly [string, string, string])[] {
  const share = (value: number): string => String(Number(value.toFixed(DIGITS)));
  const whole = (figure: string, was: number, is: number) => [figure, String(was), String(is)] as const;
  const part = (figure: string, was: number, is: number) => [figure, share(was), share(is)] as const;
  return [
    whole('n', row.n, ours.n),
    whole('median statement', row.median_stmt, ours.medianStatement),
    whole('max statement', row.max_stmt, ours.maxStatement),
    whole('median proof', row.median_proof, ours.medianProof),
    whole('max proof', row.max_proof, ours.maxProof),
    part('power exponent', row.loglog_slope, ours.power.coefficients[1] ?? NaN),
    part('power R2', row.loglog_r2, ours.power.r2),
    part('binned exponent', row.binned_slope, ours.binned.slope),
    part('binned R2', row.binned_r2, ours.binned.r2),
    ['quadratic', row.quadratic, polynomial(ours.quadratic.coefficients)],
    part('quadratic R2', row.quad_R2, ours.quadratic.r2),
    part('linear R2', row.linear_R2, ours.linear.r2),
  ];
}

/** As `-0.002041 x^2 +2.963 x +58.7`. */
function polynomial([a = 0, b = 0, c = 0]: readonly number[]): string {
  const digits = (value: number): string => String(Number(value.toPrecision(SIGNIFICANT)));
  const signed = (value: number): string => (value < 0 ? digits(value) : `+${digits(value)}`);
  return `${digits(c)} x^2 ${signed(b)} x ${signed(a)}`;
}
