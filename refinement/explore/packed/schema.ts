/** The fields of a state, and where each lies in a few 32-bit words. */

export interface Field {
  /** How many values it can have: 0 to one less. */
  readonly values: number;
  /** How many of them there are, for one that is an array; 1 if not given. */
  readonly count?: number;
  /** At first: one for all elements, or one for each. 0 if not given. */
  readonly initial?: number | readonly number[];
}

export type Schema<Name extends string> = Readonly<Record<Name, Field>>;

/** Where a field lies: element `i` is `bits` wide, at `shift + i * bits` of a word. */
export interface Place {
  readonly word: number;
  readonly shift: number;
  readonly bits: number;
  readonly values: number;
  readonly count: number;
}

export interface Layout {
  /** In the order in which the fields were declared. */
  readonly places: ReadonlyMap<string, Place>;
  /** Words of a state. */
  readonly words: number;
  /** Bits of them that are used. */
  readonly bits: number;
  readonly initial: readonly number[];
}

const WORD_BITS = 32;

const bitsOf = ({ values }: Field): number => Math.max(1, WORD_BITS - Math.clz32(values - 1));

/**
 * Puts each field whole into one word, the widest first, so that any element is one shift away.
 * Throws a RangeError that names the field if one has no values or not enough room in a word, or begins outside of its range.
 */
export function layOut(schema: Schema<string>): Layout {
  const free: number[] = [];
  const width = ([, field]: readonly [string, Field]): number => bitsOf(field) * (field.count ?? 1);
  const placed = new Map<string, Place>();
  for (const [name, field] of Object.entries(schema).toSorted((a, b) => width(b) - width(a))) {
    const { values, count = 1 } = field;
    const need = width([name, field]);
    if (!(values >= 1 && values <= 2 ** 31 && count >= 1)) throw new RangeError(`${name} has no values`);
    if (need > WORD_BITS) throw new RangeError(`${name} takes ${need} bits, and a word has ${WORD_BITS}`);
    const found = free.findIndex((bits) => bits >= need);
    const word = found < 0 ? free.push(WORD_BITS) - 1 : found;
    const left = free[word] ?? 0;
    placed.set(name, { word, shift: WORD_BITS - left, bits: bitsOf(field), values, count });
    free[word] = left - need;
  }
  const places = new Map(
    Object.keys(schema)
      .flatMap((name) => [[name, placed.get(name)] as const])
      .filter(isPlaced),
  );
  const initial = free.map(() => 0);
  for (const [name, place] of places) {
    const at = schema[name]?.initial ?? 0;
    for (let i = 0; i < place.count; i++) {
      const value = typeof at === 'number' ? at : at[i];
      if (value === undefined || !isOf(place, value)) throw new RangeError(`${name} cannot begin as ${String(value)}`);
      initial[place.word] = (initial[place.word] ?? 0) | (value << (place.shift + i * place.bits));
    }
  }
  const bits = free.reduce((sum, left) => sum + WORD_BITS - left, 0);
  return { places, words: free.length, bits, initial };
}

const isPlaced = (entry: readonly [string, Place | undefined]): entry is readonly [string, Place] =>
  entry[1] !== undefined;

/** Whether a field can have a value. */
export const isOf = ({ values }: Place, value: number): boolean =>
  Number.isInteger(value) && value >= 0 && value < values;

/** A state to be read by people: a number for each field, and an array for one that has several elements. */
export type ReadableState = Readonly<Record<string, number | readonly number[]>>;

/** The state whose words begin at an index. */
export function readState({ places }: Layout, words: ArrayLike<number>, at = 0): ReadableState {
  return Object.fromEntries(
    [...places].map(([name, { word, shift, bits, count }]) => {
      const elements = Array.from(
        { length: count },
        (_, i) => ((words[at + word] ?? 0) >>> (shift + i * bits)) & mask(bits),
      );
      return [name, count === 1 ? (elements[0] ?? 0) : elements];
    }),
  );
}

/** The lowest bits of a word, so many. */
export const mask = (bits: number): number => (bits === WORD_BITS ? -1 : 2 ** bits - 1);
