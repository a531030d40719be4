/** The rules of RISC-V over the small sizes. */
import type { IrqRequest } from '../arch/irq-request.ts';
import { LABEL_IRQ_ISSUE_IRQ_HANDLER_TRIGGER } from '../arch/riscv64.ts';
import { NUM_IRQS } from './small.ts';

export * from '../arch/riscv64.ts';
// biome-ignore format: packed
export {
  BOOT_TIME_SLICE_US, REG_SEND_DEST,
  ASID_POOL_BITS, ASID_TABLE_LENGTH, BITMAP_WORD_BITS, DOMAIN_SCHEDULE_LENGTH, ENDPOINT_BITS, FAN_OUT_LIMIT, FASTPATH, FRAME_REGISTERS, GP_REGISTERS,
  HUGE_PAGE_BITS, IPC_BUFFER_BITS, IRQ_USER_MAX, IRQ_USER_MIN, KERNEL_SIZE, KERNEL_WCET_US, LARGE_PAGE_BITS, MAX_PERIOD_US_HI, MAX_PERIOD_US_LO, MAX_UNTYPED_BITS,
  MAX_WORK_UNITS, MCS,
  MIN_SCHED_CONTEXT_BITS, MIN_UNTYPED_BITS, MSG_MAX_EXTRA_CAPS, MSG_MAX_LENGTH, NOTIFICATION_BITS, NUM_DOMAINS, NUM_IRQS, NUM_IRQ_LINES,
  NUM_PRIORITIES, PAGE_BITS, PAGE_TABLE_BITS, RAM_BASE, RAM_SIZE, REGISTER_COUNT, REG_CAP, REG_FAULT_IP, REG_G0, REG_MR, REG_MSG_INFO,
  REG_NEXT_IP, REG_REPLY, REG_SP, REG_TLS_BASE, REPLY_BITS, RESET_CHUNK_BITS, SCHEDULER, SLOT_BITS, TCB_BITS, TICKS_PER_US, TIMER_IRQ, TIMER_PRECISION,
  TIME_SLICE,
  UNKNOWN_SYSCALL_REGISTERS, USER_EXCEPTION_REGISTERS, WORD_BITS,
} from './small.ts';

export const NAME = 'small-riscv64';
export const NUM_IO_PORTS = 0;
/** The first address that is not the users'. */
export const USER_TOP_LO = 0x3e00;
export const USER_TOP_HI = 0;
export const CANONICAL_REGISTERS = 0;
export const IRQ_NUMBER_MIN = 1;
export const IRQ_NUMBER_MAX = NUM_IRQS - 1;
export const IRQ_NUMBER_OFFSET = 0;
/** Interrupt, trigger (any), index, depth. */
export const IRQ_REQUESTS: readonly IrqRequest[] = [
  { label: LABEL_IRQ_ISSUE_IRQ_HANDLER_TRIGGER, words: 4, index: 2, irq: 0, limits: [] },
];
