/** The implementation's memory as the relation reads it, and what a disagreement looks like. */
import type { ImplMemory } from '../../properties/property.ts';
import type { KernelConfig } from '../../spec/abi/config.ts';
import type { Word } from '../../spec/state/refs.ts';

export interface Image extends ImplMemory {
  /** Sizes of objects. */
  readonly config: KernelConfig;
  /** Physical address of `words[0]`. */
  readonly base: number;
  /** Bytes of memory. */
  readonly bytes: number;
}

/** One place where the two states do not stand for each other. */
export interface Difference {
  /** The entity, as `slot 0x10400` or `thread 0x12000`. */
  readonly where: string;
  readonly field: string;
  readonly spec: string;
  readonly impl: string;
}

/** Views may be longer than the memory they show (WebAssembly allocates 64 KiB at a time); the configuration says where it ends. */
export function imageOf(memory: ImplMemory, config: KernelConfig): Image {
  const { ramBase: base, ramSize: bytes } = config;
  return { words: memory.words, layout: memory.layout, config, base, bytes };
}

/** The 32-bit word at a physical address; 0 outside of memory, so that a wild pointer gives a difference and no exception. */
export function load(m: Image, address: number): number {
  const offset = address - m.base;
  return offset >= 0 && offset < m.bytes ? m.words[offset >>> 2]! : 0;
}

export function load64(m: Image, address: number): Word {
  return (BigInt(load(m, address + 4)) << 32n) | BigInt(load(m, address));
}

export function inMemory(m: Image, address: number): boolean {
  return address >= m.base && address < m.base + m.bytes;
}

/** Whether a 64-bit word of the specification is the pair of halves. Small words, by far the most, need no BigInt arithmetic. */
export function isWord(value: Word, lo: number, hi: number): boolean {
  if (hi < 0x20_0000) return Number(value) === hi * 0x1_0000_0000 + lo;
  return value === ((BigInt(hi) << 32n) | BigInt(lo));
}

export const hex = (value: number | bigint): string => `0x${value.toString(16)}`;
/** An address, where 0 stands for none. */
export const reference = (value: number | null): string => (value === null || value === 0 ? 'none' : hex(value));

export function differ(out: Difference[], where: string, field: string, spec: string, impl: string): void {
  out.push({ where, field, spec, impl });
}

/** Compares a 32-bit word that holds a plain number. */
export function compareNumber(
  m: Image,
  address: number,
  spec: number,
  where: string,
  at: number,
  field: string,
  out: Difference[],
): void {
  const impl = load(m, address);
  if (impl !== spec) differ(out, `${where} ${hex(at)}`, field, String(spec), String(impl));
}

/** Compares a 32-bit word that holds an address, 0 for none. */
export function compareReference(
  m: Image,
  address: number,
  spec: number | null,
  where: string,
  at: number,
  field: string,
  out: Difference[],
): void {
  const impl = load(m, address);
  if (impl !== (spec ?? 0)) differ(out, `${where} ${hex(at)}`, field, reference(spec), reference(impl));
}

/** Compares a 64-bit word. */
export function compareWord(
  m: Image,
  address: number,
  spec: Word,
  where: string,
  at: number,
  field: string,
  out: Difference[],
): void {
  const lo = load(m, address);
  const hi = load(m, address + 4);
  if (!isWord(spec, lo, hi))
    differ(out, `${where} ${hex(at)}`, field, hex(spec), hex((BigInt(hi) << 32n) | BigInt(lo)));
}
