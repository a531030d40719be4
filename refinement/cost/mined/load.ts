/** The tables that come with corres. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '../../input-error.ts';
import { readTable } from './csv.ts';
import type { CommitRow, FitRow, LemmaRow, ModuleRow, ReleaseRow } from './rows.ts';
import { commitRow, fitRow, lemmaRow, moduleRow, releaseRow } from './rows.ts';

const FOLDER = 'refinement/cost/mined/data';

/** Beside the sources; from a bundle, beside the folder that it is in. */
function folder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  for (const up of ['data', join('..', FOLDER), join('..', '..', FOLDER)]) {
    const path = join(here, up);
    if (existsSync(join(path, 'releases.csv'))) return path;
  }
  throw new InputError(`${FOLDER}: is not where the project is`);
}

export const lemmas = (): readonly LemmaRow[] => readTable(join(folder(), 'lemmas.csv.gz'), lemmaRow);
export const modules = (): readonly ModuleRow[] => readTable(join(folder(), 'modules.csv.gz'), moduleRow);
export const commits = (): readonly CommitRow[] => readTable(join(folder(), 'commits.csv.gz'), commitRow);
export const releases = (): readonly ReleaseRow[] => readTable(join(folder(), 'releases.csv'), releaseRow);
export const printedFits = (): readonly FitRow[] => readTable(join(folder(), 'fits.csv'), fitRow);
