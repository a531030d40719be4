/**
 * The arithmetic of refills, all of it within small bounds: every state that charging, waking up and new parameters lead to, and what l4v proves of
 * those (`sp_valid_refills`, `rr_valid_refills`).
 */
import { describe, expect, it } from 'vitest';
import type { KernelConfig } from '../../../spec/abi/config.ts';
import { SMALL_MCS } from '../../../spec/abi/config.ts';
import type { Refill, SchedContext } from '../../../spec/state/objects.ts';
import {
  MIN_REFILLS,
  isRefillReady,
  isRefillSufficient,
  maxReleaseTime,
  minBudget,
  refillBudgetCheck,
  refillHead,
  refillNew,
  refillUnblockCheck,
  refillUpdate,
  scheduleUsed,
} from '../../../spec/state/refills.ts';
import { newSchedContext } from '../../../spec/state/sched-context.ts';

/** A tick is a microsecond, the smallest budget is 2. */
const CONFIG: KernelConfig = { ...SMALL_MCS, ticksPerUs: 1n, kernelWcetUs: 1n, maxPeriodUs: 64n };
const MIN = minBudget(CONFIG);
/** Room for times before now. */
const NOW = 100n;

const refill = (time: bigint, amount: bigint): Refill => ({ time, amount });
const context = (refills: readonly Refill[], { period, refillMax }: { period: bigint; refillMax: number }) => {
  const budget = refills.reduce((sum, { amount }) => sum + amount, 0n);
  return { ...newSchedContext(8), refills, period, budget, refillMax };
};

/** What is wrong with the refills of a context that is not round robin, by the name that l4v has for it. */
function wrongs({ refills, budget, period, refillMax }: SchedContext): string[] {
  const [head] = refills;
  const last = refills.at(-1);
  if (head === undefined || last === undefined) return ['no refill'];
  const found: string[] = [];
  if (refills.length > refillMax) found.push('more refills than there is room for');
  if (refills.reduce((sum, { amount }) => sum + amount, 0n) !== budget) found.push('refills_sum');
  if (head.amount < MIN) found.push('refills_head_sufficient');
  if (refills.some(({ amount }) => amount <= 0n)) found.push('an empty refill');
  if (last.time > head.time + period) found.push('window');
  refills.forEach(({ time, amount }, index) => {
    const next = refills[index + 1];
    if (next !== undefined && time + amount > next.time) found.push('ordered_disjoint');
  });
  return found;
}

const key = ({ refills, budget, period, refillMax }: SchedContext): string =>
  [budget, period, refillMax, ...refills.flatMap(({ time, amount }) => [time, amount])].join(' ');

/** The same context, time counted from another moment. */
const moved = (c: SchedContext, by: bigint): SchedContext => ({
  ...c,
  refills: c.refills.map(({ time, amount }) => ({ time: time - by, amount })),
});

const range = (from: bigint, to: bigint): bigint[] =>
  Array.from({ length: Number(to - from) + 1 }, (_, index) => from + BigInt(index));

interface Step {
  readonly name: string;
  readonly to: SchedContext;
}

/** What can happen to a context at `NOW`; what comes out is seen from the `NOW` after it. */
function steps(c: SchedContext): Step[] {
  const found: Step[] = [];
  const isReady = isRefillReady(c, NOW);
  if (isReady) {
    found.push({ name: 'wake up', to: refillUnblockCheck(c, NOW) });
    // Up to two budgets and more are used, although no more than the head was there.
    for (const used of range(1n, 2n * c.budget + 1n)) {
      found.push({ name: `use ${used}`, to: moved(refillBudgetCheck(CONFIG, c, used), used) });
    }
  }
  // Nothing is told apart by how long ago the head was ready, once everything is.
  const wait = (by: bigint): boolean => refillHead(c).time - by >= NOW - 2n * c.period;
  for (const by of [1n, 2n, c.period]) if (wait(by)) found.push({ name: `wait ${by}`, to: moved(c, by) });
  return found;
}

/** More than there are. */
const MANY = 20_000;

/** All that the context leads to, each with how one comes there. */
function reachable(start: SchedContext): { readonly states: number; readonly wrong: readonly string[] } {
  const seen = new Map<string, string>([[key(start), 'at first']]);
  const todo = [start];
  const wrong: string[] = [];
  for (let c = todo.pop(); c !== undefined; c = todo.pop()) {
    if (seen.size > MANY) return { states: seen.size, wrong: ['there is no end to it', ...wrong] };
    for (const { name, to } of steps(c)) {
      if (seen.has(key(to))) continue;
      seen.set(key(to), name);
      for (const what of wrongs(to)) wrong.push(`${what}: ${key(c)} -- ${name} -> ${key(to)}`);
      todo.push(to);
    }
  }
  return { states: seen.size, wrong };
}

describe('every state that a context gets into', () => {
  const cases = [2n, 3n, 4n, 5n].flatMap((budget) =>
    [1n, 3n].flatMap((more) => [2, 3, 4].map((refillMax) => ({ budget, period: budget + more, refillMax }))),
  );

  it.each(cases)('has valid refills: $budget in $period, room for $refillMax', ({ budget, period, refillMax }) => {
    const { states, wrong } = reachable(refillNew(newSchedContext(8), refillMax, budget, period, NOW));
    expect(wrong).toEqual([]);
    expect(states).toBeGreaterThan(3);
    expect(states).toBeLessThanOrEqual(MANY);
  });

  it('is left by new parameters with valid refills', () => {
    const start = refillNew(newSchedContext(8), 4, 5n, 8n, NOW);
    let looked = 0;
    const seen = new Set<string>([key(start)]);
    const todo = [start];
    for (let c = todo.pop(); c !== undefined && seen.size <= MANY; c = todo.pop()) {
      for (const budget of [2n, 4n, 5n, 7n]) {
        for (const refillMax of [2, 3]) {
          const to = refillUpdate(c, refillMax, budget, 9n, NOW);
          expect(wrongs(to), `${key(c)} -> ${key(to)}`).toEqual([]);
          looked++;
        }
      }
      for (const { to } of steps(c)) {
        if (seen.has(key(to))) continue;
        seen.add(key(to));
        todo.push(to);
      }
    }
    expect(looked).toBeGreaterThan(1000);
    expect(seen.size).toBeLessThanOrEqual(MANY);
  });
});

/**
 * Every way to run a few times, for as long as the head allows, the thread waking up before each: what is used within any period.
 */
describe('a sporadic server', () => {
  const budget = 5n;
  const period = 8n;

  function mostUsed(c: SchedContext, depth: number, ran: readonly { from: bigint; to: bigint }[], now: bigint): bigint {
    let most = 0n;
    for (const { from } of ran) {
      const end = from + period;
      const used = ran.reduce((sum, r) => {
        const overlap = (r.to < end ? r.to : end) - (r.from > from ? r.from : from);
        return overlap > 0n ? sum + overlap : sum;
      }, 0n);
      if (used > most) most = used;
    }
    if (depth === 0) return most;
    const ready = refillHead(c).time > now ? refillHead(c).time : now;
    for (const start of [ready, ready + 1n, ready + 3n]) {
      const awake = refillUnblockCheck(c, start);
      for (const used of range(1n, refillHead(awake).amount)) {
        const after = refillBudgetCheck(CONFIG, awake, used);
        const deeper = mostUsed(after, depth - 1, [...ran, { from: start, to: start + used }], start + used);
        if (deeper > most) most = deeper;
      }
    }
    return most;
  }

  it.each([2, 3, 4])('uses no more than its budget in any period, and that much: room for %i refills', (refillMax) => {
    expect(mostUsed(refillNew(newSchedContext(8), refillMax, budget, period, 0n), 4, [], 0n)).toBe(budget);
  });
});

describe('a new context', () => {
  it('has its whole budget at once', () => {
    const c = refillNew(newSchedContext(8), 4, 5n, 8n, NOW);
    expect(c).toMatchObject({ budget: 5n, period: 8n, refillMax: 4, refills: [refill(NOW, 5n)] });
  });

  it('of round robin has an empty second refill, of the same time', () => {
    const c = refillNew(newSchedContext(8), MIN_REFILLS, 5n, 0n, NOW);
    expect(c).toMatchObject({ budget: 5n, period: 0n, refills: [refill(NOW, 5n), refill(NOW, 0n)] });
  });
});

describe('a refill can be used', () => {
  const c = context([refill(10n, 5n)], { period: 8n, refillMax: 2 });

  it.each([
    [9n, false],
    [10n, true],
    [11n, true],
  ])('from its time on, not a moment before: %i', (now, isReady) => {
    expect(isRefillReady(c, now)).toBe(isReady);
  });

  it.each([
    [0n, true],
    [3n, true],
    [4n, false],
    [6n, false],
    [2n ** 64n, false],
  ])('while the smallest budget is left after %i, which may be more than there is', (usage, isSufficient) => {
    expect(isRefillSufficient(CONFIG, c, usage)).toBe(isSufficient);
  });

  it('however many refills there are', () => {
    const full = context([refill(10n, 4n), refill(20n, 1n), refill(22n, 1n)], { period: 30n, refillMax: 3 });
    expect([isRefillReady(full, 10n), isRefillSufficient(CONFIG, full, 2n)]).toEqual([true, true]);
  });
});

describe('time that comes back', () => {
  const used = refill(20n, 3n);

  it.each([
    ['is the only refill of none', [], 2, [used]],
    ['joins the last that it overlaps', [refill(15n, 6n)], 2, [refill(15n, 9n)]],
    ['joins the last that it touches', [refill(15n, 5n)], 2, [refill(15n, 8n)]],
    ['follows the last where a moment is between', [refill(15n, 4n)], 2, [refill(15n, 4n), used]],
    [
      'delays the last if there is no room, so that both end when it would have ended',
      [refill(10n, 4n)],
      1,
      [refill(16n, 7n)],
    ],
    ['changes nothing before the last', [refill(1n, 2n), refill(10n, 4n)], 2, [refill(1n, 2n), refill(16n, 7n)]],
  ])('%s', (_what, before, refillMax, after) => {
    expect(scheduleUsed(before, used, refillMax)).toEqual(after);
  });
});

describe('charging', () => {
  const charge = (refills: readonly Refill[], usage: bigint, period = 20n, refillMax = 3): readonly Refill[] =>
    refillBudgetCheck(CONFIG, context(refills, { period, refillMax }), usage).refills;

  it('splits the head, and the part used comes a period after it', () => {
    expect(charge([refill(10n, 5n)], 2n)).toEqual([refill(12n, 3n), refill(30n, 2n)]);
  });

  it('moves a single refill a period on', () => {
    expect(charge([refill(10n, 5n)], 5n)).toEqual([refill(30n, 5n)]);
  });

  it('nothing changes nothing', () => {
    expect(charge([refill(10n, 5n), refill(20n, 1n)], 0n)).toEqual([refill(10n, 5n), refill(20n, 1n)]);
  });

  it('goes on to the next refills with what is too much', () => {
    expect(charge([refill(10n, 5n), refill(20n, 5n)], 7n)).toEqual([refill(22n, 3n), refill(30n, 5n), refill(40n, 2n)]);
  });

  it('goes round more than once', () => {
    expect(charge([refill(10n, 5n)], 12n)).toEqual([refill(52n, 3n), refill(70n, 2n)]);
  });

  it('joins a head that is too small to the next, which starts the earlier', () => {
    expect(charge([refill(10n, 5n), refill(40n, 4n)], 4n, 40n)).toEqual([refill(39n, 5n), refill(50n, 4n)]);
  });

  it('does so into a full list, too', () => {
    expect(charge([refill(10n, 5n), refill(20n, 2n), refill(25n, 2n)], 1n)).toEqual([
      refill(11n, 4n),
      refill(20n, 2n),
      // What is used comes at 30; the last is delayed until they touch.
      refill(28n, 3n),
    ]);
  });

  it('stops where a period more is no time any longer', () => {
    const limit = maxReleaseTime(CONFIG);
    expect(limit).toBe(2n ** 64n - 1n - 5n * 64n);
    expect(charge([refill(limit, 5n)], 5n)).toEqual([refill(limit, 5n)]);
    expect(charge([refill(limit, 5n)], 3n)).toEqual([refill(limit, 5n)]);
    expect(charge([refill(limit - 1n, 5n)], 11n, 64n)).toEqual([refill(limit + 63n, 5n)]);
  });

  it('never reaches the end of time, whatever is charged', () => {
    const far = 2n ** 64n;
    const { refills } = refillBudgetCheck(CONFIG, refillNew(newSchedContext(8), 3, 5n, 64n, 2n ** 64n - 600n), 1000n);
    for (const { time, amount } of refills) expect(time + amount).toBeLessThan(far);
  });
});

describe('waking up', () => {
  const wake = (refills: readonly Refill[], now: bigint): readonly Refill[] =>
    refillUnblockCheck(context(refills, { period: 40n, refillMax: 4 }), now).refills;

  it('forgets how long the budget has been there', () => {
    expect(wake([refill(10n, 5n)], 30n)).toEqual([refill(30n, 5n)]);
  });

  it('takes together what follows without a gap', () => {
    expect(wake([refill(10n, 5n), refill(20n, 2n), refill(37n, 3n), refill(60n, 1n)], 30n)).toEqual([
      refill(30n, 10n),
      refill(60n, 1n),
    ]);
  });

  it('leaves what comes a moment after', () => {
    expect(wake([refill(10n, 5n), refill(36n, 2n)], 30n)).toEqual([refill(30n, 5n), refill(36n, 2n)]);
  });
});

describe('new parameters', () => {
  const used = context([refill(10n, 3n), refill(30n, 2n)], { period: 20n, refillMax: 2 });

  it('cut the head', () => {
    expect(refillUpdate(used, 3, 2n, 9n, 40n)).toMatchObject({
      budget: 2n,
      period: 9n,
      refillMax: 3,
      refills: [refill(40n, 2n)],
    });
  });

  it('bring what is missing a new period after the head', () => {
    expect(refillUpdate(used, 3, 8n, 9n, 40n).refills).toEqual([refill(40n, 3n), refill(49n, 5n)]);
  });

  it('leave a head that has not come yet where it is', () => {
    expect(refillUpdate(used, 3, 8n, 9n, 4n).refills).toEqual([refill(10n, 3n), refill(19n, 5n)]);
  });
});
