/**
 * The RISC-V64 (qemu-riscv-virt, Sv39) configuration of the non-MCS kernel, one core: sizes and limits as recorded from the real kernel.
 * Chosen at build time: every constant here is inlined by the bundler.
 */
import type { IrqRequest } from '../arch/irq-request.ts';
import { LABEL_IRQ_ISSUE_IRQ_HANDLER_TRIGGER } from '../arch/riscv64.ts';

export * from '../arch/riscv64.ts';

export const NAME = 'riscv64';
/** Mixed-criticality scheduling, or the classic kernel. Read by the tables of points of difference and by nothing else. */
export const MCS: boolean = false;
/** Whether short messages by Call and ReplyRecv take the fastpath. */
export const FASTPATH: boolean = true;
export const WORD_BITS = 64;
/** Physical address of the first byte of RAM, above 2^31, and how many bytes of it there are. Memory index = address - RAM_BASE. */
export const RAM_BASE = 0x83e00000;
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
/** Sizes of the three frame kinds, 4 KiB, mega and giga page, and of every paging structure and ASID pool. */
export const PAGE_BITS = 12;
export const LARGE_PAGE_BITS = 21;
export const HUGE_PAGE_BITS = 30;
export const PAGE_TABLE_BITS = 12;
export const ASID_POOL_BITS = 12;
/** I/O ports, a power of 2; 0 where there are none. */
export const NUM_IO_PORTS = 0;
/** ASID pools that there can be. */
export const ASID_TABLE_LENGTH = 128;
/** The first address that is not the users'. */
export const USER_TOP_LO = 0xffff_f000;
export const USER_TOP_HI = 0x3f;
export const MIN_UNTYPED_BITS = 4;
export const MAX_UNTYPED_BITS = 38;

export const NUM_PRIORITIES = 256;
/** 'benno' or 'lazy': whether a thread that blocks is in no ready queue, or stays in its own until the scheduler meets it. */
export const SCHEDULER: 'benno' | 'lazy' = 'benno';
export const NUM_DOMAINS = 4;
export const DOMAIN_SCHEDULE_LENGTH = 100;
/** Timer ticks in a full time slice. */
export const TIME_SLICE = 5;
/** MCS: ticks of the timer in a microsecond; the longest that the kernel takes; the longest period, as halves of a number; how early the timer is set. */
export const TICKS_PER_US = 10;
export const KERNEL_WCET_US = 10;
export const MAX_PERIOD_US_LO = 0x33333333;
export const MAX_PERIOD_US_HI = 0x03333333;
export const TIMER_PRECISION = 0;
/** Priorities per level-2 bitmap word, at most 32. */
export const BITMAP_WORD_BITS = 32;
/** MCS: slice of the idle thread, in microseconds. */
export const BOOT_TIME_SLICE_US = 5000;
export const MAX_WORK_UNITS = 100;
/** Untyped_Retype makes at most this many objects. */
export const FAN_OUT_LIMIT = 256;
export const RESET_CHUNK_BITS = 8;
/** The lines of the PLIC are 1 to 95; the one after them is the core's own timer. */
export const NUM_IRQS = 97;
/** Lines of the interrupt controller; the kernel has no state for those from NUM_IRQS on. */
export const NUM_IRQ_LINES = 97;
export const TIMER_IRQ = 96;
/** Interrupts that users may have. */
export const IRQ_USER_MIN = 1;
export const IRQ_USER_MAX = 95;
/** First and last number that users name an interrupt by, and what makes it the kernel's. */
export const IRQ_NUMBER_MIN = 1;
export const IRQ_NUMBER_MAX = NUM_IRQS - 1;
export const IRQ_NUMBER_OFFSET = 0;
/** Interrupt, trigger (any), index, depth. */
export const IRQ_REQUESTS: readonly IrqRequest[] = [
  { label: LABEL_IRQ_ISSUE_IRQ_HANDLER_TRIGGER, words: 4, index: 2, irq: 0, limits: [] },
];

export const MSG_MAX_LENGTH = 120;
export const MSG_MAX_EXTRA_CAPS = 3;
/** The IPC buffer is 2^IPC_BUFFER_BITS bytes: tag, messages, user data, caps or badges, receive CNode, index, depth. */
export const IPC_BUFFER_BITS = 10;

/** Registers of a user context, in memory order; indices of the ones the kernel itself names follow. */
export const REGISTER_COUNT = 33;
export const REG_RA = 0;
export const REG_SP = 1;
export const REG_GP = 2;
export const REG_TP = 3;
export const REG_T0 = 4;
export const REG_T1 = 5;
export const REG_T2 = 6;
export const REG_S0 = 7;
export const REG_S1 = 8;
export const REG_A0 = 9;
export const REG_A1 = 10;
export const REG_A2 = 11;
export const REG_A3 = 12;
export const REG_A4 = 13;
export const REG_A5 = 14;
export const REG_A6 = 15;
export const REG_A7 = 16;
export const REG_S2 = 17;
export const REG_S3 = 18;
export const REG_S4 = 19;
export const REG_S5 = 20;
export const REG_S6 = 21;
export const REG_S7 = 22;
export const REG_S8 = 23;
export const REG_S9 = 24;
export const REG_S10 = 25;
export const REG_S11 = 26;
export const REG_T3 = 27;
export const REG_T4 = 28;
export const REG_T5 = 29;
export const REG_T6 = 30;
export const REG_FAULT_IP = 31;
export const REG_NEXT_IP = 32;

export const REG_CAP = REG_A0;
export const REG_MSG_INFO = REG_A1;
/** MCS: capability pointer to the reply object. */
export const REG_REPLY = REG_A6;
/** MCS: capability pointer to what NBSendRecv sends to. */
export const REG_SEND_DEST = REG_T0;
export const REG_MR: readonly number[] = [REG_A2, REG_A3, REG_A4, REG_A5];
export const REG_TLS_BASE = REG_TP;
/** Registers that take only canonical addresses from users, as a bit mask. */
export const CANONICAL_REGISTERS = 0;
/** Order of TCB_ReadRegisters and TCB_WriteRegisters: the frame registers, then the general ones. */
// biome-ignore format: packed
export const FRAME_REGISTERS: readonly number[] = [
  REG_FAULT_IP, REG_RA, REG_SP, REG_GP, REG_S0, REG_S1, REG_S2, REG_S3, REG_S4, REG_S5, REG_S6, REG_S7, REG_S8, REG_S9, REG_S10, REG_S11,
];
// biome-ignore format: packed
export const GP_REGISTERS: readonly number[] = [
  REG_A0, REG_A1, REG_A2, REG_A3, REG_A4, REG_A5, REG_A6, REG_A7, REG_T0, REG_T1, REG_T2, REG_T3, REG_T4, REG_T5, REG_T6, REG_TP,
];
/** Message words of an UnknownSyscall fault before the syscall number, and of a UserException before number and code. */
// biome-ignore format: packed
export const UNKNOWN_SYSCALL_REGISTERS: readonly number[] = [
  REG_FAULT_IP, REG_SP, REG_RA, REG_A0, REG_A1, REG_A2, REG_A3, REG_A4, REG_A5, REG_A6,
];
export const USER_EXCEPTION_REGISTERS: readonly number[] = [REG_FAULT_IP, REG_SP];
/** MCS: registers that the answer to a timeout sets. */
export const TIMEOUT_REGISTERS: readonly number[] = [...FRAME_REGISTERS, ...GP_REGISTERS];
