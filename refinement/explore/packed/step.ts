/** What a rule or an invariant is written with. What is called here is recorded as code, in the order in which it is called. */
import type { Layout, Place } from './schema.ts';
import { isOf, mask } from './schema.ts';
import type { Cond, Num } from './term.ts';
import { add, atLeast, atMost, bitAnd, bitOr, bitXor, mostOf, shiftLeft, shiftRight, times } from './term.ts';
import { OP } from './wasm.ts';
import type { Local, Writer } from './writer.ts';

/** The state as it is before and during one step. Fields are read as they are then: a later write does not change what was read. */
export interface Step<Name extends string> {
  /** An element of a field; the first if none is named. */
  readonly get: (field: Name, index?: Num) => Num;
  readonly set: (field: Name, index: Num, value: Num) => void;
  /** The rule can be taken only if this holds. May come after writes: they are forgotten then. */
  readonly when: (condition: Cond) => void;
  readonly branch: (condition: Cond, then: () => void, otherwise?: () => void) => void;
}

/** Where code that finds a value out of range leaves the number of the field and the value, before it stops. */
export const REFUSED = { field: 0, value: 4 } as const;

/** Writes what a rule does with the words of a state. `when` leaves the block around what was open at first. */
export class Recorder<Name extends string> implements Step<Name> {
  readonly #writer: Writer;
  readonly #layout: Layout;
  readonly #words: readonly Local[];
  readonly #depth: number;

  constructor(writer: Writer, layout: Layout, words: readonly Local[]) {
    this.#writer = writer;
    this.#layout = layout;
    this.#words = words;
    this.#depth = writer.depth;
  }

  get = (field: Name, index: Num = 0): Num => {
    const { place, shift } = this.#find(field, index);
    return this.#writer.hold(atMost(bitAnd(shiftRight(this.#word(place), shift), mask(place.bits)), place.values - 1));
  };

  set = (field: Name, index: Num, value: Num): void => {
    const { place, shift, number } = this.#find(field, index);
    if (typeof value !== 'number') this.#refuseUnless(value, place.values, number);
    else if (!isOf(place, value)) throw new RangeError(`${field} cannot become ${value}`);
    const word = this.#word(place);
    const others = bitAnd(word, bitXor(shiftLeft(mask(place.bits), shift), -1));
    this.#writer.assign(word, value === 0 ? others : bitOr(others, shiftLeft(value, shift)));
  };

  when = (condition: Cond): void => {
    if (condition !== true) this.#writer.leaveUnless(condition, this.#writer.depth - this.#depth);
  };

  branch = (condition: Cond, then: () => void, otherwise?: () => void): void => {
    if (typeof condition === 'object') this.#writer.branch(condition, then, otherwise);
    else (condition ? then : otherwise)?.();
  };

  #word({ word }: Place): Local {
    const local = this.#words[word];
    if (local === undefined) throw new RangeError(`a state has no word ${word}`);
    return local;
  }

  #find(field: Name, index: Num): { readonly place: Place; readonly shift: Num; readonly number: number } {
    const place = this.#layout.places.get(field);
    if (place === undefined) throw new RangeError(`there is no field ${field}`);
    const { shift, bits, count } = place;
    const number = [...this.#layout.places.keys()].indexOf(field);
    if (typeof index !== 'number') this.#refuseUnless(index, count, number);
    else if (!Number.isInteger(index) || index < 0 || index >= count)
      throw new RangeError(`${field} has no element ${index}`);
    return { place, shift: this.#writer.hold(add(shift, times(index, bits))), number };
  }

  /** Looks at a value when the model runs, unless it is known already that it is one of so many. */
  #refuseUnless(value: Num, values: number, field: number): void {
    if (mostOf(value) < values) return;
    const isOutside = atLeast(value, values);
    this.branch(isOutside, () => {
      this.#writer.store(0, REFUSED.field, field);
      this.#writer.store(0, REFUSED.value, value);
      this.#writer.emit(OP.unreachable);
    });
  }
}
