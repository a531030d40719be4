/**
 * Cells of a study as files, each written whole or not at all, so that a study that was interrupted goes on where it was. A folder holds the cells of one
 * study: what they were asked for is kept beside them.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../../counterexample/store.ts';
import { InputError } from '../../input-error.ts';
import type { Cell } from './cell.ts';
import { cellCodec } from './cell.ts';

export interface CellStore {
  readonly read: (kernel: string, seed: number) => Cell | null;
  readonly write: (cell: Cell) => void;
}

/**
 * @param asked what decides what the cells hold: two studies that were asked the same have the same cells
 * @throws InputError for a folder with cells of another study, or with cells when it is not to be resumed
 */
export function cellStore(folder: string, asked: unknown, resume: boolean): CellStore {
  const cells = join(folder, 'cells');
  const plan = join(folder, 'plan.json');
  const wanted = `${JSON.stringify(asked, null, 2)}\n`;
  if (existsSync(plan)) {
    if (!resume)
      throw new InputError(`${folder}: holds a study already; --resume goes on with it, or choose another --out`);
    if (readFileSync(plan, 'utf8') !== wanted)
      throw new InputError(
        `${folder}: holds a study that was asked something else, or of other sources, so it cannot be resumed (${plan})`,
      );
  }
  mkdirSync(cells, { recursive: true });
  if (!existsSync(plan)) writeWhole(plan, wanted);
  const pathOf = (kernel: string, seed: number): string =>
    join(cells, `${kernel.replaceAll(/[^a-z0-9]+/gi, '_')}.${seed}.json`);
  return {
    read: (kernel, seed) => {
      const path = pathOf(kernel, seed);
      return existsSync(path) ? decodeCell(path) : null;
    },
    write: (cell) => {
      writeWhole(pathOf(cell.kernel, cell.seed), `${JSON.stringify(cell)}\n`);
    },
  };
}

function decodeCell(path: string): Cell {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new InputError(`${path}: is no cell of a study (${error instanceof Error ? error.message : String(error)})`);
  }
  const decoded = cellCodec.decode(value);
  if (decoded._tag === 'Right') return decoded.right;
  const at = decoded.left[0]?.context
    .slice(1)
    .map(({ key }) => key)
    .join('.');
  throw new InputError(`${path}: is no cell of a study: ${at ?? ''}`);
}
