/**
 * A model as machine code, by way of WebAssembly: what one state needs is a few shifts of local variables. Generated when the model is needed and
 * not when corres is built, so that a test or a measurement may choose the number of threads. WebAssembly and not JavaScript, because the engine compiles
 * it once: of JavaScript it guesses what will be taken, and compiles long functions again whenever it has guessed wrong, which took as
 * long as the search. And what was generated can touch nothing but its own memory.
 */
import type { FingerprintOptions } from './fingerprint.ts';
import { writeFingerprint } from './fingerprint.ts';
import type { Invariant, Model, Rule } from './model.ts';
import type { Layout } from './schema.ts';
import { layOut } from './schema.ts';
import { REFUSED, Recorder } from './step.ts';
import type { Num } from './term.ts';
import { add, lt, not, times } from './term.ts';
import type { WasmFunction } from './wasm.ts';
import { OP, moduleOf, unsigned } from './wasm.ts';
import type { Local } from './writer.ts';
import { Writer } from './writer.ts';

/** States that are taken up at once, at most: their successors should stay in the nearest cache. */
export const BATCH = 256;
const PAGE = 2 ** 16;

export interface CompiledModel {
  readonly layout: Layout;
  /** `Send(1)`, by number. */
  readonly actions: readonly string[];
  /** The states that are taken up: put here, `BATCH` at most. */
  readonly states: Int32Array;
  /** Successors of them, one after the other, and of each what it was reached by and its 64 bits in halves. */
  readonly successors: Int32Array;
  readonly taken: Uint16Array;
  readonly lo: Int32Array;
  readonly hi: Int32Array;
  /** For each of the states, where its successors end. */
  readonly ends: Int32Array;
  /** Finds all successors of the first so many states, and returns how many there are. */
  readonly expand: (states: number) => number;
  /** The first of so many states of which an invariant does not hold, times the number of invariants, plus which; -1 if all do. */
  readonly firstViolation: (states: number) => number;
  /** Computes the 64 bits of the first so many successors. */
  readonly fingerprint: (successors: number) => void;
}

/** Byte offsets of what lies in memory. */
interface Offsets {
  readonly states: number;
  readonly successors: number;
  readonly taken: number;
  readonly lo: number;
  readonly hi: number;
  readonly ends: number;
}

/** Compiles a model; throws a RangeError for one that does not fit its own fields. */
export function compileModel<Name extends string>(
  model: Model<Name>,
  options: FingerprintOptions = { bits: 64, seed: 0 },
): CompiledModel {
  const layout = layOut(model.fields);
  const { words } = layout;
  const actions = model.rules.flatMap(({ name, parameters }) =>
    choices(parameters).map((values) => (values.length === 0 ? name : `${name}(${values.join(',')})`)),
  );
  if (actions.length > 2 ** 16) throw new RangeError(`${model.name} has more than ${2 ** 16} actions`);
  const room = BATCH * actions.length;
  let bytes = 16;
  const place = (length: number, width: number): number => {
    const at = bytes;
    bytes += (length * width + 7) & ~7;
    return at;
  };
  const at: Offsets = {
    states: place(BATCH * words, 4),
    successors: place(room * words, 4),
    taken: place(room, 2),
    lo: place(room, 4),
    hi: place(room, 4),
    ends: place(BATCH, 4),
  };
  const pages = Math.ceil(bytes / PAGE);
  const functions = [
    ...ruleFunctions(model.rules, layout, at),
    expandFunction(model.rules.length, words, at),
    violationFunction(model.invariants, layout, at),
    fingerprintFunction(words, at, options),
  ];
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const module = new WebAssembly.Module(moduleOf(functions, pages));
  const { exports } = new WebAssembly.Instance(module, { model: { memory } });
  /** A call that says which field was to become what when it stops. */
  const calling =
    (name: string) =>
    (count: number): number => {
      try {
        return exports[name]?.(count) ?? 0;
      } catch (error) {
        const [field = 0, value = 0] = new Int32Array(memory.buffer, REFUSED.field, 2);
        const told = `${model.name}: ${String([...layout.places.keys()][field])} has no such value or element: ${value}`;
        throw new RangeError(told, { cause: error });
      }
    };
  return {
    layout,
    actions,
    states: new Int32Array(memory.buffer, at.states, BATCH * words),
    successors: new Int32Array(memory.buffer, at.successors, room * words),
    taken: new Uint16Array(memory.buffer, at.taken, room),
    lo: new Int32Array(memory.buffer, at.lo, room),
    hi: new Int32Array(memory.buffer, at.hi, room),
    ends: new Int32Array(memory.buffer, at.ends, BATCH),
    expand: calling('expand'),
    firstViolation: calling('firstViolation'),
    fingerprint: calling('fingerprint'),
  };
}

/** All choices of the parameters, the last changing fastest. */
function choices(parameters: readonly number[]): readonly (readonly number[])[] {
  const [first, ...rest] = parameters;
  if (first === undefined) return [[]];
  return Array.from({ length: first }, (_, value) => choices(rest).map((others) => [value, ...others])).flat();
}

const range = (length: number): readonly number[] => Array.from({ length }, (_, index) => index);

/** A function for each rule, of the words of a state and the number of successors before; returns their number after. */
function ruleFunctions<Name extends string>(
  rules: readonly Rule<Name>[],
  layout: Layout,
  at: Offsets,
): readonly WasmFunction[] {
  let action = 0;
  return rules.map(({ parameters, body }) => {
    const first = action;
    action += choices(parameters).length;
    const { words } = layout;
    const writer = new Writer(words + 1);
    const count = writer.parameter(words);
    const once = (chosen: readonly Local[]): void => {
      const after = range(words).map(() => writer.local());
      for (const [word, local] of after.entries()) writer.assign(local, writer.parameter(word));
      writer.block(() => {
        body(new Recorder<Name>(writer, layout, after), ...chosen);
        const address = writer.hold(times(count, words * 4));
        for (const [word, local] of after.entries()) writer.store(address, at.successors + word * 4, local);
        const number = chosen.reduce<Num>((sum, value, n) => add(times(sum, parameters[n] ?? 0), value), 0);
        writer.push(times(count, 2));
        writer.push(add(first, number));
        writer.emit(OP.store16, 1, unsigned(at.taken));
        writer.assign(count, add(count, 1));
      });
    };
    const forEach = (chosen: readonly Local[]): void => {
      const values = parameters[chosen.length];
      if (values === undefined) {
        once(chosen);
        return;
      }
      const value = writer.local(values - 1);
      writer.assign(value, 0);
      writer.loop(() => {
        forEach([...chosen, value]);
        writer.assign(value, add(value, 1));
        return lt(value, values);
      });
    };
    forEach([]);
    writer.push(count);
    return writer.function(1);
  });
}

/** A loop over the first so many of what lies in memory, which is the only parameter: nothing if there is none. */
function forEachOf(writer: Writer, body: (index: Local) => void): void {
  const end = writer.parameter(0);
  const index = writer.local();
  writer.block(() => {
    writer.leaveUnless(lt(0, end), 0);
    writer.assign(index, 0);
    writer.loop(() => {
      body(index);
      writer.assign(index, add(index, 1));
      return lt(index, end);
    });
  });
}

function wordsAt(writer: Writer, index: Num, words: number, offset: number): readonly Local[] {
  const address = writer.hold(times(index, words * 4));
  return range(words).map((word) => {
    const local = writer.local();
    writer.assign(local, writer.load(address, offset + word * 4));
    return local;
  });
}

function expandFunction(rules: number, words: number, at: Offsets): WasmFunction {
  const writer = new Writer(1);
  const count = writer.local();
  writer.assign(count, 0);
  forEachOf(writer, (index) => {
    const state = wordsAt(writer, index, words, at.states);
    for (const rule of range(rules)) {
      for (const word of [...state, count]) writer.push(word);
      writer.emit(OP.call, unsigned(rule), OP.localSet, unsigned(count.index));
    }
    writer.store(times(index, 4), at.ends, count);
  });
  writer.push(count);
  return writer.function(1, 'expand');
}

function violationFunction<Name extends string>(
  invariants: readonly Invariant<Name>[],
  layout: Layout,
  at: Offsets,
): WasmFunction {
  const writer = new Writer(1);
  forEachOf(writer, (index) => {
    const state = wordsAt(writer, index, layout.words, at.states);
    for (const [number, { holds }] of invariants.entries()) {
      const isBroken = not(holds(new Recorder<Name>(writer, layout, state)));
      if (isBroken === false) continue;
      writer.push(isBroken);
      writer.emit(OP.if, 0x40);
      writer.push(add(times(index, invariants.length), number));
      writer.emit(OP.return, OP.end);
    }
  });
  writer.push(-1);
  return writer.function(1, 'firstViolation');
}

function fingerprintFunction(words: number, at: Offsets, options: FingerprintOptions): WasmFunction {
  const writer = new Writer(1);
  forEachOf(writer, (index) => {
    const { hi, lo } = writeFingerprint(writer, wordsAt(writer, index, words, at.successors), options);
    const address = writer.hold(times(index, 4));
    writer.store(address, at.hi, hi);
    writer.store(address, at.lo, lo);
  });
  return writer.function(0, 'fingerprint');
}
