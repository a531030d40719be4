/** The comparison can fail: every recorded field that is changed, and every kernel that is, is noticed. */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { traceBoot } from '../../refinement/conform/boot.ts';
import { implUnderTest } from '../../refinement/conform/impl-under-test.ts';
import type { Side } from '../../refinement/conform/kernel-under-test.ts';
import { platformOf } from '../../refinement/conform/platform.ts';
import type { Difference } from '../../refinement/conform/difference.ts';
import { TICK_NS } from '../../refinement/conform/clock.ts';
import { replay } from '../../refinement/conform/replay.ts';
import { specUnderTest } from '../../refinement/conform/spec-under-test.ts';
import type { TraceScript } from '../../refinement/conform/trace.ts';
import { readTrace } from '../../refinement/conform/trace.ts';
import type { ImplKernel } from '../../refinement/step/impl-kernel.ts';
import { loadImpl } from '../../refinement/step/impl-kernel.ts';
import { applyDefect } from '../../refinement/defects/defect.ts';
import { defectNamed } from '../../refinement/defects/catalogue.ts';
import { DIST_IMPL, conform, recording } from './recordings.ts';

vi.setConfig({ testTimeout: 60_000 });

type Mutable<T> = { -readonly [K in keyof T]: Mutable<T[K]> };
type Script = Mutable<TraceScript>;

const SIDES: readonly Side[] = ['spec', 'impl'];
const scripts = readTrace(recording('x86_64', 'nomcs-directed'));
let impl: ImplKernel;

beforeAll(async () => {
  impl = await loadImpl(`${DIST_IMPL}/x86_64.mjs`);
});

/** Script `name`, changed, on one side. */
function differenceIn(name: string, side: Side, change: (script: Script) => void): Difference | null {
  const script = structuredClone(scripts.find((candidate) => candidate.script === name)) as Script;
  change(script);
  const platform = platformOf(script);
  const boot = traceBoot(platform, { idleThread: impl.layout.IDLE_THREAD, irqNode: impl.layout.KS_IRQ_NODE }, script);
  const kernel = side === 'spec' ? specUnderTest(platform.config, boot) : implUnderTest(impl, boot);
  return replay(script, kernel, platform, { firstTickNs: TICK_NS, looks: 0 }).difference;
}

/** Indices of events with a result. */
const results = (name: string): number[] =>
  scriptNamed(name).events.flatMap(({ res }, at) => (res?.label === undefined ? [] : [at]));

describe.each(SIDES)('on %s, a changed recording is a difference', (side) => {
  /** Scripts that are rich in badges, words, capabilities and errors, and every tenth result of theirs. */
  it.each(['ipc/captransfer-all', 'cnode/badges', 'retype/watermark', 'tcb/regs'])(
    'in any field of results of %s',
    (name) => {
      const changes: Readonly<Record<string, (res: NonNullable<Script['events'][number]['res']>) => boolean>> = {
        err: (res) => {
          if (res.err === undefined) return false;
          res.err = res.err === 'seL4_NoError' ? 'seL4_DeleteFirst' : 'seL4_NoError';
          return true;
        },
        label: (res) => ((res.label = (res.label ?? 0n) + 1n), res.err === undefined),
        length: (res) => ((res.length = (res.length ?? 0) + 1), true),
        extraCaps: (res) => ((res.extraCaps = 3 - (res.extraCaps ?? 0)), true),
        capsUnwrapped: (res) => ((res.capsUnwrapped = 7 - (res.capsUnwrapped ?? 0)), true),
        badge: (res) => ((res.badge = (res.badge ?? 0n) ^ 1n), true),
        'mrs[0]': (res) => {
          const [first] = res.mrs ?? [];
          if (first === undefined || res.mrs_sym?.['0'] !== undefined) return false;
          res.mrs?.splice(0, 1, first ^ 1n);
          return true;
        },
      };
      let changed = 0;
      for (const at of results(name).filter((_, index) => index % 10 === 9)) {
        for (const [field, change] of Object.entries(changes)) {
          let applies: boolean | undefined;
          const found = differenceIn(name, side, ({ events }) => {
            applies = change(events[at]?.res ?? {});
          });
          if (applies !== true) continue;
          expect({ at, ...found }).toMatchObject({ at, event: at, field });
          changed++;
        }
      }
      expect(changed).toBeGreaterThan(15);
    },
  );

  it('in a capability that was unwrapped', () => {
    const name = 'ipc/captransfer-all';
    const at = results(name).find((event) => scriptNamed(name).events[event]?.res?.caps_or_badges !== undefined) ?? -1;
    const found = differenceIn(name, side, ({ events }) => events[at]?.res?.caps_or_badges?.splice(0, 1, 99n));
    expect(found).toMatchObject({ event: at, field: 'caps_or_badges[0]' });
  });

  it('in the order of two threads', () => {
    const name = 'ipc/queue-60-60-60';
    const { events } = scriptNamed(name);
    const at = events.findIndex(
      ({ e, t }, index) => e === 'done' && events[index + 1]?.e === 'done' && events[index + 1]?.t !== t,
    );
    const after = events.findIndex(
      ({ e, t }, index) => e === 'issue' && events[index + 1]?.e === 'issue' && events[index + 1]?.t !== t,
    );
    const swapped = at >= 0 ? at : after;
    const found = differenceIn(name, side, (script) => {
      const [first, second] = script.events.slice(swapped, swapped + 2);
      if (first && second) script.events.splice(swapped, 2, second, first);
    });
    expect(found).toMatchObject({
      event: swapped,
      field: 'running thread',
      expected: events[swapped + 1]?.t,
      found: events[swapped]?.t,
    });
  });

  it('when an operation that returned does not', () => {
    const name = 'ipc/queue-60-60-60';
    const at = scriptNamed(name).events.findLastIndex(({ e, t }) => e === 'done' && t !== 'root');
    const found = differenceIn(name, side, ({ events }) => events.splice(at, 1));
    expect(found?.event).toBe(at);
  });

  it('when an operation that did not return does', () => {
    const name = 'ipc/queue-60-60-60';
    const { events } = scriptNamed(name);
    const blocked = events.findIndex(
      ({ e, t, i }) => e === 'issue' && !events.some((done) => done.e === 'done' && done.t === t && done.i === i),
    );
    const issued = events[blocked];
    const found = differenceIn(name, side, (script) => {
      if (issued)
        script.events.splice(blocked + 1, 0, { e: 'done', t: issued.t, i: issued.i ?? 0, ns: issued.ns, res: {} });
    });
    expect(found?.event).toBe(blocked + 1);
  });

  const ends: readonly (readonly [string, string, (script: Script) => void])[] = [
    ['capability', 'capability in U0', (script) => delete script.final_caps['U0']],
    [
      'state',
      'state of root',
      (script) => {
        setThread(script, { state: 'inactive' });
      },
    ],
    [
      'priority',
      'priority of root',
      (script) => {
        setThread(script, { prio: 3 });
      },
    ],
    [
      'domain',
      'domain of root',
      (script) => {
        setThread(script, { domain: 1 });
      },
    ],
  ];
  it.each(ends)('in a %s at the end', (_what, field, change) => {
    expect(differenceIn('ipc/queue-60-60-60', side, change)).toMatchObject({ event: null, field });
  });
});

function scriptNamed(name: string): TraceScript {
  const found = scripts.find(({ script }) => script === name);
  if (found === undefined) throw new Error(`no script ${name}`);
  return found;
}

function setThread(script: Script, change: Partial<{ state: string; prio: number; domain: number }>): void {
  Object.assign(script.final_threads['root'] ?? {}, change);
}

describe('a kernel with a defect is told by the recordings', () => {
  it.each([
    ['requeued-at-tail', 'tcb/ipc-order'],
    ['equal-priority-preempts', 'tcb/ipc-order'],
    ['slice-not-refilled', 'tcb/timeslice-rr'],
    ['watermark-ignores-alignment', 'retype/'],
    ['space-for-one-less', 'retype/'],
    ['badge-twice', 'cnode/'],
    ['cancel-badged-needs-no-rights', 'cnode/'],
    ['length-not-clamped', 'ipc/overlong'],
    ['handler-must-grant', 'fault/ep-noright'],
  ])('%s', async (name, script) => {
    const defect = defectNamed(name);
    if (defect === undefined) throw new Error(`no defect ${name}`);
    const transform = applyDefect(defect);
    expect((await conform('x86_64', 'nomcs-directed', { sides: ['impl'], script })).outcome).toBe('agrees');
    expect((await conform('x86_64', 'nomcs-directed', { sides: ['impl'], script, transform })).outcome).toBe('differs');
  });
});
