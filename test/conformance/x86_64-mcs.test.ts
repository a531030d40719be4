/**
 * The real MCS kernel on x86_64 against both sides: calls, receives and answers through reply objects, faults, waiting by priority, and time as far as
 * these recordings have it.
 */
import { expect, it, vi } from 'vitest';
import { traceBoot } from '../../refinement/conform/boot.ts';
import { implUnderTest } from '../../refinement/conform/impl-under-test.ts';
import type { KernelUnderTest } from '../../refinement/conform/kernel-under-test.ts';
import { platformOf } from '../../refinement/conform/platform.ts';
import { TICK_NS } from '../../refinement/conform/clock.ts';
import { replay } from '../../refinement/conform/replay.ts';
import { specUnderTest } from '../../refinement/conform/spec-under-test.ts';
import { readTrace } from '../../refinement/conform/trace.ts';
import { imageOf } from '../../refinement/relation/image.ts';
import type { Difference } from '../../refinement/relation/image.ts';
import { compareState } from '../../refinement/relation/state.ts';
import { loadImpl } from '../../refinement/step/impl-kernel.ts';
import { placesOf } from '../../refinement/step/kernels.ts';
import { DIST_IMPL, conform, differences, leftOut, pinned, recording } from './recordings.ts';

vi.setConfig({ testTimeout: 60_000 });

const FILE = 'reply-objects';
const scripts = readTrace(recording('x86_64-mcs', FILE));
const impl = await loadImpl(`${DIST_IMPL}/x86_64-mcs.mjs`);
const places = placesOf(impl);

/** Scripts, operations in them, operations compared. */
const COUNTS = [30, 1545, 1545];

it('agrees whole', async () => {
  const result = await conform('x86_64-mcs', FILE);
  expect(differences(result)).toEqual([]);
  expect(leftOut(result)).toEqual([]);
  expect(pinned(result)).toEqual({ spec: COUNTS, impl: COUNTS });
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
    setTime: (ticks) => {
      spec.setTime(ticks);
      memory.setTime(ticks);
    },
    setRegisters: (thread, writes) => {
      spec.setRegisters(thread, writes);
      memory.setRegisters(thread, writes);
    },
    storeWord: (address, value) => {
      spec.storeWord(address, value);
      memory.storeWord(address, value);
    },
    enter: (event) => {
      spec.enter(event);
      memory.enter(event);
      found.push(...compareState(image, spec.state()));
    },
  };
}

it('has the same state on both sides after every entry of a call and its answer', () => {
  for (const name of ['ipc/callreply-p200-100', 'mcs/reply-objects', 'fault/hlt']) {
    const script = scripts.find((candidate) => candidate.script === name);
    if (script === undefined) throw new Error(`no script ${name}`);
    const platform = platformOf(script);
    const boot = traceBoot(platform, places, script);
    const found: Difference[] = [];
    const both = related(specUnderTest(platform.config, boot), implUnderTest(impl, boot), found);
    const { difference, compared } = replay(script, both, platform, { firstTickNs: TICK_NS, looks: 0 });
    expect({ name, difference, found }).toEqual({ name, difference: null, found: [] });
    expect(compared).toBeGreaterThan(20);
  }
});

/** One place of the implementation, and what is wrong there. */
const DEFECTS: readonly (readonly [what: string, file: string, find: string, replace: string, script: string])[] = [
  [
    'an answered reply object stays in use',
    'impl/kernel/reply-object.ts',
    '  store(reply + REPLY_TCB, 0);\n',
    '',
    'ipc/callreply-p200-100',
  ],
  [
    'a reply object in use by another thread is offered all the same',
    'impl/kernel/syscall.ts',
    '  if (user !== 0) cancelIpc(user);\n',
    '',
    'mcs/reply-objects',
  ],
  [
    'a caller without a reply object waits for ever to be answered',
    'impl/kernel/reply-object.ts',
    'if (reply === 0 || (',
    'if ((',
    'mcs/reply-objects',
  ],
  [
    'threads wait first come first served',
    'impl/kernel/variant.ts',
    'MCS ? queueInsert : queueAppend',
    'queueAppend',
    'ntfn/waiters-70-60-50',
  ],
];

it.each(DEFECTS)('tells a kernel in which %s', async (_what, file, find, replace, script) => {
  let edits = 0;
  const transform = (at: string, source: string): string => {
    if (at !== file) return source;
    edits += source.split(find).length - 1;
    return source.replace(find, replace);
  };
  const options = { sides: ['impl'], script } as const;
  expect((await conform('x86_64-mcs', FILE, options)).outcome).not.toBe('differs');
  const { outcome } = await conform('x86_64-mcs', FILE, { ...options, transform });
  expect({ outcome, edits }).toEqual({ outcome: 'differs', edits: 1 });
});

it('tells a recording in which an answer is another one', () => {
  const [recorded] = scripts.filter(({ script }) => script === 'ipc/callreply-p200-100');
  if (recorded === undefined) throw new Error('the script is there');
  const script = structuredClone(recorded);
  const at = script.events.findIndex(({ e, t, i }) => e === 'done' && t === 'B' && i === 1);
  const answered = script.events[at]?.res;
  if (!answered) throw new Error('the call was answered');
  answered.label = (answered.label ?? 0n) + 1n;
  const platform = platformOf(script);
  const boot = traceBoot(platform, places, script);
  for (const kernel of [specUnderTest(platform.config, boot), implUnderTest(impl, boot)]) {
    expect(replay(script, kernel, platform, { firstTickNs: TICK_NS, looks: 0 }).difference).toMatchObject({
      event: at,
      field: 'label',
    });
  }
});
