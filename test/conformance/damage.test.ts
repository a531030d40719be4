/** Whatever a recording holds, it is either refused by name or replayed: nothing else may come of it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { runConform } from '../../refinement/conform/command.ts';
import { InputError } from '../../refinement/input-error.ts';
import { damaged } from '../helpers/damage.ts';
import { DIST_IMPL, recording } from './recordings.ts';

it('damaged in 150 ways', { timeout: 120_000 }, async () => {
  const lines = gunzipSync(readFileSync(recording('x86_64', 'nomcs-directed')))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '' && line.length < 20_000);
  const folder = mkdtempSync(join(tmpdir(), 'conform-damage-'));
  const path = join(folder, 'damaged.jsonl');
  const ends: Record<string, number> = {};
  try {
    for (let seed = 0; seed < 150; seed++) {
      writeFileSync(path, damaged(lines[seed % lines.length] ?? '', seed));
      let end: string;
      try {
        end = (await runConform([path], { sides: ['spec', 'impl'], implFolder: DIST_IMPL })).outcome;
      } catch (error) {
        if (!(error instanceof InputError)) throw new Error(`seed ${seed}`, { cause: error });
        expect(error.message, `seed ${seed}`).toContain('damaged.jsonl');
        end = 'refused';
      }
      ends[end] = (ends[end] ?? 0) + 1;
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  expect(ends['refused']).toBeGreaterThan(25);
  expect(ends['differs']).toBeGreaterThan(5);
});
