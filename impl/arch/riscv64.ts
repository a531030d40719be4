/**
 * What RISC-V with 64 bits fixes for every configuration of it.
 *
 * @source seL4 libsel4 arch_include/riscv objecttype.h, generated invocation labels; include/arch/riscv/arch/machine/registerset.h
 */
/** Length of the instruction that enters the kernel: `ecall` is never compressed. */
export const SYSCALL_BYTES = 4;

export const OBJECT_HUGE_PAGE = 5;
export const OBJECT_SMALL_PAGE = 6;
export const OBJECT_LARGE_PAGE = 7;
export const OBJECT_PAGE_TABLE = 8;
export const OBJECT_TYPE_COUNT = 9;

/** There is one paging structure, whatever level it is used at. */
export function pagingLevel(_type: number): number {
  return 0;
}

/** Level of the structure that an address space begins with. */
export const ROOT_LEVEL = 0;

export const IS_X86: boolean = false;
/** Levels of tables on the way to a small page, and where an entry's address begins. */
export const PAGING_LEVELS = 3;
export const PTE_ADDRESS_SHIFT = 10;

/** By level of the table; the label of unmapping it comes next. */
export const TABLE_MAP_LABELS: readonly number[] = [33];
export const LABEL_PAGE_MAP = 35;
export const LABEL_PAGE_UNMAP = 36;
export const LABEL_PAGE_GET_ADDRESS = 37;
export const LABEL_ASID_CONTROL_MAKE_POOL = 38;
export const LABEL_ASID_POOL_ASSIGN = 39;
/** There are no I/O ports. */
export const LABEL_IO_PORT_CONTROL_ISSUE = -1;
export const LABEL_IO_PORT_IN8 = -1;

export const LABEL_IRQ_ISSUE_IRQ_HANDLER_TRIGGER = 40;
/** Whether IRQControl_Get may name an interrupt by its number. */
export const IRQ_BY_NUMBER: boolean = true;

/** No register of a user context is restricted. */
export const HAS_FLAGS: boolean = false;
export const REG_FLAGS = -1;
export const FLAGS_INITIAL = 0;
export const FLAGS_ALWAYS = 0;
export const FLAGS_ALLOWED = 0;
