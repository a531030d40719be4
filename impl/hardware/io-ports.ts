/** I/O ports: what is read comes from outside, and what is written is there for it to see. */
import { load, store } from '../memory/heap.ts';
import { HW_PORT_IN, HW_PORT_OUT, HW_PORT_OUT_BITS, HW_PORT_OUT_VALUE } from '../memory/layout.ts';

/** @param bits 8, 16 or 32 */
export function portIn(_port: number, bits: number): number {
  return bits === 32 ? load(HW_PORT_IN) : load(HW_PORT_IN) & ((1 << bits) - 1);
}

export function portOut(port: number, bits: number, value: number): void {
  store(HW_PORT_OUT, port);
  store(HW_PORT_OUT_BITS, bits);
  store(HW_PORT_OUT_VALUE, bits === 32 ? value : value & ((1 << bits) - 1));
}
