/**
 * What a recording's platform determines and its script does not say: the kernel's configuration, and what the processor does when a user
 * program faults.
 */
import type { KernelConfig } from '../../spec/abi/config.ts';
import { CONFIGS, RISCV64, RISCV64_MCS, X86_64, X86_64_MCS } from '../../spec/abi/config.ts';
import type { SyscallName } from '../../spec/abi/words.ts';
import { InputError } from '../input-error.ts';
import { MCS_SYSCALL_NUMBERS, SYSCALL_NUMBERS } from '../step/impl-kernel.ts';
import type { TraceScript } from './trace.ts';

export interface Platform {
  readonly name: string;
  /** The implementation's bundle. */
  readonly impl: string;
  readonly config: KernelConfig;
  /** Which number a user program puts in for which system call. */
  readonly syscalls: Readonly<Partial<Record<SyscallName, number>>>;
  /** How long what is not recorded takes, for a kernel that reads a clock; null for one whose timer ticks. */
  readonly durations: Durations | null;
  /** Register with the number of the system call. */
  readonly syscallNumber: number;
  /** Registers that the rest of the user program uses: a script does not determine what is in them. */
  readonly scratchRegisters: readonly number[];
  /** Bytes of the instructions that scripts name, by the name of their label. */
  readonly instructionBytes: Readonly<Record<string, number>>;
  /** By user action: the instruction, the number of its exception, and how far the program counter has moved when it is taken. */
  readonly exceptions: Readonly<
    Record<string, { readonly insn: string; readonly number: number; readonly advance: number }>
  >;
  /** Number of the exception that a floating-point instruction is while the unit is off; null where that is not known. */
  readonly fpuException: number | null;
  /** Status words of page faults: at an address that is not mapped, and on x86_64 what is added where one is. */
  readonly pageFault: {
    readonly load: number;
    readonly store: number;
    readonly fetch: number;
    readonly present: number;
  };
  /**
   * Registers that the instruction sets by which a thread goes on behind its system call, with where it goes on and its flags, and one that
   * the kernel then leaves to the program; null where it sets none.
   */
  readonly systemReturn: { readonly pc: number; readonly flags: number; readonly lost: number } | null;
  /** Addresses outside of RAM that answer, with all ones; anywhere else there an access faults. */
  readonly answering: readonly (readonly [from: number, to: number])[];
  /** The timer that user programs have, and the interrupt line it is on. */
  readonly timer:
    | { readonly device: 'PIT'; readonly pin: number }
    | { readonly device: 'RTC'; readonly base: number; readonly irq: number };
  /** Whether root is given a capability for all I/O ports. */
  readonly hasIOPorts: boolean;
  /** Slot and size of the untyped that U0 and U1 were made from. */
  readonly bigUntyped: { readonly slot: number; readonly sizeBits: number };
}

/** Nanoseconds, each as it mostly is: the stamps of a recording bound what it was. */
export interface Durations {
  /** From the stamp of an operation to the kernel's reading of the clock. */
  readonly untilRead: number;
  /** What the fastpath takes until it knows that a call is none for it: an invocation, which it sees early, or a message. */
  readonly refused: { readonly invocation: number; readonly message: number };
  /** From an interrupt, or from a thread's going on at its system call, to the kernel's reading of the clock. */
  readonly untilReadAgain: number;
  /** From that reading to the thread that runs then. */
  readonly inKernel: number;
  /** From the thread's going on behind a system call to the stamp of its return. */
  readonly untilStamp: number;
}

/** Found by which of them explain most words of consumed time in the recordings. */
const X86_64_DURATIONS: Durations = {
  untilRead: 50,
  refused: { invocation: 40, message: 100 },
  untilReadAgain: 90,
  inKernel: 430,
  untilStamp: 28,
};
const RISCV64_DURATIONS: Durations = {
  untilRead: 50,
  refused: { invocation: 40, message: 110 },
  untilReadAgain: 60,
  inKernel: 720,
  untilStamp: 28,
};
const NEVER_REFUSED = { invocation: 0, message: 0 };

function registersOf(config: KernelConfig, number: string) {
  const { names, cap, reply, msgInfo, messageRegisters, faultIP, nextIP, tlsBase } = config.registers;
  const syscallNumber = names.indexOf(number);
  const determined = new Set([cap, msgInfo, ...messageRegisters, faultIP, nextIP, tlsBase, syscallNumber]);
  if (config.variant === 'mcs') determined.add(reply);
  return { syscallNumber, scratchRegisters: names.flatMap((_, index) => (determined.has(index) ? [] : [index])) };
}

const x86 = (name: string): number => X86_64.registers.names.indexOf(name);

const X86_64_PLATFORM: Platform = {
  name: 'x86_64',
  impl: 'x86_64',
  config: X86_64,
  syscalls: SYSCALL_NUMBERS,
  durations: null,
  ...registersOf(X86_64, 'RDX'),
  instructionBytes: { syscall: 2, ud2: 2, hlt: 1, int3: 1, div0: 2, inb: 1, load: 3, store: 3, jump: 2 },
  exceptions: {
    '@UD2': { insn: 'ud2', number: 6, advance: 0 },
    '@HLT': { insn: 'hlt', number: 13, advance: 0 },
    '@INT3': { insn: 'int3', number: 3, advance: 1 },
    '@DIV0': { insn: 'div0', number: 0, advance: 0 },
    // No port is the user's own.
    '@INB': { insn: 'inb', number: 13, advance: 0 },
  },
  fpuException: 7,
  pageFault: { load: 4, store: 6, fetch: 20, present: 1 },
  systemReturn: { pc: x86('RCX'), flags: x86('R11'), lost: X86_64.registers.stackPointer },
  answering: [],
  // Pin 2 of the I/O APIC.
  timer: { device: 'PIT', pin: 2 },
  hasIOPorts: true,
  bigUntyped: { slot: 281, sizeBits: 26 },
};

const RISCV64_PLATFORM: Platform = {
  name: 'riscv64',
  impl: 'riscv64',
  config: RISCV64,
  syscalls: SYSCALL_NUMBERS,
  durations: null,
  ...registersOf(RISCV64, 'A7'),
  instructionBytes: { syscall: 4, ud2: 4, hlt: 4, int3: 4, priv: 4, load: 4, store: 4, jump: 4 },
  // Illegal instruction, which a wait for interrupts and an access to a register of the supervisor are, too; breakpoint.
  exceptions: {
    '@UD2': { insn: 'ud2', number: 2, advance: 0 },
    '@HLT': { insn: 'hlt', number: 2, advance: 0 },
    '@PRIV': { insn: 'priv', number: 2, advance: 0 },
    '@INT3': { insn: 'int3', number: 3, advance: 0 },
  },
  fpuException: null,
  pageFault: { load: 5, store: 7, fetch: 1, present: 0 },
  systemReturn: null,
  // The window of the PCI bus.
  answering: [[0x4000_0000, 0x8000_0000]],
  timer: { device: 'RTC', base: 0x10_1000, irq: 11 },
  hasIOPorts: false,
  bigUntyped: { slot: 257, sizeBits: 26 },
};

const PLATFORMS: readonly Platform[] = [
  X86_64_PLATFORM,
  {
    ...X86_64_PLATFORM,
    name: 'x86_64-mcs',
    impl: 'x86_64-mcs',
    config: X86_64_MCS,
    syscalls: MCS_SYSCALL_NUMBERS,
    durations: X86_64_DURATIONS,
    ...registersOf(X86_64_MCS, 'RDX'),
    bigUntyped: { slot: 303, sizeBits: 26 },
  },
  RISCV64_PLATFORM,
  {
    ...RISCV64_PLATFORM,
    name: 'riscv64-mcs',
    impl: 'riscv64-mcs',
    config: RISCV64_MCS,
    syscalls: MCS_SYSCALL_NUMBERS,
    durations: RISCV64_DURATIONS,
    ...registersOf(RISCV64_MCS, 'A7'),
    bigUntyped: { slot: 281, sizeBits: 26 },
  },
];

const SUPPORTED = `supported are recordings on ${PLATFORMS.map(({ name }) => name).join(', ')}`;

/**
 * A script names its kernel configuration (`nomcs`, `mcs-slow`, ...) but not its architecture, which shows in where its memory is.
 * A kernel recorded without its fastpaths is held against the implementation without its own, where there is one.
 * Throws an InputError for what we do not model.
 */
export function platformOf({ config, initial, where, script }: TraceScript): Platform {
  const refuse = (why: string): never => {
    throw new InputError(`${where}: script ${script}: ${why}; ${SUPPORTED}`);
  };
  const words = config.split(/[-_.]/);
  const variant = words.includes('mcs') ? 'mcs' : 'classic';
  if (variant === 'classic' && !words.includes('nomcs'))
    return refuse(`recorded with the unknown configuration ${config}`);
  const from = initial.U0.paddr;
  const to = from + 2 ** initial.U0_size_bits + 2 ** initial.U1.size_bits;
  const platform = PLATFORMS.find(
    ({ config: { variant: has, ramBase, ramSize } }) => has === variant && from >= ramBase && to <= ramBase + ramSize,
  );
  if (platform === undefined)
    return refuse(`its untyped memory from 0x${from.toString(16)} to 0x${to.toString(16)} lies in no known platform's`);
  const slow = `${platform.impl}-slow`;
  if (!words.includes('slow') || CONFIGS[slow] === undefined) return platform;
  const durations = platform.durations === null ? null : { ...platform.durations, refused: NEVER_REFUSED };
  return { ...platform, impl: slow, durations };
}
