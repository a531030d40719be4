/** Branches of the specification that no random program can reach, by name and with the reason. They are counted apart. */

export interface LeftOut {
  readonly because: string;
  /** Whole functions, and whole columns of the tables of points of difference, by name. */
  readonly functions?: readonly string[];
  /** By what they say, anywhere or in one file. */
  readonly branches?: readonly { readonly file?: string; readonly text?: RegExp }[];
}

export const LEFT_OUT: readonly LeftOut[] = [
  {
    because: 'a choice that an implementation may not make',
    branches: [{ file: 'spec/schedule/choices.ts', text: /nextThread/ }],
  },
  {
    because: 'TCB_Configure and its like delete nothing that takes long: that is refused when it is decoded',
    branches: [{ file: 'spec/perform/tcb.ts', text: /E\.isLeft\((deleted|done)\)|sourceStays/ }],
  },
  {
    because: 'a table that cannot be left, read with a value for the compiler to believe it',
    branches: [{ text: /\?\? (0n|false|WORD_MASK|BigInt\(low\)|2 \*\* bits)|^BigInt\(low\)/ }],
  },
];
