/** What peers print is read as it is meant; counts that differ, and peers that are not there, are said. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isInstalled, measured } from '../../../../refinement/bench/peers/child.ts';
import type { Result } from '../../../../refinement/bench/peers/report.ts';
import { disagreements, namedRatio, ratiosOf, render } from '../../../../refinement/bench/peers/report.ts';
import * as spin from '../../../../refinement/bench/peers/spin.ts';
import * as tlc from '../../../../refinement/bench/peers/tlc.ts';

const MODELS = join(import.meta.dirname, '../../../../refinement/bench/peers');
const SIZE = { threads: 2, endpoints: 2, badges: 1 };

const folders: string[] = [];
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'peers-'));
  folders.push(made);
  return made;
}

afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true });
  vi.unstubAllEnvs();
});

const SPIN_OUTPUT = `
State-vector 28 byte, depth reached 37, errors: 0
     1074 states, stored
     1473 states, matched
     2547 transitions (= stored+matched)
  128.730	total actual memory usage
pan: elapsed time 0.01 seconds
`;

describe('SPIN', () => {
  it('tells the counts', () => {
    expect(spin.runOf({ output: SPIN_OUTPUT, cpuSeconds: 1 })).toEqual({
      distinct: 1074,
      generated: 2547,
      cpuSeconds: 1,
      search: { kind: 'wall', seconds: 0.01 },
      mebibytes: 128.73,
    });
  });

  it.each([
    ['errors', SPIN_OUTPUT.replace('errors: 0', 'errors: 1')],
    ['a path that was too deep', `${SPIN_OUTPUT}error: max search depth too small\n`],
    ['nothing', ''],
  ])('is not believed with %s', (_, output) => {
    expect(() => spin.runOf({ output, cpuSeconds: 1 })).toThrow('SPIN did not finish as it should');
  });

  it('is missing, and not left out, where it is not installed', () => {
    vi.stubEnv('PATH', '');
    expect(spin.prepareSpin('ipc.pml', SIZE, 1074, folder())).toEqual({
      subjects: [],
      missing: ['SPIN: spin is not installed'],
    });
  });

  const isHere = isInstalled('spin') && isInstalled('gcc');
  it('counts the states that are pinned where it is installed, depth first and breadth first', {
    timeout: 120_000,
  }, () => {
    const ways = isHere ? ['spin-dfs', 'spin-bfs-tuned'] : [];
    const { subjects, missing } = spin.prepareSpin(join(MODELS, 'ipc.pml'), SIZE, 1074, folder(), ways);
    const counts = subjects.map((subject) => {
      const { distinct, generated } = subject.run();
      return [subject.name, distinct, generated];
    });
    expect(missing).toHaveLength(isHere ? 0 : 1);
    expect(counts).toEqual(ways.map((name) => [name, 1074, 2547]));
  });
});

describe('TLC', () => {
  const output = `Model checking completed. No error has been found.
3,853,989 states generated, 1,090,908 distinct states found, 0 states left on queue.
`;

  it('tells the counts', () => {
    const { distinct, generated } = tlc.runOf({ output: output.replace(/,(?=\d)/g, ''), cpuSeconds: 1 });
    expect([distinct, generated]).toEqual([1_090_908, 3_853_989]);
    expect(tlc.runOf({ output, cpuSeconds: 1 }).distinct).toBe(1_090_908);
  });

  it('is not believed if states are left', () => {
    const early = output.replace('0 states left', '7 states left');
    expect(() => tlc.runOf({ output: early, cpuSeconds: 1 })).toThrow('TLC did not finish as it should');
  });

  it.each([
    [undefined, 'TLC: no jar given (--tla-jar FILE, or TLA_TOOLS_JAR in the environment)'],
    ['nowhere.jar', 'TLC: there is no nowhere.jar'],
  ])('is missing, and not left out, with the jar %s', (jar, message) => {
    expect(tlc.prepareTlc('Ipc.tla', SIZE, jar, folder())).toEqual({ subjects: [], missing: [message] });
  });

  it('gets the configuration that is beside the model', () => {
    const shipped = readFileSync(join(MODELS, 'Ipc.cfg'), 'utf8');
    expect(tlc.configuration({ threads: 4, endpoints: 2, badges: 1 })).toBe(shipped);
  });
});

describe('a command', () => {
  it('is given back with what it printed and how long it computed', () => {
    const { output, cpuSeconds } = measured(process.execPath, ['-e', 'console.log(6 * 7)'], folder());
    expect(output).toMatch(/^42\n/);
    expect(cpuSeconds).toBeGreaterThan(0);
  });

  it('that fails is an error with what it said', () => {
    expect(() => measured(process.execPath, ['-e', 'throw new Error("oh")'], folder())).toThrow('oh');
  });
});

const result = (name: string, distinct: number, ...cpuSeconds: readonly number[]): Result => ({
  name,
  configuration: 'as it is',
  runs: cpuSeconds.map((seconds) => ({
    distinct,
    generated: 30,
    cpuSeconds: seconds,
    search: null,
    mebibytes: null,
  })),
});

describe('the report', () => {
  const results = [
    result('corres', 10, 2, 1, 3),
    result('corres-unchecked', 10, 1, 1, 1),
    result('spin-dfs', 10, 6, 6, 6),
    result('spin-dfs-tuned', 10, 4, 3, 5),
    result('spin-dfs-unchecked', 10, 2, 2, 2),
    result('spin-bfs-tuned', 10, 3, 3, 3),
  ];

  it('compares with what checks the same, and names the fastest depth-first search', () => {
    expect(ratiosOf(results).map(({ peer, median }) => [peer, median])).toEqual([
      ['spin-dfs', 3],
      ['spin-dfs-tuned', 2],
      ['spin-dfs-unchecked', 2],
      ['spin-bfs-tuned', 1.5],
    ]);
    expect(namedRatio(results)).toEqual({ peer: 'spin-dfs-tuned', median: 2, best: 3, rounds: [5 / 3, 3] });
    expect(namedRatio(results.slice(0, 2))).toBeNull();
  });

  it('says when counts differ', () => {
    expect(disagreements(results)).toEqual([]);
    const different = [...results, result('tlc', 11, 1)];
    expect(disagreements(different)).toEqual(['tlc has 11 states and 30 generated, and not 10 and 30']);
    const text = render({ machine: 'this', model: 'that', results: different, missing: ['X: is not there'] });
    expect(text).toContain('DIFFERENT: tlc has 11 states');
    expect(text).toContain('not run: X: is not there');
  });
});
