/**
 * Where everything lies in the implementation's memory. All offsets are in bytes; all fields are 32-bit words unless said
 * otherwise; a 64-bit word is two of them, low half first. Links and pointers are physical addresses, 0 meaning none.
 *
 * @source seL4 include/object/structures.h, include/object/structures_64.bf (sizes and what is packed with what)
 */
// biome-ignore format: packed
import {
  ASID_POOL_BITS, ASID_TABLE_LENGTH, BITMAP_WORD_BITS, DOMAIN_SCHEDULE_LENGTH, NUM_DOMAINS, NUM_IO_PORTS, NUM_IRQS, NUM_IRQ_LINES, NUM_PRIORITIES,
  PAGE_TABLE_BITS, RAM_BASE, REGISTER_COUNT, TCB_BITS,
} from '#impl-config';
import { IDLE_SCHED_CONTEXT_BYTES } from '../variant.ts';

/* --- capability table entry: 32 bytes, cap then MDB node ------------------------------------------------------------ */
/** Low 32 bits of the object's address. */
export const CTE_PTR_LO = 0;
/** Bits 0-15: high bits of the address. Bits 16-26: by type (below). Bits 27-31: capability type. */
export const CTE_META = 4;
/**
 * One 64-bit word, low half first. Endpoint and notification: badge. CNode: guard. Untyped: free index in bytes.
 * Zombie: number of slots left. IRQHandler: interrupt. ASID pool: its first identifier. Frame and paging structure: bits 0-47 mapped
 * address, 48-63 identifier of the address space.
 */
export const CTE_WORD_LO = 8;
export const CTE_WORD_HI = 12;
export const CTE_NEXT = 16;
/** Bit 0: revocable. Bit 1: first badged. */
export const CTE_MDB_FLAGS = 20;
export const CTE_PREV = 24;
/** Always 0. */
export const CTE_PAD = 28;
export const CTE_BYTES = 32;
export const MDB_REVOCABLE = 1;
export const MDB_FIRST_BADGED = 2;

export const CAP_TYPE_SHIFT = 27;
export const CAP_NULL = 0;
/** Bits 16-17 size (0 small, 1 large, 2 huge), 18 device, 19-20 rights (1 kernel only, 2 read only, 3 read write), 21 mapped. */
export const CAP_FRAME = 1;
/** Bit 16 device, bits 17-22 size bits. */
export const CAP_UNTYPED = 2;
/** Bits 16-17 level (`arch/`), bit 18 mapped (the root of an address space: assigned an ASID). */
export const CAP_PAGING = 3;
/** Bits 16-19 rights: 1 write, 2 read, 4 grant, 8 grant reply. */
export const CAP_ENDPOINT = 4;
/** Bits 16-17 rights: 1 write, 2 read. */
export const CAP_NOTIFICATION = 6;
/** MCS: address of the reply object. Bit 17 may grant. */
export const CAP_REPLY_OBJECT = 9;
/** Address of the TCB. Bit 16 master, bit 17 may grant. */
export const CAP_REPLY = 8;
/** Bits 16-21 guard size, bits 22-26 radix. */
export const CAP_CNODE = 10;
export const CAP_ASID_CONTROL = 11;
export const CAP_THREAD = 12;
export const CAP_ASID_POOL = 13;
export const CAP_IRQ_CONTROL = 14;
export const CAP_IRQ_HANDLER = 16;
/** Bit 16: of a TCB, otherwise bits 17-22 are the CNode's radix. */
export const CAP_ZOMBIE = 18;
/** The word: bits 0-15 the first port, 16-31 the last. */
export const CAP_IO_PORT = 19;
export const CAP_DOMAIN = 20;
export const CAP_IO_SPACE = 21;
/** MCS: bits 17-22 size bits. */
export const CAP_SCHED_CONTEXT = 22;
export const CAP_SCHED_CONTROL = 24;
export const CAP_IO_PORT_CONTROL = 31;

/* --- endpoint (16 bytes) and notification (32 bytes) ------------------------------------------------------------------ */
export const EP_HEAD = 0;
export const EP_TAIL = 4;
/** 0 idle, 1 send, 2 receive. */
export const EP_STATE = 8;
export const EP_IDLE = 0;
export const EP_SEND = 1;
export const EP_RECV = 2;

export const NTFN_HEAD = 0;
export const NTFN_TAIL = 4;
/** 0 idle, 1 waiting, 2 active. */
export const NTFN_STATE = 8;
export const NTFN_BOUND_TCB = 12;
/** 64-bit: the badges accumulated while active, otherwise 0. */
export const NTFN_BADGE_LO = 16;
export const NTFN_BADGE_HI = 20;
export const NTFN_IDLE = 0;
export const NTFN_WAITING = 1;
export const NTFN_ACTIVE = 2;

/** MCS: the scheduling context that a receiver without one is lent. */
export const NTFN_SCHED_CONTEXT = 24;

/* --- reply object (32 bytes) of the MCS kernel ---------------------------------------------------------------------------- */
/** The thread that offers it, or that waits for an answer through it. */
export const REPLY_TCB = 0;
/** The reply object of the call before in the call stack, 0 at its start. */
export const REPLY_PREV = 4;
/** The reply object of the call after; at the head of a call stack (REPLY_IS_HEAD is 1) the scheduling context that went down it. */
export const REPLY_NEXT = 8;
export const REPLY_IS_HEAD = 12;

/* --- scheduling context of the MCS kernel: SCHED_CONTEXT_CORE_BYTES, then its circular buffer of refills -------------------- */
export const SCHED_CONTEXT_TCB = 0;
/** 64-bit ticks; 0 is round robin. */
export const SCHED_CONTEXT_PERIOD_LO = 16;
export const SCHED_CONTEXT_PERIOD_HI = 20;
/** 64-bit ticks: used since somebody last asked. */
export const SCHED_CONTEXT_CONSUMED_LO = 24;
export const SCHED_CONTEXT_CONSUMED_HI = 28;
export const SCHED_CONTEXT_BADGE_LO = 32;
export const SCHED_CONTEXT_BADGE_HI = 36;
/** Refills that there may be, 0 before it is configured; index of the earliest, and of the last. */
export const SCHED_CONTEXT_REFILL_MAX = 40;
export const SCHED_CONTEXT_REFILL_HEAD = 44;
export const SCHED_CONTEXT_REFILL_TAIL = 48;
/** Head of the call stack that it went down. */
export const SCHED_CONTEXT_REPLY = 52;
export const SCHED_CONTEXT_NOTIFICATION = 56;
/** The thread that yielded to it. */
export const SCHED_CONTEXT_YIELD_FROM = 60;
/** 1 for a sporadic server. */
export const SCHED_CONTEXT_SPORADIC = 64;
export const SCHED_CONTEXT_CORE_BYTES = 96;
/** A refill: time and amount, 64-bit ticks. Words of refills outside head to tail mean nothing. */
export const REFILL_TIME_LO = 0;
export const REFILL_TIME_HI = 4;
export const REFILL_AMOUNT_LO = 8;
export const REFILL_AMOUNT_HI = 12;
export const REFILL_BYTES = 16;

/* --- TCB: five capability table entries, then the fields -------------------------------------------------------------- */
export const TCB_SLOT_CTABLE = 0;
export const TCB_SLOT_VTABLE = 1;
export const TCB_SLOT_REPLY = 2;
export const TCB_SLOT_CALLER = 3;
/** Classic: this and the next hold replies. MCS: they hold the buffer's frame, the fault handler and the timeout handler. */
export { TCB_SLOT_BUFFER } from '../variant.ts';
export const TCB_SLOT_FAULT_HANDLER = 3;
export const TCB_SLOT_COUNT = 5;

export const TCB_STATE = 160;
export const STATE_INACTIVE = 0;
export const STATE_RUNNING = 1;
export const STATE_RESTART = 2;
export const STATE_BLOCKED_ON_RECEIVE = 3;
export const STATE_BLOCKED_ON_SEND = 4;
export const STATE_BLOCKED_ON_REPLY = 5;
export const STATE_BLOCKED_ON_NOTIFICATION = 6;
export const STATE_IDLE = 7;
/** Endpoint or notification the thread is blocked on; 0 when it is blocked on neither. */
export const TCB_BLOCKING_OBJECT = 164;
/** 64-bit badge of a blocked sender, otherwise 0. */
export const TCB_BLOCKING_BADGE_LO = 168;
export const TCB_BLOCKING_BADGE_HI = 172;
/** MCS: the reply object of a receiver or of a thread that waits for an answer, in the same place. */
export const TCB_REPLY_OBJECT = TCB_BLOCKING_BADGE_LO;
/** Bit 0 can grant (of sender or receiver), bit 1 can grant reply, bit 2 is a call; 0 unless blocked on an endpoint. */
export const TCB_BLOCKING_FLAGS = 176;
export const BLOCKING_CAN_GRANT = 1;
export const BLOCKING_CAN_GRANT_REPLY = 2;
export const BLOCKING_IS_CALL = 4;
/** MCS, and never stored: a receiver without time may have the sender's. */
export const BLOCKING_CAN_DONATE = 8;
export const TCB_PRIORITY = 180;
export const TCB_MCP = 184;
export const TCB_DOMAIN = 188;
/** Timer ticks left. */
export const TCB_TIME_SLICE = 192;
export const TCB_BOUND_NOTIFICATION = 196;
/** Links of the ready queue, valid while TCB_QUEUED is 1, otherwise 0. */
export const TCB_SCHED_NEXT = 200;
export const TCB_SCHED_PREV = 204;
/** Links of the endpoint's or notification's queue; 0 in a thread that is in none. */
export const TCB_EP_NEXT = 208;
export const TCB_EP_PREV = 212;
export const TCB_QUEUED = 216;
export const TCB_FLAGS = 220;
export const FLAG_FPU_DISABLED = 1;
export const TCB_FAULT_HANDLER_LO = 224;
export const TCB_FAULT_HANDLER_HI = 228;
export const TCB_IPC_BUFFER_LO = 232;
export const TCB_IPC_BUFFER_HI = 236;
/** Fault number of the ABI (1 cap fault, 2 unknown syscall, 3 user exception, 5 VM fault), 0 none; the words below are 0 then. */
export const TCB_FAULT = 240;
/** Cap fault: 1 in the receive phase. User exception: code. VM fault: 1 instruction fault. */
export const TCB_FAULT_AUX = 244;
/** 64-bit. Cap fault: CPtr. Unknown syscall: its number. User exception: its number. VM fault: address. */
export const TCB_FAULT_WORD_LO = 248;
export const TCB_FAULT_WORD_HI = 252;
/** Cap fault: lookup failure type (1 invalid root, 2 missing capability, 3 depth mismatch, 4 guard mismatch). VM fault: FSR. */
export const TCB_FAULT_LOOKUP = 256;
export const TCB_FAULT_BITS_LEFT = 260;
export const TCB_FAULT_BITS_FOUND = 264;
export const TCB_FAULT_GUARD_LO = 268;
export const TCB_FAULT_GUARD_HI = 272;
/** MCS: the scheduling context bound to the thread. */
export const TCB_SCHED_CONTEXT = 276;
/** MCS: the scheduling context that the thread yielded to. */
export const TCB_YIELD_TO = 280;
/** MCS: 1 while the thread is in the release queue, whose links are those of the ready queues. */
export const TCB_IN_RELEASE_QUEUE = 284;
/** REGISTER_COUNT 64-bit words. */
export const TCB_CONTEXT = 288;
/** 64-bit: the floating-point registers while they are not in the unit. */
export const TCB_FPU_LO = TCB_CONTEXT + REGISTER_COUNT * 8;
export const TCB_BYTES = TCB_FPU_LO + 8;

/* --- kernel globals, from RAM_BASE; addresses, not offsets ------------------------------------------------------------ */
export const PRIORITY_WORDS = Math.ceil(NUM_PRIORITIES / BITMAP_WORD_BITS);
export const KS_CUR_THREAD = RAM_BASE;
/** 0 resume current thread, 1 choose new thread, otherwise the address of the thread to switch to. */
export const KS_SCHEDULER_ACTION = RAM_BASE + 4;
export const ACTION_RESUME = 0;
export const ACTION_CHOOSE = 1;
export const KS_CUR_DOMAIN = RAM_BASE + 8;
/** 64-bit, ticks left in the current domain's slice. */
export const KS_DOMAIN_TIME_LO = RAM_BASE + 12;
export const KS_DOMAIN_TIME_HI = RAM_BASE + 16;
export const KS_DOMAIN_INDEX = RAM_BASE + 20;
export const KS_DOMAIN_START = RAM_BASE + 24;
export const KS_WORK_UNITS = RAM_BASE + 28;
/** Hardware, not kernel: interrupt number pending, or NO_IRQ; looks for interrupts left until one comes, or NO_IRQ for never; which one that is. */
export const HW_PENDING_IRQ = RAM_BASE + 32;
export const HW_IRQ_COUNTDOWN = RAM_BASE + 36;
export const HW_ARRIVING_IRQ = RAM_BASE + 40;
/** The interrupt that was taken and is not acknowledged yet, or NO_IRQ. */
export const HW_IRQ_IN_SERVICE = RAM_BASE + 44;
export const NO_IRQ = 0xffffffff;
/** 1 while the event being handled was ended by a preemption; for the harness to read. */
export const HW_PREEMPTED = RAM_BASE + 48;
/** 1 after an event that took the fastpath; for the harness to read. */
export const HW_FASTPATH = RAM_BASE + 52;
/** Hardware: 1 while the timer is going to tick. */
export const HW_TIMER_ARMED = RAM_BASE + 56;
/** Hardware: 1 while users may touch the floating-point registers; their content, 64-bit. */
export const HW_FPU_ENABLED = RAM_BASE + 60;
export const HW_FPU_LO = RAM_BASE + 64;
export const HW_FPU_HI = RAM_BASE + 68;
/** The thread whose floating-point registers are in the unit, 0 for nobody. */
export const KS_FPU_OWNER = RAM_BASE + 72;
/** The thread that a lazy scheduler chose from the ready queues in the last event, 0 if it chose none; for the harness to read. */
export const HW_CHOSEN = RAM_BASE + 76;
/** Hardware: the root table that addresses are translated by, and its identifier. */
export const HW_VSPACE_ROOT = RAM_BASE + 80;
export const HW_VSPACE_ASID = RAM_BASE + 84;
/** Hardware: what a device answers when a port is read next; the port that was written last, how many bits, and what. */
export const HW_PORT_IN = RAM_BASE + 88;
export const HW_PORT_OUT = RAM_BASE + 92;
export const HW_PORT_OUT_BITS = RAM_BASE + 96;
export const HW_PORT_OUT_VALUE = RAM_BASE + 100;
/** Hardware, MCS, 64-bit ticks: what the timer reads; what it reads more at every look within one entry; when it is going to interrupt. */
export const HW_TIME_LO = RAM_BASE + 104;
export const HW_TIME_HI = RAM_BASE + 108;
export const HW_LOOK_TICKS_LO = RAM_BASE + 112;
export const HW_LOOK_TICKS_HI = RAM_BASE + 116;
export const HW_DEADLINE_LO = RAM_BASE + 120;
export const HW_DEADLINE_HI = RAM_BASE + 124;
/** MCS, 64-bit ticks: the timer as the kernel read it last; what was used since the last charge. */
export const KS_CUR_TIME_LO = RAM_BASE + 128;
export const KS_CUR_TIME_HI = RAM_BASE + 132;
export const KS_CONSUMED_LO = RAM_BASE + 136;
export const KS_CONSUMED_HI = RAM_BASE + 140;
/** MCS: the scheduling context that time is charged to. */
export const KS_CUR_SC = RAM_BASE + 144;
/** MCS: 1 when the timer must be programmed before the kernel is left. */
export const KS_REPROGRAM = RAM_BASE + 148;
/** MCS: threads whose next refill lies in the future, the earliest first. */
export const KS_RELEASE_HEAD = RAM_BASE + 152;
export const KS_RELEASE_TAIL = RAM_BASE + 156;
/** NUM_DOMAINS words. Bit w is set when level-2 word w of that domain is not zero. */
export const KS_L1_BITMAP = RAM_BASE + 160;
/**
 * NUM_DOMAINS * PRIORITY_WORDS words, inverted: bits of priorities p with p / BITMAP_WORD_BITS = w lie in word
 * PRIORITY_WORDS - 1 - w of the domain, so that the words of the highest priorities share a cache line with the queue heads used most.
 */
export const KS_L2_BITMAP = KS_L1_BITMAP + NUM_DOMAINS * 4;
/** NUM_DOMAINS * NUM_PRIORITIES pairs of words, head and tail, at index domain * NUM_PRIORITIES + priority. */
export const KS_READY_QUEUES = Math.ceil((KS_L2_BITMAP + NUM_DOMAINS * PRIORITY_WORDS * 4) / 8) * 8;
export const READY_QUEUE_BYTES = 8;
/** DOMAIN_SCHEDULE_LENGTH entries of 16 bytes: domain, 0, duration low, duration high. */
export const KS_DOMAIN_SCHEDULE = KS_READY_QUEUES + NUM_DOMAINS * NUM_PRIORITIES * READY_QUEUE_BYTES;
export const DOMAIN_ENTRY_BYTES = 16;
/** NUM_IRQS words. */
export const KS_IRQ_STATE = KS_DOMAIN_SCHEDULE + DOMAIN_SCHEDULE_LENGTH * DOMAIN_ENTRY_BYTES;
export const IRQ_INACTIVE = 0;
export const IRQ_SIGNAL = 1;
export const IRQ_TIMER = 2;
export const IRQ_RESERVED = 3;
/** Hardware: NUM_IRQ_LINES words, 1 masked. */
export const HW_IRQ_MASKED = KS_IRQ_STATE + NUM_IRQS * 4;
/** NUM_IRQS capability table entries: the IRQ nodes. */
export const KS_IRQ_NODE = Math.ceil((HW_IRQ_MASKED + NUM_IRQ_LINES * 4) / CTE_BYTES) * CTE_BYTES;
export const IDLE_THREAD = Math.ceil((KS_IRQ_NODE + NUM_IRQS * CTE_BYTES) / 2 ** TCB_BITS) * 2 ** TCB_BITS;
/** ASID_TABLE_LENGTH words: the ASID pools, 0 for none. */
export const KS_ASID_TABLE = Math.ceil((IDLE_THREAD + TCB_BYTES) / 8) * 8;
/** The kernel's own root table: the half that is in every other root, and nothing of users'. */
export const KS_GLOBAL_ROOT =
  Math.ceil((KS_ASID_TABLE + ASID_TABLE_LENGTH * 4) / 2 ** PAGE_TABLE_BITS) * 2 ** PAGE_TABLE_BITS;
/** ASID pool: entries of 8 bytes, the address of a root and 0. */
export const ASID_POOL_ENTRIES = 2 ** (ASID_POOL_BITS - 3);
/** NUM_IO_PORTS bits, 32 in a word: 1 for a port that somebody has. */
export const KS_IO_PORTS = KS_GLOBAL_ROOT + 2 ** PAGE_TABLE_BITS;
/** Hardware: 1 when there may be something in the translation lookaside buffer, and its entries, as in `impl/hardware/tlb.ts`. */
export const HW_TLB_USED = KS_IO_PORTS + NUM_IO_PORTS / 8;
export const HW_TLB = HW_TLB_USED + 4;
/** A prime, so that pages at round addresses do not all want the same one. */
export const TLB_ENTRIES = 29;
export const TLB_ENTRY_BYTES = 12;
/** MCS: what the idle thread runs on. */
export const IDLE_SCHED_CONTEXT = Math.ceil((HW_TLB + TLB_ENTRIES * TLB_ENTRY_BYTES) / 128) * 128;
export const KERNEL_END = IDLE_SCHED_CONTEXT + IDLE_SCHED_CONTEXT_BYTES;
