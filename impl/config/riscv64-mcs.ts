/** The RISC-V64 configuration of the MCS kernel: as the classic one, but for what is named here. */
import type { IrqRequest } from '../arch/irq-request.ts';
import { LABEL_IRQ_ISSUE_IRQ_HANDLER_TRIGGER } from '../arch/riscv64-mcs.ts';

export * from './riscv64.ts';
// biome-ignore format: packed
export {
  LABEL_ASID_CONTROL_MAKE_POOL, LABEL_ASID_POOL_ASSIGN, LABEL_IRQ_ISSUE_IRQ_HANDLER_TRIGGER, LABEL_PAGE_GET_ADDRESS, LABEL_PAGE_MAP,
  LABEL_PAGE_UNMAP, OBJECT_HUGE_PAGE, OBJECT_LARGE_PAGE, OBJECT_PAGE_TABLE, OBJECT_SMALL_PAGE, OBJECT_TYPE_COUNT, TABLE_MAP_LABELS,
} from '../arch/riscv64-mcs.ts';

export const NAME = 'riscv64-mcs';
export const MCS: boolean = true;
export const FASTPATH: boolean = true;
export const NOTIFICATION_BITS = 6;
/** A microsecond. */
export const TIMER_PRECISION = 10;
/** Interrupt, trigger (any), index, depth. */
export const IRQ_REQUESTS: readonly IrqRequest[] = [
  { label: LABEL_IRQ_ISSUE_IRQ_HANDLER_TRIGGER, words: 4, index: 2, irq: 0, limits: [] },
];
