/**
 * What was mined from the repositories of l4v and seL4: numbers of lines, lemmas and changes, one table for each thing that was counted.
 *
 * @source l4v 5209acf9e, seL4 1326364bc; how each number was counted is in `README.md` beside this file
 */
import * as t from 'io-ts';

/** A whole number as a table has it; empty where there was nothing to count. */
const natural = new t.Type<number, number, unknown>(
  'natural',
  (value): value is number => typeof value === 'number',
  (value, context) => {
    if (value === '') return t.success(0);
    return typeof value === 'string' && /^\d+$/.test(value) ? t.success(Number(value)) : t.failure(value, context);
  },
  t.identity,
);

const decimal = new t.Type<number, number, unknown>(
  'decimal',
  (value): value is number => typeof value === 'number',
  (value, context) =>
    typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? t.success(Number(value)) : t.failure(value, context),
  t.identity,
);

/** Year, month and day. */
const date = new t.Type<string, string, unknown>(
  'date',
  t.string.is,
  (value, context) =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) ? t.success(value) : t.failure(value, context),
  t.identity,
);

/** A lemma: how many definitions its statement leads to, and how many lines of proof. */
export const lemmaRow = t.type({
  arch: t.string,
  session: t.string,
  lemma: t.string,
  stmt_constants_closure: natural,
  own_lines: natural,
  proof_lines_closure: natural,
});
export type LemmaRow = t.TypeOf<typeof lemmaRow>;

/** A source file at the commit that was mined. */
export const moduleRow = t.type({
  repo: t.string,
  component: t.string,
  arch: t.string,
  path: t.string,
  lines_raw: natural,
  sloc: natural,
  lemmas: natural,
});
export type ModuleRow = t.TypeOf<typeof moduleRow>;

/** A commit of l4v: lines added and removed in specifications and proofs. */
export const commitRow = t.type({
  author_date: date,
  commit_date: date,
  kind: t.keyof({
    normal: null,
    empty: null,
    bulk_import: null,
    bulk_move: null,
    rename_only: null,
    mostly_rename: null,
  }),
  spec_add: natural,
  spec_del: natural,
  proof_add: natural,
  proof_del: natural,
  churn_lib: natural,
});
export type CommitRow = t.TypeOf<typeof commitRow>;

/** A release of seL4, with the proofs at the same time. */
export const releaseRow = t.type({
  release: t.string,
  date,
  total_sloc: natural,
  generic_sloc: natural,
  n_verified_cfg: natural,
  l4v_aspec_raw_lines: natural,
  l4v_proof_raw_lines: natural,
});
export type ReleaseRow = t.TypeOf<typeof releaseRow>;

/** Fits of proof size against statement size, as they were printed when the data was mined. */
export const fitRow = t.type({
  group: t.string,
  n: natural,
  median_stmt: natural,
  max_stmt: natural,
  median_proof: natural,
  max_proof: natural,
  loglog_slope: decimal,
  loglog_r2: decimal,
  binned_slope: decimal,
  binned_r2: decimal,
  quadratic: t.string,
  quad_R2: decimal,
  linear_R2: decimal,
});
export type FitRow = t.TypeOf<typeof fitRow>;
