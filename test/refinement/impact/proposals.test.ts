/** Every proposal still fits the tree, and does what its verdict says. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openPool } from '../../../refinement/campaign/campaign.ts';
import { FULL_EVERY } from '../../../refinement/campaign/checker.ts';
import type { Survey } from '../../../refinement/impact/survey.ts';
import { survey } from '../../../refinement/impact/survey.ts';
import { makeTrees } from '../../../refinement/impact/tree.ts';
import { PROJECT } from '../../helpers/patches.ts';

vi.setConfig({ testTimeout: 120_000 });

const FOLDER = join(PROJECT, 'proofs-notes/proposals');
const NAMES = readdirSync(FOLDER).filter((name) => /^\d{4}-/.test(name));

interface Verdict {
  readonly exitCode: number;
  readonly newlyBroken: readonly string[];
  /** Break besides, or not, as the programs have it. */
  readonly may?: readonly string[];
  readonly newlyVacuous?: readonly string[];
  /** `small` if not given. */
  readonly config?: string;
}

/** The survey ends when everything that must break has broken, or after thirty runs. */
async function surveyed(name: string, config: string, mustBreak: readonly string[]): Promise<Survey> {
  const missing = new Set(mustBreak);
  const patches = [join(FOLDER, name, 'change.patch')];
  const wanted = { checkTypes: false, build: 'changed', configs: [config] } as const;
  const trees = await makeTrees({ project: PROJECT, base: 'HEAD', patches, ...wanted });
  const { dist } = trees.changed;
  const pool = openPool(1, { worker: join(dist, 'worker.mjs') });
  try {
    const parts = [{ config, bundle: join(dist, 'impl', `${config}.mjs`), runs: 30 }];
    return await survey(pool, {
      seed: 1,
      rows: 200,
      fullEvery: FULL_EVERY,
      properties: null,
      parts,
      isOver: () => mustBreak.length > 0 && missing.size === 0,
      onCell: ({ property }) => missing.delete(property),
    });
  } finally {
    await pool.close();
    trees.dispose();
  }
}

describe.each(NAMES)('%s', (name) => {
  const file = (of: string): string => readFileSync(join(FOLDER, name, of), 'utf8');

  it('does what its verdict says', async () => {
    const {
      newlyBroken,
      may = [],
      newlyVacuous = [],
      config = 'small',
      exitCode,
    } = JSON.parse(file('verdict.json')) as Verdict;
    const { cells, exercised } = await surveyed(name, config, newlyVacuous.length > 0 ? [] : newlyBroken);
    const broken = new Set([...cells.values()].map(({ property }) => property));
    expect([...broken]).toEqual(expect.arrayContaining([...newlyBroken]));
    expect([...newlyBroken, ...may]).toEqual(expect.arrayContaining([...broken]));
    for (const property of newlyVacuous) expect(exercised.get(property) ?? 0).toBe(0);
    expect(exitCode).toBe(newlyBroken.length > 0 ? 1 : newlyVacuous.length > 0 ? 3 : 0);
  });

  it('says where it comes from, what should hold and what the run showed', () => {
    for (const part of ['**Context.**', '**Change.**', '**What should hold.**', '**What the run showed.**'])
      expect(file('README.md')).toContain(part);
    expect(readFileSync(join(FOLDER, 'README.md'), 'utf8')).toContain(`(${name}/README.md)`);
  });
});

it('there are at least ten, and nothing else in the folder', () => {
  expect(NAMES.length).toBeGreaterThanOrEqual(10);
  expect(readdirSync(FOLDER).filter((name) => !NAMES.includes(name))).toEqual(['README.md']);
  for (const name of NAMES) expect(existsSync(join(FOLDER, name, 'change.patch'))).toBe(true);
});
