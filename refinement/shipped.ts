/** Descriptions in YAML that come with corres, and those in files of the user's. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from './input-error.ts';

export interface Shipped {
  /** Names of those that come with corres. */
  readonly names: () => readonly string[];
  /** @param nameOrFile one of the names, or the path of a file; `shown` is what errors call it */
  readonly text: (nameOrFile: string) => { readonly text: string; readonly shown: string };
}

/**
 * @param folder where they are, below this one
 * @param kind what one of them is called
 */
export function shipped(folder: string, kind: string): Shipped {
  const names = (): readonly string[] =>
    readdirSync(found(folder))
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => file.slice(0, -'.yaml'.length))
      .sort();
  return {
    names,
    text: (nameOrFile) => {
      if (/[./\\]/.test(nameOrFile)) return { text: read(nameOrFile, nameOrFile), shown: nameOrFile };
      if (!names().includes(nameOrFile))
        throw new InputError(
          `unknown ${kind} '${nameOrFile}'; there are: ${names().join(', ')}, or the path of a file`,
        );
      const file = `${nameOrFile}.yaml`;
      return { text: read(join(found(folder), file), file), shown: file };
    },
  };
}

/** Below this file's folder; from a bundle, below the project's. */
function found(folder: string): string {
  const here = dirname(fileURLToPath(import.meta.url));
  for (const up of ['.', '../refinement', '../../refinement']) {
    const path = join(here, up, folder);
    try {
      if (readdirSync(path).length > 0) return path;
    } catch {
      // Not from here.
    }
  }
  throw new InputError(`refinement/${folder}: is not where the project is`);
}

function read(path: string, shown: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new InputError(`${shown}: cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
}
