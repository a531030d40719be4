/**
 * What rules compute with: numbers and conditions that are known only when a state is looked at. A term is code over values that were read before, so it
 * means the same wherever it is used. What is known when the model is compiled is an ordinary number or boolean, and is computed then.
 */
import type { Code } from './wasm.ts';
import { OP, signed } from './wasm.ts';

export interface Term<Kind extends 'number' | 'condition'> {
  readonly kind: Kind;
  /** Leaves it on the stack. */
  readonly code: Code;
  /** The innermost block of code that something of it was read in; it can be used only there. */
  readonly block: number;
  /** It is at least 0 and at most this; `ANY` if that is not known. */
  readonly most: number;
}

/** Any 32 bits, negative ones also. */
export const ANY = 2 ** 32 - 1;

export type Num = number | Term<'number'>;
export type Cond = boolean | Term<'condition'>;
export type Value = Num | Cond;

/** Code that leaves a value on the stack. */
export const codeOf = (value: Value): Code =>
  typeof value === 'object' ? value.code : [OP.const, signed(Number(value))];

/** The innermost block that a value belongs to. */
export const blockOf = (value: Value): number => (typeof value === 'object' ? value.block : 0);

/** The most that a number can be. */
export const mostOf = (value: Num): number => (typeof value === 'object' ? value.most : value < 0 ? ANY : value);

/** The same number, of which it is known otherwise that it is no more than this. */
export const atMost = (value: Num, most: number): Num =>
  typeof value === 'object' ? { ...value, most: Math.min(value.most, most) } : value;

function term<Kind extends 'number' | 'condition'>(
  kind: Kind,
  parts: readonly Value[],
  operator: number,
  most: number,
): Term<Kind> {
  const block = Math.max(...parts.map(blockOf));
  return { kind, code: [parts.map(codeOf), operator], block, most: most > ANY ? ANY : most };
}

type Operation = (a: number, b: number) => number;

/** An operation on numbers that are known, and the most that comes out of the most that goes in. */
const arithmetic =
  (operator: number, known: Operation, most: Operation) =>
  (a: Num, b: Num): Num =>
    typeof a === 'number' && typeof b === 'number'
      ? known(a, b)
      : term('number', [a, b], operator, most(mostOf(a), mostOf(b)));

const comparison =
  (operator: number, known: (a: number, b: number) => boolean) =>
  (a: Num, b: Num): Cond =>
    typeof a === 'number' && typeof b === 'number' ? known(a, b) : term('condition', [a, b], operator, 1);

/** The number of as many bits as both have, all set. */
const allBits: Operation = (a, b) => 2 ** Math.max(32 - Math.clz32(a), 32 - Math.clz32(b)) - 1;

/** Of 32-bit numbers, as all that follow. */
export const add = arithmetic(
  OP.add,
  (a, b) => (a + b) | 0,
  (a, b) => a + b,
);
export const sub = arithmetic(
  OP.sub,
  (a, b) => (a - b) | 0,
  () => ANY,
);
export const times = arithmetic(OP.mul, Math.imul, (a, b) => a * b);
export const bitAnd = arithmetic(OP.and, (a, b) => a & b, Math.min);
export const bitOr = arithmetic(OP.or, (a, b) => a | b, allBits);
export const bitXor = arithmetic(OP.xor, (a, b) => a ^ b, allBits);
export const shiftLeft = arithmetic(
  OP.shl,
  (a, b) => a << b,
  (a, b) => a * 2 ** b,
);
/** Zeros come in from above. */
export const shiftRight = arithmetic(
  OP.shr,
  (a, b) => (a >>> b) | 0,
  (a) => a,
);

export const eq = comparison(OP.eq, (a, b) => a === b);
export const ne = comparison(OP.ne, (a, b) => a !== b);
export const lt = comparison(OP.lt, (a, b) => a < b);
/** Both taken as numbers that are not negative. */
export const atLeast = comparison(OP.geUnsigned, (a, b) => a >>> 0 >= b >>> 0);

export function not(a: Cond): Cond {
  return typeof a === 'boolean' ? !a : term('condition', [a], OP.eqz, 1);
}

/** Whether all of them hold; true of none. */
export function and(...parts: readonly Cond[]): Cond {
  return parts.reduce((all, part) => {
    if (all === false || part === false) return false;
    if (all === true) return part;
    return part === true ? all : term('condition', [all, part], OP.and, 1);
  }, true);
}

/** Whether one of them holds; false of none. */
export function or(...parts: readonly Cond[]): Cond {
  return not(and(...parts.map(not)));
}

/** The one number if a condition holds, and otherwise the other. */
export function choose(condition: Cond, then: Num, otherwise: Num): Num {
  if (typeof condition === 'boolean') return condition ? then : otherwise;
  return term('number', [then, otherwise, condition], OP.select, Math.max(mostOf(then), mostOf(otherwise)));
}
