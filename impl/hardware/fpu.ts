/** The floating-point unit: its registers, opaque as one 64-bit word, and whether users may touch them. */
import { load, store } from '../memory/heap.ts';
import { HW_FPU_ENABLED, HW_FPU_HI, HW_FPU_LO } from '../memory/layout.ts';

export function enableFpu(): void {
  store(HW_FPU_ENABLED, 1);
}

export function disableFpu(): void {
  store(HW_FPU_ENABLED, 0);
}

/** Copies the unit's registers to memory. */
export function saveFpu(address: number): void {
  store(address, load(HW_FPU_LO));
  store(address + 4, load(HW_FPU_HI));
}

/** Copies registers from memory to the unit. */
export function loadFpu(address: number): void {
  store(HW_FPU_LO, load(address));
  store(HW_FPU_HI, load(address + 4));
}
