/**
 * A counterexample as a file: JSON, schema `corres-counterexample/1`. Everything that replaying needs is in it; nothing of it depends on
 * the generator. Words are hexadecimal strings, since JSON's numbers end at 2^53.
 */
import * as t from 'io-ts';
import { createHash } from 'node:crypto';
import type { TestCase } from '../program/test-case.ts';
import { EVENTS, operationNamed } from '../program/operations.ts';
import { SystemCodec, assumption } from '../system/format.ts';
import { InputError } from '../input-error.ts';

export const SCHEMA = 'corres-counterexample/1';

const word = new t.Type<bigint, string, unknown>(
  'word',
  (u): u is bigint => typeof u === 'bigint',
  (u, c) => (typeof u === 'string' && /^0x[0-9a-f]{1,16}$/.test(u) ? t.success(BigInt(u)) : t.failure(u, c)),
  (value) => `0x${value.toString(16)}`,
);

const natural = new t.Type<number, number, unknown>(
  'natural',
  (u): u is number => typeof u === 'number' && Number.isSafeInteger(u) && u >= 0,
  (u, c) => (typeof u === 'number' && Number.isSafeInteger(u) && u >= 0 ? t.success(u) : t.failure(u, c)),
  (value) => value,
);

const operation = new t.Type<string, string, unknown>(
  'operation',
  (u): u is string => typeof u === 'string',
  (u, c) => (typeof u === 'string' && operationNamed(u) !== undefined ? t.success(u) : t.failure(u, c)),
  (value) => value,
);

/** A file is named by it, so it leads nowhere else. */
const id = new t.Type<string, string, unknown>(
  'id',
  (u): u is string => typeof u === 'string',
  (u, c) => (typeof u === 'string' && /^[\w-]{1,100}$/.test(u) ? t.success(u) : t.failure(u, c)),
  (value) => value,
);

const MAX_WORDS = 120;
/** The ticks are of the MCS kernel. */
const passing = { ticks: word, lookTicks: word, fresh: t.literal(true) };
const callRow = t.intersection([
  t.type({
    op: operation,
    syscall: t.keyof({
      Call: null,
      ReplyRecv: null,
      Send: null,
      NBSend: null,
      Recv: null,
      Reply: null,
      Yield: null,
      NBRecv: null,
      NBSendRecv: null,
      NBSendWait: null,
      Wait: null,
      NBWait: null,
    }),
    cap: word,
    label: word,
    words: t.readonlyArray(word),
    caps: t.readonlyArray(word),
    receive: t.union([t.readonly(t.tuple([word, word, word])), t.null]),
    irqCountdown: t.union([natural, t.null]),
    irq: t.union([natural, t.null]),
  }),
  t.partial({ reply: word, sendDest: word, ...passing }),
]);
const eventRow = t.intersection([
  t.type({
    op: t.keyof(Object.fromEntries(EVENTS.map((name) => [name, null])) as Record<(typeof EVENTS)[number], null>),
    word,
  }),
  t.partial(passing),
]);
type OneRow = t.TypeOf<typeof callRow> | t.TypeOf<typeof eventRow>;
type EncodedOne = t.OutputOf<typeof callRow> | t.OutputOf<typeof eventRow>;
const isCall = (u: unknown): boolean => typeof u === 'object' && u !== null && 'syscall' in u;
/** A row with a system call is one; so the error names the field of that, and not of the other kind. */
const oneRow = new t.Type<OneRow, EncodedOne, unknown>(
  'row',
  (u): u is OneRow => callRow.is(u) || eventRow.is(u),
  (u, c): t.Validation<OneRow> => (isCall(u) ? callRow.validate(u, c) : eventRow.validate(u, c)),
  (value) => ('syscall' in value ? callRow.encode(value) : eventRow.encode(value)),
);
/** In a pair of runs, with what the second one does instead. */
const row = t.intersection([oneRow, t.partial({ other: t.union([oneRow, t.null]) })]);
const program = t.readonlyArray(row);

const difference = t.type({ where: t.string, field: t.string, spec: t.string, impl: t.string });

/** The system that the program runs in; absent for the configuration's own worlds. */
const inSystem = t.partial({
  setting: t.union([
    t.type({ system: SystemCodec, without: t.readonlyArray(assumption), pairs: t.boolean }),
    t.undefined,
  ]),
});

const plain = t.type({
  schema: t.literal(SCHEMA),
  id,
  config: t.string,
  world: natural,
  property: t.string,

  failureClass: t.keyof({
    difference: null,
    invariant: null,
    step: null,
    'spec-assertion': null,
    'impl-crash': null,
    hang: null,
  }),
  /** What was wrong, as text. */
  what: t.string,
  /** Where the two states differ; empty unless the property is refinement. */
  differences: t.array(difference),
  /** The shortest program known to show it. */
  program,
  /** The program as it was generated; null for one that was written by hand. */
  original: t.union([program, t.null]),
  /** Seed and number of the run that found it. */
  found: t.union([t.type({ seed: natural, run: natural }), t.null]),
  shrinking: t.type({
    executions: natural,
    /** Every program with one row less was run and does not show it; null when shrinking was stopped before that. */
    certificate: t.union([t.type({ rows: natural, singleDeletionsTried: natural }), t.null]),
  }),
  /** Hashes of the sources that showed it. */
  sources: t.type({ spec: t.string, impl: t.string }),
});

const Counterexample = t.intersection([plain, inSystem]);

export type Counterexample = t.TypeOf<typeof Counterexample>;

export function testCaseOf({ config, world, setting, program: rows }: Counterexample): TestCase {
  return { config, world, setting, program: rows };
}

/** The fields of a row in one order, whichever order they were written in. */
// biome-ignore format: packed
const ROW_FIELDS = ['op', 'word', 'syscall', 'cap', 'receive', 'irqCountdown', 'irq', 'label', 'words', 'caps', 'reply', 'sendDest', 'ticks', 'lookTicks', 'fresh', 'other'];

/** The property's name and a hash of what is needed to see it fail: the same failure gets the same name. */
export function counterexampleId({ config, world, setting, program: rows }: TestCase, property: string): string {
  const where = setting === undefined ? world : JSON.stringify(setting);
  const content = JSON.stringify([config, where, property, program.encode(rows)], ROW_FIELDS);
  return `${property.replaceAll(/[^a-z0-9_]/gi, '')}-${createHash('sha256').update(content).digest('hex').slice(0, 8)}`;
}

export function encodeCounterexample(counterexample: Counterexample): string {
  return `${JSON.stringify(Counterexample.encode(counterexample), null, 1)}\n`;
}

/** `where` names the file in errors. */
export function decodeCounterexample(text: string, where: string): Counterexample {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new InputError(`${where}: is not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  const schema = typeof json === 'object' && json !== null && 'schema' in json ? json.schema : undefined;
  if (schema !== SCHEMA) {
    throw new InputError(
      `${where}: is not a counterexample of schema ${SCHEMA}${typeof schema === 'string' ? ` (it says ${JSON.stringify(schema.slice(0, 60))})` : ''}`,
    );
  }
  const decoded = Counterexample.decode(json);
  if (decoded._tag === 'Left')
    throw new InputError(`${where}: ${fieldOf(decoded.left)} is missing or not what it should be`);
  checkLimits(decoded.right, where);
  return decoded.right;
}

/** The path to the first field that does not fit, as `program.3.words.0`. */
function fieldOf(errors: t.Errors): string {
  const paths = errors.map(({ context }) =>
    context
      .filter(({ key }, index) => key !== '' && !isMemberOf(context[index - 1]?.type))
      .map(({ key }) => key)
      .join('.'),
  );
  return paths.reduce((longest, path) => (path.length > longest.length ? path : longest), '') || 'a field';
}

function isMemberOf(parent: t.Decoder<unknown, unknown> | undefined): boolean {
  if (parent === oneRow) return true;
  return (
    parent !== undefined && '_tag' in parent && (parent._tag === 'UnionType' || parent._tag === 'IntersectionType')
  );
}

/** Sizes that no program of ours has, and a hostile file could. */
function checkLimits({ program: rows, original }: Counterexample, where: string): void {
  for (const [name, list] of [
    ['program', rows],
    ['original', original ?? []],
  ] as const) {
    if (list.length > 100_000) throw new InputError(`${where}: ${name} has more than 100000 rows`);
    list.forEach((item, index) => {
      if (!('words' in item)) return;
      if (item.words.length > MAX_WORDS)
        throw new InputError(`${where}: ${name}.${index}.words has more than ${MAX_WORDS} words`);
      if (item.caps.length > 3) throw new InputError(`${where}: ${name}.${index}.caps has more than 3 capabilities`);
      if (item.label >= 2n ** 52n) throw new InputError(`${where}: ${name}.${index}.label has more than 52 bits`);
    });
  }
}
