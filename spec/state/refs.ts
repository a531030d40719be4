/** Names for the numbers that point at things. Physical addresses and sizes fit a JavaScript integer; user words do not. */

/** Physical address of a kernel object. */
export type ObjRef = number;
/** Physical address of a capability slot: the object that holds it (CNode, TCB, IRQ node) + index * slot size. */
export type SlotRef = number;
export type { Word } from '../abi/words.ts';
export { WORD_MASK } from '../abi/words.ts';
/** What a user calls a capability: a path through its CSpace. */
export type CPtr = bigint;
