/**
 * What x86_64 fixes for every configuration of the MCS kernel: an architecture's numbers follow those that all have, of which the MCS kernel
 * has more.
 *
 * @source seL4 libsel4 as `x86_64.ts`, with CONFIG_KERNEL_MCS
 */
import type { IrqRequest } from './irq-request.ts';
import { LABEL_IRQ_ISSUE_IRQ_HANDLER_IOAPIC as CLASSIC_IOAPIC, pagingLevel as classicPagingLevel } from './x86_64.ts';

export const OBJECT_PDPT = 7;
export const OBJECT_PML4 = 8;
export const OBJECT_HUGE_PAGE = 9;
export const OBJECT_SMALL_PAGE = 10;
export const OBJECT_LARGE_PAGE = 11;
export const OBJECT_PAGE_TABLE = 12;
export const OBJECT_PAGE_DIRECTORY = 13;
export const OBJECT_TYPE_COUNT = 14;

export function pagingLevel(type: number): number {
  return classicPagingLevel(type - 2);
}

export const TABLE_MAP_LABELS: readonly number[] = [43, 41, 39];
export const LABEL_PAGE_MAP = 45;
export const LABEL_PAGE_UNMAP = 46;
export const LABEL_PAGE_GET_ADDRESS = 47;
export const LABEL_ASID_CONTROL_MAKE_POOL = 48;
export const LABEL_ASID_POOL_ASSIGN = 49;
export const LABEL_IO_PORT_CONTROL_ISSUE = 50;
export const LABEL_IO_PORT_IN8 = 51;
export const LABEL_IRQ_ISSUE_IRQ_HANDLER_IOAPIC = 57;
export const LABEL_IRQ_ISSUE_IRQ_HANDLER_MSI = 58;

/** The requests of a configuration of the classic kernel, under the labels of this one. */
export function relabelled(requests: readonly IrqRequest[]): readonly IrqRequest[] {
  return requests.map((request) => ({
    ...request,
    label: request.label === CLASSIC_IOAPIC ? LABEL_IRQ_ISSUE_IRQ_HANDLER_IOAPIC : LABEL_IRQ_ISSUE_IRQ_HANDLER_MSI,
  }));
}
