/** Types of `inline.mjs`, which runs before anything is compiled and so is plain JavaScript. */
export function inlined(source: string): string;
