/** The only door to fp-ts, and the assertion that says the model itself is wrong. */
import * as E from 'fp-ts/lib/Either.js';

export { E };
export type { Either } from 'fp-ts/lib/Either.js';
export const left = E.left;
export const right = E.right;

/** The specification contradicts itself: a bug of ours, never an answer to a user. */
export class SpecAssertion extends Error {
  override readonly name = 'SpecAssertion';
}

/** `sentence` is what should be true. */
export function specAssert(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new SpecAssertion(sentence);
}

export function absurd(value: never): never {
  throw new SpecAssertion(`no such case: ${JSON.stringify(value)}`);
}
