/** The explorations that come with corres, and those in files of the user's. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '../input-error.ts';
import type { Exploration } from './format.ts';
import { decodeExploration } from './format.ts';

const FOLDER = 'refinement/explore/shipped';

/** Beside the sources; from a bundle, beside the folder that it is in. */
function folder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  for (const up of ['shipped', join('..', FOLDER), join('..', '..', FOLDER)]) {
    const path = join(here, up);
    try {
      if (readdirSync(path).length > 0) return path;
    } catch {
      // Not from here.
    }
  }
  throw new InputError(`${FOLDER}: is not where the project is`);
}

export function explorationNames(): readonly string[] {
  return readdirSync(folder())
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/** @param nameOrFile name of a shipped exploration, or path of a file */
export function openExploration(nameOrFile: string): { readonly exploration: Exploration; readonly shown: string } {
  const isFile = /[./\\]/.test(nameOrFile);
  if (!isFile && !explorationNames().includes(nameOrFile))
    throw new InputError(
      `unknown exploration '${nameOrFile}'; there are: ${explorationNames().join(', ')}, or the path of a file`,
    );
  const path = isFile ? nameOrFile : join(folder(), `${nameOrFile}.yaml`);
  const shown = isFile ? nameOrFile : `${nameOrFile}.yaml`;
  try {
    return { exploration: decodeExploration(readFileSync(path, 'utf8'), shown), shown };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${shown}: cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
}
