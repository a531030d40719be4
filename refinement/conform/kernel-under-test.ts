/** One side, specification or implementation, as a user program and an observer see it. */
import type { Event } from '../../spec/api/event.ts';
import type { Access } from '../../spec/lookup/translate.ts';

export type Side = 'spec' | 'impl';

export interface KernelUnderTest {
  readonly name: Side;
  /** Address of the running thread; null for the idle thread. */
  currentThread(): number | null;
  register(thread: number, register: number): bigint;
  setRegisters(thread: number, writes: readonly (readonly [register: number, value: bigint])[]): void;
  /** Physical address of the thread's IPC buffer, if it has one it may write. */
  ipcBuffer(thread: number): number | null;
  /** Physical address that an access of the running thread reaches by the page tables; null when it faults. */
  translate(vaddr: bigint, access: Access): number | null;
  /** Where else it may go: by what the processor was not told to forget. */
  stale(vaddr: bigint, access: Access): readonly number[];
  /** The access is made: the processor remembers the page. */
  remember(vaddr: bigint, access: Access): void;
  /** The program image, which lies below the first entry of a root, in the address space of another capability, too. */
  shareImage(fromSlot: number, toSlot: number): void;
  loadWord(address: number): bigint;
  storeWord(address: number, value: bigint): void;
  /** What a device answers when a port is read next. */
  setPortIn(answer: number): void;
  /** What was written to a port since this was asked before. */
  takePortOut(): { readonly port: number; readonly bits: number; readonly value: number } | null;
  /** In the kernel entry to come, an interrupt comes after so many looks for one. */
  setArrival(irq: number, countdown: number): void;
  isMasked(irq: number): boolean;
  /** The floating-point unit: whether users may touch it, and its registers as one word. */
  fpu(): { readonly enabled: boolean; readonly registers: bigint };
  setFpu(registers: bigint): void;
  /** Ticks of the clock that the kernel to be entered reads, since it was booted. */
  setTime(ticks: bigint): void;
  /** When the timer interrupts, in the same ticks. */
  deadline(): bigint;
  /** One kernel entry of the running thread. */
  enter(event: Event): void;
  /** Type of the capability in a slot, in the words of the recordings; null for an empty one. */
  capType(slot: number): string | null;
  /** The TCB that the slot's thread capability refers to. */
  threadInSlot(slot: number): number | null;
  /** Timer ticks that the current domain has left. */
  domainTime(): bigint;
  thread(tcb: number): { readonly state: string; readonly priority: number; readonly domain: number };
}
