/**
 * What RISC-V with 64 bits fixes for every configuration of the MCS kernel: an architecture's numbers follow those that all have, of which the
 * MCS kernel has more.
 *
 * @source seL4 libsel4 as `riscv64.ts`, with CONFIG_KERNEL_MCS
 */
export const OBJECT_HUGE_PAGE = 7;
export const OBJECT_SMALL_PAGE = 8;
export const OBJECT_LARGE_PAGE = 9;
export const OBJECT_PAGE_TABLE = 10;
export const OBJECT_TYPE_COUNT = 11;

export const TABLE_MAP_LABELS: readonly number[] = [39];
export const LABEL_PAGE_MAP = 41;
export const LABEL_PAGE_UNMAP = 42;
export const LABEL_PAGE_GET_ADDRESS = 43;
export const LABEL_ASID_CONTROL_MAKE_POOL = 44;
export const LABEL_ASID_POOL_ASSIGN = 45;

export const LABEL_IRQ_ISSUE_IRQ_HANDLER_TRIGGER = 46;
