/** Pairs of runs: silent where nothing leaks, and not where something does. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { openPool } from '../../../refinement/campaign/campaign.ts';
import { FULL_EVERY } from '../../../refinement/campaign/checker.ts';
import type { Counterexample } from '../../../refinement/counterexample/format.ts';
import { decodeCounterexample, encodeCounterexample } from '../../../refinement/counterexample/format.ts';
import { estimateCapacity } from '../../../refinement/pair/capacity.ts';
import type { Pair } from '../../../refinement/pair/pair-step.ts';
import { openPair } from '../../../refinement/pair/open.ts';
import type { PairSource } from '../../../refinement/pair/run.ts';
import { PAIR_ROWS, executePair, newPairTally, randomPairs } from '../../../refinement/pair/run.ts';
import type { Program, Row } from '../../../refinement/program/program.ts';
import { recordPair } from '../../../refinement/replay/record-pair.ts';
import { renderExplanation, renderReplay } from '../../../refinement/replay/render.ts';
import { shrink } from '../../../refinement/shrink/shrink.ts';
import type { Assumption } from '../../../refinement/system/format.ts';
import { ASSUMPTIONS } from '../../../refinement/system/format.ts';
import { compiled, kernels, settingOf } from '../../helpers/systems.ts';

const PARTITIONED = ['compositor', 'separation-kernel', 'vehicle'];

const sourceOf = (seed: number): PairSource => ({ seed, rows: PAIR_ROWS, properties: null });
const pairs = new Map<string, Pair>();
for (const name of PARTITIONED)
  for (const without of [[], ...ASSUMPTIONS.map((one) => [one])])
    pairs.set(`${name} ${without.join()}`, await openPair(kernels, settingOf(name, true, without)));

function pairOf(name: string, without: readonly Assumption[] = []): Pair {
  const pair = pairs.get(`${name} ${without.join()}`);
  if (pair === undefined) throw new Error(`there is no pair of ${name}`);
  return pair;
}

describe.each(PARTITIONED)('%s', (name) => {
  it('keeps its secrets, and has some', () => {
    const tally = newPairTally();
    const { last } = randomPairs(pairOf(name), compiled(name), sourceOf(5), 0, 150, tally);
    expect(last.failure).toBeNull();
    expect(tally.ended).toBe(0);
    expect(tally.secretive / tally.pairs).toBeGreaterThan(0.75);
    expect(tally.differing / tally.steps).toBeGreaterThan(0.3);
    expect(tally.unreadable / tally.bytes).toBeGreaterThan(0.25);
  });
});

it('pairs and single runs of several systems do not disturb each other in one thread', async () => {
  const pool = openPool(1);
  try {
    const common = { kind: 'run', config: 'systems', properties: null, fullEvery: FULL_EVERY, rows: 200 } as const;
    for (let seed = 0; seed < 4; seed++) {
      for (const setting of [settingOf('separation-kernel'), settingOf('compositor', true)]) {
        const { failure } = await pool.batch({ ...common, setting, seed, firstRun: 0, runs: 2 });
        expect(failure).toBeNull();
      }
    }
  } finally {
    await pool.close();
  }
});

it('the same seed makes the same pairs', () => {
  const run = (): readonly Row[] =>
    randomPairs(pairOf('vehicle'), compiled('vehicle'), sourceOf(9), 3, 1, newPairTally()).last.program;
  expect(run()).toEqual(run());
});

const channel = (file: string): Counterexample =>
  decodeCounterexample(readFileSync(join(import.meta.dirname, 'channels', `${file}.json`), 'utf8'), file);

/** Channels that the theorem assumes away, and the assumption that does. */
const CHANNELS: readonly (readonly [file: string, without: Assumption, property: string])[] = [
  ['last-capability', 'silc', 'nonleakage'],
  ['domain-capability', 'domain-sep', 'sched_not_global_channel'],
];

describe.each(CHANNELS)('the known channel %s', (file, without, property) => {
  const { program, setting } = channel(file);
  const name = setting?.system.name ?? '';

  it('is there when its assumption is lifted', () => {
    expect(setting).toEqual({ ...settingOf(name, true, [without]), system: setting?.system });
    expect(executePair(pairOf(name, [without]), program).failure?.property).toBe(property);
  });

  it('is not there when it is not, nor when the other one is lifted', () => {
    expect(executePair(pairOf(name), program).failure).toBeNull();
    const other: Assumption = without === 'silc' ? 'domain-sep' : 'silc';
    expect(executePair(pairOf(name, [other]), program).failure).toBeNull();
  });

  it('is as small as it gets: no step and no difference can be left out', () => {
    const pair = pairOf(name, [without]);
    const failure = executePair(pair, program).failure;
    if (failure === null) throw new Error('the channel is there');
    const shrunk = shrink(program, failure, (rows) => executePair(pair, rows));
    expect(shrunk.program).toHaveLength(program.length);
    expect(shrunk.certificate).not.toBeNull();
    expect(program.filter(({ other }) => other !== undefined)).toHaveLength(1);
  });

  it('tells something, within its interval', () => {
    const capacity = estimateCapacity(pairOf(name, [without]), program);
    expect(capacity?.observations).toBeGreaterThan(1);
    expect(capacity?.bits).toBeGreaterThan(0.5);
    expect(capacity?.low).toBeLessThanOrEqual(capacity?.bits ?? 0);
    expect(capacity?.high).toBeGreaterThanOrEqual(capacity?.bits ?? Infinity);
  });

  it('is a file that holds all that replaying needs, and both runs are shown side by side', () => {
    const counterexample = channel(file);
    expect(decodeCounterexample(encodeCounterexample(counterexample), file)).toEqual(counterexample);
    const recording = recordPair(pairOf(name, [without]), program);
    expect(recording.failure?.property).toBe(property);
    const replay = stripVTControlCharacters(renderReplay(counterexample, kernels, recording, {}));
    expect(replay).toContain(`in pairs without ${without}`);
    expect(replay).toMatch(/ \| (nothing|\s*\d+ {2}\w)/);
    expect(stripVTControlCharacters(renderExplanation(counterexample, kernels, recording))).toContain('| second run:');
  });
});

describe('what a partition may tell another', () => {
  let pair: Pair;
  const [red, blue] = [1, 2];
  const row = (op: string, syscall: 'NBSend' | 'NBRecv', other?: Row | null): Row => {
    const { slots } = compiled('separation-kernel').world;
    return {
      op,
      syscall,
      cap: BigInt(slots['bell'] ?? 0),
      label: 0n,
      words: [],
      caps: [],
      receive: null,
      irqCountdown: null,
      irq: null,
      ...(other === undefined ? {} : { other }),
    };
  };
  const TICK: Row = { op: 'Tick', word: 0n };
  const run = (program: Program): (string | null)[] => program.map((one) => pair.step(one)?.property ?? null);
  beforeAll(() => {
    pair = pairOf('separation-kernel');
  });

  it('red rings the bell in one run: blue may know', () => {
    pair.boot();
    expect(run([row('Signal', 'NBSend', null), TICK, TICK])).toEqual([null, null, null]);
    expect(pair.isSameTo(blue)).toBe(false);
  });

  it('blue does something in one run: red must not know, and does not', () => {
    pair.boot();
    expect(run([TICK, TICK, row('Poll', 'NBRecv', null), TICK, TICK, TICK])).not.toContain('nonleakage');
    expect([pair.isSameTo(red), pair.isSameTo(blue)]).toEqual([true, false]);
  });

  it('a bell rung in both runs is no difference', () => {
    pair.boot();
    run([row('Signal', 'NBSend'), TICK, TICK]);
    expect([pair.isSameTo(red), pair.isSameTo(blue)]).toEqual([true, true]);
  });

  it('a row of which the second run does the same is no secret, and leaves interrupts in', () => {
    pair.boot();
    expect(pair.step({ ...TICK, other: null })).toBeNull();
    expect(pair.isSameTo(red)).toBe(true);
  });
});
