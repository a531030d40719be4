/**
 * A kernel configuration: everything that differs between builds, as one value.
 *
 * @source seL4 libsel4 sel4_arch/constants.h (sizes), config (limits); traces of the real kernel
 */
import type { Architecture } from './arch.ts';
import { RISCV64_ARCH, X86_64_ARCH } from './arch.ts';
import type { Variant } from './variant.ts';
import type { Word } from './words.ts';

export interface KernelConfig {
  readonly name: string;
  readonly variant: Variant;
  readonly arch: Architecture;
  readonly wordBits: 64;
  readonly ramBase: number;
  readonly ramSize: number;
  /** Bytes from `ramBase` that belong to the kernel itself. */
  readonly kernelSize: number;
  readonly slotBits: number;
  readonly tcbBits: number;
  readonly endpointBits: number;
  readonly notificationBits: number;
  /** Objects of the MCS kernel: a reply object, and the smallest scheduling context. */
  readonly replyBits: number;
  readonly minSchedContextBits: number;
  /** MCS: bytes of a scheduling context that are not refills, and of a refill. */
  readonly schedContextCoreBytes: number;
  readonly refillBytes: number;
  /** MCS: ticks of the timer in a microsecond. */
  readonly ticksPerUs: Word;
  /** MCS, microseconds: the longest that the kernel takes, twice which is the smallest budget; and the longest period. */
  readonly kernelWcetUs: Word;
  readonly maxPeriodUs: Word;
  /** MCS: ticks that the timer is programmed early by. */
  readonly timerPrecision: Word;
  /** MCS, microseconds: the slice of the idle thread, after which it looks again. */
  readonly bootTimeSliceUs: Word;
  readonly frameBits: { readonly Small: number; readonly Large: number; readonly Huge: number };
  /** Every paging structure. */
  readonly pageTableBits: number;
  readonly asidPoolBits: number;
  /** ASID pools that there can be. */
  readonly asidTableLength: number;
  /** I/O ports, a power of 2; 0 where there are none. Numbers that are too large lose their high bits. */
  readonly ioPorts: number;
  /** seL4's USER_TOP: on x86_64 the last address of users, on RISC-V the first that is not theirs. */
  readonly userTop: Word;
  readonly minUntypedBits: number;
  readonly maxUntypedBits: number;
  readonly priorities: number;
  readonly domains: number;
  /** Benno: ready queues are first in, first out. Lazy: among threads of equal priority, whoever the implementation chooses. */
  readonly scheduler: 'benno' | 'lazy';
  readonly domainScheduleLength: number;
  /** Timer ticks in a full time slice. */
  readonly timeSlice: number;
  readonly maxWorkUnits: number;
  readonly fanOutLimit: number;
  readonly resetChunkBits: number;
  /** Interrupts 0 to irqs - 1 have a state and a node. */
  readonly irqs: number;
  /** Lines of the interrupt controller; from `irqs` on they are lines that the kernel does not know. */
  readonly irqLines: number;
  readonly timerIrq: number;
  readonly irqController: IrqController;
  readonly msgMaxLength: number;
  readonly msgMaxExtraCaps: number;
  readonly ipcBufferBits: number;
  readonly registers: Registers;
}

/** How users are given interrupts. What differs between controllers is in `arch/irq-controller.ts`. */
export type IrqController =
  | {
      readonly _tag: 'IOAPIC';
      /** The kernel's number of the first and of the last interrupt that users may have; they count from 0. */
      readonly userMin: number;
      readonly userMax: number;
      readonly ioapics: number;
      readonly pins: number;
    }
  /** Users say the kernel's numbers, from 1 on. */
  | { readonly _tag: 'PLIC'; readonly userMin: number; readonly userMax: number };

/** Registers of a user context by index. */
export interface Registers {
  readonly names: readonly string[];
  /** Capability pointer going in, badge coming out. */
  readonly cap: number;
  readonly msgInfo: number;
  /** MCS: capability pointer to the reply object, and to what NBSendRecv sends to. */
  readonly reply: number;
  readonly sendDest: number;
  readonly messageRegisters: readonly number[];
  readonly stackPointer: number;
  /** FLAGS, the one register whose value is restricted; null where there is none such. */
  readonly flags: number | null;
  readonly faultIP: number;
  readonly nextIP: number;
  readonly tlsBase: number;
  /** Users may put only canonical addresses into these; anything else becomes 0. */
  readonly canonical: readonly number[];
  /** Order of TCB_ReadRegisters and TCB_WriteRegisters. */
  readonly frameRegisters: readonly number[];
  readonly gpRegisters: readonly number[];
  /** Words of the fault messages before the syscall number, and before exception number and code. */
  readonly unknownSyscallMessage: readonly number[];
  readonly userExceptionMessage: readonly number[];
  /** MCS: registers that the answer to a timeout sets. */
  readonly timeoutMessage: readonly number[];
}

// biome-ignore format: packed
const X86_NAMES = [
  'RAX', 'RBX', 'RCX', 'RDX', 'RSI', 'RDI', 'RBP', 'R8', 'R9', 'R10', 'R11', 'R12', 'R13', 'R14', 'R15',
  'RSP', 'FLAGS', 'FaultIP', 'NextIP', 'FS_BASE', 'GS_BASE',
] as const;
const x86 = (name: (typeof X86_NAMES)[number]): number => X86_NAMES.indexOf(name);

export const X86_64_REGISTERS: Registers = {
  names: X86_NAMES,
  cap: x86('RDI'),
  msgInfo: x86('RSI'),
  reply: x86('R12'),
  sendDest: x86('R13'),
  messageRegisters: [x86('R10'), x86('R8'), x86('R9'), x86('R15')],
  stackPointer: x86('RSP'),
  flags: x86('FLAGS'),
  faultIP: x86('FaultIP'),
  nextIP: x86('NextIP'),
  tlsBase: x86('FS_BASE'),
  canonical: [x86('FaultIP'), x86('NextIP'), x86('FS_BASE'), x86('GS_BASE')],
  // biome-ignore format: packed
  frameRegisters: (
    ['FaultIP', 'RSP', 'FLAGS', 'RAX', 'RBX', 'RCX', 'RDX', 'RSI', 'RDI', 'RBP', 'R8', 'R9', 'R10', 'R11', 'R12', 'R13', 'R14', 'R15'] as const
  ).map(x86),
  gpRegisters: [x86('FS_BASE'), x86('GS_BASE')],
  // biome-ignore format: packed
  unknownSyscallMessage: (
    ['RAX', 'RBX', 'RCX', 'RDX', 'RSI', 'RDI', 'RBP', 'R8', 'R9', 'R10', 'R11', 'R12', 'R13', 'R14', 'R15', 'FaultIP', 'RSP', 'FLAGS'] as const
  ).map(x86),
  userExceptionMessage: [x86('FaultIP'), x86('RSP'), x86('FLAGS')],
  // biome-ignore format: packed
  timeoutMessage: (
    ['FaultIP', 'RSP', 'FLAGS', 'RAX', 'RBX', 'RCX', 'RDX', 'RSI', 'RDI', 'RBP', 'R8', 'R9', 'R10', 'R11', 'R12', 'R13', 'R14', 'R15', 'FS_BASE'] as const
  ).map(x86),
};

export const X86_64: KernelConfig = {
  name: 'x86_64',
  arch: X86_64_ARCH,
  variant: 'classic',
  wordBits: 64,
  ramBase: 0x03e0_0000,
  ramSize: 0x0140_0000,
  kernelSize: 0x9000,
  slotBits: 5,
  tcbBits: 11,
  endpointBits: 4,
  notificationBits: 5,
  replyBits: 5,
  minSchedContextBits: 7,
  schedContextCoreBytes: 96,
  refillBytes: 16,
  ticksPerUs: 1_000n,
  kernelWcetUs: 10n,
  maxPeriodUs: 2_305_843_009_213_693n,
  timerPrecision: 0n,
  bootTimeSliceUs: 5_000n,
  frameBits: { Small: 12, Large: 21, Huge: 30 },
  pageTableBits: 12,
  asidPoolBits: 12,
  asidTableLength: 8,
  ioPorts: 0x1_0000,
  userTop: 0x7fff_ffff_ffffn,
  minUntypedBits: 4,
  maxUntypedBits: 47,
  priorities: 256,
  domains: 4,
  scheduler: 'benno',
  domainScheduleLength: 100,
  timeSlice: 5,
  maxWorkUnits: 100,
  fanOutLimit: 256,
  resetChunkBits: 8,
  irqs: 125,
  irqLines: 224,
  timerIrq: 124,
  irqController: { _tag: 'IOAPIC', userMin: 16, userMax: 123, ioapics: 1, pins: 24 },
  msgMaxLength: 120,
  msgMaxExtraCaps: 3,
  ipcBufferBits: 10,
  registers: X86_64_REGISTERS,
};

// biome-ignore format: packed
const RISCV_NAMES = [
  'RA', 'SP', 'GP', 'TP', 'T0', 'T1', 'T2', 'S0', 'S1', 'A0', 'A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A7',
  'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S9', 'S10', 'S11', 'T3', 'T4', 'T5', 'T6', 'FaultIP', 'NextIP',
] as const;
const riscv = (name: (typeof RISCV_NAMES)[number]): number => RISCV_NAMES.indexOf(name);

export const RISCV64_REGISTERS: Registers = {
  names: RISCV_NAMES,
  cap: riscv('A0'),
  msgInfo: riscv('A1'),
  reply: riscv('A6'),
  sendDest: riscv('T0'),
  messageRegisters: [riscv('A2'), riscv('A3'), riscv('A4'), riscv('A5')],
  stackPointer: riscv('SP'),
  flags: null,
  faultIP: riscv('FaultIP'),
  nextIP: riscv('NextIP'),
  tlsBase: riscv('TP'),
  canonical: [],
  // biome-ignore format: packed
  frameRegisters: (
    ['FaultIP', 'RA', 'SP', 'GP', 'S0', 'S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S9', 'S10', 'S11'] as const
  ).map(riscv),
  // biome-ignore format: packed
  gpRegisters: (
    ['A0', 'A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A7', 'T0', 'T1', 'T2', 'T3', 'T4', 'T5', 'T6', 'TP'] as const
  ).map(riscv),
  unknownSyscallMessage: (['FaultIP', 'SP', 'RA', 'A0', 'A1', 'A2', 'A3', 'A4', 'A5', 'A6'] as const).map(riscv),
  userExceptionMessage: [riscv('FaultIP'), riscv('SP')],
  // biome-ignore format: packed
  timeoutMessage: (
    ['FaultIP', 'RA', 'SP', 'GP', 'S0', 'S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S9', 'S10', 'S11', 'A0', 'A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A7', 'T0', 'T1', 'T2', 'T3', 'T4', 'T5', 'T6', 'TP'] as const
  ).map(riscv),
};

/** qemu-riscv-virt with Sv39. Its RAM starts at 2^31. */
export const RISCV64: KernelConfig = {
  ...X86_64,
  name: 'riscv64',
  arch: RISCV64_ARCH,
  ramBase: 0x83e0_0000,
  asidTableLength: 128,
  ioPorts: 0,
  userTop: 0x3f_ffff_f000n,
  maxUntypedBits: 38,
  ticksPerUs: 10n,
  maxPeriodUs: 230_584_300_921_369_395n,
  irqs: 97,
  irqLines: 97,
  timerIrq: 96,
  irqController: { _tag: 'PLIC', userMin: 1, userMax: 95 },
  registers: RISCV64_REGISTERS,
};
/** The same machines, for the MCS kernel. */
const MCS_KERNEL = { variant: 'mcs', notificationBits: 6 } as const;
export const X86_64_MCS: KernelConfig = { ...X86_64, ...MCS_KERNEL, name: 'x86_64-mcs', timerPrecision: 1_000n };
export const RISCV64_MCS: KernelConfig = { ...RISCV64, ...MCS_KERNEL, name: 'riscv64-mcs', timerPrecision: 10n };

/** Few slots, short pages, few registers and priorities: corners are near, and the whole memory is cheap to compare. */
export const SMALL: KernelConfig = {
  ...X86_64,
  name: 'small',
  ramBase: 0x1_0000,
  ramSize: 0x6000,
  kernelSize: 0x800,
  tcbBits: 9,
  frameBits: { Small: 9, Large: 11, Huge: 13 },
  pageTableBits: 5,
  asidPoolBits: 5,
  asidTableLength: 2,
  ioPorts: 64,
  userTop: 0xffffn,
  maxUntypedBits: 20,
  priorities: 16,
  domains: 2,
  domainScheduleLength: 6,
  timeSlice: 3,
  maxWorkUnits: 2,
  fanOutLimit: 8,
  irqs: 6,
  irqLines: 8,
  timerIrq: 5,
  irqController: { _tag: 'IOAPIC', userMin: 1, userMax: 4, ioapics: 1, pins: 3 },
  msgMaxLength: 24,
  ipcBufferBits: 8,
  registers: {
    names: ['CAP', 'INFO', 'MR0', 'MR1', 'MR2', 'MR3', 'G0', 'SP', 'FLAGS', 'FaultIP', 'NextIP', 'TLS'],
    cap: 0,
    msgInfo: 1,
    reply: 6,
    sendDest: 7,
    messageRegisters: [2, 3, 4, 5],
    stackPointer: 7,
    flags: 8,
    faultIP: 9,
    nextIP: 10,
    tlsBase: 11,
    canonical: [9, 10, 11],
    frameRegisters: [9, 7, 8, 0, 1, 2, 3, 4, 5],
    gpRegisters: [6, 11],
    unknownSyscallMessage: [0, 1, 2, 3, 4, 5, 6, 9, 7, 8],
    userExceptionMessage: [9, 7, 8],
    timeoutMessage: [9, 7, 8, 0, 1, 2, 3, 4, 5, 6, 11],
  },
};

/**
 * The MCS kernel over the small sizes. A microsecond is more than one tick, so that mixing them up shows; budgets are small numbers, so that
 * they run out often.
 */
export const SMALL_MCS: KernelConfig = {
  ...SMALL,
  ...MCS_KERNEL,
  name: 'small-mcs',
  ramSize: 0x8000,
  kernelSize: 0xc00,
  ticksPerUs: 3n,
  kernelWcetUs: 2n,
  maxPeriodUs: 2n ** 59n,
  bootTimeSliceUs: 40n,
};

/** The small sizes with room for whole systems of several domains. */
const SYSTEMS: KernelConfig = {
  ...SMALL,
  name: 'systems',
  ramSize: 0x1_0000,
  kernelSize: 0xc00,
  asidTableLength: 8,
  domains: 4,
  domainScheduleLength: 10,
};

/** The rules of RISC-V over the small sizes. */
const SMALL_RISCV64: KernelConfig = {
  ...SMALL,
  name: 'small-riscv64',
  arch: RISCV64_ARCH,
  ioPorts: 0,
  userTop: 0x3e00n,
  irqController: { _tag: 'PLIC', userMin: 1, userMax: 4 },
  registers: { ...SMALL.registers, flags: null, canonical: [] },
};

/** The specification knows nothing of a fastpath: a `slow` configuration differs in nothing but its name. */
export const CONFIGS: Readonly<Record<string, KernelConfig>> = {
  small: SMALL,
  'small-lazy': { ...SMALL, name: 'small-lazy', scheduler: 'lazy' },
  'small-riscv64': SMALL_RISCV64,
  systems: SYSTEMS,
  x86_64: X86_64,
  'x86_64-slow': { ...X86_64, name: 'x86_64-slow' },
  'x86_64-lazy': { ...X86_64, name: 'x86_64-lazy', scheduler: 'lazy' },
  riscv64: RISCV64,
  'small-mcs': SMALL_MCS,
  'x86_64-mcs': X86_64_MCS,
  'x86_64-mcs-slow': { ...X86_64_MCS, name: 'x86_64-mcs-slow' },
  'riscv64-mcs': RISCV64_MCS,
};
