/**
 * Whose floating-point registers are in the unit. A thread that may not use it leaves those of the last one in.
 *
 * @source seL4 include/machine/fpu.h `lazyFPURestore`, src/machine/fpu.c `switchLocalFpuOwner`, `fpuRelease`
 */
import { disableFpu, enableFpu, loadFpu, saveFpu } from '../hardware/fpu.ts';
import { load, store } from '../memory/heap.ts';
import { FLAG_FPU_DISABLED, KS_FPU_OWNER, TCB_FLAGS, TCB_FPU_LO } from '../memory/layout.ts';

/** @param owner 0 for nobody */
export function switchFpuOwner(owner: number): void {
  const old = load(KS_FPU_OWNER);
  enableFpu();
  if (old !== 0) saveFpu(old + TCB_FPU_LO);
  if (owner !== 0) loadFpu(owner + TCB_FPU_LO);
  else disableFpu();
  store(KS_FPU_OWNER, owner);
}

export function fpuRelease(tcb: number): void {
  if (load(KS_FPU_OWNER) === tcb) switchFpuOwner(0);
}

/** On the way to `tcb`: its registers go into the unit, unless it may not use it. */
export function lazyFpuRestore(tcb: number): void {
  if ((load(tcb + TCB_FLAGS) & FLAG_FPU_DISABLED) !== 0) disableFpu();
  else if (load(KS_FPU_OWNER) === tcb) enableFpu();
  else switchFpuOwner(tcb);
}
