/** An implementation kernel as loaded from its bundle. */
import { pathToFileURL } from 'node:url';
import type { Event, SyscallName } from '../../spec/api/event.ts';
import type { BootDescription } from '../../spec/state/boot.ts';
import type { ImplMemory } from '../../properties/property.ts';
import type { Access } from '../../spec/lookup/translate.ts';
import { InputError } from '../input-error.ts';

export type Layout = ImplMemory['layout'];
type Entry = typeof import('../../impl/kernel/entry.ts');

export interface ImplKernel extends ImplMemory {
  readonly memory: WebAssembly.Memory;
  readonly ramBase: number;
  readonly ramSize: number;
  readonly configName: string;
  readonly config: Entry['config'];
  readonly abi: Entry['abi'];
  boot(description: BootDescription): void;
  enter(event: Event): void;
  /** The same, never by the fastpath. */
  enterSlowly(event: Event): void;
  /** Physical address that an access of the running thread reaches; null when it faults. */
  translate(vaddr: bigint, access: Access): number | null;
}

/** Index of the 32-bit word at a physical address. */
export function wordIndex(kernel: { readonly ramBase: number }, address: number): number {
  return (address - kernel.ramBase) >>> 2;
}

const ACCESSES: Readonly<Record<Access, number>> = { load: 0, store: 1, fetch: 2 };

let loads = 0;

/**
 * Loads a bundle as an instance of its own: loading the same file twice gives two kernels, each as fast as one alone.
 */
export async function loadImpl(path: string): Promise<ImplKernel> {
  let entry: Partial<Entry>;
  try {
    entry = (await import(`${pathToFileURL(path).href}?instance=${loads++}`)) as Partial<Entry>;
  } catch (error) {
    throw new InputError(`${path}: cannot be loaded (${error instanceof Error ? error.message : String(error)})`);
  }
  const { memory, layout, config, abi, boot, syscall, syscallSlowly } = entry;
  const { unknownSyscall, userException, vmFault, interrupt, translate } = entry;
  if (!memory || !layout || !config || !abi || !boot || !syscall || !syscallSlowly)
    throw new InputError(`${path}: is not a kernel bundle`);
  if (!unknownSyscall || !userException || !vmFault || !interrupt || !translate)
    throw new InputError(`${path}: is not a kernel bundle`);
  const syscallNumbers: Readonly<Partial<Record<SyscallName, number>>> = config.MCS
    ? MCS_SYSCALL_NUMBERS
    : SYSCALL_NUMBERS;
  const frozen = Object.freeze({ ...layout });
  const enterBy = (bySyscall: Entry['syscall'], event: Event): void => {
    switch (event._tag) {
      case 'SyscallEvent':
        bySyscall(syscallNumbers[event.syscall] ?? NO_SYSCALL);
        break;
      case 'UnknownSyscall':
        unknownSyscall(low(event.number), high(event.number));
        break;
      case 'UserLevelFault':
        userException(low(event.number), high(event.number), event.code);
        break;
      case 'VMFaultEvent':
        vmFault(low(event.address), high(event.address), event.fsr, event.instruction ? 1 : 0);
        break;
      case 'Interrupt':
        interrupt(event.irq ?? frozen.NO_IRQ);
        break;
    }
  };
  return {
    memory,
    words: new Uint32Array(memory.buffer),
    layout: frozen,
    ramBase: config.RAM_BASE,
    ramSize: config.RAM_SIZE,
    configName: config.NAME,
    config,
    abi,
    boot,
    translate: (vaddr, access) => {
      const found = translate(low(vaddr), high(vaddr), ACCESSES[access]);
      return found < 0 ? null : found;
    },
    enter: (event) => {
      enterBy(syscall, event);
    },
    enterSlowly: (event) => {
      enterBy(syscallSlowly, event);
    },
  };
}

/** Which number a user puts in for which call: the harness plays the user, so it has a table of its own. */
export const SYSCALL_NUMBERS = {
  Call: -1,
  ReplyRecv: -2,
  Send: -3,
  NBSend: -4,
  Recv: -5,
  Reply: -6,
  Yield: -7,
  NBRecv: -8,
} as const;
export const MCS_SYSCALL_NUMBERS = {
  Call: -1,
  ReplyRecv: -2,
  NBSendRecv: -3,
  NBSendWait: -4,
  Send: -5,
  NBSend: -6,
  Recv: -7,
  NBRecv: -8,
  Wait: -9,
  NBWait: -10,
  Yield: -11,
} as const;
/** Names no system call: the kernel says so. */
const NO_SYSCALL = 0;

const whole = new BigUint64Array(1);
const halves = new Uint32Array(whole.buffer);

/** The halves of a word. Written and read back, because the engine then makes no BigInt on the way. */
export function low(word: bigint): number {
  whole[0] = word;
  return halves[0] ?? 0;
}

export function high(word: bigint): number {
  whole[0] = word;
  return halves[1] ?? 0;
}

export function readWord(kernel: { readonly words: Uint32Array; readonly ramBase: number }, address: number): bigint {
  const index = wordIndex(kernel, address);
  return (BigInt(kernel.words[index + 1] ?? 0) << 32n) | BigInt(kernel.words[index] ?? 0);
}

export function writeWord(
  kernel: { readonly words: Uint32Array; readonly ramBase: number },
  address: number,
  value: bigint,
): void {
  const index = wordIndex(kernel, address);
  whole[0] = value;
  kernel.words[index] = halves[0] ?? 0;
  kernel.words[index + 1] = halves[1] ?? 0;
}
