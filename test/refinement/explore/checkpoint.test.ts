/** A search that was stopped goes on to where it would have got. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ExploreOptions, Explored } from '../../../refinement/explore/explore.ts';
import { explore } from '../../../refinement/explore/explore.ts';
import { NO_LIMITS, SOURCES, explored, specOf } from './explored.ts';

const folder = mkdtempSync(join(tmpdir(), 'checkpoint-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const path = join(folder, 'search.bin');
const checkpoint = { path, everyMs: Infinity };

function run(name: string, change: Partial<ExploreOptions>): Promise<Explored> {
  return explore({ spec: specOf(name), sources: SOURCES, workers: 1, limits: NO_LIMITS, ...change });
}

describe('a search that was stopped', () => {
  it.each([
    ['by the states', 1, { states: 300 }, 'states'],
    ['by the depth', 1, { depth: 9 }, 'depth'],
    ['with two workers', 2, { states: 300 }, 'states'],
    ['by the depth, with two workers', 2, { depth: 9 }, 'depth'],
  ] as const)('%s ends as one that was not', { timeout: 120_000 }, async (_, workers, some, bound) => {
    const limits = { ...NO_LIMITS, ...some };
    const whole = await explored('ipc-three-threads');
    const stopped = await run('ipc-three-threads', { limits, checkpoint });
    expect(stopped.result.bound).toBe(bound);
    const again = await run('ipc-three-threads', { limits, resume: path, workers, checkpoint });
    expect(again.result.levels).toEqual(stopped.result.levels);
    const resumed = await run('ipc-three-threads', { resume: path, workers });
    expect(resumed.result).toEqual(whole.result);
  });

  it('again and again, with its answers on liveness', { timeout: 120_000 }, async () => {
    const whole = await explored('answers');
    let rounds = 0;
    const isOver = (): boolean => ++rounds % 2 === 0;
    let last = await run('answers', { limits: { ...NO_LIMITS, isOver }, checkpoint });
    let times = 0;
    while (last.result.bound !== null) {
      times++;
      last = await run('answers', { resume: path, limits: { ...NO_LIMITS, isOver }, checkpoint });
    }
    expect(times).toBeGreaterThan(2);
    expect(last.result).toEqual(whole.result);
    expect(last.answers).toEqual(whole.answers);
  });
});

describe('a file that is no checkpoint of this search', () => {
  it('is refused, and says why', { timeout: 60_000 }, async () => {
    await run('answers', { limits: { ...NO_LIMITS, states: 100 }, checkpoint });
    const good = readFileSync(path);
    const resumed = (change: Partial<ExploreOptions> = {}): Promise<Explored> =>
      run('answers', { resume: path, ...change });
    await expect(resumed({ spec: specOf('ipc-two-threads') })).rejects.toThrow(
      /search\.bin: is of another exploration/,
    );
    await expect(resumed({ spec: specOf('answers', { isSpecAlone: true }) })).rejects.toThrow(
      /search\.bin: asks something else/,
    );
    await expect(resumed({ sources: { spec: 'spec', impl: 'other' } })).rejects.toThrow(
      /search\.bin: was made by another build/,
    );
    const bad = Buffer.from(good);
    bad[bad.length - 100] = (bad[bad.length - 100] ?? 0) ^ 1;
    writeFileSync(path, bad);
    await expect(resumed()).rejects.toThrow(/search\.bin: is damaged/);
    writeFileSync(path, good.subarray(0, good.length / 2));
    await expect(resumed()).rejects.toThrow(/search\.bin: is damaged/);
    writeFileSync(path, 'something else\n');
    await expect(resumed()).rejects.toThrow(/search\.bin: is no corres-checkpoint\/1/);
    rmSync(path);
    await expect(resumed()).rejects.toThrow(/search\.bin: cannot be read/);
  });

  it('that cannot be written costs nothing else', { timeout: 60_000 }, async () => {
    const blocked = join(folder, 'taken');
    mkdirSync(join(blocked, 'inside'), { recursive: true });
    const { result, notWritten } = await run('answers', {
      limits: { ...NO_LIMITS, states: 100 },
      checkpoint: { path: blocked, everyMs: Infinity },
    });
    expect(result.bound).toBe('states');
    expect(notWritten).toMatch(/taken: cannot be written/);
  });
});
