/** The small sizes with room for whole systems: more memory, domains and pools of address-space identifiers. */
export * from './small.ts';

export const NAME = 'systems';
export const RAM_SIZE = 0x10000;
export const KERNEL_SIZE = 0xc00;
export const ASID_TABLE_LENGTH = 8;
export const NUM_DOMAINS = 4;
export const DOMAIN_SCHEDULE_LENGTH = 10;
