/**
 * The slow path as judge of the fastpath: the same event from a copy of the same memory, handled without fastpath.
 */
import type { Event } from '../../spec/api/event.ts';
import { hex } from '../relation/image.ts';
import type { ImplKernel } from './impl-kernel.ts';
import { wordIndex } from './impl-kernel.ts';

export interface SlowTwin {
  /** Takes over the memory as it is now. */
  copy(): void;
  /** Handles the event there, and says where the memories differ, null if nowhere. */
  difference(event: Event): string | null;
}

/** `slow` is another instance of the same kernel. */
export function slowTwin(impl: ImplKernel, slow: ImplKernel): SlowTwin {
  const mine = new Uint8Array(impl.memory.buffer, 0, impl.ramSize);
  const other = new Uint8Array(slow.memory.buffer, 0, impl.ramSize);
  const flag = wordIndex(impl, impl.layout.HW_FASTPATH);
  return {
    copy: () => {
      other.set(mine);
    },
    difference: (event) => {
      try {
        slow.enterSlowly(event);
      } catch (error) {
        return `the slow path does not come to its end: ${error instanceof Error ? error.message : String(error)}`;
      }
      slow.words[flag] = impl.words[flag] ?? 0;
      if (Buffer.compare(mine, other) === 0) return null;
      const at = impl.words.findIndex((word, index) => word !== slow.words[index]);
      const [fast, general] = [impl.words[at] ?? 0, slow.words[at] ?? 0];
      return `word ${hex(impl.ramBase + at * 4)}: ${hex(fast)} by the fastpath, ${hex(general)} by the slow path`;
    },
  };
}
