/**
 * Whose floating-point registers are in the unit. They are switched with the thread, except that a thread that may not use the unit leaves
 * those of the last one in it.
 *
 * @source l4v spec/abstract/X64/FPU_A.thy; seL4 src/machine/fpu.c, include/machine/fpu.h
 */
import { TCB_FLAG_FPU_DISABLED } from '../abi/labels.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getTcb, setGlobals, setMachine, updateTcb } from '../state/kernel-state.ts';
import type { ObjRef } from '../state/refs.ts';

/** Saves the owner's registers and loads the new one's; without a new one the unit is off. */
export function switchFpuOwner(s: KernelState, owner: ObjRef | null): KernelState {
  const { fpuOwner, machine } = s.globals;
  const saved = fpuOwner === null ? s : updateTcb(s, fpuOwner, { fpu: machine.fpu.registers });
  const registers = owner === null ? machine.fpu.registers : getTcb(saved, owner).fpu;
  return setMachine(setGlobals(saved, { fpuOwner: owner }), { fpu: { enabled: owner !== null, registers } });
}

/** Takes the unit away from the thread, if it is the owner. */
export function fpuRelease(s: KernelState, thread: ObjRef): KernelState {
  return s.globals.fpuOwner === thread ? switchFpuOwner(s, null) : s;
}

/** Before the thread runs: it finds its own registers in the unit, or the unit off if it may not use it. */
export function lazyFpuRestore(s: KernelState, thread: ObjRef): KernelState {
  if ((getTcb(s, thread).flags & TCB_FLAG_FPU_DISABLED) !== 0) return setFpuEnabled(s, false);
  return s.globals.fpuOwner === thread ? setFpuEnabled(s, true) : switchFpuOwner(s, thread);
}

function setFpuEnabled(s: KernelState, enabled: boolean): KernelState {
  const { fpu } = s.globals.machine;
  return fpu.enabled === enabled ? s : setMachine(s, { fpu: { enabled, registers: fpu.registers } });
}
