/** All mutants of the implementation in one bundle, each behind a switch. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface Mutant {
  /** What the switch is set to. */
  readonly id: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly mutator: string;
  readonly original: string;
  readonly replacement: string;
  /** Which one of those with the same file, original and replacement, from 0. */
  readonly nth: number;
}

export interface Instrumented {
  readonly mutants: readonly Mutant[];
  /** Sources with every mutant in them, by path. `counting`: they also count which mutants are reached. */
  readonly source: (file: string, isCounting: boolean) => string | undefined;
}

const FOLDER = 'impl/kernel';

const SILENT = {
  isTraceEnabled: () => false,
  isDebugEnabled: () => false,
  isInfoEnabled: () => false,
  isWarnEnabled: () => false,
  isErrorEnabled: () => false,
  isFatalEnabled: () => false,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  fatal: () => undefined,
};

interface CallLike {
  readonly type: string;
  readonly callee?: { readonly name?: string };
}

/** A weaker assertion, or other words in it, changes nothing that the kernel does. */
const IN_ASSERTIONS = {
  shouldIgnore: ({ node }: { readonly node: unknown }): string | undefined => {
    const { type, callee } = node as CallLike;
    return type === 'CallExpression' && callee?.name === 'implAssert' ? 'in an assertion' : undefined;
  },
};

/** @param root folder of the project */
export async function instrument(root: string): Promise<Instrumented> {
  const { Instrumenter } = await import('@stryker-mutator/instrumenter');
  const names = readdirSync(join(root, FOLDER)).filter((name) => name.endsWith('.ts'));
  const files = names.sort().map((name) => {
    const path = `${FOLDER}/${name}`;
    return { name: path, mutate: true, content: readFileSync(join(root, path), 'utf8') };
  });
  const contents = new Map(files.map(({ name, content }) => [name, content.split('\n')]));
  const { files: changed, mutants } = await new Instrumenter(SILENT).instrument(files, {
    plugins: null,
    excludedMutations: [],
    ignorers: [IN_ASSERTIONS],
  });
  const seen = new Map<string, number>();
  const listed = mutants
    .filter(({ status }) => status !== 'Ignored')
    .map(({ id, fileName, location, mutatorName, replacement }): Mutant => {
      const original = textOf(contents.get(fileName) ?? [], location);
      const key = JSON.stringify([fileName, original, replacement]);
      const nth = seen.get(key) ?? 0;
      seen.set(key, nth + 1);
      return { id, file: fileName, line: location.start.line + 1, mutator: mutatorName, original, replacement, nth };
    });
  const sources = new Map(changed.map(({ name, content }) => [name, content]));
  return {
    mutants: listed,
    source: (file, isCounting) => {
      const source = sources.get(file);
      // Counting costs more than all else that the mutants cost.
      return isCounting ? source : source?.replaceAll(/stryCov_9fa48\(("\d+"(, )?)+\)/g, '0');
    },
  };
}

interface Place {
  readonly line: number;
  readonly column: number;
}

function textOf(lines: readonly string[], { start, end }: { readonly start: Place; readonly end: Place }): string {
  if (start.line === end.line) return (lines[start.line] ?? '').slice(start.column, end.column);
  return [
    (lines[start.line] ?? '').slice(start.column),
    ...lines.slice(start.line + 1, end.line),
    (lines[end.line] ?? '').slice(0, end.column),
  ].join('\n');
}
