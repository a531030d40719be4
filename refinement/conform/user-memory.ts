/** Memory as a recording's user programs have it: by virtual addresses, through what the kernel has set up for the running thread. */
import { WORD_MASK } from '../../spec/abi/words.ts';
import type { Event } from '../../spec/api/event.ts';
import type { KernelUnderTest } from './kernel-under-test.ts';
import type { Platform } from './platform.ts';
import type { TraceResult } from './trace.ts';
import type { Entry } from './user-program.ts';

type AccessEntry = Entry & { readonly _tag: 'Access' };

export interface UserMemory {
  /**
   * Physical address that an access goes to; null when it faults. The processor may go by what it was not told to forget: whether it did, the
   * recording tells, by the value that was loaded, or by the thread's going on although nothing is mapped.
   *
   * @param result what the recording says came of the access at once; null when it does not
   */
  reached(entry: AccessEntry, result: TraceResult | null): number | null;
  /** Of 32 or 64 bits at a physical address; memory is words of 64. */
  load(physical: number, bits: number): bigint;
  store(physical: number, bits: number, value: bigint): void;
  isRam(physical: number): boolean;
  /** Whether something outside of RAM answers there, with all ones. */
  answers(physical: number): boolean;
  pageFault(entry: AccessEntry): Event;
  /** Whether the word that a loop waits for is still as it was. */
  isWaiting(loop: Entry & { readonly _tag: 'Loop' }): boolean;
  /** Accesses so far that went by what the processor was not told to forget. */
  readonly staleUses: number;
}

export function userMemory(kernel: KernelUnderTest, { config, answering, pageFault }: Platform): UserMemory {
  let staleUses = 0;
  const wordAt = (physical: number): number => physical - (physical % 8);
  const shiftOf = (physical: number): bigint => BigInt((physical % 8) * 8);
  const load = (physical: number, bits: number): bigint =>
    BigInt.asUintN(bits, kernel.loadWord(wordAt(physical)) >> shiftOf(physical));
  return {
    load,
    store: (physical, bits, value) => {
      const mask = (2n ** BigInt(bits) - 1n) << shiftOf(physical);
      const rest = kernel.loadWord(wordAt(physical)) & (WORD_MASK ^ mask);
      kernel.storeWord(wordAt(physical), rest | ((value << shiftOf(physical)) & mask));
    },
    isRam: (physical) => physical >= config.ramBase && physical < config.ramBase + config.ramSize,
    answers: (physical) => answering.some(([from, to]) => physical >= from && physical < to),
    reached: ({ access, address, bits }, result) => {
      const walked = kernel.translate(address, access);
      const remembered = kernel.stale(address, access).filter((physical) => physical !== walked);
      if (remembered.length === 0 || result === null || result.skipped_by_fault_handler === true) return walked;
      const { value } = result;
      const isRecorded = (physical: number): boolean => value === undefined || load(physical, bits) === value;
      if (walked !== null && (access !== 'load' || isRecorded(walked))) return walked;
      const used = remembered.find((physical) => access !== 'load' || isRecorded(physical));
      if (used !== undefined) staleUses++;
      return used ?? walked;
    },
    // On x86_64 the status tells whether something is mapped that does not allow the access.
    pageFault: ({ event, address }) =>
      event._tag !== 'VMFaultEvent' || kernel.translate(address, 'load') === null
        ? event
        : { ...event, fsr: event.fsr + pageFault.present },
    isWaiting: ({ address, known }) => {
      const physical = kernel.translate(address, 'load');
      return physical !== null && kernel.loadWord(physical) === known;
    },
    get staleUses() {
      return staleUses;
    },
  };
}
