/** The one view of the kernel's memory. Every address is physical; `W[index(a)]` is the 32-bit word at address `a`. */
import { RAM_BASE, RAM_SIZE } from '#impl-config';

/** RAM, and behind it room that the kernel never touches, in which an observer may keep a copy of it and a list of differences. */
const PAGES = Math.ceil((RAM_SIZE * 2 + RAM_SIZE / 4) / 65536);
export const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
export const W = new Uint32Array(memory.buffer);

export function index(address: number): number {
  return (address - RAM_BASE) >>> 2;
}

/** The address of the word at `W[i]`. */
export function addressOf(i: number): number {
  return ((i << 2) + RAM_BASE) >>> 0;
}

export function load(address: number): number {
  return W[(address - RAM_BASE) >>> 2]!;
}

export function store(address: number, value: number): void {
  W[(address - RAM_BASE) >>> 2] = value;
}

/** Clears `bytes` (a multiple of 4) from `address`. */
export function clear(address: number, bytes: number): void {
  const from = (address - RAM_BASE) >>> 2;
  W.fill(0, from, from + (bytes >>> 2));
}

/** The implementation contradicts itself: the sentence should be true. */
export function implAssert(condition: boolean, sentence: string): asserts condition {
  if (!condition) {
    const error = new Error(sentence);
    error.name = 'ImplAssertion';
    throw error;
  }
}
