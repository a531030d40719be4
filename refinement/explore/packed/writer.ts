/** Writes the code of one function: what terms cannot say, which is order, names and choices. */
import type { Cond, Num, Term, Value } from './term.ts';
import { ANY, blockOf, codeOf, mostOf, not } from './term.ts';
import type { Code, WasmFunction } from './wasm.ts';
import { NO_RESULT, OP, unsigned } from './wasm.ts';

/** A number that has a name, and can be given another value. What was read of it changes with it. */
export interface Local extends Term<'number'> {
  readonly index: number;
}

export class Writer {
  readonly #parameters: number;
  readonly #code: Code[] = [];
  #locals = 0;
  /** The blocks that are open, innermost last. */
  readonly #open = [0];
  #blocks = 0;

  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  parameter(index: number): Local {
    return localOf(index, 0, ANY);
  }

  /** A new one, of which it is known that it will be no more than this. */
  local(most = ANY): Local {
    return localOf(this.#parameters + this.#locals++, this.#open.at(-1) ?? 0, most);
  }

  /** How many blocks around are open: as far as `leaveIf` can go. */
  get depth(): number {
    return this.#open.length - 1;
  }

  emit(...code: readonly Code[]): void {
    this.#code.push(code);
  }

  /** Leaves a value on the stack. Throws an Error for one that was read in a block which is closed. */
  push(value: Value): void {
    if (!this.#open.includes(blockOf(value)))
      throw new Error('a value is used outside of the branch that it was read in');
    this.#code.push(codeOf(value));
  }

  assign({ index }: Local, value: Num): void {
    this.push(value);
    this.emit(OP.localSet, unsigned(index));
  }

  /** The value as it is now, computed once. */
  hold(value: Num): Num {
    if (typeof value === 'number') return value;
    const local = this.local(mostOf(value));
    this.assign(local, value);
    return local;
  }

  branch(condition: Term<'condition'>, then: () => void, otherwise?: () => void): void {
    this.push(condition);
    this.emit(OP.if, NO_RESULT);
    this.#within(then);
    if (otherwise !== undefined) {
      this.emit(OP.else);
      this.#within(otherwise);
    }
    this.emit(OP.end);
  }

  block(body: () => void): void {
    this.emit(OP.block, NO_RESULT);
    this.#within(body);
    this.emit(OP.end);
  }

  /** At least once, and again while a condition holds that is made at the end. */
  loop(body: () => Cond): void {
    this.emit(OP.loop, NO_RESULT);
    this.#within(() => {
      this.push(body());
      this.emit(OP.brIf, 0);
    });
    this.emit(OP.end);
  }

  /** Leaves so many of the blocks around the innermost, and that. */
  leaveUnless(condition: Cond, blocks: number): void {
    this.push(not(condition));
    this.emit(OP.brIf, unsigned(blocks));
  }

  /** The number at an address. */
  load(address: Num, offset: number): Num {
    this.push(address);
    const local = this.local();
    this.emit(OP.load, 2, unsigned(offset), OP.localSet, unsigned(local.index));
    return local;
  }

  store(address: Num, offset: number, value: Num): void {
    this.push(address);
    this.push(value);
    this.emit(OP.store, 2, unsigned(offset));
  }

  function(results: 0 | 1, exported?: string): WasmFunction {
    return {
      parameters: this.#parameters,
      results,
      locals: this.#locals,
      code: this.#code,
      ...(exported === undefined ? {} : { exported }),
    };
  }

  #within(body: () => void): void {
    this.#open.push(++this.#blocks);
    body();
    this.#open.pop();
  }
}

const localOf = (index: number, block: number, most: number): Local => ({
  kind: 'number',
  code: [OP.localGet, unsigned(index)],
  block,
  index,
  most,
});
