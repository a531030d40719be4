/** Reading the implementation's memory: words, capability table entries and the fields of threads, as the layout declares them. */
import { powerOf2 } from '../../spec/abi/words.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import type { ObjRef, SlotRef } from '../../spec/state/refs.ts';
import type { Cte, DesignInvariant, ImplMemory, Violation } from '../property.ts';
import type { Kind } from './survey.ts';
import { changedOf, surveyOf } from './survey.ts';

export const INVARIANTS_H = 'proof/refine/X64/Invariants_H.thy';

/** The 32-bit word at a physical address; 0 outside of memory. The kernel's first global lies at the first byte of memory. */
export function wordAt(memory: ImplMemory, address: number): number {
  return memory.words[(address - memory.layout.KS_CUR_THREAD) >>> 2] ?? 0;
}

export function cteAt(memory: ImplMemory, slot: SlotRef): Cte {
  const { layout } = memory;
  const meta = wordAt(memory, slot + layout.CTE_META);
  const flags = wordAt(memory, slot + layout.CTE_MDB_FLAGS);
  return {
    slot,
    type: meta >>> layout.CAP_TYPE_SHIFT,
    meta,
    ptr: (meta & 0xffff) * 2 ** 32 + wordAt(memory, slot + layout.CTE_PTR_LO),
    wordLo: wordAt(memory, slot + layout.CTE_WORD_LO),
    wordHi: wordAt(memory, slot + layout.CTE_WORD_HI),
    next: wordAt(memory, slot + layout.CTE_NEXT),
    prev: wordAt(memory, slot + layout.CTE_PREV),
    revocable: (flags & layout.MDB_REVOCABLE) !== 0,
    firstBadged: (flags & layout.MDB_FIRST_BADGED) !== 0,
  };
}

/** Every slot there is, empty or not. */
export function forEachSlot(s: KernelState, visit: (slot: SlotRef) => void): void {
  for (const { ref, object } of surveyOf(s).objects) {
    const count = object._tag === 'CNode' ? powerOf2(object.radixBits) : object._tag === 'Tcb' ? 5 : 0;
    for (let i = 0; i < count; i++) visit(ref + i * 32);
  }
}

/** All entries that are not empty, in order of address. */
export function ctes(memory: ImplMemory, s: KernelState): readonly Cte[] {
  return memory.ctes ?? readCtes(memory, s);
}

/**
 * The memory with its entries read once for all the invariants of one pass. Memory changes in place, so what was read is good only as
 * long as neither kernel runs: every pass makes its own.
 */
export function readForPass({ words, layout }: ImplMemory, s: KernelState): ImplMemory {
  return { words, layout, ctes: readCtes({ words, layout }, s) };
}

function readCtes(memory: ImplMemory, s: KernelState): readonly Cte[] {
  const { CTE_META, CAP_TYPE_SHIFT } = memory.layout;
  const found: Cte[] = [];
  for (const { ref, object } of surveyOf(s).objects) {
    const count = object._tag === 'CNode' ? powerOf2(object.radixBits) : object._tag === 'Tcb' ? 5 : 0;
    for (let i = 0; i < count; i++) {
      const slot = ref + i * 32;
      if (wordAt(memory, slot + CTE_META) >>> CAP_TYPE_SHIFT !== 0) found.push(cteAt(memory, slot));
    }
  }
  return found;
}

export type DesignLooks = Pick<DesignInvariant, 'scope' | 'violations' | 'localViolations' | 'about'>;

/** About each slot on its own, empty ones too. */
export function perSlot(
  check: (memory: ImplMemory, s: KernelState, slot: SlotRef, out: Violation[]) => void,
): DesignLooks {
  return {
    scope: 'local',
    about: ['slot'],
    violations: (memory, s) => {
      const out: Violation[] = [];
      forEachSlot(s, (slot) => {
        check(memory, s, slot, out);
      });
      return out;
    },
    localViolations: (memory, s, dirty) => {
      const out: Violation[] = [];
      for (const { slot, container } of changedOf(s, dirty).slots) if (container !== null) check(memory, s, slot, out);
      return out;
    },
  };
}

/** About each entry that is not empty. */
export function perCte(check: (memory: ImplMemory, cte: Cte, out: Violation[]) => void): DesignLooks {
  return {
    scope: 'local',
    about: ['slot'],
    violations: (memory, s) => {
      const out: Violation[] = [];
      for (const cte of ctes(memory, s)) check(memory, cte, out);
      return out;
    },
    localViolations: (memory, s, dirty) => {
      const out: Violation[] = [];
      const { CTE_META, CAP_TYPE_SHIFT } = memory.layout;
      for (const { slot, container } of changedOf(s, dirty).slots) {
        if (container === null || wordAt(memory, slot + CTE_META) >>> CAP_TYPE_SHIFT === 0) continue;
        check(memory, cteAt(memory, slot), out);
      }
      return out;
    },
  };
}

type ObjectCheck = (memory: ImplMemory, s: KernelState, ref: ObjRef, out: Violation[]) => void;

/** About each object of some kinds. */
export function perObjectOf(wanted: readonly Kind[], check: ObjectCheck): DesignLooks {
  return {
    scope: 'local',
    about: wanted,
    violations: (memory, s) => {
      const out: Violation[] = [];
      for (const { ref, kind } of surveyOf(s).objects) if (wanted.includes(kind)) check(memory, s, ref, out);
      return out;
    },
    localViolations: (memory, s, dirty) => {
      const out: Violation[] = [];
      for (const { ref, kind } of changedOf(s, dirty).objects) if (wanted.includes(kind)) check(memory, s, ref, out);
      return out;
    },
  };
}

/** About each thread. */
export const perTcb = (check: ObjectCheck): DesignLooks => perObjectOf(['Tcb'], check);

/** About each ready queue; `key` is domain * priorities + priority. */
export function perReadyQueue(
  check: (memory: ImplMemory, s: KernelState, key: number, out: Violation[]) => void,
): DesignLooks {
  return {
    scope: 'local',
    about: ['queue'],
    violations: (memory, s) => {
      const out: Violation[] = [];
      const count = s.config.domains * s.config.priorities;
      for (let key = 0; key < count; key++) check(memory, s, key, out);
      return out;
    },
    localViolations: (memory, s, dirty) => {
      const out: Violation[] = [];
      for (const key of dirty.queues) check(memory, s, key, out);
      return out;
    },
  };
}

/** Two looks as one. */
export function together(first: DesignLooks, second: DesignLooks): DesignLooks {
  return {
    scope: 'local',
    ...(first.about && second.about ? { about: [...first.about, ...second.about] } : {}),
    violations: (memory, s) => [...first.violations(memory, s), ...second.violations(memory, s)],
    localViolations: (memory, s, dirty) => [
      ...(first.localViolations?.(memory, s, dirty) ?? []),
      ...(second.localViolations?.(memory, s, dirty) ?? []),
    ],
  };
}

/** How many entries are of interest. */
export function countCtes(memory: ImplMemory, s: KernelState, interesting: (cte: Cte) => boolean): number {
  let count = 0;
  for (const cte of ctes(memory, s)) if (interesting(cte)) count++;
  return count;
}

/** About the globals: so cheap that they are always looked at in full. */
export function perMemory(check: (memory: ImplMemory, s: KernelState, out: Violation[]) => void): DesignLooks {
  const violations = (memory: ImplMemory, s: KernelState): readonly Violation[] => {
    const out: Violation[] = [];
    check(memory, s, out);
    return out;
  };
  return { scope: 'local', violations, localViolations: violations };
}
