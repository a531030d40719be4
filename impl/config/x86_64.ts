/**
 * The x86_64 (pc99) configuration of the non-MCS kernel, one core: sizes and limits as recorded from the real kernel.
 * Chosen at build time: every constant here is inlined by the bundler.
 */
import type { IrqRequest } from '../arch/irq-request.ts';
import { LABEL_IRQ_ISSUE_IRQ_HANDLER_IOAPIC, LABEL_IRQ_ISSUE_IRQ_HANDLER_MSI } from '../arch/x86_64.ts';

export * from '../arch/x86_64.ts';

export const NAME = 'x86_64';
/** Mixed-criticality scheduling, or the classic kernel. Read by the tables of points of difference and by nothing else. */
export const MCS: boolean = false;
export const WORD_BITS = 64;
/** Whether short messages by Call and ReplyRecv take the fastpath. */
export const FASTPATH: boolean = true;
/** Physical address of the first byte of RAM, and how many bytes of it there are. Memory index = address - RAM_BASE. */
export const RAM_BASE = 0x03e00000;
export const RAM_SIZE = 0x01400000;
/** Bytes at RAM_BASE kept for the kernel's globals and the idle thread; multiple of 1024. */
export const KERNEL_SIZE = 0x9000;

export const SLOT_BITS = 5;
export const TCB_BITS = 11;
export const ENDPOINT_BITS = 4;
export const NOTIFICATION_BITS = 5;
/** Objects of the MCS kernel. */
export const REPLY_BITS = 5;
export const MIN_SCHED_CONTEXT_BITS = 7;
/** Sizes of the three frame kinds, small, large and huge, and of every paging structure and ASID pool. */
export const PAGE_BITS = 12;
export const LARGE_PAGE_BITS = 21;
export const HUGE_PAGE_BITS = 30;
export const PAGE_TABLE_BITS = 12;
export const ASID_POOL_BITS = 12;
/** I/O ports, a power of 2; 0 where there are none. */
export const NUM_IO_PORTS = 0x10000;
/** ASID pools that there can be. */
export const ASID_TABLE_LENGTH = 8;
/** The last address of users. */
export const USER_TOP_LO = 0xffff_ffff;
export const USER_TOP_HI = 0x7fff;
export const MIN_UNTYPED_BITS = 4;
export const MAX_UNTYPED_BITS = 47;

export const NUM_PRIORITIES = 256;
/** 'benno' or 'lazy': whether a thread that blocks is in no ready queue, or stays in its own until the scheduler meets it. */
export const SCHEDULER: 'benno' | 'lazy' = 'benno';
export const NUM_DOMAINS = 4;
export const DOMAIN_SCHEDULE_LENGTH = 100;
/** Timer ticks in a full time slice. */
export const TIME_SLICE = 5;
/** MCS: ticks of the timer in a microsecond; the longest that the kernel takes; the longest period, as halves of a number; how early the timer is set. */
export const TICKS_PER_US = 1000;
export const KERNEL_WCET_US = 10;
export const MAX_PERIOD_US_LO = 0xe978d4fd;
export const MAX_PERIOD_US_HI = 0x00083126;
export const TIMER_PRECISION = 0;
/** Priorities per level-2 bitmap word, at most 32. */
export const BITMAP_WORD_BITS = 32;
/** MCS: slice of the idle thread, in microseconds. */
export const BOOT_TIME_SLICE_US = 5000;
export const MAX_WORK_UNITS = 100;
/** Untyped_Retype makes at most this many objects. */
export const FAN_OUT_LIMIT = 256;
export const RESET_CHUNK_BITS = 8;
export const NUM_IRQS = 125;
/** Lines of the interrupt controller; the kernel has no state for those from NUM_IRQS on. */
export const NUM_IRQ_LINES = 224;
export const TIMER_IRQ = 124;
/** Interrupts that users may have; they count them from 0. */
export const IRQ_USER_MIN = 16;
export const IRQ_USER_MAX = 123;
export const NUM_IOAPICS = 1;
export const NUM_IOAPIC_PINS = 24;
/** First and last number that users name an interrupt by, and what makes it the kernel's. */
export const IRQ_NUMBER_MIN = 0;
export const IRQ_NUMBER_MAX = IRQ_USER_MAX - IRQ_USER_MIN;
export const IRQ_NUMBER_OFFSET = IRQ_USER_MIN;
/** I/O APIC: index, depth, I/O APIC, pin, level, polarity, vector. MSI: index, depth, bus, device, function, handle (any), vector. */
export const IRQ_REQUESTS: readonly IrqRequest[] = [
  {
    label: LABEL_IRQ_ISSUE_IRQ_HANDLER_IOAPIC,
    words: 7,
    index: 0,
    irq: 6,
    // biome-ignore format: packed
    limits: [[2, NUM_IOAPICS - 1], [3, NUM_IOAPIC_PINS - 1], [4, 1], [5, 1]],
  },
  // biome-ignore format: packed
  { label: LABEL_IRQ_ISSUE_IRQ_HANDLER_MSI, words: 7, index: 0, irq: 6, limits: [[2, 255], [3, 31], [4, 7]] },
];

export const MSG_MAX_LENGTH = 120;
export const MSG_MAX_EXTRA_CAPS = 3;
/** The IPC buffer is 2^IPC_BUFFER_BITS bytes: tag, messages, user data, caps or badges, receive CNode, index, depth. */
export const IPC_BUFFER_BITS = 10;

/** Registers of a user context, in memory order; indices of the ones the kernel itself names follow. */
export const REGISTER_COUNT = 21;
export const REG_RAX = 0;
export const REG_RBX = 1;
export const REG_RCX = 2;
export const REG_RDX = 3;
export const REG_RSI = 4;
export const REG_RDI = 5;
export const REG_RBP = 6;
export const REG_R8 = 7;
export const REG_R9 = 8;
export const REG_R10 = 9;
export const REG_R11 = 10;
export const REG_R12 = 11;
export const REG_R13 = 12;
export const REG_R14 = 13;
export const REG_R15 = 14;
export const REG_RSP = 15;
export const REG_FLAGS = 16;
export const REG_FAULT_IP = 17;
export const REG_NEXT_IP = 18;
export const REG_FS_BASE = 19;
export const REG_GS_BASE = 20;

export const REG_CAP = REG_RDI;
export const REG_MSG_INFO = REG_RSI;
/** MCS: capability pointer to the reply object. */
export const REG_REPLY = REG_R12;
/** MCS: capability pointer to what NBSendRecv sends to. */
export const REG_SEND_DEST = REG_R13;
export const REG_MR: readonly number[] = [REG_R10, REG_R8, REG_R9, REG_R15];
export const REG_TLS_BASE = REG_FS_BASE;
/** Registers that take only canonical addresses from users, as a bit mask. */
export const CANONICAL_REGISTERS = (1 << REG_FAULT_IP) | (1 << REG_NEXT_IP) | (1 << REG_FS_BASE) | (1 << REG_GS_BASE);
/** Order of TCB_ReadRegisters and TCB_WriteRegisters: the frame registers, then the general ones. */
// biome-ignore format: packed
export const FRAME_REGISTERS: readonly number[] = [
  REG_FAULT_IP, REG_RSP, REG_FLAGS, REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI, REG_RBP,
  REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
];
export const GP_REGISTERS: readonly number[] = [REG_FS_BASE, REG_GS_BASE];
/** Message words of an UnknownSyscall fault before the syscall number, and of a UserException before number and code. */
// biome-ignore format: packed
export const UNKNOWN_SYSCALL_REGISTERS: readonly number[] = [
  REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI, REG_RBP, REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13,
  REG_R14, REG_R15, REG_FAULT_IP, REG_RSP, REG_FLAGS,
];
export const USER_EXCEPTION_REGISTERS: readonly number[] = [REG_FAULT_IP, REG_RSP, REG_FLAGS];
/** MCS: registers that the answer to a timeout sets. */
// biome-ignore format: packed
export const TIMEOUT_REGISTERS: readonly number[] = [
  REG_FAULT_IP, REG_RSP, REG_FLAGS, REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI, REG_RBP, REG_R8, REG_R9, REG_R10, REG_R11, REG_R12,
  REG_R13, REG_R14, REG_R15, REG_FS_BASE,
];
