/** As much of WebAssembly's binary format as models need: functions over 32-bit numbers and one memory. */

/** Instructions by their names in the text format. */
export const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  brIf: 0x0d,
  return: 0x0f,
  call: 0x10,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  load: 0x28,
  store: 0x36,
  store16: 0x3b,
  const: 0x41,
  eqz: 0x45,
  eq: 0x46,
  ne: 0x47,
  lt: 0x48,
  geUnsigned: 0x4f,
  add: 0x6a,
  sub: 0x6b,
  mul: 0x6c,
  and: 0x71,
  or: 0x72,
  xor: 0x73,
  shl: 0x74,
  shr: 0x76,
} as const;

/** After block, loop and if: they leave nothing on the stack. */
export const NO_RESULT = 0x40;
const I32 = 0x7f;

/** Bytes in their order, in parts that are put together only at the end. */
export type Code = number | readonly Code[];

/** A number that is not negative, seven bits at a time. */
export function unsigned(value: number): Code {
  return value < 0x80 ? value : [(value & 0x7f) | 0x80, unsigned(value >>> 7)];
}

/** The 32 bits of a number, seven at a time. */
export function signed(value: number): Code {
  const [low, rest] = [value & 0x7f, value >> 7];
  const isLast = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
  return isLast ? low : [low | 0x80, signed(rest)];
}

/** A function of 32-bit numbers; locals come after the parameters. */
export interface WasmFunction {
  readonly parameters: number;
  readonly results: 0 | 1;
  readonly locals: number;
  readonly code: Code;
  /** Name under which it can be called from outside, if it can. */
  readonly exported?: string;
}

const vector = (items: readonly Code[]): Code => [unsigned(items.length), items];
const name = (text: string): Code => vector([...new TextEncoder().encode(text)]);
const section = (id: number, code: Code): Code => [id, sized(code)];

function lengthOf(code: Code): number {
  if (typeof code === 'number') return 1;
  let length = 0;
  for (const part of code) length += lengthOf(part);
  return length;
}

/** Preceded by its length. */
const sized = (code: Code): Code => [unsigned(lengthOf(code)), code];

function bytesOf(code: Code): Uint8Array {
  const bytes = new Uint8Array(lengthOf(code));
  let length = 0;
  const put = (part: Code): void => {
    if (typeof part === 'number') bytes[length++] = part;
    else for (const inner of part) put(inner);
  };
  put(code);
  return bytes;
}

/** A module that imports its memory, `model.memory`, of so many pages. */
export function moduleOf(functions: readonly WasmFunction[], pages: number): Uint8Array {
  const types = functions.map(({ parameters, results }) => [
    0x60,
    vector(Array.from({ length: parameters }, () => I32)),
    vector(results === 1 ? [I32] : []),
  ]);
  const exports = functions.flatMap(({ exported }, index) =>
    exported === undefined ? [] : [[name(exported), 0x00, unsigned(index)]],
  );
  const bodies = functions.map(({ locals, code }) =>
    sized([vector(locals === 0 ? [] : [[unsigned(locals), I32]]), code, OP.end]),
  );
  return bytesOf([
    [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    section(1, vector(types)),
    section(2, vector([[name('model'), name('memory'), 0x02, 0x00, unsigned(pages)]])),
    section(3, vector(functions.map((_, index) => unsigned(index)))),
    section(7, vector(exports)),
    section(10, vector(bodies)),
  ]);
}
