/** The x86_64 configuration without fastpath. */
export * from './x86_64.ts';
export const NAME = 'x86_64-slow';
export const FASTPATH: boolean = false;
