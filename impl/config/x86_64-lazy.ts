/** The x86_64 configuration with lazy scheduling, and so without fastpath. */
export * from './x86_64.ts';
export const NAME = 'x86_64-lazy';
export const SCHEDULER: 'benno' | 'lazy' = 'lazy';
export const FASTPATH: boolean = false;
