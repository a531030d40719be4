/**
 * The MCS kernel over the small sizes. A microsecond is more than one tick, so that mixing them up shows; budgets are small numbers, so that
 * they run out often.
 */
import type { IrqRequest } from '../arch/irq-request.ts';
import { relabelled } from '../arch/x86_64-mcs.ts';
import { IRQ_REQUESTS as CLASSIC_IRQ_REQUESTS } from './small.ts';

export * from './small.ts';
// biome-ignore format: packed
export {
  LABEL_ASID_CONTROL_MAKE_POOL, LABEL_ASID_POOL_ASSIGN, LABEL_IO_PORT_CONTROL_ISSUE, LABEL_IO_PORT_IN8, LABEL_IRQ_ISSUE_IRQ_HANDLER_IOAPIC,
  LABEL_IRQ_ISSUE_IRQ_HANDLER_MSI, LABEL_PAGE_GET_ADDRESS, LABEL_PAGE_MAP, LABEL_PAGE_UNMAP, OBJECT_HUGE_PAGE, OBJECT_LARGE_PAGE,
  OBJECT_PAGE_DIRECTORY, OBJECT_PAGE_TABLE, OBJECT_PDPT, OBJECT_PML4, OBJECT_SMALL_PAGE, OBJECT_TYPE_COUNT, TABLE_MAP_LABELS, pagingLevel,
} from '../arch/x86_64-mcs.ts';

export const NAME = 'small-mcs';
export const MCS: boolean = true;
export const FASTPATH: boolean = true;
export const RAM_SIZE = 0x8000;
export const KERNEL_SIZE = 0xc00;
export const NOTIFICATION_BITS = 6;
export const IRQ_REQUESTS: readonly IrqRequest[] = relabelled(CLASSIC_IRQ_REQUESTS);
export const TICKS_PER_US = 3;
export const KERNEL_WCET_US = 2;
export const MAX_PERIOD_US_LO = 0;
export const MAX_PERIOD_US_HI = 1 << 27;
export const BOOT_TIME_SLICE_US = 40;
