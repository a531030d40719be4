/** The systems that come with corres, and those in files of the user's. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '../input-error.ts';
import type { System } from './format.ts';
import { decodeSystem } from './format.ts';

const FOLDER = 'refinement/system/shipped';

/** Beside the sources; from a bundle, beside the folder that it is in. */
function folder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  for (const up of ['shipped', join('..', FOLDER), join('..', '..', FOLDER)]) {
    try {
      readdirSync(join(here, up));
      return join(here, up);
    } catch {
      // Not from here.
    }
  }
  throw new InputError(`${FOLDER}: is not where the project is`);
}

/** This one is shown to fail. */
export const WRONG_ON_PURPOSE = 'wrong-partitions';

export function shippedNames(): readonly string[] {
  return readdirSync(folder())
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/** Those that nothing is wrong with. */
export function soundSystems(): readonly System[] {
  return shippedNames()
    .filter((name) => name !== WRONG_ON_PURPOSE)
    .map(openSystem);
}

/** @param nameOrFile name of a shipped system, or path of a file */
export function openSystem(nameOrFile: string): System {
  const { text, shown } = systemText(nameOrFile);
  return decodeSystem(text, shown);
}

/** A system as it is written; `shown` names the file. */
export function systemText(nameOrFile: string): { readonly text: string; readonly shown: string } {
  if (!/[./\\]/.test(nameOrFile)) {
    if (!shippedNames().includes(nameOrFile))
      throw new InputError(
        `unknown system '${nameOrFile}'; there are: ${shippedNames().join(', ')}, or the path of a file`,
      );
    return openFile(join(folder(), `${nameOrFile}.yaml`), `${nameOrFile}.yaml`);
  }
  return openFile(nameOrFile, nameOrFile);
}

function openFile(path: string, shown: string): { readonly text: string; readonly shown: string } {
  try {
    return { text: readFileSync(path, 'utf8'), shown };
  } catch (error) {
    throw new InputError(`${shown}: cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
}
