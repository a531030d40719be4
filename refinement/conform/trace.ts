/**
 * Recordings of the real kernel as data: schema `oracle-trace/1`, one script per line, plain or gzip.
 *
 * Words can be larger than a JavaScript number holds, so integers of 16 digits and more are read as bigint.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import * as t from 'io-ts';
import { InputError } from '../input-error.ts';
import { Assertion } from './expect.ts';

const wide = new t.Type<bigint, bigint, unknown>(
  'word',
  (u): u is bigint => typeof u === 'bigint',
  (u, c) => {
    if (typeof u === 'number' && Number.isSafeInteger(u)) return t.success(BigInt.asUintN(64, BigInt(u)));
    return typeof u === 'string' && /^#-?\d+$/.test(u)
      ? t.success(BigInt.asUintN(64, BigInt(u.slice(1))))
      : t.failure(u, c);
  },
  (a) => a,
);
/** A number, or a name: of a slot, or with `@` of a user address. */
const word = t.union([wide, t.string]);

const Raw = t.type({
  label: wide,
  length: t.number,
  extraCaps: t.number,
  caps: t.array(word),
  mrs: t.array(word),
});

const Op = t.intersection([
  /** Name of a system call, number of one that is unknown, or with `@` what the thread does in user mode. */
  t.type({ sys: word }),
  t.partial({
    dest: word,
    /** NBSendRecv: what is sent to; `dest` is what is received from. */
    send_dest: word,
    reply: word,
    method: t.string,
    /** Of a user-mode action: a list of words. */
    args: t.unknown,
    raw: Raw,
    recv: t.type({ cnode: word, index: word, depth: word }),
    /** One message word is a word of the message received before, plus a number. */
    patch: t.type({ mr: t.number, prev_result_mr: t.number, add: t.number }),
  }),
]);

const Result = t.partial({
  label: wide,
  length: t.number,
  extraCaps: t.number,
  capsUnwrapped: t.number,
  badge: wide,
  mrs: t.array(wide),
  mrs_sym: t.record(t.string, t.string),
  caps_or_badges: t.array(wide),
  err: t.string,
  /** What a user-mode load read. */
  value: wide,
  skipped_by_fault_handler: t.boolean,
});

const TraceEvent = t.intersection([
  t.type({ e: t.keyof({ op: null, issue: null, done: null, end: null }), t: t.string, ns: t.number }),
  t.partial({ i: t.number, ns0: t.number, op: Op, res: t.union([Result, t.null]) }),
]);

const DeviceUntyped = t.type({ paddr: t.number, size_bits: t.number, device: t.literal(true) });

const Script = t.intersection([
  t.type({
    schema: t.literal('oracle-trace/1'),
    config: t.string,
    script: t.string,
    initial: t.type({
      slots: t.record(t.string, t.number),
      root_cnode: t.type({ slot: t.number, size_bits: t.number }),
      U0: t.type({ paddr: t.number }),
      U0_size_bits: t.number,
      U1: t.type({ size_bits: t.number }),
      UD: DeviceUntyped,
    }),
    names: t.record(t.string, t.number),
    threads: t.record(t.string, t.type({ tcb: t.string })),
    events: t.array(TraceEvent),
    final_caps: t.record(t.string, t.string),
    final_threads: t.record(t.string, t.type({ state: t.string, prio: t.number, domain: t.number })),
  }),
  t.partial({ expect: t.array(Assertion) }),
]);

export type TraceScript = t.TypeOf<typeof Script> & {
  /** File and line it stands in. */
  readonly where: string;
};
export type TraceEvent = t.TypeOf<typeof TraceEvent>;
export type TraceOp = t.TypeOf<typeof Op>;
export type TraceResult = t.TypeOf<typeof Result>;
export type TraceWord = t.TypeOf<typeof word>;

/** Untypeds of device memory, which differ from platform to platform. */
export function deviceUntypeds({ initial }: TraceScript): readonly {
  readonly name: string;
  readonly paddr: number;
  readonly sizeBits: number;
}[] {
  return Object.entries<unknown>(initial).flatMap(([name, described]) =>
    DeviceUntyped.is(described) ? [{ name, paddr: described.paddr, sizeBits: described.size_bits }] : [],
  );
}

/** Reads all scripts of a file. Errors name the file, the line and the field. */
export function readTrace(path: string): readonly TraceScript[] {
  return parseTrace(readText(path), path);
}

function readText(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new InputError(`${path}: cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString('utf8');
  try {
    return gunzipSync(bytes).toString('utf8');
  } catch (error) {
    throw new InputError(
      `${path}: is not a complete gzip file (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

export function parseTrace(text: string, path: string): readonly TraceScript[] {
  const scripts: TraceScript[] = [];
  text.split('\n').forEach((line, index) => {
    if (line.trim() !== '') scripts.push(parseLine(line, `${path}:${index + 1}`));
  });
  if (scripts.length === 0) throw new InputError(`${path}: holds no recorded script`);
  return scripts;
}

function parseLine(line: string, where: string): TraceScript {
  let json: unknown;
  try {
    json = JSON.parse(line.replace(/([[:,]\s*)(-?\d{16,})(?=\s*[,\]}])/g, '$1"#$2"'));
  } catch (error) {
    throw new InputError(`${where}: is not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  const decoded = Script.decode(json);
  if (decoded._tag === 'Left') {
    throw new InputError(`${where}: is not a script of schema oracle-trace/1: field ${deepestField(decoded.left)}`);
  }
  const script = { ...decoded.right, where };
  checkResults(script);
  return script;
}

/** The path to the value that does not fit, without the steps through unions and intersections, which have numbers for names. */
function deepestField(errors: t.Errors): string {
  const paths = errors.map(({ context }) =>
    context
      .filter(({ key }, depth) => key !== '' && !isAlternative(context[depth - 1]?.type))
      .map(({ key }) => key)
      .join('.'),
  );
  return (
    paths.reduce((longest, path) => (path.length > longest.length ? path : longest), '') || '(the line as a whole)'
  );
}

function isAlternative(type: t.Decoder<unknown, unknown> | undefined): boolean {
  return type instanceof t.UnionType || type instanceof t.IntersectionType;
}

const RETURNS_MESSAGE: ReadonlySet<unknown> = new Set(['Call', 'Recv', 'NBRecv', 'ReplyRecv']);

/** A call that returned without a recorded result would be compared with nothing. */
function checkResults({ events, where, script }: TraceScript): void {
  const issued = new Map<string, TraceOp>();
  events.forEach((event, index) => {
    const refuse = (why: string): never => {
      throw new InputError(`${where}: script ${script}: event ${index} ${why}`);
    };
    if (event.e === 'issue' || event.e === 'op') {
      if (event.op === undefined) return refuse('has no operation');
      issued.set(event.t, event.op);
    }
    if (event.e !== 'done' && event.e !== 'op') return;
    if (event.res?.skipped_by_fault_handler === true || !RETURNS_MESSAGE.has(issued.get(event.t)?.sys)) return;
    const { label, length, extraCaps, badge, mrs } = event.res ?? {};
    const whole =
      label !== undefined &&
      length !== undefined &&
      extraCaps !== undefined &&
      badge !== undefined &&
      mrs !== undefined;
    if (!whole) refuse('returned a message that was not recorded');
  });
}
