/**
 * MCS: what worlds have of time. Scheduling contexts of several sizes: round robin, constant bandwidth, sporadic, and without a budget; reply
 * objects; and when the kernel is left first, for sums of times change their halves, and end, far from 0.
 */
import type { KernelConfig } from '../../spec/abi/config.ts';
import type { BootDescription, BootObject } from '../../spec/state/boot.ts';
import type { Cap } from '../../spec/state/caps.ts';
import { maxReleaseTime, minBudget } from '../../spec/state/refills.ts';

export const TIME_SLOTS = {
  SCHEDC: 34,
  scRoot: 35,
  scA: 36,
  scB: 37,
  scC: 38,
  sc1: 39,
  sc2: 40,
  re1: 41,
  re2: 42,
  re3: 43,
} as const;
export type TimeName = Exclude<keyof typeof TIME_SLOTS, 'SCHEDC'>;
type ContextName = Exclude<TimeName, `re${string}`>;

/** Budgets and periods count in the smallest budget. */
interface Context {
  /** Beyond the smallest size. */
  readonly sizeBits: 0 | 1;
  /** 0 is not configured. */
  readonly budget: bigint;
  /** 0 is round robin. */
  readonly period: bigint;
  readonly refillMax: number;
  readonly sporadic?: true;
}

export interface TimeVariant {
  /** What the timer reads first. */
  readonly start: (config: KernelConfig) => bigint;
  readonly contexts: Readonly<Record<ContextName, Context>>;
  /**
   * Threads that have none of their own: they receive from an endpoint, B from ep2 and C from ep1; one waits for nt1, which lends it scC; or receives and
   * is bound to that.
   */
  readonly passive: Readonly<Partial<Record<'B' | 'C', 'receives' | 'waits' | 'is bound'>>>;
  /** B has a lower priority than those who call it. */
  readonly isServerLow?: true;
}

const EMPTY: Context = { sizeBits: 0, budget: 0n, period: 0n, refillMax: 0 };
const roundRobin = (budget: bigint): Context => ({ sizeBits: 0, budget, period: 0n, refillMax: 2 });

const MIXED: TimeVariant['contexts'] = {
  scRoot: roundRobin(6n),
  scA: { sizeBits: 1, budget: 3n, period: 9n, refillMax: 6 },
  scB: { sizeBits: 0, budget: 2n, period: 7n, refillMax: 2 },
  scC: roundRobin(4n),
  sc1: { ...EMPTY, sizeBits: 1 },
  sc2: EMPTY,
};
const SPORADIC: TimeVariant['contexts'] = {
  scRoot: { sizeBits: 1, budget: 8n, period: 10n, refillMax: 8, sporadic: true },
  scA: { sizeBits: 1, budget: 4n, period: 5n, refillMax: 10, sporadic: true },
  scB: roundRobin(2n),
  scC: { sizeBits: 0, budget: 2n, period: 30n, refillMax: 2, sporadic: true },
  sc1: { sizeBits: 1, budget: 5n, period: 8n, refillMax: 3 },
  sc2: EMPTY,
};
/** Mostly budgets whose halves are both in use, and that are never used up. */
const LONG: TimeVariant['contexts'] = {
  scRoot: roundRobin(2n ** 33n),
  scA: { sizeBits: 1, budget: 2n, period: 2n ** 7n, refillMax: 4, sporadic: true },
  scB: { sizeBits: 0, budget: 2n ** 29n, period: 2n ** 30n, refillMax: 2 },
  scC: roundRobin(2n ** 31n),
  sc1: { ...EMPTY, sizeBits: 1 },
  sc2: { sizeBits: 0, budget: 3n, period: 4n, refillMax: 2 },
};

const before =
  (time: bigint, budgets: bigint) =>
  (config: KernelConfig): bigint =>
    time - budgets * minBudget(config);
const beforeTheEnd =
  (budgets: bigint) =>
  (config: KernelConfig): bigint =>
    before(maxReleaseTime(config), budgets)(config);

/** Where the highest bit that a time has changes. */
const beforeHighestBit = (config: KernelConfig): bigint =>
  before(maxReleaseTime(config) > 2n ** 63n ? 2n ** 63n : 2n ** 62n, 30n)(config);

export const TIME_VARIANTS: readonly TimeVariant[] = [
  { start: () => 0n, contexts: MIXED, passive: { B: 'receives', C: 'receives' } },
  { start: before(2n ** 32n, 30n), contexts: MIXED, passive: { C: 'waits' } },
  { start: before(2n ** 53n, 30n), contexts: MIXED, passive: {} },
  { start: before(2n ** 32n, 60n), contexts: SPORADIC, passive: { B: 'waits', C: 'receives' } },
  { start: () => 0n, contexts: SPORADIC, passive: { B: 'receives', C: 'is bound' }, isServerLow: true },
  { start: beforeTheEnd(600n), contexts: SPORADIC, passive: { C: 'waits' } },
  { start: beforeTheEnd(200n), contexts: MIXED, passive: { B: 'waits' } },
  { start: beforeHighestBit, contexts: LONG, passive: { B: 'is bound', C: 'receives' } },
];

export interface PlacedTime {
  readonly address: Readonly<Record<TimeName, number>>;
  readonly objects: readonly BootObject[];
  /** The one placed last first, as they are derived from their untyped. */
  readonly caps: readonly { readonly name: TimeName; readonly cap: Cap }[];
  readonly names: readonly (readonly [number, string])[];
  readonly boot: Pick<BootDescription, 'time' | 'receivers' | 'waiters'>;
}

const REPLIES = ['re1', 're2', 're3'] as const;

export function placeTime(
  config: KernelConfig,
  { start, contexts, passive }: TimeVariant,
  places: Readonly<Record<'B' | 'C' | 'ep1' | 'ep2' | 'nt1', number>>,
  place: (bits: number) => number,
): PlacedTime {
  const least = minBudget(config);
  const address: Partial<Record<TimeName, number>> = {};
  const objects: BootObject[] = [];
  const caps: { name: TimeName; cap: Cap }[] = [];
  // The largest first, so that nothing is left between them.
  const inOrder = (Object.keys(contexts) as ContextName[]).sort((a, b) => contexts[b].sizeBits - contexts[a].sizeBits);
  for (const name of inOrder) {
    const { sizeBits: more, budget, period, refillMax, sporadic } = contexts[name];
    const sizeBits = config.minSchedContextBits + more;
    const at = place(sizeBits);
    address[name] = at;
    objects.push({
      type: 'SchedContext',
      address: at,
      sizeBits,
      budget: budget * least,
      period: period * least,
      refillMax,
      ...(sporadic === undefined ? {} : { sporadic }),
    });
    caps.unshift({ name, cap: { _tag: 'SchedContextCap', ref: at, sizeBits } });
  }
  for (const name of REPLIES) {
    const at = place(config.replyBits);
    address[name] = at;
    objects.push({ type: 'Reply', address: at });
    caps.unshift({ name, cap: { _tag: 'ReplyObjectCap', ref: at, canGrant: true } });
  }
  const names = Object.entries(address).map(([name, at]) => [at, name] as const);
  const placed = address as Record<TimeName, number>;
  const doing = (...what: readonly string[]): readonly ('B' | 'C')[] =>
    (['B', 'C'] as const).filter((name) => what.includes(passive[name] ?? ''));
  const lent = { notification: places.nt1, schedContext: placed.scC };
  const boot = {
    time: start(config),
    receivers: doing('receives', 'is bound').map((name) => ({
      tcb: places[name],
      ...(name === 'B' ? { endpoint: places.ep2, reply: placed.re2 } : { endpoint: places.ep1, reply: placed.re1 }),
      ...(passive[name] === 'is bound' ? { lent } : {}),
    })),
    waiters: doing('waits').map((name) => ({ tcb: places[name], ...lent })),
  };
  return { address: placed, objects, caps, names, boot };
}
