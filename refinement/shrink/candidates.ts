/**
 * What could be tried to make a failing program smaller: a fixed sequence of passes, each a list of candidates for a given program, from
 * the boldest to the smallest. Every candidate is smaller than the program by one measure (fewer rows, then fewer and smaller values,
 * then simpler operations), so shrinking ends.
 */
import { operationNamed } from '../program/operations.ts';
import type { CallRow, Program, Row } from '../program/program.ts';
import { isCallRow } from '../program/program.ts';

type Pass = (program: Program) => Iterable<Program>;

const without = (program: Program, from: number, count: number): Program => [
  ...program.slice(0, from),
  ...program.slice(from + count),
];
const withRow = (program: Program, at: number, row: Row): Program =>
  program.map((other, index) => (index === at ? row : other));

/** Chunks from the end: what comes late is least likely to be needed by the rest. Halves first, single rows last. */
function* deleteChunks(program: Program): Iterable<Program> {
  for (let size = program.length >> 1; size > 1; size >>= 1) {
    for (let from = program.length - size; from > -size; from -= size) {
      yield without(program, Math.max(0, from), from < 0 ? from + size : size);
    }
  }
}

/** The pass that makes the result 1-minimal. */
function* deleteSingles(program: Program): Iterable<Program> {
  for (let at = program.length - 1; at >= 0; at--) yield without(program, at, 1);
}

/** Two rows that need each other: one makes what the other takes away. Only tried when there are few. */
function* deletePairs(program: Program): Iterable<Program> {
  if (program.length > PAIRS_UP_TO) return;
  for (let second = program.length - 1; second > 0; second--) {
    for (let first = second - 1; first >= 0; first--) yield without(without(program, second, 1), first, 1);
  }
}
const PAIRS_UP_TO = 14;

/** Everything a row can do without, then smaller words. */
function* simplifyRows(program: Program): Iterable<Program> {
  for (let at = 0; at < program.length; at++) {
    const row = program[at];
    if (row === undefined) continue;
    for (const simpler of simplerRows(row)) yield withRow(program, at, simpler);
  }
}

function* simplerRows(row: Row): Iterable<Row> {
  yield* soonerRows(row);
  if (!isCallRow(row)) {
    for (const word of smallerWords(row.word)) yield { ...row, word };
    return;
  }
  const { reply, sendDest, ...rest } = row;
  if (reply !== undefined) yield sendDest === undefined ? rest : { ...rest, sendDest };
  if (sendDest !== undefined) yield reply === undefined ? rest : { ...rest, reply };
  if (row.irqCountdown !== null) yield { ...row, irqCountdown: null, irq: null };
  if (row.irq !== null) yield { ...row, irq: null };
  if (row.receive !== null) yield { ...row, receive: null };
  const operation = operationNamed(row.op);
  const isFree = operation?.labels === null;
  if (row.caps.length > 0) yield { ...row, caps: row.caps.slice(0, -1) };
  if (row.words.length > 0) {
    if (isFree) yield { ...row, words: [] };
    yield { ...row, words: row.words.slice(0, row.words.length >> 1) };
    yield { ...row, words: row.words.slice(0, -1) };
  }
  if (isFree && row.label !== 0n) yield { ...row, label: 0n };
  for (let index = 0; index < row.words.length; index++) {
    for (const word of smallerWords(row.words[index] ?? 0n)) yield { ...row, words: row.words.with(index, word) };
  }
}

/** Less time before the row and within it: none, or less and less. */
function* soonerRows(row: Row): Iterable<Row> {
  const { ticks, lookTicks, ...rest } = row;
  const withTicks = (before: bigint | undefined, within: bigint | undefined): Row => ({
    ...rest,
    ...(before === undefined ? {} : { ticks: before }),
    ...(within === undefined ? {} : { lookTicks: within }),
  });
  if (ticks !== undefined) yield withTicks(undefined, lookTicks);
  if (lookTicks !== undefined) yield withTicks(ticks, undefined);
  for (const less of smallerWords(ticks ?? 0n)) if (less > 0n) yield withTicks(less, lookTicks);
  for (const less of smallerWords(lookTicks ?? 0n)) if (less > 0n) yield withTicks(ticks, less);
}

function* smallerWords(word: bigint): Iterable<bigint> {
  if (word > 0n) yield 0n;
  if (word > 1n) yield 1n;
  if (word > 2n) yield word >> 1n;
  if (word <= 3n) return;
  // One bit less, the highest or the lowest; one less only where that is soon at its end.
  yield word - (1n << BigInt(word.toString(2).length - 1));
  yield word & (word - 1n);
  if (word < 64n) yield word - 1n;
}

/** In a pair: the same in both runs, nothing in the second one, or a smaller difference. */
function* smallerSecrets(program: Program): Iterable<Program> {
  for (let at = 0; at < program.length; at++) {
    const row = program[at];
    if (row?.other === undefined) continue;
    const { other, ...same } = row;
    yield withRow(program, at, same);
    if (other === null) continue;
    yield withRow(program, at, { ...row, other: null });
    yield withRow(program, at, { ...other, other: null });
    for (const simpler of simplerRows(other)) yield withRow(program, at, { ...row, other: simpler });
    if (!isCallRow(row) || !isCallRow(other) || row.op !== other.op) continue;
    // One word after the other as in the first run.
    for (let index = 0; index < other.words.length; index++) {
      const word = row.words[index];
      if (word !== undefined && word !== other.words[index] && word < (other.words[index] ?? 0n))
        yield withRow(program, at, { ...row, other: { ...other, words: other.words.with(index, word) } });
    }
  }
}

/** Simpler operations and system calls in the place of others. */
function* lowerRows(program: Program): Iterable<Program> {
  for (let at = 0; at < program.length; at++) {
    const row = program[at];
    if (row === undefined || !isCallRow(row)) continue;
    for (const lower of lowerCalls(row)) yield withRow(program, at, lower);
  }
}

function* lowerCalls(row: CallRow): Iterable<CallRow> {
  const usual = operationNamed(row.op)?.syscalls[0];
  if (usual !== undefined && row.syscall !== usual) yield { ...row, syscall: usual };
  switch (row.op) {
    case 'ReplyRecv':
      yield { ...row, op: 'Reply', syscall: 'Reply' };
      yield { ...row, op: 'Recv', syscall: 'Recv' };
      break;
    case 'NBSendRecv':
      yield { ...row, op: 'Recv', syscall: 'Recv' };
      break;
    case 'NBSendWait':
      yield { ...row, op: 'Wait', syscall: 'Wait' };
      break;
    case 'Call':
      yield { ...row, op: 'Send', syscall: 'Send' };
      break;
    case 'Send':
      yield { ...row, op: 'NBSend', syscall: 'NBSend' };
      break;
    case 'Recv':
      yield { ...row, op: 'NBRecv', syscall: 'NBRecv' };
      break;
    default:
  }
}

/** One object in the place of another, wherever the program names it: fewer things to think about. */
function* mergeNames(program: Program): Iterable<Program> {
  const names = new Set<bigint>();
  for (const row of program) {
    if (!isCallRow(row)) continue;
    names.add(row.cap);
    if (row.reply !== undefined) names.add(row.reply);
    if (row.sendDest !== undefined) names.add(row.sendDest);
    for (const cap of row.caps) names.add(cap);
  }
  const sorted = [...names].sort((a, b) => (a < b ? -1 : 1));
  for (let from = sorted.length - 1; from > 0; from--) {
    for (let to = 0; to < from; to++) yield program.map((row) => renamed(row, sorted[from] ?? 0n, sorted[to] ?? 0n));
  }
}

/** The extra capabilities and the invoked one; of the words those that name a slot. */
function renamed(row: Row, from: bigint, to: bigint): Row {
  if (!isCallRow(row)) return row;
  const rename = (word: bigint): bigint => (word === from ? to : word);
  const kinds = operationNamed(row.op)?.words ?? [];
  return {
    ...row,
    cap: rename(row.cap),
    ...(row.reply === undefined ? {} : { reply: rename(row.reply) }),
    ...(row.sendDest === undefined ? {} : { sendDest: rename(row.sendDest) }),
    caps: row.caps.map(rename),
    words: row.words.map((word, index) =>
      kinds[index] === 'index' || kinds[index] === 'handler' ? rename(word) : word,
    ),
  };
}

const PASSES: readonly Pass[] = [
  deleteChunks,
  deleteSingles,
  deletePairs,
  smallerSecrets,
  simplifyRows,
  lowerRows,
  mergeNames,
];

export interface Candidate {
  readonly program: Program;
  /** Where to go on if this candidate is taken. */
  readonly pass: number;
  /** Whether it is the program less one row: when all of these hold, the program is 1-minimal. */
  readonly isSingleDeletion: boolean;
}

/**
 * All candidates of `program`, beginning with pass `from` and going round: when none of them fails, no pass has anything left to do.
 * A pass that succeeds is begun again with the smaller program.
 */
export function* candidates(program: Program, from: number): Iterable<Candidate> {
  for (let n = 0; n < PASSES.length; n++) {
    const pass = (from + n) % PASSES.length;
    for (const smaller of PASSES[pass]?.(program) ?? []) {
      yield { program: smaller, pass, isSingleDeletion: PASSES[pass] === deleteSingles };
    }
  }
}
