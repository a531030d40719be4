/** The derivation list as the implementation keeps it, doubly linked through the slots: l4v's `valid_mdb_ctes`. */
import type { KernelConfig } from '../../spec/abi/config.ts';
import { powerOf2 } from '../../spec/abi/words.ts';
import type { Cte, DesignInvariant, ImplMemory, Violation } from '../property.ts';
import { atSlot, hex, l4v } from './check.ts';
import { INVARIANTS_H, countCtes, cteAt, ctes, perCte, perSlot, wordAt } from './memory.ts';

const linked = (cte: Cte): boolean => cte.next !== 0 || cte.prev !== 0;

export const validDlist: DesignInvariant = {
  name: 'valid_dlist',
  kind: 'design',
  statement: 'In the derivation list the next of the previous and the previous of the next are the slot itself.',
  l4v: l4v(INVARIANTS_H, 'valid_dlist'),
  evidence: ['move-loses-predecessor'],
  ...perCte((memory, { slot, next, prev }, out) => {
    const { CTE_NEXT, CTE_PREV } = memory.layout;
    if (next !== 0 && wordAt(memory, next + CTE_PREV) !== slot) {
      out.push({
        where: atSlot(slot),
        because: `next is ${hex(next)}, whose previous is ${hex(wordAt(memory, next + CTE_PREV))}`,
      });
    }
    if (prev !== 0 && wordAt(memory, prev + CTE_NEXT) !== slot) {
      out.push({
        where: atSlot(slot),
        because: `previous is ${hex(prev)}, whose next is ${hex(wordAt(memory, prev + CTE_NEXT))}`,
      });
    }
  }),
  exercised: (memory, s) => countCtes(memory, s, linked),
};

export const mdbChain0: DesignInvariant = {
  name: 'mdb_chain_0',
  kind: 'design',
  statement: 'Following the derivation list from any slot comes to an end, over slots that hold capabilities.',
  l4v: l4v(INVARIANTS_H, 'mdb_chain_0'),
  evidence: ['move-over-capability'],
  scope: 'global',
  violations: (memory, s) => {
    const all = ctes(memory, s);
    const { reached, broken } = chains(all);
    if (reached.size === all.length && broken === null) return [];
    if (broken !== null)
      return [
        {
          where: atSlot(broken),
          because: 'the list goes on to a slot without a capability',
        },
      ];
    return all
      .filter(({ slot }) => !reached.has(slot))
      .map(({ slot }) => ({
        where: atSlot(slot),
        because: 'on a list without an end',
      }));
  },
  exercised: (memory, s) => countCtes(memory, s, linked),
};

interface Position {
  readonly chain: number;
  readonly at: number;
}

/** Where each slot stands, walking every list from an entry without a previous one. */
function chains(all: readonly Cte[]): {
  readonly reached: ReadonlyMap<number, Position>;
  readonly broken: number | null;
} {
  const bySlot = new Map<number, Cte>();
  for (const cte of all) bySlot.set(cte.slot, cte);
  const reached = new Map<number, Position>();
  let broken: number | null = null;
  for (const head of all) {
    if (head.prev !== 0) continue;
    let at = 0;
    for (let cte: Cte | undefined = head; cte !== undefined && !reached.has(cte.slot); ) {
      reached.set(cte.slot, { chain: head.slot, at: at++ });
      if (cte.next === 0) break;
      const next: Cte | undefined = bySlot.get(cte.next);
      if (next === undefined) broken = cte.slot;
      cte = next;
    }
  }
  return { reached, broken };
}

export const validNullcaps: DesignInvariant = {
  name: 'valid_nullcaps',
  kind: 'design',
  statement: 'An empty slot is on no derivation list, and all of its words are zero.',
  l4v: l4v(INVARIANTS_H, 'valid_nullcaps', 'l4v speaks of the derivation node only'),
  evidence: ['emptied-slot-half-wiped'],
  ...perSlot((memory, _s, slot, out) => {
    const { layout } = memory;
    if (wordAt(memory, slot + layout.CTE_META) >>> layout.CAP_TYPE_SHIFT !== layout.CAP_NULL) return;
    for (let offset = 0; offset < layout.CTE_BYTES; offset += 4) {
      const word = wordAt(memory, slot + offset);
      if (word !== 0)
        out.push({
          where: atSlot(slot),
          because: `empty, but its word at ${offset} is ${hex(word)}`,
        });
    }
  }),
  exercised: () => 1,
};

/** What two entries must have equal to be in the same region: nothing but themselves for untypeds and zombies. */
function regionKey({ layout }: ImplMemory, cte: Cte): string | null {
  switch (cte.type) {
    case layout.CAP_UNTYPED:
    case layout.CAP_ZOMBIE:
    case layout.CAP_IRQ_CONTROL:
    case layout.CAP_NULL:
      return null;
    case layout.CAP_IRQ_HANDLER:
      return `irq ${cte.wordLo}`;
    case layout.CAP_IO_PORT:
      return `ports ${cte.wordLo}`;
    case layout.CAP_ASID_CONTROL:
    case layout.CAP_DOMAIN:
    case layout.CAP_IO_SPACE:
    case layout.CAP_IO_PORT_CONTROL:
    case layout.CAP_SCHED_CONTROL:
      return `type ${cte.type}`;
    default:
      return `${cte.type} ${cte.ptr}`;
  }
}

/** Logarithm of the memory a capability covers; -1 for none. */
function rangeBits({ layout }: ImplMemory, config: KernelConfig, cte: Cte): number {
  switch (cte.type) {
    case layout.CAP_UNTYPED:
      return (cte.meta >>> 17) & 63;
    case layout.CAP_FRAME: {
      const { Small, Large, Huge } = config.frameBits;
      return [Small, Large, Huge][(cte.meta >>> 16) & 3] ?? -1;
    }
    case layout.CAP_PAGING:
      return config.pageTableBits;
    case layout.CAP_ASID_POOL:
      return config.asidPoolBits;
    case layout.CAP_ENDPOINT:
      return config.endpointBits;
    case layout.CAP_NOTIFICATION:
      return config.notificationBits;
    case layout.CAP_CNODE:
      return ((cte.meta >>> 22) & 31) + config.slotBits;
    case layout.CAP_THREAD:
      return config.tcbBits;
    case layout.CAP_REPLY_OBJECT:
      return config.replyBits;
    case layout.CAP_SCHED_CONTEXT:
      return (cte.meta >>> 17) & 63;
    case layout.CAP_ZOMBIE:
      return (cte.meta & 0x1_0000) !== 0 ? config.tcbBits : ((cte.meta >>> 17) & 63) + config.slotBits;
    default:
      return -1;
  }
}

interface Run {
  readonly chain: number;
  first: number;
  last: number;
  count: number;
}

function extend(run: Run | undefined, at: Position): Run | null {
  if (run === undefined) return { chain: at.chain, first: at.at, last: at.at, count: 1 };
  if (run.chain !== at.chain) return null;
  run.first = Math.min(run.first, at.at);
  run.last = Math.max(run.last, at.at);
  run.count++;
  return run;
}

export const mdbChunked: DesignInvariant = {
  name: 'mdb_chunked',
  kind: 'design',
  statement: 'Capabilities in one region follow each other in the derivation list without others between them.',
  l4v: l4v(INVARIANTS_H, 'mdb_chunked', 'stated per region, not per pair'),
  evidence: ['copy-at-end-of-list'],
  scope: 'global',
  violations: (memory, s) => {
    const out: Violation[] = [];
    const all = ctes(memory, s);
    const { reached } = chains(all);
    const { layout } = memory;
    const fail = (slot: number): void => {
      out.push({
        where: atSlot(slot),
        because: 'the capabilities of its region do not follow each other in the derivation list',
      });
    };
    const runs = new Map<string, Run>();
    for (const cte of all) {
      const key = regionKey(memory, cte);
      const at = reached.get(cte.slot);
      if (key === null || at === undefined) continue;
      const run = extend(runs.get(key), at);
      if (run === null) fail(cte.slot);
      else runs.set(key, run);
    }
    for (const [key, run] of runs) {
      if (run.last - run.first + 1 !== run.count)
        out.push({
          where: `region ${key}`,
          because: `its ${run.count} capabilities stand apart in the derivation list`,
        });
    }
    const ends = all.map((cte) => {
      const bits = rangeBits(memory, s.config, cte);
      return bits < 0 ? -1 : cte.ptr + powerOf2(bits);
    });
    for (let i = 0; i < all.length; i++) {
      const outer = all[i];
      if (outer === undefined || (outer.type !== layout.CAP_UNTYPED && outer.type !== layout.CAP_IRQ_CONTROL)) continue;
      const own = reached.get(outer.slot);
      if (own === undefined) continue;
      let run: Run | null = extend(undefined, own);
      for (let j = 0; j < all.length && run !== null; j++) {
        const inner = all[j];
        if (inner === undefined || j === i) continue;
        const isInside =
          outer.type === layout.CAP_UNTYPED
            ? (ends[j] ?? -1) > 0 && inner.ptr >= outer.ptr && (ends[j] ?? Infinity) <= (ends[i] ?? -1)
            : inner.type === layout.CAP_IRQ_HANDLER;
        const at = reached.get(inner.slot);
        if (isInside && at !== undefined) run = extend(run, at);
      }
      if (run === null || run.last - run.first + 1 !== run.count) fail(outer.slot);
    }
    return out;
  },
  exercised: (memory, s) => countCtes(memory, s, ({ type }) => type === memory.layout.CAP_UNTYPED),
};

const isBadged = ({ layout }: ImplMemory, { type }: Cte): boolean =>
  type === layout.CAP_ENDPOINT || type === layout.CAP_NOTIFICATION;

export const validBadges: DesignInvariant = {
  name: 'valid_badges',
  kind: 'design',
  statement:
    'In the derivation list, a capability whose badge differs from the one before it to the same object is first badged or has no badge.',
  l4v: l4v(INVARIANTS_H, 'valid_badges'),
  evidence: ['first-badged-not-handed-on'],
  ...perCte((memory, cte, out) => {
    if (!isBadged(memory, cte) || cte.prev === 0 || cte.firstBadged || (cte.wordLo === 0 && cte.wordHi === 0)) return;
    const before = cteAt(memory, cte.prev);
    if (before.type !== cte.type || before.ptr !== cte.ptr) return;
    if (before.wordLo !== cte.wordLo || before.wordHi !== cte.wordHi) {
      out.push({
        where: atSlot(cte.slot),
        because: `its badge is not that of ${atSlot(cte.prev)} before it, but it is not first badged`,
      });
    }
  }),
  exercised: (memory, s) =>
    countCtes(memory, s, (cte) => isBadged(memory, cte) && (cte.wordLo !== 0 || cte.wordHi !== 0)),
};

/** @source l4v proof/refine/X64/Invariants_H.thy `capClass` */
function capClass({ layout }: ImplMemory, cte: Cte): string {
  switch (cte.type) {
    case layout.CAP_REPLY:
      return `reply of ${hex(cte.ptr)}`;
    case layout.CAP_IRQ_CONTROL:
    case layout.CAP_IRQ_HANDLER:
      return 'interrupt';
    case layout.CAP_ASID_CONTROL:
    case layout.CAP_DOMAIN:
    case layout.CAP_IO_PORT:
    case layout.CAP_IO_PORT_CONTROL:
    case layout.CAP_IO_SPACE:
    case layout.CAP_SCHED_CONTROL:
    case layout.CAP_NULL:
      return `type ${cte.type === layout.CAP_IO_PORT_CONTROL ? layout.CAP_IO_PORT : cte.type}`;
    default:
      return 'physical';
  }
}

export const classLinks: DesignInvariant = {
  name: 'class_links',
  kind: 'design',
  statement: 'Neighbours in the derivation list are of the same class.',
  l4v: l4v(INVARIANTS_H, 'class_links'),
  evidence: ['reply-linked-to-cspace'],
  ...perCte((memory, cte, out) => {
    if (cte.next === 0) return;
    const after = cteAt(memory, cte.next);
    if (after.type === cte.type && after.type !== memory.layout.CAP_REPLY) return;
    const [own, other] = [capClass(memory, cte), capClass(memory, after)];
    if (own !== other)
      out.push({
        where: atSlot(cte.slot),
        because: `${own}, followed by ${other} in ${atSlot(cte.next)}`,
      });
  }),
  exercised: (memory, s) => countCtes(memory, s, ({ next }) => next !== 0),
};

export const utRevocableDesign: DesignInvariant = {
  name: "ut_revocable'",
  kind: 'design',
  statement: 'Untyped capabilities are revocable.',
  l4v: l4v(INVARIANTS_H, "ut_revocable'"),
  evidence: ['untyped-not-revocable'],
  ...perCte((memory, cte, out) => {
    if (cte.type === memory.layout.CAP_UNTYPED && !cte.revocable)
      out.push({
        where: atSlot(cte.slot),
        because: 'an untyped capability that is not revocable',
      });
  }),
  exercised: (memory, s) => countCtes(memory, s, ({ type }) => type === memory.layout.CAP_UNTYPED),
};

export const distinctZombies: DesignInvariant = {
  name: 'distinct_zombies',
  kind: 'design',
  statement: 'No other capability but untypeds starts where the object of a zombie does.',
  l4v: l4v(INVARIANTS_H, 'distinct_zombies', 'reply capabilities do not count, they keep no object'),
  evidence: ['any-node-becomes-zombie'],
  scope: 'global',
  violations: (memory, s) => {
    const { layout } = memory;
    const all = ctes(memory, s);
    const out: Violation[] = [];
    for (const zombie of all) {
      if (zombie.type !== layout.CAP_ZOMBIE) continue;
      for (const other of all) {
        if (
          other === zombie ||
          other.ptr !== zombie.ptr ||
          other.type === layout.CAP_UNTYPED ||
          other.type === layout.CAP_REPLY
        )
          continue;
        out.push({
          where: atSlot(zombie.slot),
          because: `${atSlot(other.slot)} also leads to the object of this zombie`,
        });
      }
    }
    return out;
  },
  exercised: (memory, s) => countCtes(memory, s, ({ type }) => type === memory.layout.CAP_ZOMBIE),
};

export const irqControl: DesignInvariant = {
  name: 'irq_control',
  kind: 'design',
  statement: 'There is at most one capability to control interrupts, and it is revocable.',
  l4v: l4v(INVARIANTS_H, 'irq_control'),
  evidence: ['irq-control-copied'],
  scope: 'global',
  violations: (memory, s) => {
    const out: Violation[] = [];
    let first: Cte | null = null;
    for (const cte of ctes(memory, s)) {
      if (cte.type !== memory.layout.CAP_IRQ_CONTROL) continue;
      if (!cte.revocable)
        out.push({
          where: atSlot(cte.slot),
          because: 'an IRQControl capability that is not revocable',
        });
      if (first !== null)
        out.push({
          where: atSlot(cte.slot),
          because: `a second IRQControl capability beside ${atSlot(first.slot)}`,
        });
      first ??= cte;
    }
    return out;
  },
  exercised: (memory, s) => countCtes(memory, s, ({ type }) => type === memory.layout.CAP_IRQ_CONTROL),
};

export const replyMastersRvkFb: DesignInvariant = {
  name: 'reply_masters_rvk_fb',
  kind: 'design',
  statement: 'Master reply capabilities are revocable and first badged.',
  l4v: l4v(INVARIANTS_H, 'reply_masters_rvk_fb'),
  evidence: ['master-not-first-badged'],
  requires: ['classic'],
  ...perCte((memory, cte, out) => {
    if (!isMaster(memory, cte)) return;
    if (!cte.revocable || !cte.firstBadged) {
      out.push({
        where: atSlot(cte.slot),
        because: `a master reply capability that is not ${cte.revocable ? 'first badged' : 'revocable'}`,
      });
    }
  }),
  exercised: (memory, s) => countCtes(memory, s, (cte) => isMaster(memory, cte)),
};

function isMaster({ layout }: ImplMemory, { type, meta }: Cte): boolean {
  return type === layout.CAP_REPLY && (meta & 0x1_0000) !== 0;
}
