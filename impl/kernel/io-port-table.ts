/**
 * Which I/O ports are given away: one bit for each.
 *
 * @source seL4 src/arch/x86/object/ioport.c `x86KSAllocatedIOPorts`
 */
import { load, store } from '../memory/heap.ts';
import { KS_IO_PORTS } from '../memory/layout.ts';

function isTaken(port: number): boolean {
  return ((load(KS_IO_PORTS + (port >>> 5) * 4) >>> (port & 31)) & 1) === 1;
}

function setTaken(first: number, last: number, taken: boolean): void {
  for (let port = first; port <= last; port++) {
    const at = KS_IO_PORTS + (port >>> 5) * 4;
    const bit = 1 << (port & 31);
    store(at, (taken ? load(at) | bit : load(at) & ~bit) >>> 0);
  }
}

export function arePortsFree(first: number, last: number): boolean {
  for (let port = first; port <= last; port++) if (isTaken(port)) return false;
  return true;
}

export function givePorts(first: number, last: number): void {
  setTaken(first, last, true);
}

/** After the last capability to a range is gone. @param range as in the capability's word */
export function deletedIoPorts(range: number): void {
  setTaken(range & 0xffff, range >>> 16, false);
}
