import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildImpl, dist, root } from '../../../refinement/build/build.mjs';
import { commitsIn, headOf, history } from '../../../refinement/cost/ledger/history.ts';
import type { LedgerRow } from '../../../refinement/cost/ledger/row.ts';
import { readLedger, record } from '../../../refinement/cost/ledger/row.ts';
import { renderLedger } from '../../../refinement/cost/ledger/render.ts';
import { treeCost } from '../../../refinement/cost/ledger/tree-cost.ts';
import { defectNamed } from '../../../refinement/defects/catalogue.ts';
import { applyDefect } from '../../../refinement/defects/defect.ts';

const folder = mkdtempSync(join(tmpdir(), 'corres-ledger-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const TREE = { commit: 'c0ffee', isChanged: false, date: '2020-01-01', root, dist };
const OPTIONS = { configs: ['small'], seed: 1, runs: 20, rows: 40 };

const row: LedgerRow = {
  schema: 'corres-cost-ledger/1',
  commit: 'c0ffee',
  isChanged: false,
  date: '2020-01-01',
  config: 'small',
  property: 'refinement',
  seed: 1,
  runs: 20,
  steps: 700,
  pairs: 90,
  exercised: 700,
  wordsCompared: null,
  evaluations: null,
  specStatements: 1,
  implStatements: 1,
  propertyStatements: null,
};

describe('the ledger', { timeout: 120_000 }, () => {
  it('has a row for each property, the same on one worker and on two', async () => {
    const { rows, leftOut } = await treeCost(TREE, { ...OPTIONS, workers: 1 });
    expect(leftOut).toEqual([]);
    expect(rows.length).toBeGreaterThan(60);
    expect(rows[0]).toMatchObject({ config: 'small', property: 'refinement', commit: 'c0ffee', runs: 20 });
    expect(rows.every(({ wordsCompared, evaluations }) => (wordsCompared ?? 0) > 0 && (evaluations ?? 0) > 0)).toBe(
      true,
    );
    expect((await treeCost(TREE, { ...OPTIONS, workers: 2 })).rows).toEqual(rows);
    expect(renderLedger(rows)).toContain('c0ffee');
  });

  it('has no row of a kernel that fails, or is none, and says so', async () => {
    const bad = join(folder, 'bad');
    mkdirSync(join(bad, 'impl'), { recursive: true });
    cpSync(join(dist, 'worker.mjs'), join(bad, 'worker.mjs'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(bad, 'impl/small-lazy.mjs'), 'export const nothing = 0;');
    const defect = defectNamed('insert-forgets-back-link');
    if (defect === undefined) throw new Error('there is no such defect');
    await buildImpl({ config: 'small', outfile: join(bad, 'impl/small.mjs'), transform: applyDefect(defect) });
    const options = { ...OPTIONS, configs: ['small', 'small-lazy'], workers: 1 };
    const { rows, leftOut } = await treeCost({ ...TREE, dist: bad }, options);
    expect(rows).toEqual([]);
    expect(leftOut).toEqual([
      expect.stringMatching(/^small not measured: refinement fails, /),
      expect.stringMatching(/^small-lazy not measured: /),
    ]);
  });

  it('keeps a row for each that it is about, the last', () => {
    const path = join(folder, 'ledger.ndjson');
    expect(readLedger(path)).toEqual([]);
    record(path, [row, { ...row, property: 'sym_refs' }]);
    record(path, [
      { ...row, steps: 701 },
      { ...row, commit: 'decade' },
    ]);
    expect(readLedger(path).map(({ commit, property, steps }) => [commit, property, steps])).toEqual([
      ['c0ffee', 'refinement', 701],
      ['c0ffee', 'sym_refs', 700],
      ['decade', 'refinement', 700],
    ]);
  });

  it('says in which line it was cut off', () => {
    const path = join(folder, 'cut.ndjson');
    record(path, [row]);
    appendFileSync(path, '{"schema": "corres-co');
    expect(() => readLedger(path)).toThrow('cut.ndjson line 2: is no row of a ledger');
    const before = readFileSync(path, 'utf8');
    expect(() => {
      record(path, [row]);
    }).toThrow('line 2');
    expect(readFileSync(path, 'utf8')).toBe(before);
  });
});

describe('history', () => {
  const repository = join(folder, 'repository');
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: repository, encoding: 'utf8' });

  it('names the commits of a range, and passes over what does not build and what is known', async () => {
    execFileSync('git', ['init', '-q', repository]);
    for (const message of ['one', 'two', 'three']) git('commit', '-q', '--allow-empty', '-m', message);
    const commits = commitsIn(repository, 'HEAD~2..HEAD');
    expect(commits).toHaveLength(2);
    expect(headOf(repository)).toEqual({ ...commits[1], isChanged: false });
    expect(() => commitsIn(repository, 'nowhere..HEAD')).toThrow("'nowhere..HEAD' are no revisions");
    expect(() => headOf(folder)).toThrow('is in no git repository');
    const ledger = join(folder, 'history.ndjson');
    const [first] = commits;
    record(ledger, [{ ...row, commit: first?.hash ?? '' }]);
    const said: string[] = [];
    const options = { ...OPTIONS, workers: 1, project: repository, ledger, isInterrupted: () => false };
    const onCommit = (_: unknown, done: number, all: number, what: string): void => {
      said.push(`${done}/${all} ${what}`);
    };
    expect(await history(commits, { ...options, onCommit })).toBe(true);
    expect(said[0]).toBe('1/2 known');
    expect(said[1]).toMatch(/^2\/2 .*does not build: /);
    expect(await history(commits, { ...options, isInterrupted: () => true, onCommit })).toBe(false);
  });
});
