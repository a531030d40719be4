/**
 * The real MCS kernel on x86_64 against both sides, to the last operation. Here are the recordings in which time runs out; the others are in
 * `test/long/conform.long.ts`.
 */
import { describe, expect, it, vi } from 'vitest';
import { traceBoot } from '../../refinement/conform/boot.ts';
import { TICK_NS } from '../../refinement/conform/clock.ts';
import type { Difference as Disagreement } from '../../refinement/conform/difference.ts';
import { implUnderTest } from '../../refinement/conform/impl-under-test.ts';
import type { KernelUnderTest, Side } from '../../refinement/conform/kernel-under-test.ts';
import { platformOf } from '../../refinement/conform/platform.ts';
import { replay } from '../../refinement/conform/replay.ts';
import { specUnderTest } from '../../refinement/conform/spec-under-test.ts';
import { searchTiming } from '../../refinement/conform/tick.ts';
import type { TraceScript } from '../../refinement/conform/trace.ts';
import { readTrace } from '../../refinement/conform/trace.ts';
import { applyDefect } from '../../refinement/defects/defect.ts';
import { defectNamed } from '../../refinement/defects/catalogue.ts';
import type { Difference } from '../../refinement/relation/image.ts';
import { imageOf } from '../../refinement/relation/image.ts';
import { compareState } from '../../refinement/relation/state.ts';
import { loadImpl } from '../../refinement/step/impl-kernel.ts';
import { placesOf } from '../../refinement/step/kernels.ts';
import { DIST_IMPL, answersSeen, conform, differences, leftOut, pinned, recording, timesOf } from './recordings.ts';

vi.setConfig({ testTimeout: 60_000 });

const impl = await loadImpl(`${DIST_IMPL}/x86_64-mcs.mjs`);
const directed = readTrace(recording('x86_64-mcs', 'mcs-directed'));
const both = (counts: readonly number[]) => ({ spec: counts, impl: counts });

function scriptNamed(name: string): TraceScript {
  const found = directed.find(({ script }) => script === name);
  if (found === undefined) throw new Error(`no script ${name}`);
  return found;
}

/** Interrupts of the timer that the kernel programmed, and times of entries that are not as usual. */
it.each([
  ['mcs-directed', [81, 4978, 4978], [298, 0]],
  ['mcs-randsc', [89, 5513, 5513], [2407, 1]],
] as const)('%s agrees to the last operation', async (file, counts, times) => {
  const result = await conform('x86_64-mcs', file);
  expect(differences(result)).toEqual([]);
  expect(leftOut(result)).toEqual([]);
  expect(pinned(result)).toEqual(both(counts));
  expect(timesOf(result)).toEqual(both(times));
});

it('sel4test: all scenarios pass', async () => {
  const result = await conform('sel4test-x86_64', 'mcs');
  expect(differences(result)).toEqual([]);
  expect(leftOut(result)).toEqual([]);
  expect(pinned(result)).toEqual({ spec: [48, 6353, 6353], impl: [48, 6353, 6353] });
  expect(timesOf(result)).toEqual({ spec: [111, 1], impl: [111, 1] });
  for (const { assertionsHolding, assertionsLeftOut } of result.files[0]?.totals ?? []) {
    expect([assertionsHolding, assertionsLeftOut]).toEqual([4749, 0]);
  }
});

it('the real kernel gives no answer that the table of possible ones lacks', () => {
  const { seen, unexpected } = answersSeen('x86_64-mcs');
  expect(unexpected).toEqual([]);
  expect(seen).toBeGreaterThan(100);
});

/** Both kernels as one: what one does the other does, and after every entry the memory must stand for the state. */
function related(
  spec: ReturnType<typeof specUnderTest>,
  memory: KernelUnderTest,
  found: Difference[],
): KernelUnderTest {
  const image = imageOf(impl, spec.state().config);
  return {
    ...spec,
    setRegisters: (thread, writes) => {
      spec.setRegisters(thread, writes);
      memory.setRegisters(thread, writes);
    },
    storeWord: (address, value) => {
      spec.storeWord(address, value);
      memory.storeWord(address, value);
    },
    setTime: (ticks) => {
      spec.setTime(ticks);
      memory.setTime(ticks);
    },
    enter: (event) => {
      spec.enter(event);
      memory.enter(event);
      found.push(...compareState(image, spec.state()));
    },
  };
}

it.each(['ipc/callreply-p200-100', 'mcs/budget-sporadic', 'mcs/passive'])(
  'has the same state on both sides after every entry of %s',
  (name) => {
    const script = scriptNamed(name);
    const platform = platformOf(script);
    const boot = traceBoot(platform, placesOf(impl), script);
    const found: Difference[] = [];
    const kernel = related(specUnderTest(platform.config, boot), implUnderTest(impl, boot), found);
    const { difference, compared } = replay(script, kernel, platform, { firstTickNs: TICK_NS, looks: 0 });
    expect({ difference, found }).toEqual({ difference: null, found: [] });
    expect(compared).toBeGreaterThan(20);
  },
);

/** What comes of a script that is changed. */
function differenceIn(name: string, side: Side, change: (events: TraceScript['events']) => void): Disagreement | null {
  const script = structuredClone(scriptNamed(name));
  change(script.events);
  const platform = platformOf(script);
  const boot = traceBoot(platform, placesOf(impl), script);
  const fresh = (): KernelUnderTest =>
    side === 'spec' ? specUnderTest(platform.config, boot) : implUnderTest(impl, boot);
  return searchTiming(platform, (timing) => replay(script, fresh(), platform, timing)).replayed.difference;
}

describe('whatever times are inferred, it tells a recording in which', () => {
  it.each(['spec', 'impl'] as const)('an answer is another one, on %s', (side) => {
    const name = 'ipc/callreply-p200-100';
    const at = scriptNamed(name).events.findIndex(({ e, t, i }) => e === 'done' && t === 'B' && i === 1);
    const found = differenceIn(name, side, (events) => {
      const { res } = events[at] ?? {};
      if (res) res.label = (res.label ?? 0n) + 1n;
    });
    expect(found).toMatchObject({ event: at, field: 'label' });
  });

  it('more time was consumed', () => {
    const name = 'mcs/timeout-fault';
    const at = scriptNamed(name).events.findIndex(({ res }) => res?.mrs?.[1] === 2999n);
    const found = differenceIn(name, 'impl', (events) => {
      events[at]?.res?.mrs?.splice(1, 1, 3010n);
    });
    expect(found).toMatchObject({ event: at, field: 'mrs[1]', expected: '3010', found: '2999' });
  });

  it('a thread waits for its budget half a millisecond less', () => {
    const name = 'mcs/budget';
    const at = scriptNamed(name).events.findIndex(({ e, t }) => e === 'done' && t === 'A');
    const found = differenceIn(name, 'impl', (events) => {
      const early = events[at];
      // A goes on before B's last step instead of in the middle of it.
      if (early) events.splice(at - 1, 2, { ...early, ns: (events[at - 2]?.ns ?? 0) + 1 }, ...events.slice(at - 1, at));
    });
    expect(found).toMatchObject({ event: at - 1, field: 'running thread', expected: 'A', found: 'B' });
  });
});

/** Seeded in the implementation, and a script that tells. */
it.each([
  ['used-part-comes-at-once', 'mcs/budget'],
  ['timeout-message-without-time', 'mcs/timeout-fault'],
  ['yield-counts-as-consumed', 'mcs/yieldto'],
  ['domain-time-billed-late', 'domain/schedule-b'],
  ['waiting-queue-not-reordered', 'ipc/queue-reprio'],
])('tells a kernel with the defect %s', async (name, script) => {
  const defect = defectNamed(name);
  if (defect === undefined) throw new Error(`no defect ${name}`);
  const options = { sides: ['impl'], script, transform: applyDefect(defect) } as const;
  expect((await conform('x86_64-mcs', 'mcs-directed', options)).outcome).toBe('differs');
});
