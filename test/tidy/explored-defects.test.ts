/** The page on defects that exhaustive search finds says what was measured, of all of them. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { DEFECTS } from '../../refinement/defects/catalogue.ts';
import type { ExploredDefect } from '../../refinement/defects/explored-table.ts';
import { isInReach, renderExplored } from '../../refinement/defects/explored-table.ts';
import type { Measurement } from '../../refinement/defects/table.ts';

const HOME = resolve(import.meta.dirname, '../../refinement/defects');
const read = (file: string): string => readFileSync(join(HOME, file), 'utf8');
const explored = JSON.parse(read('explored.json')) as readonly ExploredDefect[];

it('is what was measured', async () => {
  const measured = JSON.parse(read('measured.json')) as readonly Measurement[];
  await expect(renderExplored(explored, measured)).toMatchFileSnapshot(join(HOME, 'explored.md'));
});

it('has every defect that explorations can show', () => {
  expect(explored.map(({ name }) => name)).toEqual(DEFECTS.filter(isInReach).map(({ name }) => name));
});
