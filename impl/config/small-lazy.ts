/** The small configuration with lazy scheduling. The fastpath takes the bitmaps at their word, which lazy scheduling does not allow. */
export * from './small.ts';
export const NAME = 'small-lazy';
export const SCHEDULER: 'benno' | 'lazy' = 'lazy';
export const FASTPATH: boolean = false;
