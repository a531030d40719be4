/** The x86_64 configuration of the MCS kernel: as the classic one, but for what is named here. */
import type { IrqRequest } from '../arch/irq-request.ts';
import { relabelled } from '../arch/x86_64-mcs.ts';
import { IRQ_REQUESTS as CLASSIC_IRQ_REQUESTS } from './x86_64.ts';

export * from './x86_64.ts';
// biome-ignore format: packed
export {
  LABEL_ASID_CONTROL_MAKE_POOL, LABEL_ASID_POOL_ASSIGN, LABEL_IO_PORT_CONTROL_ISSUE, LABEL_IO_PORT_IN8, LABEL_IRQ_ISSUE_IRQ_HANDLER_IOAPIC,
  LABEL_IRQ_ISSUE_IRQ_HANDLER_MSI, LABEL_PAGE_GET_ADDRESS, LABEL_PAGE_MAP, LABEL_PAGE_UNMAP, OBJECT_HUGE_PAGE, OBJECT_LARGE_PAGE,
  OBJECT_PAGE_DIRECTORY, OBJECT_PAGE_TABLE, OBJECT_PDPT, OBJECT_PML4, OBJECT_SMALL_PAGE, OBJECT_TYPE_COUNT, TABLE_MAP_LABELS, pagingLevel,
} from '../arch/x86_64-mcs.ts';

export const NAME = 'x86_64-mcs';
export const MCS: boolean = true;
export const FASTPATH: boolean = true;
export const NOTIFICATION_BITS = 6;
/** A microsecond. */
export const TIMER_PRECISION = 1_000;
export const IRQ_REQUESTS: readonly IrqRequest[] = relabelled(CLASSIC_IRQ_REQUESTS);
