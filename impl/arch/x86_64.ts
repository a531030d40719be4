/**
 * What x86_64 fixes for every configuration of it.
 *
 * @source seL4 libsel4 sel4_arch_include/x86_64 objecttype.h, arch_include/x86 objecttype.h, generated invocation labels; src/arch/x86/64 `sanitiseRegister`
 */
/** Length of the instruction that enters the kernel. */
export const SYSCALL_BYTES = 2;

export const OBJECT_PDPT = 5;
export const OBJECT_PML4 = 6;
export const OBJECT_HUGE_PAGE = 7;
export const OBJECT_SMALL_PAGE = 8;
export const OBJECT_LARGE_PAGE = 9;
export const OBJECT_PAGE_TABLE = 10;
export const OBJECT_PAGE_DIRECTORY = 11;
export const OBJECT_TYPE_COUNT = 12;

/** Level of the paging structure that an object type makes, as its capability has it: 0 page table to 3 PML4. */
export function pagingLevel(type: number): number {
  switch (type) {
    case OBJECT_PAGE_TABLE:
      return 0;
    case OBJECT_PAGE_DIRECTORY:
      return 1;
    case OBJECT_PDPT:
      return 2;
    default:
      return 3;
  }
}

/** Level of the structure that an address space begins with. */
export const ROOT_LEVEL = 3;

export const IS_X86: boolean = true;
/** Levels of tables on the way to a small page, and where an entry's address begins. */
export const PAGING_LEVELS = 4;
export const PTE_ADDRESS_SHIFT = 12;

/** By level of the table; the label of unmapping it comes next. */
export const TABLE_MAP_LABELS: readonly number[] = [37, 35, 33];
export const LABEL_PAGE_MAP = 39;
export const LABEL_PAGE_UNMAP = 40;
export const LABEL_PAGE_GET_ADDRESS = 41;
export const LABEL_ASID_CONTROL_MAKE_POOL = 42;
export const LABEL_ASID_POOL_ASSIGN = 43;
export const LABEL_IO_PORT_CONTROL_ISSUE = 44;
/** Reading 8, 16 and 32 bits, then writing as many, are one after the other from here on. */
export const LABEL_IO_PORT_IN8 = 45;

export const LABEL_IRQ_ISSUE_IRQ_HANDLER_IOAPIC = 51;
export const LABEL_IRQ_ISSUE_IRQ_HANDLER_MSI = 52;
/** Whether IRQControl_Get may name an interrupt by its number. */
export const IRQ_BY_NUMBER: boolean = false;

/** Whether one register is the processor's flags, of which only some are the user's. */
export const HAS_FLAGS: boolean = true;
/** FLAGS of a fresh thread, and the masks that a value a user gives goes through. */
export const FLAGS_INITIAL = 0x202;
export const FLAGS_ALWAYS = 0x202;
export const FLAGS_ALLOWED = 0xfff & ~0x128;
