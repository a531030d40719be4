/**
 * What changed in the kernel's memory since the last look: compared with a shadow copy, 16 bytes at a time, by a small WebAssembly
 * module. The shadow and the list of changes lie behind RAM in the same memory, where the kernel never writes.
 */

/** Bytes per unit of comparison. */
export const GRANULE = 16;

/** Bytes looked at together, since nearly all of them are found to be as they were. What is compared begins and ends at a multiple. */
export const BLOCK = 64;

/*
 * (func (export "diff") (param $end i32) (param $shadow i32) (param $out i32) (param $at i32) (result i32)
 *   (local $count i32) (local $now v128) (local $block i32)
 *   loop
 *     if v128.any_true(the four v128.xor(v128.load(at + n), v128.load(shadow + at + n)), or'ed)
 *       block = at + 64
 *       loop
 *         now = v128.load(at)
 *         if v128.any_true(v128.xor(now, v128.load(shadow + at)))
 *           v128.store(shadow + at, now); i32.store(out + count * 4, at); count += 1
 *         at += 16; continue while at < block
 *       end
 *     else
 *       at += 64
 *     continue while at < end
 *   end
 *   count)
 */
const I32 = 0x7f;
const V128 = 0x7b;
const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
const LOCAL_TEE = 0x22;
const I32_CONST = 0x41;
/** 64 in signed LEB128, which takes two bytes. */
const I32_64 = [0xc0, 0x00];
const I32_ADD = 0x6a;
const I32_SHL = 0x74;
const I32_LT_U = 0x49;
const I32_STORE = [0x36, 2, 0];
const V128_LOAD = (offset = 0): number[] => [0xfd, 0x00, 4, offset];
const V128_STORE = [0xfd, 0x0b, 4, 0];
const V128_OR = [0xfd, 0x50];
const V128_XOR = [0xfd, 0x51];
const V128_ANY_TRUE = [0xfd, 0x53];
const VOID = 0x40;
const [END, SHADOW, OUT, AT, COUNT, NOW, BLOCK_END] = [0, 1, 2, 3, 4, 5, 6];
const changedAt = (offset: number): number[] => [
  ...[LOCAL_GET, AT, ...V128_LOAD(offset)],
  ...[LOCAL_GET, SHADOW, LOCAL_GET, AT, I32_ADD, ...V128_LOAD(offset), ...V128_XOR],
];

const BODY = [
  [3, 1, I32, 1, V128, 1, I32],
  [0x03, VOID],
  [...changedAt(0), ...changedAt(16), ...V128_OR, ...changedAt(32), ...V128_OR, ...changedAt(48), ...V128_OR],
  [...V128_ANY_TRUE, 0x04, VOID],
  [LOCAL_GET, AT, I32_CONST, ...I32_64, I32_ADD, LOCAL_SET, BLOCK_END],
  [0x03, VOID],
  [LOCAL_GET, AT, ...V128_LOAD(), LOCAL_TEE, NOW],
  [LOCAL_GET, SHADOW, LOCAL_GET, AT, I32_ADD, ...V128_LOAD()],
  [...V128_XOR, ...V128_ANY_TRUE],
  [0x04, VOID],
  [LOCAL_GET, SHADOW, LOCAL_GET, AT, I32_ADD, LOCAL_GET, NOW, ...V128_STORE],
  [LOCAL_GET, OUT, LOCAL_GET, COUNT, I32_CONST, 2, I32_SHL, I32_ADD, LOCAL_GET, AT, ...I32_STORE],
  [LOCAL_GET, COUNT, I32_CONST, 1, I32_ADD, LOCAL_SET, COUNT],
  [0x0b],
  [LOCAL_GET, AT, I32_CONST, GRANULE, I32_ADD, LOCAL_TEE, AT, LOCAL_GET, BLOCK_END, I32_LT_U, 0x0d, 0],
  [0x0b],
  [0x05],
  [LOCAL_GET, AT, I32_CONST, ...I32_64, I32_ADD, LOCAL_SET, AT],
  [0x0b],
  [LOCAL_GET, AT, LOCAL_GET, END, I32_LT_U, 0x0d, 0],
  [0x0b],
  [LOCAL_GET, COUNT, 0x0b],
].flat();

const text = (name: string): number[] => [name.length, ...Buffer.from(name)];
/** A length below 2^14, in LEB128. */
const length = (n: number): number[] => (n < 0x80 ? [n] : [(n & 0x7f) | 0x80, n >> 7]);
const section = (id: number, content: readonly number[]): number[] => [id, ...length(content.length), ...content];

const MODULE = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, [1, 0x60, 4, I32, I32, I32, I32, 1, I32]),
  ...section(2, [1, ...text('env'), ...text('memory'), 0x02, 0x00, 0]),
  ...section(3, [1, 0]),
  ...section(7, [1, ...text('diff'), 0, 0]),
  ...section(10, [1, ...length(BODY.length), ...BODY]),
]);

export interface MemoryDiff {
  /** Finds the changed granules from one byte of RAM to before another, remembers them as they are now, and returns how many there are. */
  changed(start: number, end: number): number;
  /** Byte offsets in RAM of the granules that `changed` found. */
  readonly offsets: Uint32Array;
  /** Remembers the first bytes of RAM as they are now. */
  resync(bytes: number): void;
}

export function memoryDiff(memory: WebAssembly.Memory, ramSize: number): MemoryDiff {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(MODULE), { env: { memory } });
  const { diff } = exports;
  if (diff === undefined) throw new Error('the comparing module exports its function');
  const bytes = new Uint8Array(memory.buffer);
  return {
    changed: (start, end) => (start < end ? diff(end, ramSize, ramSize * 2, start) : 0),
    offsets: new Uint32Array(memory.buffer, ramSize * 2, ramSize / GRANULE),
    resync: (count) => {
      bytes.copyWithin(ramSize, 0, count);
    },
  };
}
