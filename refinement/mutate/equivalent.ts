/** Mutants that change nothing that anybody could notice: by rule, and by the lists of those that a person looked at. */
import { REVIEWED } from './reviewed.ts';
import { REVIEWED_MCS } from './reviewed-mcs.ts';
import { REVIEWED_VSPACE } from './reviewed-vspace.ts';

export interface Equivalent {
  readonly file: string;
  readonly original: string;
  readonly replacement: string;
  /** Which one of those with the same texts in the file, from 0. */
  readonly nth: number;
  readonly because: string;
}

/** Offsets that are 0: to add one or to take it away is the same, and so is any multiple or part of it. */
export const AT_ZERO: readonly string[] = [
  'CTE_PTR_LO',
  'EP_HEAD',
  'NTFN_HEAD',
  'REFILL_TIME_LO',
  'REPLY_TCB',
  'SCHED_CONTEXT_TCB',
  'TCB_SLOT_CTABLE',
];

/** Those that were looked at one by one. */
export const EQUIVALENT: readonly Equivalent[] = [...REVIEWED, ...REVIEWED_MCS, ...REVIEWED_VSPACE].flatMap(
  ({ file, because, mutants }) =>
    mutants.map(([original, replacement, nth = 0]) => ({ file, original, replacement, nth, because })),
);

/** Why a mutant changes nothing; null if nobody says so. */
export function whyEquivalent(mutant: Omit<Equivalent, 'because'>): string | null {
  const { original, replacement } = mutant;
  const [, before = '', field = '', times = ''] = /^(?:(.*) \+ )?([A-Z_]+)( \* \w+)?$/s.exec(original) ?? [];
  const same = before === '' ? `${field}${times.replace('*', '/')}` : `${before} - ${field}${times}`;
  if (AT_ZERO.includes(field) && replacement === same) return 'the offset is 0';
  return EQUIVALENT.find((one) => isSame(mutant, one))?.because ?? null;
}

function isSame(one: Omit<Equivalent, 'because'>, other: Omit<Equivalent, 'because'>): boolean {
  return (
    one.file === other.file &&
    one.nth === other.nth &&
    squeezed(one.original) === squeezed(other.original) &&
    squeezed(one.replacement) === squeezed(other.replacement)
  );
}

/** Line breaks are the formatter's business. */
const squeezed = (text: string): string => text.replaceAll(/\s+/g, ' ');
