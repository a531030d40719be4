/**
 * Small parameters for random testing: the rules of x86_64 over few slots, short pages, few registers and priorities, so that
 * corners (exhaustion, wrap, two-level bitmaps) are near and the whole memory is cheap to compare.
 * Chosen at build time: every constant here is inlined by the bundler.
 */
import type { IrqRequest } from '../arch/irq-request.ts';
import { LABEL_IRQ_ISSUE_IRQ_HANDLER_IOAPIC, LABEL_IRQ_ISSUE_IRQ_HANDLER_MSI } from '../arch/x86_64.ts';

export * from '../arch/x86_64.ts';

export const NAME = 'small';
/** Mixed-criticality scheduling, or the classic kernel. Read by the tables of points of difference and by nothing else. */
export const MCS: boolean = false;
export const WORD_BITS = 64;
/** Whether short messages by Call and ReplyRecv take the fastpath. */
export const FASTPATH: boolean = true;
/** Physical address of the first byte of RAM, and how many bytes of it there are. Memory index = address - RAM_BASE. */
export const RAM_BASE = 0x10000;
export const RAM_SIZE = 0x6000;
/** Bytes at RAM_BASE kept for the kernel's globals and the idle thread; multiple of 1024. */
export const KERNEL_SIZE = 0x800;

export const SLOT_BITS = 5;
export const TCB_BITS = 9;
export const ENDPOINT_BITS = 4;
export const NOTIFICATION_BITS = 5;
/** Objects of the MCS kernel. */
export const REPLY_BITS = 5;
export const MIN_SCHED_CONTEXT_BITS = 7;
/** Sizes of the three frame kinds, small, large and huge, and of every paging structure and ASID pool. */
export const PAGE_BITS = 9;
export const LARGE_PAGE_BITS = 11;
export const HUGE_PAGE_BITS = 13;
export const PAGE_TABLE_BITS = 5;
export const ASID_POOL_BITS = 5;
/** I/O ports, a power of 2; 0 where there are none. */
export const NUM_IO_PORTS = 64;
export const ASID_TABLE_LENGTH = 2;
/** The last address of users. */
export const USER_TOP_LO = 0xffff;
export const USER_TOP_HI = 0;
export const MIN_UNTYPED_BITS = 4;
export const MAX_UNTYPED_BITS = 20;

export const NUM_PRIORITIES = 16;
/** 'benno' or 'lazy': whether a thread that blocks is in no ready queue, or stays in its own until the scheduler meets it. */
export const SCHEDULER: 'benno' | 'lazy' = 'benno';
export const NUM_DOMAINS = 2;
export const DOMAIN_SCHEDULE_LENGTH = 6;
/** Timer ticks in a full time slice. */
export const TIME_SLICE = 3;
/** MCS: ticks of the timer in a microsecond; the longest that the kernel takes; the longest period, as halves of a number; how early the timer is set. */
export const TICKS_PER_US = 1000;
export const KERNEL_WCET_US = 10;
export const MAX_PERIOD_US_LO = 0xe978d4fd;
export const MAX_PERIOD_US_HI = 0x00083126;
export const TIMER_PRECISION = 0;
/** Priorities per level-2 bitmap word, at most 32. */
export const BITMAP_WORD_BITS = 4;
/** MCS: slice of the idle thread, in microseconds. */
export const BOOT_TIME_SLICE_US = 5000;
export const MAX_WORK_UNITS = 2;
/** Untyped_Retype makes at most this many objects. */
export const FAN_OUT_LIMIT = 8;
export const RESET_CHUNK_BITS = 8;
export const NUM_IRQS = 6;
/** Lines of the interrupt controller; the kernel has no state for those from NUM_IRQS on. */
export const NUM_IRQ_LINES = 8;
export const TIMER_IRQ = 5;
/** Interrupts that users may have; they count them from 0. */
export const IRQ_USER_MIN = 1;
export const IRQ_USER_MAX = 4;
export const NUM_IOAPICS = 1;
export const NUM_IOAPIC_PINS = 3;
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

export const MSG_MAX_LENGTH = 24;
export const MSG_MAX_EXTRA_CAPS = 3;
/** The IPC buffer is 2^IPC_BUFFER_BITS bytes: tag, messages, user data, caps or badges, receive CNode, index, depth. */
export const IPC_BUFFER_BITS = 8;

/** Registers of a user context, in memory order; indices of the ones the kernel itself names follow. */
export const REGISTER_COUNT = 12;
export const REG_CAP = 0;
export const REG_MSG_INFO = 1;
/** MCS: capability pointer to the reply object. */
export const REG_REPLY = 6;
/** MCS: capability pointer to what NBSendRecv sends to. */
export const REG_SEND_DEST = 7;
export const REG_MR: readonly number[] = [2, 3, 4, 5];
export const REG_G0 = 6;
export const REG_SP = 7;
export const REG_FLAGS = 8;
export const REG_FAULT_IP = 9;
export const REG_NEXT_IP = 10;
export const REG_TLS_BASE = 11;
/** Registers that take only canonical addresses from users, as a bit mask. */
export const CANONICAL_REGISTERS = (1 << REG_FAULT_IP) | (1 << REG_NEXT_IP) | (1 << REG_TLS_BASE);
/** Order of TCB_ReadRegisters and TCB_WriteRegisters: the frame registers, then the general ones. */
export const FRAME_REGISTERS: readonly number[] = [REG_FAULT_IP, REG_SP, REG_FLAGS, REG_CAP, REG_MSG_INFO, 2, 3, 4, 5];
export const GP_REGISTERS: readonly number[] = [REG_G0, REG_TLS_BASE];
/** Message words of an UnknownSyscall fault before the syscall number, and of a UserException before number and code. */
// biome-ignore format: packed
export const UNKNOWN_SYSCALL_REGISTERS: readonly number[] = [
  REG_CAP, REG_MSG_INFO, 2, 3, 4, 5, REG_G0, REG_FAULT_IP, REG_SP, REG_FLAGS,
];
export const USER_EXCEPTION_REGISTERS: readonly number[] = [REG_FAULT_IP, REG_SP, REG_FLAGS];
/** MCS: registers that the answer to a timeout sets. */
export const TIMEOUT_REGISTERS: readonly number[] = [...FRAME_REGISTERS, ...GP_REGISTERS];
