/** What the worlds of the benchmarks are put together from. */
import type { BootCap } from '../../spec/state/boot.ts';
import type { Cap } from '../../spec/state/caps.ts';
import type { Entry } from './workload.ts';

/** Gives out aligned memory behind the kernel's own, by the logarithm of its size. */
export function placer({ config }: Entry): (bits: number) => number {
  let next = config.RAM_BASE + config.KERNEL_SIZE;
  return (bits) => {
    const at = Math.ceil(next / 2 ** bits) * 2 ** bits;
    next = at + 2 ** bits;
    return at;
  };
}

export function inSlot({ layout }: Entry, object: number, index: number): number {
  return object + index * layout.CTE_BYTES;
}

export function root(slot: number, cap: Cap): BootCap {
  return { slot, cap, parent: null, original: true };
}

export function copy(slot: number, cap: Cap, parent: number): BootCap {
  return { slot, cap, parent, original: false };
}

/** What a thread needs to be answered. */
export function masterReply(kernel: Entry, tcb: number): BootCap {
  const cap: Cap = { _tag: 'ReplyCap', ref: tcb, master: true, canGrant: true };
  return root(inSlot(kernel, tcb, kernel.layout.TCB_SLOT_REPLY), cap);
}
