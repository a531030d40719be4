/**
 * Giving I/O ports away, and reading and writing them.
 *
 * @source l4v spec/abstract/X64/Arch_A.thy `perform_ioport_control_invocation`, `perform_io_port_invocation`; ArchCSpace_A.thy
 * `arch_post_cap_deletion`
 */
import type { IOPortInvocation } from '../decode/invocation.ts';
import type { IOPortCap } from '../state/caps.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { setGlobals, setMachine } from '../state/kernel-state.ts';
import type { Word } from '../state/refs.ts';
import { capInsert } from './cap-insert.ts';

export function invokeIOPort(
  s: KernelState,
  invocation: IOPortInvocation,
): { readonly state: KernelState; readonly words: readonly Word[] } {
  switch (invocation._tag) {
    case 'IssuePorts': {
      const { cap, control, target } = invocation;
      const { first, last } = cap;
      const t = setGlobals(s, { ioPorts: [...s.globals.ioPorts, { first, last }] });
      return { state: capInsert(t, cap, control, target), words: [] };
    }
    case 'PortIn':
      return { state: s, words: [BigInt.asUintN(invocation.bits, BigInt(s.globals.machine.portIn))] };
    case 'PortOut': {
      const { port, bits, value } = invocation;
      return { state: setMachine(s, { portOut: { port, bits, value } }), words: [] };
    }
  }
}

/** After the last capability to a range is gone: it can be given away again, or others that meet it. */
export function deletedIOPorts(s: KernelState, { first }: IOPortCap): KernelState {
  return setGlobals(s, { ioPorts: s.globals.ioPorts.filter((range) => range.first !== first) });
}
