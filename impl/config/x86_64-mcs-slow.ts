/** The x86_64 configuration of the MCS kernel without fastpath. */
export * from './x86_64-mcs.ts';
export const NAME = 'x86_64-mcs-slow';
export const FASTPATH: boolean = false;
