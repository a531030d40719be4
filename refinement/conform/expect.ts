/**
 * Assertions that scripts carry beside the recording: what the scenario is about. They are evaluated on what a kernel gave, not on what was
 * recorded; only times are the recording's.
 */
import * as t from 'io-ts';

const OpName = t.tuple([t.string, t.number]);
const Comparison = t.partial({
  eq: t.unknown,
  ne: t.unknown,
  ge: t.unknown,
  le: t.unknown,
  gt: t.unknown,
  lt: t.unknown,
  in: t.array(t.unknown),
});

/** A field of one operation, against a value, a list of values, a run of words, or the same field of another operation. */
const FieldAssertion = t.intersection([
  t.type({ t: t.string, i: t.number, field: t.string }),
  Comparison,
  t.partial({ rel: t.string, ref: OpName, eqwords: t.tuple([t.unknown, t.number]) }),
]);
/** How many of the operations have the value. */
const CountAssertion = t.type({ count: t.array(OpName), field: t.string, value: t.unknown, eq: t.number });
/** The operations were issued, or returned, in this order. */
const OrderAssertion = t.type({ order: t.array(OpName), on: t.keyof({ issue: null, done: null }) });

export const Assertion = t.union([OrderAssertion, CountAssertion, FieldAssertion]);
export type Assertion = t.TypeOf<typeof Assertion>;

/** What became of one operation of the script. */
export interface Outcome {
  /** Positions in the script's events; null when it did not come to that. */
  readonly issued: number;
  readonly done: number | null;
  readonly issuedNs: number;
  /** Time from issue to return as recorded. */
  readonly elapsedNs: number | null;
  /** Fields of the result by their paths, as `err` or `mrs.0`. */
  readonly result: ReadonlyMap<string, string>;
}

export interface OutcomeSource {
  /** Null when the operation was not issued. */
  outcome(thread: string, index: number): Outcome | null;
  /** Whether the replay got far enough to say anything about the operation. */
  reached(thread: string, index: number): boolean;
  /** The word that a symbol of the user program stands for. */
  symbol(name: string): string;
}

export type Verdict =
  | { readonly _tag: 'Holds' }
  | { readonly _tag: 'NotReached' }
  | { readonly _tag: 'Fails'; readonly field: string; readonly expected: string; readonly found: string };

const HOLDS: Verdict = { _tag: 'Holds' };

export function evaluate(assertion: Assertion, source: OutcomeSource): Verdict {
  if (!operationsOf(assertion).every(([thread, index]) => source.reached(thread, index))) return { _tag: 'NotReached' };
  if ('order' in assertion) return evaluateOrder(assertion, source);
  if ('count' in assertion) {
    const { count, field, value, eq } = assertion;
    const having = count.filter(([thread, index]) => fieldOf(source, thread, index, field) === text(value)).length;
    return having === eq ? HOLDS : fails(`operations with ${field} ${text(value)}`, String(eq), String(having));
  }
  return evaluateField(assertion, source);
}

function operationsOf(assertion: Assertion): readonly (readonly [string, number])[] {
  if ('order' in assertion) return assertion.order;
  if ('count' in assertion) return assertion.count;
  return [[assertion.t, assertion.i], ...(assertion.ref === undefined ? [] : [assertion.ref])];
}

function evaluateOrder({ order, on }: t.TypeOf<typeof OrderAssertion>, source: OutcomeSource): Verdict {
  const positions = order.map(([thread, index]) => {
    const outcome = source.outcome(thread, index);
    return (on === 'issue' ? outcome?.issued : outcome?.done) ?? Infinity;
  });
  const isOrdered = positions.every((at, n) => at !== Infinity && (n === 0 || at > (positions[n - 1] ?? 0)));
  return isOrdered ? HOLDS : fails(`order of ${on}`, 'as listed', positions.join(', '));
}

function evaluateField(assertion: t.TypeOf<typeof FieldAssertion>, source: OutcomeSource): Verdict {
  const { t: thread, i: index, field, rel, ref, eqwords } = assertion;
  const name = `${thread}[${index}] ${field}`;
  if (eqwords !== undefined) {
    const [seed, count] = eqwords;
    const words = Array.from({ length: count }, (_, n) => String(BigInt.asUintN(64, BigInt(text(seed)) + BigInt(n))));
    const found = Array.from({ length: Number(fieldOf(source, thread, index, 'res.length')) }, (_, n) =>
      fieldOf(source, thread, index, `${field}.${n}`),
    );
    return found.join() === words.join() ? HOLDS : fails(name, words.join(), found.join());
  }
  const found = fieldOf(source, thread, index, field);
  const comparisons: (readonly [relation: string, value: string])[] = [];
  for (const relation of ['eq', 'ne', 'ge', 'le', 'gt', 'lt'] as const) {
    if (relation in assertion) comparisons.push([relation, comparable(assertion[relation], field, source)]);
  }
  if (ref !== undefined) comparisons.push([rel ?? 'eq', fieldOf(source, ref[0], ref[1], field)]);
  for (const [relation, value] of comparisons) {
    if (!compare(relation, found, value)) return fails(name, `${relation} ${value}`, found);
  }
  const list = assertion.in?.map((value) => comparable(value, field, source));
  if (list !== undefined && !list.includes(found)) return fails(name, `one of ${list.join()}`, found);
  return HOLDS;
}

function fails(field: string, expected: string, found: string): Verdict {
  return { _tag: 'Fails', field, expected, found };
}

/** A symbol stands for a word. */
function comparable(value: unknown, field: string, source: OutcomeSource): string {
  return field.startsWith('res.mrs_sym.') ? source.symbol(text(value)) : text(value);
}

function fieldOf(source: OutcomeSource, thread: string, index: number, field: string): string {
  const outcome = source.outcome(thread, index);
  switch (field) {
    case 'issued':
      return String(outcome !== null);
    case 'returned':
      return String(outcome?.done != null);
    case 'elapsed_ns':
      return String(outcome?.elapsedNs ?? 'nothing');
    default:
      return outcome?.result.get(field.replace(/^res\./, '').replace(/^mrs_sym\./, 'mrs.')) ?? 'nothing';
  }
}

function compare(relation: string, found: string, value: string): boolean {
  if (relation === 'eq') return found === value;
  if (relation === 'ne') return found !== value;
  if (!/^-?\d+$/.test(found) || !/^-?\d+$/.test(value)) return false;
  switch (relation) {
    case 'ge':
      return BigInt(found) >= BigInt(value);
    case 'le':
      return BigInt(found) <= BigInt(value);
    case 'gt':
      return BigInt(found) > BigInt(value);
    case 'lt':
      return BigInt(found) < BigInt(value);
    default:
      return false;
  }
}

/** Large numbers are read from the file as `#` and their digits. */
function text(value: unknown): string {
  return String(value).replace(/^#/, '');
}
